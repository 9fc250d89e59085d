"""FINER built from scene graphs and captions: what is written, what is left out, and what is refused."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judges import options_in, picks, sees
from tiny_scene_graphs import IMAGES, PLAIN, Writer, captions, images, plain, rendered

from sightline.benchmarks import benchmark
from sightline.benchmarks.finer_published import QTYPES, read_published
from sightline.core import claim_from_record
from sightline.errors import DataError, RequestError
from sightline.evaluation.build_finer import NOT_ACCEPTED, FinerBuild, Models, build_finer, requests_of
from sightline.evaluation.finer_files import FILES
from sightline.evaluation.record import record_of
from sightline.models.scripted import ScriptedModel
from sightline.queries.discriminator import GIVEN_UP, TAKEN_FOR_TRUE, told
from sightline.queries.drawn_images import NO_IMAGE
from sightline.queries.element import Element
from sightline.queries.elements_file import Kept, read_elements
from sightline.queries.fine_question import LEVELS, SETTINGS
from sightline.queries.questions import Shape
from sightline.records.folder_lock import lock_folder
from sightline.scenes.scene_graphs import read_scene_graphs


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def left_out(folder: Path, reason: str) -> list[str]:
    return [each["what"] for each in rows(folder / "left_out.jsonl") if each["reason"] == reason]


def written(folder: Path) -> dict[str, bytes]:
    """The files of a build, without its lock; in its record the folder is that of no build in particular."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    del found["build.lock"]
    found["build.json"] = found["build.json"].replace(str(folder).encode(), b"FOLDER")
    return found


def said(element: Element) -> tuple[str, ...]:
    return told(element, articles=False)


def built_elements(source: Path, out: Path) -> dict[str, Kept]:
    """The elements of a build without models, by key."""
    build_finer(source, out)
    return {kept.element.key: kept for kept in read_elements(out / "elements.jsonl")}


