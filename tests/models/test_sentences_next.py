"""Sentences drawn below images that are held: what is computed, and what is drawn, is as if nothing were shared."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_families import Tiny, photograph, tiny
from transformers import Qwen2Config

from sightline.core import Continuation, Drawing
from sightline.errors import DataError, RequestError
from sightline.models import next_sentences
from sightline.models.heads import Head
from sightline.models.held_replies import PADDING, HeldReply, SideBySide, look
from sightline.models.knockout import Knockout
from sightline.models.loading import load
from sightline.models.next_sentences import NextSentences
from sightline.models.plain_sentences import last_hidden
from sightline.models.reply_tokens import ReplyTokens
from sightline.models.transformers import TransformersModel
from sightline.scenes.rendered import render_scenes

# PaliGemma's processor turns tensors into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning:transformers.models.paligemma"
)

TOLERANCE = 1e-4
PROMPT = "Describe this image."
SHARING = ("llava", "llava_next", "llava_onevision", "qwen2_vl", "qwen2_5_vl", "internvl", "janus", "gemma3")
CONTEXTS = ("", "There is a dog.", "There is no cat. Yes, there is a dog in the image. There is a")
SHORT = Drawing(n=4, temperature=1.0, max_new_tokens=6)


def first_stop(text: str) -> int | None:
    return text.index(".") + 1 if "." in text else None


@pytest.fixture
def photographs(tmp_path: Path) -> list[Path]:
    """Pictures of several sizes, of which some models make more tokens than of others."""
    paths = [tmp_path / f"{seed}.png" for seed in range(3)]
    for seed, (path, size) in enumerate(zip(paths, [(40, 50), (90, 40), (40, 50)], strict=True)):
        photograph(seed, *size).save(path)
    return paths


@pytest.fixture(scope="module")
def bundled() -> TransformersModel:
    return load("bundled")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("scenes")
    render_scenes(folder, n=3, seed=11)
    return sorted((folder / "images").glob("*.png"))


def sentences_of(model: TransformersModel) -> NextSentences:
    return NextSentences(model, first_stop)


def begun(model: NextSentences, paths: list[Path]) -> list[HeldReply]:
    return [model.begin(path, PROMPT) for path in paths]


def below(model: NextSentences, reply: HeldReply, context: str) -> tuple[int, ...]:
    family = model.model.family
    tokens = ReplyTokens(model.model.processor, family.chat_template if family else None)
    return tokens.below(reply.prepared.suffixes[0], PROMPT, context)


def log_probs(model: NextSentences, hidden: torch.Tensor) -> torch.Tensor:
    return torch.log_softmax(model.model.model.get_output_embeddings()(hidden).float(), dim=-1)


def assert_held_as_plain(model: NextSentences, paths: list[Path]) -> None:
    """Replies of several lengths side by side, then grown, then with candidates; all against plain forwards."""
    whole, family = model.model.model, model.model.family
    assert family is not None
    plain, held = begun(model, paths), begun(model, paths)
    look(whole, family, held, 4096)
    with torch.inference_mode():
        for turn in range(2):
            contexts = [CONTEXTS[(place + turn) % 3] for place in range(len(paths))]
            ids = [below(model, reply, context) for reply, context in zip(plain, contexts, strict=True)]
            rows = SideBySide(whole, family, held, ids)
            for place, reply in enumerate(plain):
                alone = log_probs(model, last_hidden(whole, reply, ids[place]))
                assert (log_probs(model, rows.hidden[place]) - alone).abs().max() < TOLERANCE
        tokens = torch.tensor([[70, 71, 72], [73, 74, 0], [75, 0, 76]])
        owners = torch.tensor([[0, 1, 2], [0, 2, PADDING], [1, PADDING, 2]])
        rows.extend(tokens, owners, 0)
        found = rows.extend(tokens + 10, owners, 1)
        for place, reply in enumerate(plain):
            for column in range(3):
                if owners[place, column] != PADDING:
                    own = (int(tokens[place, column]), int(tokens[place, column]) + 10)
                    alone = log_probs(model, last_hidden(whole, reply, (*ids[place], *own)))
                    assert (log_probs(model, found[place, column]) - alone).abs().max() < TOLERANCE


@pytest.mark.parametrize("family", SHARING)
def test_log_probabilities_below_held_replies_are_those_of_plain_forwards(family: str, photographs: list[Path]) -> None:
    assert_held_as_plain(sentences_of(tiny(family).replies()), photographs)


def test_the_bundled_model_computes_the_same_both_ways(bundled: TransformersModel, scenes: list[Path]) -> None:
    assert_held_as_plain(sentences_of(bundled), scenes)


def test_layers_that_see_only_a_window_see_the_same(photographs: list[Path], windowed: Tiny) -> None:
    assert_held_as_plain(sentences_of(windowed.replies()), photographs)


@pytest.fixture
def windowed() -> Tiny:
    from tiny_families import TEXT, awake
    from transformers import LlavaConfig, LlavaForConditionalGeneration

    plain = tiny("llava")
    text = Qwen2Config(
        **TEXT, vocab_size=len(plain.tokenizer), use_sliding_window=True, sliding_window=9, max_window_layers=1
    )
    config = LlavaConfig(
        vision_config=plain.model.config.vision_config, text_config=text, image_token_index=plain.image
    )
    return replace(plain, model=awake(LlavaForConditionalGeneration(config)))


@pytest.mark.parametrize(("family", "temperature"), [("qwen2_vl", 0.0), *((family, 1.0) for family in SHARING)])
def test_what_is_drawn_is_what_generate_draws(family: str, temperature: float, photographs: list[Path]) -> None:
    how = replace(SHORT, temperature=temperature)
    shared, alone = sentences_of(tiny(family).replies()), sentences_of(tiny(family).replies(share=False))
    found = shared.next_sentences(begun(shared, photographs), CONTEXTS, how)
    assert found == alone.next_sentences(begun(alone, photographs), CONTEXTS, how)
    assert shared.identity.details["image shared"] == "yes"
    assert alone.identity.details["image shared"] == "no: not asked for"
    assert len({each for own in found for each in own}) == (3 if temperature == 0 else 12)


def test_the_bundled_model_writes_whole_sentences_and_the_same_ones_both_ways(
    bundled: TransformersModel, scenes: list[Path]
) -> None:
    shared, alone = sentences_of(bundled), sentences_of(bundled)
    alone.why_not = "not asked for"
    held, how = begun(shared, scenes[:2]), Drawing(n=3)
    first = shared.next_sentences(held, ["", ""], how)
    contexts = [own[0].text for own in first]
    found = shared.next_sentences(held, contexts, how)
    assert all(each.whole and each.text.endswith(".") for own in (*first, *found) for each in own)
    assert found == alone.next_sentences(begun(alone, scenes[:2]), contexts, how)


def test_sentences_do_not_depend_on_what_is_drawn_beside_them_or_was_held_before(photographs: list[Path]) -> None:
    together, single = sentences_of(tiny("qwen2_vl").replies()), sentences_of(tiny("qwen2_vl").replies())
    held = begun(together, photographs)
    together.next_sentences(held, ("There is a cat in the image.", "", ""), SHORT)
    found = together.next_sentences(held, CONTEXTS, SHORT)
    for place, path in enumerate(photographs):
        (own,) = single.next_sentences([single.begin(path, PROMPT)], [CONTEXTS[place]], SHORT)
        assert own == found[place]
        more = single.next_sentences([single.begin(path, PROMPT)], [CONTEXTS[place]], replace(SHORT, n=6))[0]
        assert more[:4] == own


def test_another_seed_context_or_image_draws_others(photographs: list[Path]) -> None:
    model = sentences_of(tiny("llava").replies())
    first = model.next_sentences(begun(model, photographs[:2]), ("", ""), SHORT)
    again = model.next_sentences(begun(model, photographs[:1]), ("",), replace(SHORT, seed=1))
    grown = model.next_sentences(begun(model, photographs[:1]), (CONTEXTS[1],), SHORT)
    assert len({*first[0], *first[1], *again[0], *grown[0]}) == 16


def test_only_the_tokens_of_the_new_sentence_are_computed(
    photographs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    widths: list[int] = []
    forward = SideBySide._forward

    def counted(self: SideBySide, tokens: torch.Tensor, *rest: Any) -> torch.Tensor:
        widths.append(tokens.shape[1])
        return forward(self, tokens, *rest)

    model = sentences_of(tiny("llava").replies())
    (reply,) = begun(model, photographs[:1])
    model.next_sentences([reply], [""], replace(SHORT, max_new_tokens=1))
    monkeypatch.setattr(SideBySide, "_forward", counted)
    before = len(reply.ids)
    model.next_sentences([reply], ["There is a dog."], replace(SHORT, max_new_tokens=1))
    assert widths == [len(reply.ids) - before]
    assert len(reply.keys[0]) == reply.prefix + len(reply.ids)


def test_images_are_computed_once_and_their_pixels_let_go(
    photographs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    monkeypatch.setattr(next_sentences, "look", lambda *given: (looked.append(len(given[2])), look(*given))[1])
    model = sentences_of(tiny("llava").replies())
    held = begun(model, photographs)
    for context in CONTEXTS:
        model.next_sentences(held, [context] * 3, SHORT)
    assert looked == [1, 3]  # the check of the first reply, then all three
    assert all(not reply.prepared.inputs for reply in held)


def test_a_family_that_cannot_share_falls_back_and_says_why(photographs: list[Path]) -> None:
    for family, why in (
        ("paligemma", "its image attends to the question"),
        ("mllama", "its layers need more of the image below it"),
    ):
        model = sentences_of(tiny(family).replies())
        (found,) = model.next_sentences(begun(model, photographs[:1]), [""], SHORT)
        assert len(set(found)) == 4
        assert model.identity.details["image shared"] == f"no: {why}"


def test_sharing_is_given_up_where_the_first_reply_comes_out_otherwise(
    photographs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def astray(*given: Any) -> None:
        look(*given)
        for reply in given[2]:
            reply.start += 3

    alone = sentences_of(tiny("llava").replies(share=False))
    monkeypatch.setattr(next_sentences, "look", astray)
    model = sentences_of(tiny("llava").replies())
    found = model.next_sentences(begun(model, photographs), CONTEXTS, SHORT)
    assert found == alone.next_sentences(begun(alone, photographs), CONTEXTS, SHORT)
    assert model.identity.details["image shared"].startswith("no: the first reply came out ")


@pytest.mark.parametrize("family", ["llava", "qwen2_vl"])
def test_a_model_of_half_the_precision_writes_sentences(family: str, photographs: list[Path]) -> None:
    halved = replace(tiny(family), model=deepcopy(tiny(family).model).to(torch.bfloat16))
    model = sentences_of(halved.replies())
    replies = begun(model, photographs)
    assert replies[0].prepared.inputs["pixel_values"].dtype == torch.bfloat16
    for drawn in model.next_sentences(replies, CONTEXTS, SHORT):
        assert len(drawn) == SHORT.n and all(sentence.tokens for sentence in drawn)
    assert len({reply.digest for reply in replies}) == 3


def test_the_check_is_made_once_and_recorded(photographs: list[Path]) -> None:
    model = sentences_of(tiny("llava").replies())
    assert "shared against alone" not in model.identity.details
    model.next_sentences(begun(model, photographs), CONTEXTS, SHORT)
    assert float(model.identity.details["shared against alone"].removesuffix(" nats")) < TOLERANCE


def test_little_at_once_means_the_same_sentences(photographs: list[Path]) -> None:
    wide, narrow = (sentences_of(tiny("llava").replies(tokens_at_once=tokens)) for tokens in (4096, 1))
    assert wide.next_sentences(begun(wide, photographs), CONTEXTS, SHORT) == narrow.next_sentences(
        begun(narrow, photographs), CONTEXTS, SHORT
    )


def test_too_little_memory_means_fewer_side_by_side(photographs: list[Path], cramped: Callable[[int], None]) -> None:
    model = sentences_of(tiny("llava").replies())
    expected = model.next_sentences(begun(model, photographs), CONTEXTS, SHORT)
    cramped(1)
    assert model.next_sentences(begun(model, photographs), CONTEXTS, SHORT) == expected
    assert model.model.tokens_at_once < 4096


def test_too_little_memory_for_one_reply_is_one_clear_error(
    photographs: list[Path], cramped: Callable[[int], None]
) -> None:
    model = sentences_of(tiny("llava").replies())
    model.next_sentences(begun(model, photographs[:1]), [""], SHORT)
    cramped(0)
    with pytest.raises(
        RequestError, match="The candidates of one image of 20 tokens do not fit into the memory of cpu"
    ):
        model.next_sentences(begun(model, photographs), CONTEXTS, SHORT)


@pytest.fixture
def cramped(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Lets so many replies stand side by side."""
    extend = SideBySide.extend

    def limit(most: int) -> None:
        def refused(self: SideBySide, tokens: torch.Tensor, *rest: Any) -> torch.Tensor:
            if len(tokens) > most:
                raise torch.OutOfMemoryError("no memory left")
            return extend(self, tokens, *rest)

        monkeypatch.setattr(SideBySide, "extend", refused)

    yield limit


def test_a_context_that_fills_the_model_leaves_nothing_to_be_drawn(photographs: list[Path]) -> None:
    model = sentences_of(tiny("llava").replies())
    (found,) = model.next_sentences(begun(model, photographs[:1]), ["dog " * 600], SHORT)
    assert found == (Continuation("", whole=False),) * 4


def test_no_replies_are_no_sentences(photographs: list[Path]) -> None:
    assert sentences_of(tiny("llava").replies()).next_sentences([], [], SHORT) == ()


def test_an_image_that_cannot_be_read_is_refused_when_its_reply_begins(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"broken\.png: not a picture"):
        sentences_of(tiny("llava").replies()).begin(tmp_path / "broken.png", PROMPT)


def test_a_model_without_some_of_its_heads_is_refused() -> None:
    model = tiny("llava").replies().knocked_out(Knockout((Head(0, 0),), "zero"))
    with pytest.raises(RequestError, match="Heads are knocked out of this model while it replies"):
        sentences_of(model)
