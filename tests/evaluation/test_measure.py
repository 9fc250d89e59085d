import json
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tiny_pope import question, write_lines

from sightline.core import Asking, Totals
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.evaluation import evaluate
from sightline.evaluation.measure import Measured, Progress, measure
from sightline.evaluation.score import score_table
from sightline.evaluation.task import task
from sightline.models.scripted import ScriptedModel
from sightline.records.run_folder import read_run

CHOICES = Asking(("Yes", "No"))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / "images" / name).write_bytes(name.encode())
    return tmp_path / "images"


def always(text: str = "Yes", **more: Any) -> ScriptedModel:
    return ScriptedModel(lambda image, prompt: text, **more)


def run(labels: list[str], images: Path, model: ScriptedModel, out: str = "run", **more: Any) -> Measured:
    of_task = ("asking", "wording", "splits", "allow_missing", "without_images")
    settings = {name: more.pop(name) for name in of_task if name in more}
    what = task("pope", images, labels, command="sightline measure pope", **settings)
    return measure(what, model, images.parent / out, **more)


def replies(measured: Measured) -> bytes:
    return (measured.folder / "replies.parquet").read_bytes()


def test_each_distinct_question_is_asked_once_and_answers_all_splits(labels: list[str], images: Path) -> None:
    model = always()
    measured = run(labels, images, model)
    # of 18 questions, ten differ: a dog, cat, car; b cat, dog, car; c car, orange, dog, cat
    assert (len(model.asked), len(set(model.asked))) == (10, 10)
    assert (measured.asked, measured.from_cache, measured.resumed) == (10, 0, 0)
    assert read_run(measured.folder).replies.num_rows == 18


def test_a_run_folder_is_scored_as_recorded_replies_are(labels: list[str], images: Path) -> None:
    evaluation = evaluate("pope", [str(run(labels, images, always()).folder)], labels)
    assert evaluation.models == ("scripted",)
    row = score_table(evaluation).to_pylist()[0]
    # all yes: three of six right in the random split
    assert (row["labels"], row["split"], row["n"], row["accuracy"], row["yes_ratio"]) == (
        "original",
        "random",
        6,
        0.5,
        1,
    )


class CountingModel(ScriptedModel):
    """Counts 100 tokens asked and 2 replied for each prompt, at a tenth each."""

    @property
    def totals(self) -> Totals:
        n = len(self.asked)
        return Totals(requests=n, prompt_tokens=100 * n, reply_tokens=2 * n, cost=n / 10)


def test_what_a_run_took_is_in_its_record_whoever_asked(labels: list[str], images: Path) -> None:
    first = CountingModel(lambda image, prompt: "Yes", stop_after=1)
    with pytest.raises(RequestError, match="stops after 1 batches"):
        run(labels, images, first, batch_images=1)
    done = run(labels, images, CountingModel(lambda image, prompt: "Yes"), batch_images=1)
    assert (done.asked, done.resumed) == (7, 3)
    # of the batch that failed nothing was written, and what it took is not known to the run
    assert read_run(done.folder).about["usage"] == {
        **{"requests": 10, "prompt_tokens": 1000, "reply_tokens": 20, "uncounted": 0},
        "cost": pytest.approx(1.0),
    }


def test_a_model_that_counts_no_tokens_says_nothing_of_them(labels: list[str], images: Path) -> None:
    assert "usage" not in read_run(run(labels, images, always()).folder).about


def test_a_run_may_be_named_and_stand_beside_another(labels: list[str], images: Path) -> None:
    first = run(labels, images, always()).folder
    second = run(labels, images, always("No", name="no"), "other").folder
    assert evaluate("pope", [f"mine={first}", str(second)], labels).models == ("mine", "no")
    with pytest.raises(Exception, match="If these are two runs, give each a name"):
        evaluate("pope", [f"m={first}", f"m={second}"], labels)


def test_a_folder_of_runs_stands_for_all_of_them(labels: list[str], images: Path) -> None:
    run(labels, images, always(), "runs/first")
    run(labels, images, always("No", name="no"), "runs/second")
    assert evaluate("pope", [str(images.parent / "runs")], labels).models == ("scripted", "no")


