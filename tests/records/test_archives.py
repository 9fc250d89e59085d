"""Archives are unpacked beside themselves, and nothing of them leaves the folder."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from sightline.errors import FetchError
from sightline.records.archives import is_unpacked, unpack


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, name)
    return path


def tarred(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for member in members:
            member.size = 3 if member.isfile() else 0
            file.addfile(member, io.BytesIO(b"abc"))
    return path


def test_all_of_a_zip_lies_beside_it_with_its_folders(tmp_path) -> None:
    archive = zipped(tmp_path / "a.zip", "neg/1.jpg", "list.txt")
    assert unpack(archive) == ("list.txt", "neg/1.jpg")
    assert (tmp_path / "neg" / "1.jpg").read_text() == "neg/1.jpg"
    assert is_unpacked(archive)


def test_one_file_of_many_is_taken_out(tmp_path) -> None:
    archive = zipped(tmp_path / "a.zip", "annotations/instances.json", "annotations/captions.json")
    assert unpack(archive, "annotations/instances.json") == ("instances.json",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "a.zip.unpacked", "instances.json"]


def test_a_folder_whose_name_only_begins_alike_is_left(tmp_path) -> None:
    assert unpack(zipped(tmp_path / "a.zip", "bench/1.json", "bench2/2.json"), "bench") == ("1.json",)


def test_a_tar_is_unpacked_too(tmp_path) -> None:
    archive = tarred(tmp_path / "a.tar.gz", tarfile.TarInfo("images/1.jpg"))
    assert unpack(archive) == ("images/1.jpg",)
    assert (tmp_path / "images" / "1.jpg").read_bytes() == b"abc"


@pytest.mark.parametrize("name", ["../evil.txt", "a/../../evil.txt", "/evil.txt", "..\\evil.txt", "C:/evil.txt"])
def test_a_path_that_leaves_the_folder_is_refused_and_nothing_is_unpacked(tmp_path, name) -> None:
    archive = zipped(tmp_path / "a.zip", "fine.txt", name)
    with pytest.raises(FetchError, match=r"leads out of the folder\. Nothing was unpacked"):
        unpack(archive)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_link_in_a_tar_is_refused(tmp_path) -> None:
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(FetchError, match="'link' is neither a file nor a folder"):
        unpack(tarred(tmp_path / "a.tar.gz", link))


def test_an_archive_without_what_is_wanted_is_refused(tmp_path) -> None:
    with pytest.raises(FetchError, match="does not hold bench"):
        unpack(zipped(tmp_path / "a.zip", "other/1.json"), "bench")
    assert not is_unpacked(tmp_path / "a.zip")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_what_is_no_archive_is_refused(tmp_path, name) -> None:
    (tmp_path / name).write_bytes(b"<html>sign in</html>")
    with pytest.raises(FetchError, match=r"the archive cannot be read \(.*\)\. Delete it and try again"):
        unpack(tmp_path / name)


def test_an_archive_that_is_damaged_inside_is_refused_and_nothing_is_left(tmp_path) -> None:
    archive = zipped(tmp_path / "a.zip", "questions.json")
    whole = archive.read_bytes()
    archive.write_bytes(whole[:44] + b"?" + whole[45:])  # the first byte of what the file holds
    with pytest.raises(FetchError, match="the archive cannot be read"):
        unpack(archive)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
