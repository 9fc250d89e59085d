import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_sweep import sweep

from sightline.core import ModelIdentity
from sightline.errors import DataError, MissingError, RequestError
from sightline.mechanisms.heads_file import (
    FoundOn,
    HeadsFile,
    Intended,
    ListedHead,
    ModelFound,
    check_model,
    listed,
    published,
    read_heads,
    write_heads,
)
from sightline.mechanisms.ranking import rank_heads
from sightline.models import families
from sightline.models.heads import Head, HeadLayout
from sightline.models.knockout import Knockout
from sightline.models.knockout_kinds import KINDS

Record = dict[str, Any]

HEADS = HeadsFile(
    heads=listed(rank_heads(sweep(), draws=20), [Head(1, 0), Head(0, 0)]),
    model=ModelFound("tiny", "LLaVA", "ab" * 32, layers=2, heads=2, key_value_heads=1, head_dim=8),
    knockout=Intended("mean", "all", 0.5),
    found_on=FoundOn("counting", ("+1", "+2"), "cd" * 32, prompts=3, images=2, image_names=("a.png", "b.png")),
    means="heads.safetensors",
)
MODEL = ModelIdentity("ab" * 32, "tiny", "LLaVA", "transformers 5", "float32", "sdpa")
LAYOUT = HeadLayout((None, None), (None, None), heads=2, key_value_heads=1, head_dim=8)


def changed(folder: Path, change: Callable[[Record], object]) -> Path:
    """A heads file without means, and something in it changed."""
    path = write_heads(
        folder / "heads.json", HeadsFile(HEADS.heads, HEADS.model, Intended("zero", "all"), HEADS.found_on)
    )
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = write_heads(tmp_path / "heads.json", HEADS)
    (tmp_path / "heads.safetensors").write_bytes(b"")
    assert read_heads(path) == HEADS
    assert read_heads(str(path)).head_set == (Head(0, 0), Head(1, 0))
    record = json.loads(path.read_text())
    assert (record["format"], record["version"], record["means"]) == ("sightline-heads", 1, "heads.safetensors")


def test_heads_are_listed_best_first_with_the_figures_of_the_ranking() -> None:
    assert [each.head for each in HEADS.heads] == ["L0H0", "L1H0"]
    figures = HEADS.heads[0].figures
    assert (figures["rank"], figures["became_true"], figures["n"], figures["significant"]) == (1, 1.0, 2, False)
    with pytest.raises(RequestError, match="L0H7, L1H5 cannot be listed: the ranking of 4 heads has none"):
        listed(rank_heads(sweep(), draws=20), [Head(0, 0), Head(1, 5), Head(0, 7)])


def test_the_published_sets_are_those_of_the_repository() -> None:
    assert {name: " ".join(each.head for each in read_heads(name).heads) for name in published()} == {
        "pih-janus-pro-7b-best3": "L1H7 L0H20 L14H27",
        "pih-llava-onevision-7b-best3": "L0H3 L0H26 L0H6",
        "pih-qwen2-vl-7b-best10": "L0H3 L11H15 L0H6 L15H8 L0H11 L0H10 L7H3 L8H13 L14H13 L0H24",
        "pih-qwen2-vl-7b-best3": "L0H3 L11H15 L0H6",
        "pih-qwen2-vl-7b-best5": "L0H3 L11H15 L0H6 L15H8 L0H11",
    }


@pytest.mark.parametrize("name", published())
def test_a_published_set_says_where_it_is_from_and_what_it_is_for(name: str) -> None:
    file = read_heads(name)
    assert "2601.05201" in file.source and "@f301d68" in file.source
    assert file.model.family in {family.name for family in families.ALL}
    assert file.model.hash is None and file.means is None
    assert file.knockout == Intended("prompt-mean", "prompt", 1.0)


def test_the_kinds_that_need_means_are_those_that_a_knockout_refuses_without() -> None:
    needing = [kind for kind in KINDS if kind in ("mean", "role-mean", "resample")]
    assert [kind for kind in KINDS if _refused(kind)] == needing


