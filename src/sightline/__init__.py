"""sightline measures, audits, explains and reduces hallucination in vision-language models.

Everything the command line does is here as a function that returns tables::

    import sightline
    table = sightline.score("pope", replies=["answers/*.jsonl"], labels=["pope", "repope"])
    table.to_pandas()

Names are loaded when they are first used, so that importing sightline costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sightline.api import (
        before_after,
        build_colour,
        build_counting,
        build_pope,
        check_pairs,
        compare,
        evaluate,
        export_labels,
        export_pairs,
        gate,
        get_public,
        label_changes,
        make_finer_pairs,
        make_sentinel_pairs,
        measure,
        merge,
        plan,
        read_pairs,
        render_scenes,
        report,
        score,
        thresholds,
        tune,
    )
    from sightline.errors import DataError, FetchError, MissingError, RequestError, SightlineError

__all__ = [
    "DataError",
    "FetchError",
    "MissingError",
    "RequestError",
    "SightlineError",
    "before_after",
    "build_colour",
    "build_counting",
    "build_pope",
    "check_pairs",
    "compare",
    "evaluate",
    "export_labels",
    "export_pairs",
    "gate",
    "get_public",
    "label_changes",
    "make_finer_pairs",
    "make_sentinel_pairs",
    "measure",
    "merge",
    "plan",
    "read_pairs",
    "render_scenes",
    "report",
    "score",
    "thresholds",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'sightline' has no attribute {name!r}")
    home = "sightline.errors" if name.endswith("Error") else "sightline.api"
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