def test_a_run_is_not_given_a_split(labels: list[str], images: Path) -> None:
    folder = run(labels, images, always()).folder
    with pytest.raises(RequestError, match="is a run, which knows its splits; leave @random out of its name"):
        evaluate("pope", [f"m@random={folder}"], labels)


def test_log_probabilities_of_choices_come_along(labels: list[str], images: Path) -> None:
    evaluation = evaluate("pope", [str(run(labels, images, always(), asking=CHOICES).folder)], labels)
    reply = evaluation.replies["scripted"][0]
    assert reply is not None
    assert [choice for choice, _ in reply.log_probs] == ["Yes", "No"]
    assert reply.log_probs[0][1] > reply.log_probs[1][1]


def test_the_same_question_has_one_reply_in_all_splits(labels: list[str], images: Path) -> None:
    rows = read_run(run(labels, images, always(), asking=CHOICES).folder).replies.to_pylist()
    dogs = {row["log_prob:Yes"] for row in rows if row["image"] == "a.jpg" and "dog" in row["question"]}
    assert len(dogs) == 1


def test_another_run_takes_its_replies_from_the_cache_and_asks_nothing(labels: list[str], images: Path) -> None:
    first = run(labels, images, always())
    model = always()
    second = run(labels, images, model, "other")
    assert (model.asked, second.asked, second.from_cache) == ([], 0, 10)
    assert replies(first) == replies(second)


def test_one_split_serves_the_next_through_the_cache(labels: list[str], images: Path) -> None:
    run(labels, images, always(), splits=["random"])
    model = always()
    measured = run(labels, images, model, "all")
    # random asked six: a dog, cat; b cat, dog; c car, orange
    assert (len(model.asked), measured.from_cache) == (4, 6)


def test_without_the_cache_everything_is_asked_anew(labels: list[str], images: Path) -> None:
    run(labels, images, always())
    assert run(labels, images, always(), "other", use_cache=False).asked == 10


def test_an_image_of_other_bytes_is_another_question(labels: list[str], images: Path) -> None:
    run(labels, images, always())
    (images / "a.jpg").write_bytes(b"another")
    assert run(labels, images, always(), "other").asked == 3


def test_a_complete_run_is_left_as_it_is(labels: list[str], images: Path) -> None:
    run(labels, images, always())
    model = always()
    assert run(labels, images, model).resumed == 10
    assert model.asked == []


def test_a_run_that_failed_goes_on_where_it_was(labels: list[str], images: Path) -> None:
    with pytest.raises(RequestError, match="stops after 1 batches"):
        run(labels, images, always(stop_after=1), batch_images=1, use_cache=False)
    with pytest.raises(
        MissingError, match=r"3 of 10 distinct questions are done\. Finish it \(sightline measure pope\)"
    ):
        evaluate("pope", [str(images.parent / "run")], labels)
    measured = run(labels, images, always(), batch_images=1, use_cache=False)
    assert (measured.asked, measured.resumed) == (7, 3)
    assert replies(measured) == replies(run(labels, images, always(), "whole", use_cache=False))


def test_what_is_done_of_a_run_can_be_scored_with_the_rest_counted(labels: list[str], images: Path) -> None:
    with pytest.raises(RequestError):
        run(labels, images, always(stop_after=1), batch_images=1)
    evaluation = evaluate("pope", [str(images.parent / "run")], labels, allow_missing=True)
    assert evaluation.missing("scripted") == {"random": 4, "popular": 4, "adversarial": 4}


def test_a_run_may_go_on_with_another_batch_size(labels: list[str], images: Path) -> None:
    with pytest.raises(RequestError):
        run(labels, images, always(stop_after=2), batch_images=1, use_cache=False)
    measured = run(labels, images, always(), batch_images=3, batch_rows=4, use_cache=False)
    assert (measured.asked, measured.resumed) == (4, 6)
    assert replies(measured) == replies(run(labels, images, always(), "whole", use_cache=False))


