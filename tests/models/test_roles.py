"""What each token of a prompt is, in the real formats of the families."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_families import SIDE, Tiny, photograph, sentencepiece_like, tiny
from tokenizers import decoders
from transformers import LlavaProcessor

from sightline.core import Asking, ImageGroup
from sightline.errors import RequestError
from sightline.mechanisms.presupposing import asserted_words
from sightline.models.knocked_out import RolesOf, image_tokens, row_roles
from sightline.models.prompts import Prepared, prepare
from sightline.models.roles import Role, prefix_roles, suffix_roles
from sightline.models.shared_image import rows_of

PROMPT = "Describe the four moons in this image."
SAID = [("PROMPT", "Describe the "), ("ASSERTED", "four"), ("PROMPT", " moons in this image.")]
CHATML = ("TEMPLATE", "<|im_end|>\n<|im_start|>assistant")
JANUS = (
    "You are a helpful language and vision assistant. You are able to understand the visual content that the user "
    "provides, and assist the user with a variety of tasks using natural language.\n\n<|User|>: "
)
QWEN = (
    [
        ("SINK", "<|im_start|>"),
        ("TEMPLATE", "user\n"),
        ("MARKER", "<|vision_start|>"),
        ("IMAGE", "<|image_pad|>" * 20),
    ],
    [("MARKER", "<|vision_end|>"), *SAID, CHATML],
)
LLAVA = (
    [("SINK", "<s>"), ("TEMPLATE", "USER: "), ("IMAGE", "<image>" * 16)],
    [("TEMPLATE", "\n"), *SAID, ("TEMPLATE", " ASSISTANT:")],
)

EXPECTED = {
    "llava": LLAVA,
    "qwen2_vl": QWEN,
    "qwen2_5_vl": QWEN,
    "qwen3_vl": QWEN,
    "llava_onevision": (
        # 16 tokens of the whole picture; of its tiles 8 rows of 6 patches, padding cut off, and a line break each
        [("SINK", "<|im_start|>"), ("TEMPLATE", "user\n"), ("IMAGE", "<image>" * (16 + 8 * 7))],
        [("TEMPLATE", "\n"), *SAID, CHATML],
    ),
    "internvl": (
        [
            ("SINK", "<|im_start|>"),
            ("TEMPLATE", "user\n"),
            ("MARKER", "<img>"),
            ("IMAGE", "<IMG_CONTEXT>" * 20),
            ("MARKER", "</img>"),
        ],
        [("TEMPLATE", "\n"), *SAID, CHATML],
    ),
    "janus": (
        [
            ("SINK", "<s>"),
            ("TEMPLATE", JANUS),
            ("MARKER", "<begin_of_image>"),
            ("IMAGE", "<image_placeholder>" * 16),
        ],
        [("MARKER", "<end_of_image>"), ("TEMPLATE", "\n"), *SAID, ("TEMPLATE", "\n<|Assistant|>:")],
    ),
    "gemma3": (
        [
            ("SINK", "<s>"),
            ("TEMPLATE", "<start_of_turn>user\n\n\n"),
            ("MARKER", "<start_of_image>"),
            ("IMAGE", "<image_soft_token>" * 4),
        ],
        [
            ("MARKER", "<end_of_image>"),
            ("TEMPLATE", "\n\n"),
            *SAID,
            ("TEMPLATE", "<end_of_turn>\n<start_of_turn>model"),
        ],
    ),
}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    photograph(0).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def asked(tested: Tiny, photo: Path, *prompts: str) -> Prepared:
    return tested.replies().prepared(ImageGroup(photo, prompts), Asking())


def told(tokenizer: Any, ids: Iterable[int], roles: NDArray[np.int8]) -> list[tuple[str, str]]:
    """Tokens of one role that follow one another, as text."""
    parts: list[tuple[str, list[int]]] = []
    for token, role in zip(ids, roles, strict=True):
        name = Role(role).name
        if not parts or parts[-1][0] != name:
            parts.append((name, []))
        parts[-1][1].append(token)
    return [(name, str(tokenizer.decode(own))) for name, own in parts]


def of_suffix(tested: Tiny, group: Prepared, question: int = 0) -> list[tuple[str, str]]:
    roles = suffix_roles(group, question, tested.tokenizer, asserted_words)
    return told(tested.tokenizer, group.suffixes[question], roles)


@pytest.mark.parametrize("family", EXPECTED)
def test_every_token_has_the_role_that_the_familys_format_gives_it(family: str, photo: Path) -> None:
    tested = tiny(family)
    group = asked(tested, photo, PROMPT)
    before, after = EXPECTED[family]
    assert told(tested.tokenizer, group.prefix, prefix_roles(group, image_tokens(tested.model))) == before
    assert of_suffix(tested, group) == after


def test_the_image_of_a_family_of_tiles_has_their_names_among_its_marks(photo: Path) -> None:
    tested = tiny("smolvlm")
    group = asked(tested, photo, PROMPT)
    roles = prefix_roles(group, image_tokens(tested.model))
    of_image = told(tested.tokenizer, group.prefix, roles)
    first = [name for name, _ in of_image].index("IMAGE")
    assert of_image[first : first + 5] == [
        ("IMAGE", "<image>" * 4),
        ("MARKER", "<fake_token_around_image><row_1_col_2>"),
        ("IMAGE", "<image>" * 4),
        ("MARKER", "\n<fake_token_around_image><row_2_col_1>"),
        ("IMAGE", "<image>" * 4),
    ]


def test_a_prompt_that_begins_with_the_image_has_no_first_token_of_text() -> None:
    group = Prepared((7, 7, 8), ((5,),), ((),), {}, {}, markers=frozenset({8}))
    assert prefix_roles(group, (7,)).tolist() == [Role.IMAGE, Role.IMAGE, Role.MARKER]


def test_without_an_image_there_is_only_template() -> None:
    group = Prepared((1, 4, 5), ((5,),), ((),), {}, {}, markers=frozenset({5}))
    assert prefix_roles(group, (7,)).tolist() == [Role.SINK, Role.TEMPLATE, Role.TEMPLATE]


def test_without_knowing_what_is_asserted_all_words_are_the_prompts(photo: Path) -> None:
    tested = tiny("llava")
    group = asked(tested, photo, PROMPT)
    assert told(tested.tokenizer, group.suffixes[0], suffix_roles(group, 0, tested.tokenizer)) == [
        ("TEMPLATE", "\n"),
        ("PROMPT", PROMPT),
        ("TEMPLATE", " ASSISTANT:"),
    ]


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("Describe the twenty-one cups in this image.", ["Describe the ", "twenty-one", " cups in this image."]),
        ("Describe the 15 cups in this image.", ["Describe the ", "15", " cups in this image."]),
        ("Describe the blue moon.", ["Describe the ", "blue", " moon."]),
        ("Describe the two red moons.", ["Describe the ", "two", " ", "red", " moons."]),
        ("“Naïve” — 🌙 then: describe the four moons.", ["“Naïve” — 🌙 then: describe the ", "four", " moons."]),
    ],
)
def test_words_of_several_tokens_are_asserted_whole(prompt: str, parts: list[str], photo: Path) -> None:
    tested = tiny("qwen2_vl")
    group = asked(tested, photo, "What is this?", prompt)
    found = of_suffix(tested, group, 1)
    assert [text for _, text in found] == ["<|vision_end|>", *parts, CHATML[1]]
    names = ["PROMPT", "ASSERTED"] * 3
    assert [name for name, _ in found] == ["MARKER", *names[: len(parts)], "TEMPLATE"]
    asserted = suffix_roles(group, 1, tested.tokenizer, asserted_words) == Role.ASSERTED
    assert asserted.sum() > len(parts) // 2  # several tokens to a word


def test_a_question_asserts_nothing(photo: Path) -> None:
    tested = tiny("qwen2_vl")
    group = asked(tested, photo, "How many moons are in this image?")
    assert Role.ASSERTED not in suffix_roles(group, 0, tested.tokenizer, asserted_words)


def test_space_around_a_prompt_moves_nothing(photo: Path) -> None:
    for family in ("llava", "gemma3"):
        tested = tiny(family)
        found = of_suffix(tested, asked(tested, photo, f"  {PROMPT}\n"))
        assert ("ASSERTED", "four") in found
        assert next(text for name, text in found if name == "PROMPT") == "Describe the "


def test_a_token_that_holds_the_space_before_a_word_as_well_is_asserted_with_it(photo: Path) -> None:
    plain = tiny("llava")
    tokenizer = sentencepiece_like("<image>")
    tokenizer.backend_tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    image = LlavaProcessor(
        plain.processor.image_processor,
        tokenizer,
        patch_size=7,
        vision_feature_select_strategy="default",
        chat_template=plain.processor.chat_template,
        num_additional_image_tokens=1,
    )
    group = prepare(image, photograph(0, SIDE, SIDE), ["Is there a dog in the image?"])

    def dog(prompt: str) -> list[tuple[int, int]]:
        return [(prompt.index("dog"), prompt.index("dog") + 3)]

    roles = suffix_roles(group, 0, tokenizer, dog)
    pieces = tokenizer.convert_ids_to_tokens(list(group.suffixes[0]))
    assert [piece for piece, role in zip(pieces, roles, strict=True) if role == Role.ASSERTED] == ["▁dog"]
    said = [piece for piece, role in zip(pieces, roles, strict=True) if role in (Role.PROMPT, Role.ASSERTED)]
    assert "".join(said) == "Is▁there▁a▁dog▁in▁the▁image?"


def test_a_prompt_that_is_not_among_its_tokens_is_one_clear_error(photo: Path) -> None:
    tested = tiny("llava")
    group = replace(asked(tested, photo, PROMPT), prompts=("Describe the moons.",))
    with pytest.raises(RequestError) as caught:
        suffix_roles(group, 0, tested.tokenizer)
    assert str(caught.value).startswith(
        "The prompt 'Describe the moons.' cannot be found among the tokens after the image ('\\nDescribe the four moons"
    )


def test_what_hangs_below_a_prompt_is_reply(photo: Path) -> None:
    tested = tiny("llava")
    asking = Asking(choices=("Yes", "No, it is not."))
    group = tested.replies().prepared(ImageGroup(photo, (PROMPT, "What?")), asking)
    (row,) = rows_of(0, group)
    roles = RolesOf(tested.model, tested.tokenizer, asserted_words)
    found = row_roles(group, row.tree.runs, row.questions, roles)
    own = [len(suffix) for suffix in group.suffixes]
    assert len(found) == len(row.tree.ids)
    assert found[: own[0]].tolist() == roles.of_suffix(group, 0).tolist()
    assert found[own[0] : sum(own)].tolist() == roles.of_suffix(group, 1).tolist()
    assert set(found[sum(own) :]) == {Role.GENERATED}


def test_every_role_has_a_title_of_its_own() -> None:
    assert len({role.title for role in Role}) == len(Role)
