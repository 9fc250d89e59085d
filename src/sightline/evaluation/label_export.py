"""Label sets written out."""

from pathlib import Path

from sightline.core import Benchmark, LabelSet
from sightline.errors import DataError, RequestError
from sightline.evaluation.keys import read_answer_keys
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import encode_rows, read_rows
from sightline.records.label_sets import encode_label_set

__all__ = ["export_labels"]


def export_labels(benchmark: Benchmark, labels: str, out: Path, native: bool = True) -> list[Path]:
    """Write a label set into a folder.

    Args:
        benchmark: what it is a key of.
        labels: a public name or ``NAME=FOLDER``.
        out: the folder; files that are there already are not overwritten.
        native: in the benchmark's own format, with the fields, their order, the ids, line ends and all that was in the
            files; else as one label set file, which lists each pair of image and claim once.

    Raises:
        RequestError: the label set has no benchmark-native files, or a file is there already.
        DataError: a file cannot be written back as it was.
    """
    label_set: LabelSet = read_answer_keys(benchmark, (labels,)).label_sets[0]
    files: dict[str, bytes] = {}
    if native:
        for source in label_set.sources:
            rows = read_rows(source.name)
            files[Path(source.name).name] = data = encode_rows(rows.records, rows.layout)
            if data != Path(source.name).read_bytes():
                raise DataError(
                    "this file is laid out in no way that can be written back byte for byte", file=source.name
                )
    else:
        files[f"{label_set.name}.jsonl"] = encode_label_set(label_set)
    for name in files:
        if (out / name).exists():
            raise RequestError(f"{out / name} is there already; name another folder.")
    return [write_bytes(out / name, data) for name, data in files.items()]
