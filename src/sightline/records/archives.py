"""Archives, unpacked beside themselves.

What lies in an archive goes where the archive is, and a list of it is kept under the archive's name and ``.unpacked``.
"""

import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from sightline.errors import FetchError
from sightline.records.atomic import write_bytes

__all__ = ["is_archive", "is_unpacked", "unpack"]

_BROKEN = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, tarfile.TarError)
"""What is raised where an archive is cut off, damaged or locked."""

_ZIP, _TAR = ".zip", (".tar", ".tar.gz", ".tgz")


def is_archive(name: str) -> bool:
    """Whether a file of this name is an archive.

    Example:
        >>> is_archive("mm-vet.zip"), is_archive("images.tar.gz"), is_archive("questions.json")
        (True, True, False)
    """
    return name.endswith((_ZIP, *_TAR))


def is_unpacked(archive: Path) -> bool:
    """Whether all that was unpacked of an archive is still there."""
    kept = _list(archive)
    return kept.is_file() and all((archive.parent / name).is_file() for name in kept.read_text("utf-8").splitlines())


def unpack(archive: Path, inside: str = "") -> tuple[str, ...]:
    """Unpack an archive into the folder that it is in; files of the same names are replaced.

    Args:
        archive: a zip or tar file.
        inside: the folder of the archive whose content is wanted, or the one file; all of it where "".

    Returns:
        The names of the files, in order, with the folders that they are in.

    Raises:
        FetchError: it is no archive, does not hold what is wanted, or holds a path that leads out of the folder.
    """
    # Loaded here: pooch brings requests, a tenth of a second that only those who fetch need.
    import pooch

    _check(archive)
    take = pooch.Unzip if archive.name.endswith(_ZIP) else pooch.Untar
    pooch.get_logger().setLevel("ERROR")
    unpacked: dict[str, Path] = {}
    archive = archive.resolve()
    with tempfile.TemporaryDirectory(prefix=f".{archive.name}.", dir=archive.parent) as held:
        try:
            found = take(members=[inside] if inside else None, extract_dir=held)(str(archive), "download", None)
        except _BROKEN as error:
            raise _unreadable(archive, error) from None
        for file in sorted(map(Path, found)):
            if name := _beside(file.relative_to(held), inside):
                unpacked[name] = file
        if not unpacked:
            raise FetchError(
                f"{archive}: the archive does not hold {inside or 'any file'}. Has its publisher changed it?"
            )
        for name, file in unpacked.items():
            target = archive.parent / name
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
    names = tuple(unpacked)
    write_bytes(_list(archive), "".join(f"{name}\n" for name in names).encode())
    return names


def _beside(path: Path, inside: str) -> str:
    """Where a file of an archive goes; "" where it is not wanted."""
    if not inside:
        return path.as_posix()
    wanted = PurePosixPath(inside)
    if path.as_posix() == wanted.as_posix():
        return path.name
    within = PurePosixPath(path.as_posix())
    return within.relative_to(wanted).as_posix() if within.is_relative_to(wanted) else ""


def _check(archive: Path) -> None:
    """Refuse what is no archive, and paths and links that lead out of the folder."""
    try:
        if archive.name.endswith(_ZIP):
            with zipfile.ZipFile(archive) as file:
                names = file.namelist()
        else:
            with tarfile.open(archive) as file_:
                members = file_.getmembers()
            names = [member.name for member in members]
            if strange := [m.name for m in members if not (m.isfile() or m.isdir())]:
                raise FetchError(f"{archive}: {strange[0]!r} is neither a file nor a folder. Nothing was unpacked.")
    except _BROKEN as error:
        raise _unreadable(archive, error) from None
    for name in names:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in name.partition("/")[0]:
            raise FetchError(f"{archive}: {name!r} leads out of the folder. Nothing was unpacked.")


def _unreadable(archive: Path, error: Exception) -> FetchError:
    why = (str(error).splitlines() or [type(error).__name__])[0].rstrip(":")
    return FetchError(f"{archive}: the archive cannot be read ({why}). Delete it and try again.")


def _list(archive: Path) -> Path:
    """Where the names are kept of what was unpacked."""
    return archive.with_name(f"{archive.name}.unpacked")
