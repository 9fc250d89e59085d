"""Open-vocabulary detectors: the real classes of transformers, tiny and with random weights."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_detectors import SHORT_TEXT, bert_tokenizer, clip_tokenizer, dino, owl, save
from transformers import AutoProcessor, BertConfig, BertTokenizer

from sightline.core.detecting import Detecting
from sightline.detectors.many_images import LookingAtMany, look_at_many
from sightline.detectors.named import ON_THE_HUB, detector
from sightline.detectors.text_queries import TextQueries
from sightline.detectors.text_spans import Best, TextSpans
from sightline.detectors.zero_shot import ZeroShot, _Picture, load
from sightline.errors import DataError, RequestError

DINOS = ("grounding-dino", "mm-grounding-dino")
FAMILIES = (*DINOS, "owlv2")
NOUNS = ("moon", "traffic light", "snowboard", "cup")


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(request.param, tmp_path_factory.mktemp(request.param) / "tiny")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three pictures, the second of another shape."""
    place = tmp_path_factory.mktemp("images")
    for number, size in enumerate([(90, 60), (60, 90), (90, 60)]):
        pixels = np.random.default_rng(number).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.png")
    return sorted(place.iterdir())


@pytest.fixture(scope="module", params=DINOS)
def spans(request: pytest.FixtureRequest) -> TextSpans:
    return TextSpans(dino(request.param), bert_tokenizer(), request.param)


def pixels(seed: int = 0) -> torch.Tensor:
    return torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(seed))


def test_it_loads_from_a_folder_and_sees_every_noun_in_the_order_asked(folder: Path, images: list[Path]) -> None:
    loaded = load(str(folder), device="cpu")
    assert isinstance(loaded, LookingAtMany)
    as_protocol: Detecting = loaded
    assert (as_protocol.name, len(as_protocol.version)) == ("tiny", 12)
    seen = as_protocol.look(images[0], NOUNS)
    assert [sighting.object for sighting in seen] == list(NOUNS)
    assert all(0 <= s.score <= 1 and s.box is not None and all(0 <= edge <= 1 for edge in s.box) for s in seen)
    assert len({s.score for s in seen}) == len(NOUNS)


def test_its_threshold_is_the_published_one_or_the_one_given(folder: Path) -> None:
    default = {"owlv2": 0.1}.get(json.loads((folder / "config.json").read_text())["model_type"], 0.25)
    assert load(str(folder), "cpu").threshold == default
    assert load(str(folder), "cpu", 0.4).threshold == 0.4
    assert detector(f"{folder}@0.35", "cpu").threshold == 0.35


@pytest.mark.parametrize("family", DINOS)
def test_a_score_is_the_mean_over_the_tokens_of_the_noun_and_nobody_elses(family: str) -> None:
    model, tokenizer = dino(family), bert_tokenizer()
    (seen,) = TextSpans(model, tokenizer, family).see(pixels(), [("moon", "traffic light", "snowboard")])
    # [CLS] moon . traffic light . snow ##board . [SEP]
    ids = tokenizer("moon. traffic light. snowboard.", return_tensors="pt")
    p = model(pixel_values=pixels(), **ids).logits.detach().sigmoid()[0]
    by_hand = [p[:, 1], (p[:, 3] + p[:, 4]) / 2, (p[:, 6] + p[:, 7]) / 2]
    assert [best.score for best in seen] == pytest.approx([float(of.max()) for of in by_hand], rel=1e-5)


def test_no_label_is_read_back_from_tokens(spans: TextSpans, monkeypatch: pytest.MonkeyPatch) -> None:
    (before,) = spans.see(pixels(), [NOUNS[:3]])

    def broken(*_: object, **__: object) -> str:
        raise AssertionError("a text was decoded")

    for name in ("decode", "batch_decode", "convert_ids_to_tokens", "convert_tokens_to_string"):
        monkeypatch.setattr(BertTokenizer, name, broken)
    assert spans.see(pixels(), [NOUNS[:3]]) == [before]


def test_a_noun_within_another_has_its_own_tokens(spans: TextSpans) -> None:
    (seen,) = spans.see(pixels(), [("ball", "tennis ball", "Ball ")])
    scores = [best.score for best in seen]
    assert scores[0] != scores[1]
    ids, places = spans._spans(("ball", "tennis ball", "Ball "))
    assert places == [(1, 2), (3, 5), (6, 7)]
    assert ids[1] == ids[4] == ids[6], "the same word, in three places"


def test_more_nouns_than_a_text_holds_are_asked_in_several(spans: TextSpans) -> None:
    nouns = ("moon", "traffic light", "snowboard", "dog", "cup") * 4
    parts = spans.parts(nouns)
    assert [noun for part in parts for noun in part] == list(nouns)
    lengths = [len(spans._spans(part)[0]) for part in parts]
    assert max(lengths) <= SHORT_TEXT
    # 1 + 2 + 2 + 1 + 1 tokens and 5 full stops are 12 for five nouns: one more noun than nine would be 25 tokens
    assert lengths[0] + 2 > SHORT_TEXT
    assert len(parts) == 3


def test_a_text_in_a_batch_scores_as_alone_though_others_are_longer(spans: TextSpans) -> None:
    together = spans.see(torch.cat([pixels(0), pixels(1)]), [("moon",), NOUNS])
    for seen, alone in zip(together, [spans.see(pixels(0), [("moon",)]), spans.see(pixels(1), [NOUNS])], strict=True):
        assert [best.score for best in seen] == pytest.approx([best.score for best in alone[0]], rel=1e-4)


