"""The model card of a tuned model: what it was made of, and what came of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sightline.records.atomic import write_bytes

__all__ = ["write_card"]


def write_card(folder: Path, record: Mapping[str, Any], is_adapter: bool) -> Path:
    """Write ``README.md`` from the record of a run.

    Args:
        folder: the run's folder.
        record: what ``tune.json`` holds.
        is_adapter: whether the folder holds an adapter rather than a whole model.

    Raises:
        DataError: it cannot be written.
    """
    settings, base = record["settings"], record["base"]
    front = ["---", f"base_model: {settings['model']}", f"library_name: {'peft' if is_adapter else 'transformers'}"]
    pairs = f"{record['pairs']:,} preference pairs of {record['images']:,} images"
    lines = [
        *(*front, "tags: [sightline]", "---", ""),
        f"# {base['name']} tuned on {pairs}",
        "",
        f"Recipe {record['recipe']} ({record['source']}), {record['steps']:,} steps, "
        f"sightline {record['versions']['sightline']}. `tune.json` holds settings and hashes, `log.jsonl` every step.",
        "",
        f"Base: {base['name']}, sha256 of its files {record['base_hash']}.",
        "",
        f"    {record['command'] or 'tuned through the Python interface'}",
        "",
    ]
    if record["before"]:
        lines += ["| held-out pairs | before | after |", "|---|---|---|"]
        lines += [
            f"| {name} | {before:.4g} | {record['after'][name]:.4g} |"
            for name, before in record["before"].items()
            if name in record["after"]
        ]
    return write_bytes(folder / "README.md", ("\n".join(lines).rstrip() + "\n").encode())