def _refused(kind: str) -> bool:
    try:
        Knockout((Head(0, 0),), kind)
    except RequestError:
        return True
    return False


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda r: r["knockout"].update(kind="zro"),
            r"knockout\.kind is 'zro': input should be 'mean', 'role-mean', 'z",
        ),
        (
            lambda r: r["knockout"].update(scope="al"),
            r"knockout\.scope is 'al': input should be 'all', 'prompt', 'text'",
        ),
        (
            lambda r: r["knockout"].update(strength=1.5),
            r"knockout\.strength is 1\.5: input should be less than or equal",
        ),
        (
            lambda r: r["knockout"].update(scop="all"),
            r"knockout\.scop is no field of a heads file; did you mean scope\?",
        ),
        (lambda r: r.update(comment=""), r"comment is no field of a heads file\."),
        (lambda r: r["knockout"].pop("scope"), r"there is no knockout\.scope\."),
        (lambda r: r.pop("model"), r"there is no model\."),
        (lambda r: r["model"].update(layers="28"), r"model\.layers is '28': input should be a valid integer"),
        (lambda r: r["model"].update(heads=0), r"model\.heads is 0: input should be greater than 0"),
        (lambda r: r.update(heads=[]), r"it lists no heads\."),
        (
            lambda r: r["heads"][1].update(head="L1"),
            r"heads\[1\]\.head is 'L1', expected the name of a head, such as 'L0",
        ),
        (lambda r: r["heads"][1].update(head="L0H0"), r"L0H0 is listed twice\."),
        (lambda r: r["heads"][1].update(head="L2H1"), r"there is no L2H1 in the model named: 2 layers of 2 heads\."),
        (
            lambda r: r["heads"][0]["figures"].update(n="x"),
            r"heads\[0\]\.figures\.n is 'x', expected numbers, true, false",
        ),
        (
            lambda r: r["found_on"].update(labels_sha256="ab"),
            r"found_on\.labels_sha256 is 'ab', expected 64 hexadecimal",
        ),
        (
            lambda r: r.update(means="../m.safetensors"),
            r"means is '\.\./m\.safetensors', expected the name of a \.safete",
        ),
        (lambda r: r["knockout"].update(kind="mean"), r"knockout\.kind is 'mean', and there are no means\. Name their"),
        (lambda r: r.update(version=2), r"version is 2, expected 1\. Another version of sightline wrote it"),
        (lambda r: r.update(format="heads"), r"this is no heads file: format is 'heads'\."),
    ],
)
def test_a_field_that_no_heads_file_has_is_named_with_what_was_found(
    tmp_path: Path, change: Callable[[Record], object], problem: str
) -> None:
    with pytest.raises(DataError, match=rf"heads\.json: {problem}"):
        read_heads(changed(tmp_path, change))


def test_a_file_of_something_else_is_no_heads_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[1]")
    with pytest.raises(DataError, match=r"a\.json: this is no heads file: format is '\[1\]'"):
        read_heads(tmp_path / "a.json")
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(DataError, match=r"a\.json: not JSON"):
        read_heads(tmp_path / "a.json")


def test_means_that_are_named_must_be_there(tmp_path: Path) -> None:
    path = write_heads(tmp_path / "heads.json", HEADS)
    with pytest.raises(
        MissingError, match=r"the file of means, heads\.safetensors, is not there\. Put heads\.safetensors"
    ):
        read_heads(path)


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    infinite = HeadsFile(
        (ListedHead("L0H0", {"shift": float("inf")}),), HEADS.model, Intended("zero", "all"), HEADS.found_on
    )
    with pytest.raises(DataError, match=r"heads\[0\]\.figures\.shift is inf, expected numbers"):
        write_heads(tmp_path / "heads.json", infinite)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_neither_published_nor_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"is called 'pih-qwen2-vl-7b-best4'\. Did you mean 'pih-qwen2-vl-7b-best"):
        read_heads("pih-qwen2-vl-7b-best4")
    with pytest.raises(DataError, match=r"none\.json: there is no such file"):
        read_heads(tmp_path / "none.json")


def test_the_model_that_heads_were_found_on_is_taken() -> None:
    check_model(HEADS, MODEL, LAYOUT)


def test_another_model_is_refused_unless_it_is_allowed_and_laid_out_the_same() -> None:
    tuned = ModelIdentity("ef" * 32, "tuned", "LLaVA", "transformers 5", "float32", "sdpa")
    with pytest.raises(
        RequestError, match=r"found on tiny \(LLaVA, content abababababab…\), and this model is tuned \(LLaV"
    ):
        check_model(HEADS, tuned, LAYOUT)
    check_model(HEADS, tuned, LAYOUT, allow_other=True)
    wider = HeadLayout((None, None), (None, None), heads=4, key_value_heads=1, head_dim=8)
    problem = r"has 2 layers of 2 heads of 8 values, 1 of keys\. tuned has 2 layers of 4 heads of 8 values, 1 of keys"
    with pytest.raises(RequestError, match=problem):
        check_model(HEADS, tuned, wider, allow_other=True)


def test_a_published_set_is_for_any_model_of_its_family_and_size() -> None:
    file = read_heads("pih-qwen2-vl-7b-best3")
    layout = HeadLayout((None,) * 28, (None,) * 28, heads=28, key_value_heads=4, head_dim=128)
    check_model(file, ModelIdentity("0", "Qwen2-VL-7B", "Qwen2-VL", "", "", ""), layout)
    other = ModelIdentity("0", "Qwen2.5-VL-7B", "Qwen2.5-VL", "", "", "")
    with pytest.raises(
        RequestError, match=r"found on Qwen2-VL-7B-Instruct \(Qwen2-VL, content unknown\), and this model"
    ):
        check_model(file, other, layout)
    check_model(file, other, layout, allow_other=True)
    small = HeadLayout((None,) * 28, (None,) * 28, heads=12, key_value_heads=2, head_dim=128)
    with pytest.raises(RequestError, match="which has 28 layers of 28 heads of 128 values"):
        check_model(file, ModelIdentity("0", "Qwen2-VL-2B", "Qwen2-VL", "", "", ""), small)


def test_a_head_that_does_not_exist_is_refused() -> None:
    file = HeadsFile((ListedHead("L0H2"),), HEADS.model, Intended("zero", "all"), HEADS.found_on)
    with pytest.raises(RequestError, match=r"L0H2 does not exist: this model has 2 layers"):
        check_model(file, MODEL, LAYOUT)