def test_a_group_of_queries_in_a_batch_scores_as_alone_though_others_are_more() -> None:
    queries = TextQueries(owl(), clip_tokenizer(), 32)
    both = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    together = queries.see(both, [("moon",), NOUNS[:3]])
    assert [len(seen) for seen in together] == [1, 3]
    for row, part in enumerate([("moon",), NOUNS[:3]]):
        (alone,) = queries.see(both[row : row + 1], [part])
        assert [b.score for b in together[row]] == pytest.approx([b.score for b in alone], rel=1e-4)


def test_a_query_does_not_hang_on_what_else_is_asked() -> None:
    queries = TextQueries(owl(), clip_tokenizer(), 32)
    ((first, *_),), ((alone,),) = (
        queries.see(pixels()[:, :, :32, :32], [("moon", "cup")]),
        queries.see(pixels()[:, :, :32, :32], [("moon",)]),
    )
    assert first.score == pytest.approx(alone.score, rel=1e-5)


def test_images_are_looked_at_side_by_side_and_come_out_as_one_by_one(folder: Path, images: list[Path]) -> None:
    loaded = load(str(folder), "cpu")
    several = ZeroShot(loaded._model, AutoProcessor.from_pretrained(folder), "tiny", "1", 0.5, together=3)
    asked = [(images[0], NOUNS), (images[1], NOUNS[:1]), (images[2], ()), (images[2], ("dog", "moon", "dog"))]
    together = list(look_at_many(several, asked))
    alone = [loaded.look(image, objects) for image, objects in asked]
    assert [[s.object for s in seen] for seen in together] == [list(objects) for _, objects in asked]
    for seen, one in zip(together, alone, strict=True):
        assert [s.score for s in seen] == pytest.approx([s.score for s in one], rel=1e-4)


def test_pictures_that_do_not_fit_together_are_looked_at_apart(
    folder: Path, images: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load(str(folder), "cpu")
    one_by_one = ZeroShot(loaded._model, AutoProcessor.from_pretrained(folder), "tiny", "1", 0.5, together=4)
    fits = 1
    see = one_by_one._asking.see

    def only_some(pixels: torch.Tensor, parts: list[tuple[str, ...]]) -> list[list[Best]]:
        if len(pixels) > fits:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return see(pixels, parts)

    monkeypatch.setattr(one_by_one._asking, "see", only_some)
    asked = [(images[0], NOUNS), (images[2], NOUNS)]
    assert list(look_at_many(one_by_one, asked)) == [loaded.look(image, objects) for image, objects in asked]
    fits = 0
    with pytest.raises(RequestError, match=r"tiny does not fit into the memory of cpu\. Say --device cpu"):
        one_by_one.look(images[0], NOUNS)


def test_boxes_of_owlv2_leave_out_what_made_the_picture_square(tmp_path: Path) -> None:
    owlv2 = load(str(save("owlv2", tmp_path)), "cpu")
    wide = _Picture(torch.zeros(1, 3, 8, 8), width=80, height=40, objects=("moon",))
    # the picture is the upper half of a square: what lies from 0.125 to 0.375 of that lies from 0.25 to 0.75
    assert owlv2._box(Best(0.5, (0.5, 0.25, 0.5, 0.25)), wide) == (0.25, 0.25, 0.75, 0.75)


@pytest.mark.parametrize(
    ("noun", "why"), [(" ", "it is empty"), ("st. bernard", "full stops"), ("dog " * 30, "it has 30 tokens, of 21")]
)
def test_a_noun_that_the_text_cannot_hold_is_refused(spans: TextSpans, noun: str, why: str) -> None:
    assert spans.refusal("dog") is None
    assert why in str(spans.refusal(noun))


def test_a_refusal_names_detector_and_noun(folder: Path, images: list[Path]) -> None:
    loaded = load(str(folder), "cpu")
    assert not loaded.knows("  ")
    with pytest.raises(RequestError, match="tiny cannot be asked for '  ': it is empty"):
        loaded.look(images[0], ["dog", "  "])


def test_an_image_that_is_none_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(DataError, match=r"a\.png: not a picture"):
        load(str(folder), "cpu").look(tmp_path / "a.png", ["dog"])


def test_a_tokenizer_that_is_not_the_models_is_refused() -> None:
    other = BertTokenizer(vocab={token: place for place, token in enumerate(["[UNK]", "[CLS]", "[SEP]", ".", "?"])})
    with pytest.raises(RequestError, match="not the uncased one of BERT"):
        TextSpans(dino("grounding-dino"), other, "odd")


def test_a_model_that_is_no_detector_names_those_that_are(tmp_path: Path) -> None:
    BertConfig().save_pretrained(tmp_path)
    with pytest.raises(RequestError, match=r"is of type 'bert', which is not asked.*Grounding DINO, .* and OWLv2"):
        load(str(tmp_path), "cpu")


def test_one_that_is_nowhere_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(RequestError, match="'nobody/nothing' could not be found"):
        detector("nobody/nothing", "cpu")


def test_a_known_name_stands_for_an_id_on_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(source: str) -> None:
        asked.append(source)
        raise OSError("no network")

    monkeypatch.setattr("sightline.detectors.zero_shot.AutoConfig.from_pretrained", refuse)
    for name, published in ON_THE_HUB.items():
        with pytest.raises(RequestError, match=f"'{published.hub}' could not be found"):
            detector(name, "cpu")
    assert asked == [published.hub for published in ON_THE_HUB.values()]


def test_a_processor_that_wants_torchvision_says_how_to_install_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str) -> None:
        raise ImportError("This needs the Torchvision library but it was not found in your environment.")

    monkeypatch.setattr("sightline.detectors.zero_shot.AutoProcessor.from_pretrained", refuse)
    with pytest.raises(RequestError, match="needs torchvision: pip install torchvision"):
        load(str(folder), "cpu")


def test_a_device_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(RequestError, match="The device 'cuda:9' cannot be used here"):
        load(str(folder), "cuda:9")
