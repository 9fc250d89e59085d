"""Files and folders of scene graphs, whatever their format: the content decides."""

from pathlib import Path

from sightline.errors import DataError
from sightline.records.json_rows import Rows
from sightline.records.table_rows import read_table_rows
from sightline.scenes.coco import uncollected
from sightline.scenes.scene_graphs.captions import caption_graphs, holds_captions
from sightline.scenes.scene_graphs.comprecap import comprecap_graphs, holds_comprecap
from sightline.scenes.scene_graphs.plain import holds_plain, plain_graphs
from sightline.scenes.scene_graphs.read_graphs import ReadGraphs, check_limit
from sightline.scenes.scene_graphs.rendered_graphs import holds_rendered, rendered_graphs
from sightline.scenes.scene_graphs.visual_genome import holds_visual_genome, visual_genome_files, visual_genome_graphs

__all__ = ["read_scene_graphs"]

_HINT = (
    "Known are sightline's own scene graphs (image, objects, relations), Visual Genome's files, those of rendered "
    "scenes, CompreCap's annotation (image, info), and captions (image and caption, description or text)."
)


def read_scene_graphs(path: str | Path, limit: int | None = None) -> ReadGraphs:
    """Read the scene graphs of a file or folder, from annotations or from captions.

    Args:
        path: a file of any format that is listed in the modules beside this one, JSON, CSV or parquet; or a folder of
            Visual Genome's files or of rendered scenes. JSON and CSV may be gzipped.
        limit: the first so many images only.

    Returns:
        The graphs, each with at least one object, and what was left out for which reason.

    Raises:
        DataError: a file is empty, broken or of no known format, or nothing is left of it.
        RequestError: the limit is less than one.
    """
    check_limit(limit)
    path = Path(path)
    with uncollected():
        read = _read(path, limit)
    if not read.graphs:
        reasons = "; ".join(f"{reason}: {len(what):,}" for reason, what in read.left_out.items())
        raise DataError(f"no scene graph is left of it ({reasons})", file=path)
    return read


def _read(path: Path, limit: int | None) -> ReadGraphs:
    if path.is_dir():
        files = visual_genome_files(path)
        return rendered_graphs(files[0], limit) if _is_rendered(files) else visual_genome_graphs(files, limit)
    rows = read_table_rows(path)
    first = rows.records[0]
    if holds_comprecap(first):
        return comprecap_graphs(rows, limit)
    if holds_plain(first):
        return plain_graphs(rows, limit)
    if _is_rendered([rows]):
        return rendered_graphs(rows, limit)
    if holds_visual_genome(first):
        return visual_genome_graphs([rows], limit)
    if holds_captions(rows):
        return caption_graphs(rows, limit)
    found = ", ".join(first)[:200] or "nothing"
    raise DataError(f"no known format of scene graphs; the first record has {found}", file=path, hint=_HINT)


def _is_rendered(files: list[Rows]) -> bool:
    return len(files) == 1 and holds_rendered(files[0].records[0])
