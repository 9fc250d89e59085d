"""Checkpoints that were not written whole count for nothing."""

from pathlib import Path

from sightline.tuning.saved_states import drop_checkpoints, mark_whole, newest_checkpoint


def checkpoint(folder: Path, step: int) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    (path / "weights").write_text("…")
    return path


def test_the_newest_whole_checkpoint_is_found_and_others_are_taken_away(tmp_path: Path) -> None:
    mark_whole(checkpoint(tmp_path, 9))
    cut = checkpoint(tmp_path, 10)
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-9"
    assert not cut.exists()


def test_a_checkpoint_takes_the_one_before_it_away_once_it_is_whole(tmp_path: Path) -> None:
    first, second = checkpoint(tmp_path, 2), checkpoint(tmp_path, 10)
    mark_whole(first)
    second.mkdir(exist_ok=True)
    mark_whole(second)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-10"]


def test_steps_are_compared_as_numbers(tmp_path: Path) -> None:
    for step in (9, 10):
        (checkpoint(tmp_path, step) / "whole").touch()
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-10"


def test_there_may_be_none(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path / "none") is None
    drop_checkpoints(tmp_path / "none")
    mark_whole(checkpoint(tmp_path / "some", 1))
    drop_checkpoints(tmp_path / "some")
    assert not (tmp_path / "some").exists()