def test_other_settings_in_the_same_folder_are_refused(labels: list[str], images: Path) -> None:
    run(labels, images, always())
    with pytest.raises(RequestError, match='holds another run: wording name was "pope", is "llava"'):
        run(labels, images, always(), wording="llava")
    with pytest.raises(RequestError, match="model hash was"):
        run(labels, images, always(name="other"))


def test_an_image_that_changed_meanwhile_is_refused(labels: list[str], images: Path) -> None:
    run(labels, images, always())
    (images / "a.jpg").write_bytes(b"another")
    with pytest.raises(RequestError, match="holds another run: images sha256 was"):
        run(labels, images, always())


def test_missing_images_are_counted_in_the_record(labels: list[str], images: Path) -> None:
    (images / "c.jpg").unlink()
    measured = run(labels, images, always(), allow_missing=True)
    about = json.loads((measured.folder / "run.json").read_text())
    assert (about["images"]["missing"], about["missing_images"]) == (1, ["c.jpg"])
    with pytest.raises(MissingError, match="scripted has no reply to 2 of 6 random questions"):
        evaluate("pope", [str(measured.folder)], labels)


def test_nothing_is_asked_about_images_that_are_to_be_left_out(labels: list[str], images: Path) -> None:
    (images / "a.jpg").unlink()  # nor need they be there
    model = always()
    measured = run(labels, images, model, without_images=["a.jpg", "of another benchmark.jpg"])
    # of the ten distinct questions three are about a.jpg, and six of the 18 rows
    assert (measured.asked, len(model.asked)) == (7, 7)
    assert {row["image"] for row in read_run(measured.folder).replies.to_pylist()} == {"b.jpg", "c.jpg"}
    about = json.loads((measured.folder / "run.json").read_text())
    assert (about["questions"]["asked"], about["questions"]["distinct"], about["images"]["count"]) == (12, 7, 2)
    evaluation = evaluate("pope", [str(measured.folder)], labels, allow_missing=True)
    assert evaluation.missing("scripted") == {"random": 2, "popular": 2, "adversarial": 2}


def test_images_are_left_out_of_the_splits_that_are_asked(labels: list[str], images: Path) -> None:
    plan = task("pope", images, labels, splits=["random"], without_images={"b.jpg"}).plan
    assert [question.id for question in plan.questions] == ["random/1", "random/2", "random/5", "random/6"]
    assert (sorted(plan.images), plan.missing) == (["a.jpg", "c.jpg"], ())


def test_without_images_to_leave_out_everything_is_asked(labels: list[str], images: Path) -> None:
    everything = task("pope", images, labels).plan
    assert len(everything.questions) == 18
    for none in ((), ["of another benchmark.jpg"]):
        assert task("pope", images, labels, without_images=none).plan == everything


def test_where_all_images_are_to_be_left_out_there_is_nothing_to_ask(labels: list[str], images: Path) -> None:
    with pytest.raises(RequestError, match="All questions are about the 3 images that are to be left out"):
        task("pope", images, labels, without_images=["a.jpg", "b.jpg", "c.jpg"])


def test_a_run_that_leaves_out_other_images_is_another_run(labels: list[str], images: Path) -> None:
    run(labels, images, always(), without_images=["a.jpg"])
    with pytest.raises(RequestError, match="holds another run: questions sha256 was"):
        run(labels, images, always(), without_images=["b.jpg"])


def test_every_sample_stands_for_a_model_of_its_own(labels: list[str], images: Path) -> None:
    model = always()
    measured = run(labels, images, model, asking=Asking(temperature=1.0, samples=2))
    assert len(model.asked) == 18
    evaluation = evaluate("pope", [str(measured.folder)], labels)
    assert evaluation.models == ("scripted #1", "scripted #2")
    again = run(labels, images, always(), "other", asking=Asking(temperature=1.0, samples=2))
    assert (again.from_cache, replies(again)) == (18, replies(measured))


def test_samples_without_a_temperature_are_refused(labels: list[str], images: Path) -> None:
    with pytest.raises(RequestError, match="2 samples are asked for, but without a temperature"):
        run(labels, images, always(), asking=Asking(samples=2))


