"""Ray on this machine: two workers give what one process gives, whoever is killed, and errors are sentences."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from logged_crew import BATCH, IMAGES, OBJECTS, Logged, lines, planned, started, times_asked

from sightline.core import Asking, ImageGroup
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.measure import Measured, Progress, measure
from sightline.scale import crew
from sightline.scale.crew import IN_FLIGHT
from sightline.scale.loading import Loading
from sightline.scale.ray_model import RayModel, ray_model
from sightline.scale.worker import Loads
from sightline.scenes.rendered import render_scenes

PROMPTS = len(IMAGES) * len(OBJECTS)
ASKING = Asking(("Yes", "No"))


@pytest.fixture(scope="module", autouse=True)
def ray() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Ray's own: sockets and processes that it leaves to the system
        ray = started()
        yield ray
        ray.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The questions and images that `planned` asks."""
    (tmp_path / "images").mkdir()
    (tmp_path / "own").mkdir()
    rows = []
    for image in IMAGES:
        (tmp_path / "images" / image).write_bytes(image.encode())
        for name in OBJECTS:
            text = f"Is there a {name} in the image?"
            rows.append({"question_id": len(rows) + 1, "image": image, "text": text, "label": "no"})
    (tmp_path / "own" / "own_pope_random.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.fixture
def crews() -> Iterator[list[RayModel]]:
    """Models that end with the test, so that the next finds both cores free."""
    made: list[RayModel] = []
    yield made
    for model in made:
        model.close()


def run(folder: Path, model: Any, out: str = "run", **more: Any) -> Measured:
    return measure(planned(folder), model, folder / out, batch_images=BATCH, use_cache=False, **more)


def replies(folder: Path, out: str = "run") -> bytes:
    return (folder / out / "replies.parquet").read_bytes()


def hired(crews: list[RayModel], loading: Loads[Any], workers: int = 2) -> RayModel:
    crews.append(ray_model(loading, workers=workers))
    return crews[-1]


def groups(folder: Path, *names: str) -> list[list[ImageGroup]]:
    """A batch for each image."""
    return [[ImageGroup(folder / "images" / name, ("Is there a dog?",))] for name in names]


def ends(pids: set[int], within_s: float = 20) -> bool:
    """Whether processes are over within some seconds."""
    until = time.monotonic() + within_s
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def test_two_workers_write_the_run_folder_of_one_process(folder: Path, crews: list[RayModel]) -> None:
    run(folder, Logged(folder / "other").load(), "one")
    model = hired(crews, Logged(folder / "log"))
    assert run(folder, model).asked == PROMPTS
    assert replies(folder) == replies(folder, "one")
    assert len({line[0] for line in lines(folder / "log")}) == 2
    assert set(times_asked(folder / "log").values()) == {1}
    about = json.loads((folder / "run" / "run.json").read_text())
    assert about["model"]["engine"] == "scripted 1"
    assert about["model"]["details"]["workers"].startswith("2 on one host, through Ray ")
    # one process takes it for its own run
    assert run(folder, Logged(folder / "log").load()).resumed == PROMPTS


def test_the_bundled_model_replies_through_two_workers_as_in_process(tmp_path: Path, crews: list[RayModel]) -> None:
    render_scenes(tmp_path, n=6, seed=3)
    images = sorted((tmp_path / "images").iterdir())
    prompts = ("Is there a cup in this image?", "Can you see a red moon in this image?")
    batches = [[ImageGroup(image, prompts) for image in images[start : start + 2]] for start in (0, 2, 4)]
    model, alone = hired(crews, Loading("bundled")), Loading("bundled").load()
    for asking in (ASKING, Asking(max_new_tokens=8)):
        assert list(model.reply(batches, asking)) == list(alone.reply(batches, asking))
    assert model.identity.hash == alone.identity.hash
    assert model.identity.details["image shared"] == "yes"
    (broken := tmp_path / "broken.jpg").write_bytes(b"no picture")
    said = []
    for each in (model, alone):
        with pytest.raises(DataError, match="not a picture") as caught:
            list(each.reply([[ImageGroup(broken, prompts)]], ASKING))
        said.append((str(caught.value), caught.value.file, caught.value.hint))
    assert said[0] == said[1]


def test_a_slow_batch_holds_no_other_back(folder: Path, crews: list[RayModel]) -> None:
    model = hired(crews, Logged(folder / "log", slow="00.jpg"))
    names = IMAGES[:6]
    places = [place for place, _ in model.reply_as_done(groups(folder, *names), ASKING)]
    # with it waits at most what its worker has beside it
    assert sorted(places) == list(range(6))
    assert places.index(0) >= 6 - IN_FLIGHT
    assert len(list(model.reply(groups(folder, *names), ASKING))) == 6


def test_a_worker_that_is_killed_loses_only_what_it_had_in_hand(folder: Path, crews: list[RayModel]) -> None:
    model = hired(crews, Logged(folder / "log", slow_s=0.02))
    run(folder, Logged(folder / "other").load(), "one")
    killed = model.workers[0].pid

    def kill(now: Progress) -> None:
        if now.done == 2 * BATCH * len(OBJECTS):
            os.kill(killed, signal.SIGKILL)

    measured = run(folder, model, progress=kill)
    assert measured.asked == PROMPTS
    assert replies(folder) == replies(folder, "one")
    times = times_asked(folder / "log")
    assert len(times) == PROMPTS
    assert sum(times.values()) - PROMPTS <= IN_FLIGHT * BATCH * len(OBJECTS)
    assert killed not in {worker.pid for worker in model.workers}


def test_images_that_kill_a_worker_once_are_tried_again(folder: Path, crews: list[RayModel]) -> None:
    model = hired(crews, Logged(folder / "log", kills="03.jpg", times=1))
    assert len(list(model.reply(groups(folder, *IMAGES[:6]), ASKING))) == 6


def test_images_that_always_kill_their_worker_are_named_once_all_others_are_done(
    folder: Path, crews: list[RayModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "RETRIES", 1)  # instead of three, which would take four workers
    model = hired(crews, Logged(folder / "log", kills="05.jpg"))
    with pytest.raises(RequestError, match=r"died 2 times over \S+04.jpg, \S+05.jpg\. .*--batch-images"):
        run(folder, model)
    # the batch of 04.jpg and 05.jpg is tried again and again, and all others are there
    assert times_asked(folder / "log")["05.jpg", "Is there a dog in the image?"] == 2
    model.close()
    healthy = hired(crews, Logged(folder / "log"), workers=1)
    assert run(folder, healthy).resumed == PROMPTS - BATCH * len(OBJECTS)


def test_an_error_of_a_worker_comes_as_itself_once_what_others_had_is_given(
    folder: Path, crews: list[RayModel]
) -> None:
    model = hired(crews, Logged(folder / "log"))
    given = []
    with pytest.raises(MissingError, match=r"no\.jpg: the image is not on the host") as caught:
        for place, _ in model.reply_as_done(groups(folder, "00.jpg", "no.jpg", "01.jpg", "02.jpg"), ASKING):
            given.append(place)
    assert caught.value.hint is not None
    assert {0, 2} <= set(given)
    # and the crew is still there
    assert len(list(model.reply(groups(folder, "03.jpg"), ASKING))) == 1


def test_workers_that_hold_different_models_are_refused(folder: Path) -> None:
    with pytest.raises(RequestError, match="hold different models: hash is"):
        ray_model(Logged(folder / "log", name="own"), workers=2)


def test_more_workers_than_there_are_cores_are_refused_with_their_number(folder: Path) -> None:
    with pytest.raises(RequestError, match="3 workers were asked for, and there are 2 CPU cores"):
        ray_model(Logged(folder / "log"), workers=3)


def test_a_model_that_cannot_be_loaded_is_the_error_of_one_process() -> None:
    with pytest.raises(RequestError, match="A scripted model needs something to say"):
        ray_model(Loading("scripted:"), workers=1)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_main_process_that_is_ended_leaves_no_worker_and_is_taken_up_by_another_number(
    folder: Path, crews: list[RayModel], how: signal.Signals
) -> None:
    log = folder / "log"
    script = Path(__file__).with_name("logged_crew.py")
    process = subprocess.Popen([sys.executable, str(script), str(folder), str(log)], stderr=subprocess.DEVNULL)
    part = folder / "run" / "replies.part.jsonl"
    while process.poll() is None and (not part.exists() or part.read_bytes().count(b"\n") < 2):
        time.sleep(0.05)
    process.send_signal(how)
    assert process.wait(30) != 0, "the run was over before it was ended"
    assert ends({int(line[0]) for line in lines(log)})
    done = part.read_bytes().count(b"\n") * BATCH * len(OBJECTS)
    measured = run(folder, hired(crews, Logged(log), workers=1))
    assert (measured.resumed, measured.asked) == (done, PROMPTS - done)
    times = times_asked(log)
    assert len(times) == PROMPTS
    assert sum(times.values()) - PROMPTS <= 2 * IN_FLIGHT * BATCH * len(OBJECTS)
    run(folder, Logged(folder / "other").load(), "one")
    assert replies(folder) == replies(folder, "one")
