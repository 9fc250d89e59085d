import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sightline.errors import DataError
from sightline.records.journal import Journal, read_journal


@contextmanager
def no_file_grows_beyond(size: int) -> Iterator[None]:
    """A disk that is full: the write that goes too far fails, after writing what still fits."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_lines_are_read_back_in_order(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.append({"a": 1})
        journal.append(["é\n", -1.5])
    assert read_journal(tmp_path / "j") == ([{"a": 1}, ["é\n", -1.5]], len((tmp_path / "j").read_bytes()))


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_last_line_cut_anywhere_is_taken_away_and_the_rest_stands(tmp_path: Path, cut: int) -> None:
    whole = b'{"a":1}\n'
    (tmp_path / "j").write_bytes(whole + b'{"b":2}\n'[:cut])
    with Journal(tmp_path / "j") as journal:
        assert (journal.lines, journal.was_cut) == ([{"a": 1}], True)
        journal.append({"c": 3})
    assert (tmp_path / "j").read_bytes() == whole + b'{"c":3}\n'


def test_a_last_line_of_zeros_as_a_power_cut_leaves_it_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b'{"a":1}\n' + b"\0" * 20 + b"\n")
    with Journal(tmp_path / "j") as journal:
        assert (journal.lines, journal.was_cut) == ([{"a": 1}], True)


def test_a_broken_line_that_is_not_the_last_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b'{"a":1}\n{"b":\n{"c":3}\n')
    with pytest.raises(DataError, match="j:2: this line is broken"):
        Journal(tmp_path / "j")


def test_a_full_disk_is_an_error_that_leaves_every_whole_line(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.append({"a": 1})
        with no_file_grows_beyond(20), pytest.raises(DataError, match=r"cannot be written .* Make room, then run"):
            journal.append({"b": "x" * 100})
        assert (tmp_path / "j").read_bytes() == b'{"a":1}\n'
        journal.append({"c": 3})
    assert read_journal(tmp_path / "j")[0] == [{"a": 1}, {"c": 3}]
