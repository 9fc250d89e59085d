"""A small model of a real class, measured on real photographs, killed and resumed."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from sightline.api import build_pope, score

sys.path.append(str(Path(__file__).parents[1] / "models"))

KILLS = 20
NOUNS = "person dog car chair bottle cup book tv bird boat"


@pytest.fixture(scope="module")
def folders(conformance, tmp_path_factory) -> tuple[Path, Path, Path]:
    """A model with random weights, the photographs, and POPE's questions about them, whose labels are made up."""
    from tiny_models import tiny_llava

    root = tmp_path_factory.mktemp("photographs")
    model = tiny_llava(root / "model")
    photographs = conformance / "photographs"
    names = sorted(path.name for path in photographs.rglob("*.jpg"))
    nouns = NOUNS.split()
    objects = {name: [nouns[(n + k) % len(nouns)] for k in range(4)] for n, name in enumerate(names)}
    (root / "objects.json").write_text(json.dumps(objects))
    build_pope(root / "objects.json", root / "labels", images=len(names), prefix="photographs")
    images = root / "images"
    images.mkdir()
    for path in photographs.rglob("*.jpg"):
        (images / path.name).symlink_to(path.resolve())
    return model, images, root / "labels"


def run(
    folders: tuple[Path, Path, Path], out: Path, batch_images: int = 1, kills: int = 0, longest_s: float = 0
) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).with_name("measure_and_die.py")
    words = [str(word) for word in (*folders, out, batch_images, kills, longest_s)]
    return subprocess.run([sys.executable, script, *words], capture_output=True, text=True, check=False)


def log_probs(table: pa.Table) -> list[float]:
    return [value for name in table.column_names if name.startswith("log_prob:") for value in table[name].to_pylist()]


def test_a_run_killed_at_twenty_random_moments_ends_as_if_it_never_was(folders, tmp_path) -> None:
    whole = run(folders, tmp_path / "whole")
    assert whole.returncode == 0, whole.stderr
    expected = (tmp_path / "whole" / "replies.parquet").read_bytes()
    killed = run(folders, tmp_path, kills=KILLS, longest_s=float(whole.stdout.split()[-1]))
    assert killed.returncode == 0, killed.stderr
    ended = json.loads(killed.stdout.splitlines()[-1])
    assert ended
    for folder in ended:
        assert (Path(folder) / "replies.parquet").read_bytes() == expected


def test_another_batch_size_gives_the_same_replies_and_almost_the_same_log_probabilities(folders, tmp_path) -> None:
    for batch_images in (1, 5):
        done = run(folders, tmp_path / str(batch_images), batch_images)
        assert done.returncode == 0, done.stderr
    one, five = (parquet.read_table(tmp_path / name / "replies.parquet") for name in ("1", "5"))
    assert one["reply"].equals(five["reply"])
    assert log_probs(one) == pytest.approx(log_probs(five), abs=1e-5)
    run_record = json.loads((tmp_path / "1" / "run.json").read_text())
    assert run_record["model"]["details"]["image shared"] == "yes"


def test_a_run_folder_is_scored_like_recorded_replies(folders, tmp_path) -> None:
    assert run(folders, tmp_path / "a run", 5).returncode == 0
    table = score("pope", [tmp_path / "a run"], [f"own={folders[2]}"])
    assert table["n"].to_pylist() == [84, 84, 84, 252]
    assert set(table["missing"].to_pylist()) == {0}
