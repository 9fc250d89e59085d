"""What a user names (heads, a heads file, a published set) becomes a knockout, and a model without those heads."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from plain_hooks import outputs_of
from tiny_families import photograph, tiny

from sightline.core import Asking, ImageGroup, ModelIdentity, Said
from sightline.errors import DataError, MissingError, RequestError
from sightline.mechanisms import apply
from sightline.mechanisms.apply import knocked_out_by, knockout_of, read_knockout
from sightline.mechanisms.heads_file import (
    FoundOn,
    HeadsFile,
    Intended,
    ListedHead,
    ModelFound,
    read_heads,
    write_heads,
)
from sightline.mechanisms.outputs_file import write_outputs
from sightline.mechanisms.presupposing import asserted_words
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head, HeadLayout
from sightline.models.knockout import Knockout
from sightline.models.transformers import TransformersModel

FOUND = HeadsFile(
    heads=(ListedHead("L2H1"), ListedHead("L0H3")),
    model=ModelFound("tiny", "llava", "tiny", layers=3, heads=4, key_value_heads=2, head_dim=16),
    knockout=Intended("mean", "prompt", 0.5),
    found_on=FoundOn("counting", ("+1",)),
    means="heads.safetensors",
)
PAIR = (Head(0, 3), Head(2, 1))
OUTPUTS = outputs_of()


@pytest.fixture
def model() -> TransformersModel:
    return tiny("llava").replies()


def written(folder: Path, outputs: HeadOutputs = OUTPUTS, **other: Any) -> str:
    """The heads file, or one that differs in some fields, with its means beside it."""
    file = replace(FOUND, **other)
    if file.means is not None:
        write_outputs(folder / file.means, outputs)
    return str(write_heads(folder / "heads.json", file))


def renamed(model: TransformersModel, **other: str) -> TransformersModel:
    """The same model with another identity."""
    return TransformersModel(model.model, model.processor, replace(model.identity, **other), model.family)


# ---- names of heads ----


def test_names_of_heads_are_knocked_out_by_zero_everywhere(model: TransformersModel) -> None:
    assert read_knockout("L2H1,L0H3", model) == Knockout(PAIR, "zero", "all", 1.0)
    assert read_knockout("l2h1, L0H3", model) == Knockout(PAIR, "zero", "all", 1.0)


def test_names_of_heads_are_knocked_out_as_is_said(model: TransformersModel) -> None:
    found = read_knockout("L0H3", model, kind="prompt-mean", scope="text", strength=0.25)
    assert found == Knockout((Head(0, 3),), "prompt-mean", "text", 0.25)
    assert read_knockout("L0H3", model, strength=0.0).strength == 0.0


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("L0H3,moon", "'moon' is no head"),
        ("L0", "'L0' is no head"),
        ("L0H3,", "'' is no head"),
        ("L0H3,L2H1,l0h3", "L0H3 is named twice"),
    ],
)
def test_names_that_are_none_are_refused(given: str, problem: str, model: TransformersModel) -> None:
    with pytest.raises(RequestError, match=problem):
        read_knockout(given, model)


def test_what_is_given_may_be_longer_than_a_file_name(model: TransformersModel) -> None:
    names = ",".join(f"L{layer}H{head}{' ' * 30}" for layer in range(3) for head in range(4))
    assert len(read_knockout(names, model).heads) == 12
    with pytest.raises(RequestError, match="No published set of heads, and no file, is called"):
        read_knockout("moon" * 100, model)


def test_names_of_heads_that_the_model_does_not_have_are_refused(model: TransformersModel) -> None:
    with pytest.raises(RequestError, match="L3H0, L9H9 do not exist: this model has 3 layers"):
        read_knockout("L0H3,L9H9,L3H0", model)


def test_names_have_no_means(model: TransformersModel) -> None:
    for kind in ("mean", "role-mean", "resample"):
        with pytest.raises(RequestError, match=f"kind {kind} needs what the heads hand on .* use the kind zero"):
            read_knockout("L0H3", model, kind=kind)


def test_what_is_neither_names_nor_a_file_is_looked_for_among_published_sets(model: TransformersModel) -> None:
    with pytest.raises(RequestError, match=r"No published set of heads, and no file, is called 'moon'"):
        read_knockout("moon", model)


# ---- heads files ----


def test_a_heads_file_is_knocked_out_as_it_says_with_the_means_beside_it(
    model: TransformersModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = read_knockout(path, model)
    assert (found.heads, found.kind, found.scope, found.strength) == (PAIR, "mean", "prompt", 0.5)
    assert found.outputs is not None
    assert (found.outputs.mean == OUTPUTS.mean).all()
    assert (found.outputs.kept == OUTPUTS.kept).all()
    assert read_knockout("../heads.json", model).sha256 == found.sha256


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "zero"},
        {"kind": "role-mean"},
        {"kind": "resample", "scope": "decode"},
        {"kind": "prompt-mean"},
        {"scope": "asserted"},
        {"strength": 1.0},
        {"strength": 0.0},
        {"kind": "zero", "scope": "text", "strength": 0.75},
    ],
)
def test_what_is_said_goes_before_what_the_file_says(
    said: dict[str, Any], model: TransformersModel, tmp_path: Path
) -> None:
    found = read_knockout(written(tmp_path), model, **said)
    expected = {"kind": "mean", "scope": "prompt", "strength": 0.5} | said
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.heads == PAIR
    knocked_out_by(model, found)


def test_other_heads_can_be_knocked_out_as_a_file_says(tmp_path: Path) -> None:
    file = read_heads(written(tmp_path))
    assert knockout_of(file, tmp_path).heads == PAIR
    found = knockout_of(file, tmp_path, [Head(1, 1)])
    assert (found.heads, found.kind, found.scope, found.strength) == ((Head(1, 1),), "mean", "prompt", 0.5)
    assert found.outputs is not None


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"kind": "zro"}, "'zro'.* kinds? .*mean, role-mean, zero"),
        ({"scope": "everything"}, "'everything'.* scopes? .*all, prompt, text"),
        ({"strength": 1.5}, r"The strength is 1\.5; expected 0"),
        (
            {"kind": "prompt-mean", "scope": "decode"},
            "The mean over the prompt replaces heads while",
        ),
    ],
)
def test_a_way_that_is_none_is_refused(
    said: dict[str, Any], problem: str, model: TransformersModel, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match=problem):
        read_knockout(written(tmp_path), model, **said)


@pytest.mark.parametrize("said", [{"kind": "zro"}, {"scope": "everything"}, {"strength": -0.5}])
def test_a_way_that_is_none_is_refused_for_names_too(said: dict[str, Any], model: TransformersModel) -> None:
    with pytest.raises(RequestError, match=str(next(iter(said.values())))):
        read_knockout("L0H3", model, **said)


def test_heads_of_another_model_are_refused_and_taken_on_purpose(model: TransformersModel, tmp_path: Path) -> None:
    path, tuned = written(tmp_path), renamed(model, hash="ef" * 32, name="tuned")
    with pytest.raises(RequestError, match=r"found on tiny \(llava, content tiny…\), and this model is tuned"):
        read_knockout(path, tuned)
    assert read_knockout(path, tuned, allow_other=True).sha256 == read_knockout(path, model).sha256


def test_a_model_of_another_layout_is_refused_even_on_purpose(model: TransformersModel, tmp_path: Path) -> None:
    path = written(tmp_path, model=replace(FOUND.model, layers=28))
    with pytest.raises(RequestError, match=r"28 layers of 4 heads .* tiny has 3 layers of 4 heads"):
        read_knockout(path, model, allow_other=True)


def test_a_knocked_out_model_is_not_the_model_that_heads_were_found_on(
    model: TransformersModel, tmp_path: Path
) -> None:
    path = written(tmp_path)
    with pytest.raises(RequestError, match="this model is tiny without L1H1"):
        read_knockout(path, knocked_out_by(model, Knockout((Head(1, 1),), "zero")))


# ---- means ----


def test_means_that_are_not_beside_the_file_are_missed(model: TransformersModel, tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "heads.safetensors").unlink()
    with pytest.raises(MissingError, match=r"the file of means, heads\.safetensors, is not there"):
        read_knockout(path, model)


def test_a_file_without_means_is_not_knocked_out_by_them(model: TransformersModel, tmp_path: Path) -> None:
    path = written(tmp_path, knockout=Intended("zero", "all"), means=None)
    assert read_knockout(path, model) == Knockout(PAIR, "zero", "all", 1.0)
    with pytest.raises(RequestError, match="kind mean needs what the heads hand on over a discovery set"):
        read_knockout(path, model, kind="mean")


def test_means_that_are_broken_are_an_error_that_names_their_file(model: TransformersModel, tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = (tmp_path / "heads.safetensors").read_bytes()
    for broken in (b"", whole[:-100], whole[:4]):
        (tmp_path / "heads.safetensors").write_bytes(broken)
        with pytest.raises(DataError, match=r"heads\.safetensors: the means of heads cannot be read"):
            read_knockout(path, model)


def test_means_of_a_model_of_another_shape_are_refused(model: TransformersModel, tmp_path: Path) -> None:
    found = read_knockout(written(tmp_path, outputs_of(layers=2)), model)
    with pytest.raises(RequestError, match=r"The means are of 2 layers .* they are another model's"):
        knocked_out_by(model, found)


def test_a_broken_heads_file_is_an_error_that_names_it(model: TransformersModel, tmp_path: Path) -> None:
    path = Path(written(tmp_path))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 7}))
    with pytest.raises(DataError, match=r"heads\.json: version is 7, expected 1"):
        read_knockout(str(path), model)
    with pytest.raises(DataError, match=r"none\.json: there is no such file"):
        read_knockout(str(tmp_path / "none.json"), model)
    with pytest.raises(DataError, match="this is a folder, expected a file"):
        read_knockout(str(tmp_path), model)


# ---- published sets ----


def test_a_published_set_is_refused_for_a_model_of_another_family(model: TransformersModel) -> None:
    with pytest.raises(RequestError, match=r"found on Qwen2-VL-7B-Instruct \(Qwen2-VL, content unknown\), and this"):
        read_knockout("pih-qwen2-vl-7b-best3", model)
    with pytest.raises(RequestError, match=r"which has 28 layers of 28 heads of 128 values.* tiny has 3 layers"):
        read_knockout("pih-qwen2-vl-7b-best3", model, allow_other=True)


def test_a_published_set_is_taken_for_any_model_of_its_family_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = HeadLayout((None,) * 28, (None,) * 28, heads=28, key_value_heads=4, head_dim=128)
    monkeypatch.setattr(apply, "head_layout", lambda model, family: layout)
    identity = ModelIdentity("0" * 64, "mine", "Qwen2-VL", "transformers", "bfloat16", "sdpa")
    large: Any = SimpleNamespace(model=None, family=None, identity=identity)
    found = read_knockout("pih-qwen2-vl-7b-best3", large)
    assert found == Knockout((Head(0, 3), Head(0, 6), Head(11, 15)), "prompt-mean", "prompt", 1.0)
    assert read_knockout("pih-qwen2-vl-7b-best3", large, kind="zero", scope="all").kind == "zero"


# ---- the model without the heads ----


def said(model: TransformersModel, photo: Path, prompt: str) -> Said:
    asking = Asking(choices=("Yes", "No"))
    (of_images,) = model.reply([[ImageGroup(photo, (prompt,))]], asking)
    return of_images[0][0][0]


def test_a_model_without_heads_replies_otherwise_and_the_whole_model_stays(
    model: TransformersModel, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photograph(0).save(photo)
    prompt = "Is there a dog in the image?"
    before = said(model, photo, prompt)
    without = knocked_out_by(model, read_knockout(written(tmp_path), model))
    assert without.identity.name == "tiny without L0H3, L2H1"
    assert without.identity.hash not in (model.identity.hash, "")
    assert without.identity.details["knockout"] == "without L0H3, L2H1 (prompt): mean at 0.5"
    assert said(without, photo, prompt).log_probs != pytest.approx(before.log_probs, abs=1e-3)
    assert said(model, photo, prompt) == before


def test_what_a_prompt_asserts_is_found(model: TransformersModel, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photograph(0).save(photo)
    without = knocked_out_by(model, Knockout(PAIR, "zero", "asserted"))
    assert list(asserted_words("How many moons are in this image?")) == []
    for prompt, changes in (("How many moons are in this image?", False), ("Describe the four moons.", True)):
        own, other = said(model, photo, prompt).log_probs, said(without, photo, prompt).log_probs
        assert (own != pytest.approx(other, abs=1e-5)) is changes


def test_what_cannot_be_done_while_replying_is_refused(model: TransformersModel, tmp_path: Path) -> None:
    patch = read_knockout(written(tmp_path), model, kind="patch")
    with pytest.raises(RequestError, match="Patching needs the prompt that says the truth"):
        knocked_out_by(model, patch)
    with pytest.raises(RequestError, match="L5H0 does not exist: this model has 3 layers"):
        knocked_out_by(model, Knockout((Head(5, 0),), "zero"))