def test_one_choice_is_no_choice(labels: list[str], images: Path) -> None:
    with pytest.raises(RequestError, match="The choices are Yes; expected two or more"):
        run(labels, images, always(), asking=Asking(("Yes",)))


def test_a_run_of_other_questions_is_refused(labels: list[str], images: Path, tmp_path: Path) -> None:
    folder = run(labels, images, always()).folder
    rows = [{"question_id": 1, "image": "a.jpg", "text": question("sofa"), "label": "no"}]
    write_lines(tmp_path / "other" / "tiny_pope_random.json", rows)
    with pytest.raises(Exception, match=r"random/1 asks 'Is there a dog in the image\?' about a.jpg in this run"):
        evaluate("pope", [str(folder)], [f"x={tmp_path / 'other'}"], allow_missing=True)


def test_a_full_disk_loses_nothing_that_was_complete(labels: list[str], images: Path) -> None:
    # the three batches take 650 bytes and more each, run.json less than 3,000; the disk takes files up to 3,200
    text = "Yes" + "." * 200
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3200, before[1]))
    try:
        with pytest.raises(DataError, match=r"replies\.part\.jsonl: cannot be written .* What was complete is kept"):
            run(labels, images, always(text), batch_images=1, use_cache=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    measured = run(labels, images, always(text), batch_images=1, use_cache=False)
    assert measured.resumed in (3, 6)
    assert not measured.was_cut


def test_progress_is_told_after_each_batch(labels: list[str], images: Path) -> None:
    told: list[Progress] = []
    run(labels, images, always(), batch_images=1, progress=told.append)
    assert [(at.done, at.total) for at in told] == [(3, 10), (6, 10), (10, 10)]
    assert told[-1].left_s == 0


IMAGES, KILLS = 120, 20
ASKED = ("dog", "cat", "car", "sofa")


@pytest.fixture
def many(tmp_path: Path) -> list[str]:
    """120 images; every split asks the dog of each and one more object: 720 questions, 480 of them distinct."""
    names = [f"{n}.jpg" for n in range(IMAGES)]
    for split, other in zip(("random", "popular", "adversarial"), ASKED[1:], strict=True):
        pairs = [(name, object_, label) for name in names for object_, label in (("dog", "yes"), (other, "no"))]
        rows = [
            {"question_id": n, "image": name, "text": question(object_), "label": label}
            for n, (name, object_, label) in enumerate(pairs)
        ]
        write_lines(tmp_path / "many" / f"many_pope_{split}.json", rows)
    (tmp_path / "pictures").mkdir()
    for name in names:
        (tmp_path / "pictures" / name).write_bytes(name.encode())
    return [str(tmp_path / "many"), str(tmp_path / "pictures")]


def start(many: list[str], out: Path, log: Path) -> subprocess.Popen[bytes]:
    script = Path(__file__).with_name("run_until_killed.py")
    return subprocess.Popen([sys.executable, str(script), *many, str(out), str(log)])


def asked(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def test_a_process_killed_at_any_moment_loses_at_most_the_batch_in_flight(many: list[str], tmp_path: Path) -> None:
    moments = random.Random(0)
    log, out = tmp_path / "log", tmp_path / "killed"
    for _ in range(KILLS):
        process = start(many, out, log)
        wanted = len(asked(log)) + moments.randint(1, 16)
        while process.poll() is None and len(asked(log)) < wanted:
            time.sleep(0.0005)
        time.sleep(moments.random() * 0.004)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "the run was over before it was killed"
    assert start(many, out, log).wait() == 0
    times = Counter(asked(log))
    in_flight = 2 * len(ASKED)
    assert len(times) == IMAGES * len(ASKED)
    assert sum(times.values()) - len(times) <= KILLS * in_flight
    assert json.loads((out / "run.json").read_text())["timings"]["interruptions"] == KILLS
    assert start(many, tmp_path / "whole", tmp_path / "other log").wait() == 0
    whole, killed = (folder / "replies.parquet" for folder in (tmp_path / "whole", out))
    assert whole.read_bytes() == killed.read_bytes()
