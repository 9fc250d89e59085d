"""What the command line does, as functions that return tables."""

from sightline.api.measuring import (
    compare,
    export_labels,
    gate,
    label_changes,
    measure,
    plan,
    report,
    score,
    thresholds,
)
from sightline.api.pairs import check_pairs, make_finer_pairs, make_sentinel_pairs
from sightline.api.tuning import before_after, merge, tune
from sightline.evaluation.build import build_pope
from sightline.evaluation.build_presupposed import build_colour, build_counting
from sightline.evaluation.evaluation import evaluate
from sightline.evaluation.public_data import get_public
from sightline.preferences.export_pairs import export_pairs
from sightline.preferences.read_pairs import read_pairs
from sightline.scenes.rendered.folder import render_scenes

__all__ = [
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
