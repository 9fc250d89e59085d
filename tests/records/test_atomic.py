import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.errors import DataError
from sightline.records.atomic import settle, write_bytes, write_parts


def test_a_file_and_its_folders_are_written_with_the_usual_rights(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        file = write_bytes(tmp_path / "a" / "b.json", b"{}", settled=False)
    finally:
        os.umask(before)
    assert file.read_bytes() == b"{}"
    assert file.stat().st_mode & 0o777 == 0o640
    settle([file, file.parent])


def test_a_file_that_was_there_stays_where_writing_is_broken_off(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"new"
        raise KeyboardInterrupt

    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_parts(tmp_path / "file", parts())
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"old")]


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(DataError, match=r"a/b: cannot be written \((File exists|Not a directory)\)"):
        write_bytes(tmp_path / "a" / "b", b"")
    with pytest.raises(DataError, match=r"none: cannot be written \(No such file or directory\)"):
        settle([tmp_path / "none"])
