"""A small made-up example of each benchmark: invented pictures, labels and replies, for a first look."""

from pathlib import Path

from sightline.errors import unknown_name

__all__ = ["example_labels", "example_replies"]

_FOLDER = Path(__file__).parent


def example_replies(benchmark: str) -> list[str]:
    """The replies of the example, as ``sightline score`` takes them.

    Raises:
        RequestError: there is no example of this benchmark.
    """
    return [str(path) for path in sorted((_folder(benchmark) / "replies").iterdir())]


def example_labels(benchmark: str) -> list[str]:
    """The label sets of the example: as first annotated, and as corrected after a second look."""
    return [f"{name}={_folder(benchmark) / name}" for name in ("original", "audited")]


def _folder(benchmark: str) -> Path:
    folder = _FOLDER / benchmark
    if not folder.is_dir():
        raise unknown_name(
            "example", benchmark, [path.name for path in _FOLDER.iterdir() if (path / "replies").is_dir()]
        )
    return folder