def knowing(source: Path, folder: Path) -> ScriptedModel:
    """A judge that knows what is in the images of a source, and says yes to whatever else is asked."""
    true = {(kept.element.image, said(kept.element)[0]) for kept in built_elements(source, folder / "known").values()}

    def script(image: str, prompt: str) -> str:
        return next((letter for letter, phrase in options_in(prompt).items() if (image, phrase) in true), "Yes")

    return ScriptedModel(script, "knowing")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of rendered scenes."""
    folder = tmp_path_factory.mktemp("built")
    build_finer(rendered(folder), folder / "out", FinerBuild(published=True))
    return folder / "out"


def test_a_build_is_read_by_its_benchmarks(built: Path) -> None:
    record = json.loads((built / "build.json").read_text())
    for name, settings in (("finer", SETTINGS), ("finer_levels", LEVELS)):
        labelled = benchmark(name).read_labels(built, "own")
        counts = Counter(each.setting for each in labelled.labels.references.values())  # type: ignore[attr-defined]
        assert dict(counts) == {setting: record["questions"][setting] for setting in settings}


def test_every_element_that_is_changed_has_four_negatives(built: Path) -> None:
    read = [kept.element for kept in read_elements(built / "elements.jsonl")]
    elements = {(element.image, element.claim): element for element in read}
    questions = rows(built / "finer.jsonl")
    assert {question["setting"] for question in questions} == {*SETTINGS}
    for question in questions:
        element = elements[question["image"], claim_from_record(question["changed"])]
        assert (len(element.negatives), len(question["choices"]), question["by"]) == (4, 5, "statistics")


def test_the_record_counts_what_the_files_hold(built: Path) -> None:
    record = json.loads((built / "build.json").read_text())
    kept = read_elements(built / "elements.jsonl")
    assert record["images"] == record["annotated_images"] == IMAGES
    assert record["elements"] == Counter(each.element.kind for each in kept)
    assert record["with_negatives"] == Counter(e.element.kind for e in kept if len(e.element.negatives) == 4)
    assert record["refused"] == Counter(each["reason"] for one in kept for each in one.refused)
    assert record["left_out"] == Counter(each["reason"] for each in rows(built / "left_out.jsonl"))
    questions = [*rows(built / "finer.jsonl"), *rows(built / "finer_levels.jsonl")]
    assert record["questions"] == Counter(question["setting"] for question in questions)
    assert {*record["files"]} == {str(built / name) for name in written(built)}
    assert {*record["sha256"]} == {*written(built)} - {"build.json"}
    assert record["models"] == {"writer": None, "judge": None}
    assert [source["rows"] for source in record["settings"]["sources"]] == [IMAGES]


def test_the_scene_graphs_that_are_written_are_those_that_were_read(built: Path) -> None:
    source = built.parent / "rendered.json"
    assert read_scene_graphs(built / "graphs.jsonl").graphs == read_scene_graphs(source).graphs


@pytest.mark.parametrize("setting", SETTINGS)
def test_finers_own_columns_hold_the_same_questions(built: Path, setting: str) -> None:
    published, _, _ = read_published(built / f"published/{QTYPES[setting]}.csv")
    own = [question for question in rows(built / "finer.jsonl") if question["setting"] == setting]
    assert [(q.text, list(q.choices), q.right) for q in published] == [
        (q["question"], q["choices"], q["right"]) for q in own
    ]


def test_the_same_again_gives_the_same_bytes_and_another_seed_others(built: Path) -> None:
    source, folder = built.parent / "rendered.json", built.parent
    build_finer(source, folder / "again", FinerBuild(published=True))
    build_finer(source, folder / "other", FinerBuild(Shape(seed=1), published=True))
    assert written(folder / "again") == written(built)
    assert written(folder / "other")["finer.jsonl"] != written(built)["finer.jsonl"]


def test_without_a_folder_nothing_is_written(tmp_path: Path) -> None:
    table = build_finer(rendered(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["rendered.json"]
    assert table.num_rows == sum(record_of(table)["questions"].values())
    assert table["changed"].to_pylist()[0].startswith('{"kind": "presence"')


def test_settings_that_are_not_wanted_are_not_built(tmp_path: Path) -> None:
    shape = Shape(settings=("objects",), most={"objects": 2}, articles=True)
    build_finer(rendered(tmp_path), tmp_path / "out", FinerBuild(shape, levels=False, limit=3))
    questions = rows(tmp_path / "out/finer.jsonl")
    assert {question["setting"] for question in questions} == {"objects"}
    assert {question["elements"] for question in questions} == {1, 2}
    assert all(question["question"].startswith("Can you see a") for question in questions)
    assert len({question["image"] for question in questions}) == 3
    assert not (tmp_path / "out/finer_levels.jsonl").exists()


def test_captions_are_read_by_rules_and_those_that_name_nothing_are_listed(tmp_path: Path) -> None:
    record = record_of(build_finer(captions(tmp_path), tmp_path / "out"))
    assert (record["annotated_images"], record["images"]) == (20, 20)
    assert left_out(tmp_path / "out", "the caption names no object") == ["bright.png"]
    assert record["questions"]["objects"] > 0
    graphs = rows(tmp_path / "out/graphs.jsonl")
    assert all(graph["caption"] and not graph.get("complete") for graph in graphs)


def test_what_has_too_few_negatives_is_listed_and_changed_in_levels_only(tmp_path: Path) -> None:
    three, how = Writer("parrot", "drum", "lamp"), FinerBuild(negatives="llm")
    table = build_finer(plain(tmp_path), tmp_path / "out", how, Models(three))
    kept = read_elements(tmp_path / "out/elements.jsonl")
    assert {len(each.element.negatives) for each in kept} == {3}
    assert {*left_out(tmp_path / "out", "only 3 negatives passed")} == {each.element.key for each in kept}
    assert {row["setting"] for row in table.to_pylist()} == {*LEVELS}


def test_a_graph_with_a_dangling_relation_is_one_error(tmp_path: Path) -> None:
    broken = {**PLAIN[0], "relations": [["1", "on", "9"]]}
    (tmp_path / "g.jsonl").write_text(json.dumps(broken))
    with pytest.raises(DataError, match=r"g.jsonl:1: a relation of a.jpg \(on\) names '9', which is no object of it"):
        build_finer(tmp_path / "g.jsonl", tmp_path / "out")


def test_without_a_source_no_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: there is no such file or folder"):
        build_finer(tmp_path / "nowhere", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_source_of_which_nothing_can_be_asked_is_refused_with_the_reasons(tmp_path: Path) -> None:
    (tmp_path / "g.jsonl").write_text(json.dumps(PLAIN[1]))
    with pytest.raises(RequestError, match=r"g.jsonl holds nothing to ask about \(.*about objects: 1"):
        build_finer(tmp_path / "g.jsonl", tmp_path / "out")
    assert not (tmp_path / "out/build.json").exists()


def test_a_second_build_is_refused_and_one_that_replaces_it_leaves_nothing_of_it(tmp_path: Path) -> None:
    source, out = rendered(tmp_path), tmp_path / "out"
    judged = Models(None, knowing(source, tmp_path), images(tmp_path))
    build_finer(source, out, FinerBuild(published=True, verify=0.0, threshold=1.0), judged)
    (out / "mine.txt").write_text("mine")
    before = written(out)
    assert {*before} >= {"verified.jsonl", "published/multi_obj.csv", "finer_levels.jsonl", "mine.txt"}
    with pytest.raises(RequestError, match=r"out holds a build already. Choose another folder with --out, or say"):
        build_finer(source, out)
    assert written(out) == before
    bare = FinerBuild(levels=False)
    build_finer(source, out, bare, overwrite=True)
    build_finer(source, tmp_path / "fresh", bare)
    assert written(out) == {**written(tmp_path / "fresh"), "mine.txt": b"mine"}
    assert not (out / "published").exists()


def test_a_build_is_not_written_over_what_it_is_made_of(tmp_path: Path) -> None:
    source = plain(tmp_path)
    with pytest.raises(RequestError, match=r"The build would be written over .*graphs.jsonl. Choose another folder"):
        build_finer(source, tmp_path, overwrite=True)
    assert rows(source) == PLAIN


def test_two_processes_do_not_build_in_one_folder(tmp_path: Path) -> None:
    with (
        lock_folder(tmp_path / "out", "build.lock", "", ""),
        pytest.raises(RequestError, match="out: another process is building here"),
    ):
        build_finer(rendered(tmp_path), tmp_path / "out")


@pytest.mark.parametrize(
    ("how", "models", "message"),
    [
        (FinerBuild(negatives="llm"), Models(), "A language model is to help, but none is named"),
        (FinerBuild(extract="llm"), Models(), "A language model is to help, but none is named"),
        (FinerBuild(verify=0.5), Models(), "Elements are to be verified, but no model is named that could"),
        (FinerBuild(), Models(judge=picks([])), "The judge needs the images. Name their folder: --images FOLDER."),
        (FinerBuild(threshold=1.5), Models(), "The threshold is 1.5; expected 0 to 1."),
        (
            FinerBuild(verify=-1),
            Models(None, picks([]), Path()),
            "The probability of verified elements is -1",
        ),
        (FinerBuild(rounds=0), Models(), "0 rounds of the judge were asked for; expected one or more."),
        (FinerBuild(limit=0), Models(), "0 images were asked for; expected one or more."),
        (FinerBuild(first=-3), Models(), "-3 images were asked for; expected one or more."),
    ],
)
def test_settings_that_contradict_each_other_are_refused_before_anything_is_read(
    tmp_path: Path, how: FinerBuild, models: Models, message: str
) -> None:
    with pytest.raises(RequestError) as error:
        build_finer(tmp_path / "nowhere", tmp_path / "out", how, models)
    assert str(error.value).startswith(message)
    assert not (tmp_path / "out").exists()


def test_the_judge_replaces_what_it_takes_for_true_and_what_it_never_accepts_is_listed(tmp_path: Path) -> None:
    source = rendered(tmp_path)
    known = knowing(source, tmp_path)
    doubtful = next(
        kept.element
        for kept in built_elements(source, tmp_path / "plain").values()
        if kept.element.kind == "object" and len(kept.element.negatives) == 4
    )
    believed = said(doubtful)[1]

    def script(image: str, prompt: str) -> str:
        offered = options_in(prompt).items()
        wrong = (letter for letter, phrase in offered if phrase == believed and image == doubtful.image)
        return next(wrong, known.script(image, prompt))  # type: ignore[operator]

    models = Models(None, ScriptedModel(script), images(tmp_path))
    build_finer(source, tmp_path / "out", FinerBuild(threshold=1.0), models)
    kept = {each.element.key: each for each in read_elements(tmp_path / "out/elements.jsonl")}
    doubted = kept[doubtful.key]
    assert believed not in said(doubted.element)
    assert (TAKEN_FOR_TRUE, 1) in {(each["reason"], each.get("round")) for each in doubted.refused}
    given_up = {key for key, each in kept.items() if each.judged is not None and not each.element.negatives}
    assert given_up == {*left_out(tmp_path / "out", NOT_ACCEPTED)}
    accepted = [each for each in kept.values() if each.judged is not None and each.element.negatives]
    assert accepted and all(each.judged.picks_true for each in accepted if each.judged is not None)


def test_a_judge_that_accepts_nothing_leaves_nothing_to_ask(tmp_path: Path) -> None:
    models = Models(None, ScriptedModel(lambda image, prompt: "A"), images(tmp_path))
    with pytest.raises(RequestError, match=r"holds nothing to ask about .*the judge did not accept it"):
        build_finer(rendered(tmp_path), tmp_path / "out", FinerBuild(threshold=0.0), models)


def test_images_that_are_missing_are_listed_and_none_of_them_is_one_error(tmp_path: Path) -> None:
    record = record_of(build_finer(rendered(tmp_path), tmp_path / "out", models=Models(images=images(tmp_path, 5))))
    assert (record["annotated_images"], record["images"]) == (8, 5)
    assert left_out(tmp_path / "out", NO_IMAGE) == [f"scene_00000{index}.png" for index in (5, 6, 7)]
    (tmp_path / "empty").mkdir()
    with pytest.raises(RequestError, match=r"None of 8 images is in .*empty; the first is scene_000000.png."):
        build_finer(rendered(tmp_path), tmp_path / "other", models=Models(images=tmp_path / "empty"))
    with pytest.raises(DataError, match="there is no such folder of images"):
        build_finer(rendered(tmp_path), tmp_path / "other", models=Models(images=tmp_path / "nowhere"))


def test_what_the_judge_does_not_see_is_taken_out_before_anything_is_asked(tmp_path: Path) -> None:
    source, folder = rendered(tmp_path), images(tmp_path)
    known = knowing(source, tmp_path)
    graph = read_scene_graphs(source).graphs[0]
    unseen = next(each.name for each in graph.objects if each.clear and each.number == 1 and each.attributes)

    def script(image: str, prompt: str) -> str:
        is_unseen = f" {unseen} in the image" in prompt and image == graph.image
        return "No" if is_unseen else known.script(image, prompt)  # type: ignore[operator]

    how = FinerBuild(verify=0.5, threshold=1.0)
    build_finer(source, tmp_path / "out", how, Models(None, ScriptedModel(script), folder))
    left = next(each for each in rows(tmp_path / "out/graphs.jsonl") if each["image"] == graph.image)
    assert unseen not in [each["name"] for each in left["objects"] if each.get("visible", True)]
    reasons = {row["reason"] for row in rows(tmp_path / "out/verified.jsonl") if row["image"] == graph.image}
    assert reasons >= {"", "the object is not seen", "the attribute went with its object"}
    kept = [each.element for each in read_elements(tmp_path / "out/elements.jsonl")]
    assert not any(unseen in said(element)[0] for element in kept if element.image == graph.image)


def test_each_may_be_asked_by_itself(tmp_path: Path) -> None:
    source = rendered(tmp_path)
    true = {said(kept.element)[0] for kept in built_elements(source, tmp_path / "plain").values()}
    model, how = sees(true), FinerBuild(way="each", threshold=1.0)
    build_finer(source, tmp_path / "out", how, Models(None, model, images(tmp_path)))
    assert all(prompt.startswith("Can you see ") for _, prompt in model.asked)
    kept = read_elements(tmp_path / "out/elements.jsonl")
    assert any(each.judged is not None and each.judged.picks_true for each in kept)


def test_a_language_model_writes_negatives_for_drawn_images_only(tmp_path: Path) -> None:
    writer = Writer()
    how = FinerBuild(negatives="llm", limit=1, levels=False)
    table = build_finer(plain(tmp_path), tmp_path / "out", how, Models(writer))
    (image,) = {row["image"] for row in table.to_pylist()}
    assert {each.element.image for each in read_elements(tmp_path / "out/elements.jsonl")} == {image}
    assert record_of(table)["models"]["writer"]["name"] == "a tiny writer"
    assert {row["by"] for row in table.to_pylist()} == {"a tiny writer"}
    first = [request.prompt for request in writer.asked if not request.attempt]
    assert sorted(request.prompt for request in requests_of(plain(tmp_path), how)) == sorted(first)


def test_what_is_written_in_place_of_what_the_judge_took_out_is_kept_with_its_refusals(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images/b.jpg").touch()
    judge = picks(["parrot", "boat", "green boat"])
    models = Models(Writer(), judge, tmp_path / "images")
    build_finer(plain(tmp_path), tmp_path / "out", FinerBuild(negatives="llm", threshold=1.0, levels=False), models)
    kept = {each.element.key: each for each in read_elements(tmp_path / "out/elements.jsonl")}
    boat = kept["b.jpg/object/1"]
    assert boat.round >= 2
    assert len(boat.element.negatives) == 4 and "parrot" not in said(boat.element)
    reasons = Counter(each["reason"] for each in boat.refused)
    assert reasons[TAKEN_FOR_TRUE] >= 1
    assert reasons["it was not to come again"] >= 1  # the parrot, when it was written once more
    assert not reasons[GIVEN_UP]


def test_a_language_model_is_asked_about_the_captions_of_images_that_are_there_and_drawn(tmp_path: Path) -> None:
    source, folder = captions(tmp_path), images(tmp_path, 5)
    for limit, asked in ((None, 5), (2, 2)):
        writer, how = Writer(), FinerBuild(negatives="llm", levels=False, limit=limit)
        record = record_of(build_finer(source, None, how, Models(writer, images=folder)))
        assert Counter(request.purpose for request in writer.asked)["objects"] == asked
        assert Counter(request.purpose for request in requests_of(source, how, folder))["objects"] == asked
        assert record["annotated_images"] == 21
        assert record["images"] <= asked


def test_captions_may_be_read_by_rules_although_a_language_model_writes_negatives(tmp_path: Path) -> None:
    writer, how = Writer(), FinerBuild(extract="rules", negatives="llm", levels=False)
    build_finer(captions(tmp_path, 2), None, how, Models(writer))
    assert {request.purpose for request in writer.asked} == {"negatives"}
    writer = Writer()
    build_finer(captions(tmp_path), None, replace(how, negatives="statistics"), Models(writer))
    assert writer.asked == []


def test_progress_names_each_step(tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    source = rendered(tmp_path)
    models = Models(None, knowing(source, tmp_path), images(tmp_path))
    build_finer(source, None, FinerBuild(threshold=1.0, verify=0.0), models, progress=lambda *at: steps.append(at))
    assert list(dict.fromkeys(name for name, _, _ in steps)) == ["verification", "judging"]
    assert all(done <= total for _, done, total in steps)


def test_the_names_of_files_are_those_that_are_written(built: Path) -> None:
    assert {*written(built)} - {f"published/{qtype}.csv" for qtype in QTYPES.values()} == {*FILES.values()} - {
        FILES["verified"]
    }
