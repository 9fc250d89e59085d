"""Detectors by name: the two of the rendered world, and open-vocabulary ones from the hub or a folder.

The two that vote should err apart. MM-Grounding-DINO or LLMDet beside OWLv2 differ in image backbone, text encoder,
training data and scoring; Grounding DINO, MM-Grounding-DINO and LLMDet share Swin, BERT and most of their data, and are
no two opinions.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from sightline.core.detecting import Detecting
from sightline.errors import RequestError, unknown_name

__all__ = ["ON_THE_HUB", "RECOMMENDED", "RENDERED", "Published", "at_threshold", "detector"]


class Published(NamedTuple):
    """A detector that others published.

    Args:
        hub: its id on the hub.
        threshold: from which score on an object counts as seen where nobody calibrated it.
        source: where that number comes from.
        licence: of its weights.
    """

    hub: str
    threshold: float
    source: str
    licence: str


ON_THE_HUB: Mapping[str, Published] = MappingProxyType(
    {
        "grounding-dino": Published(
            "IDEA-Research/grounding-dino-base",
            0.35,
            "SENTINEL's code and Grounding DINO's demo: box 0.35 (and text 0.25, which decoded labels need)",
            "Apache-2.0",
        ),
        "mm-grounding-dino": Published(
            "openmmlab-community/mm_grounding_dino_base_o365v1_goldg_v3det",
            0.25,
            "the default of transformers' post_process_grounded_object_detection",
            "Apache-2.0",
        ),
        "llmdet": Published(
            "iSEE-Laboratory/llmdet_base",
            0.25,
            "the default of transformers' post_process_grounded_object_detection",
            "Apache-2.0",
        ),
        "owlv2": Published(
            "google/owlv2-base-patch16-ensemble",
            0.1,
            "the default of transformers' Owlv2Processor.post_process_grounded_object_detection",
            "Apache-2.0",
        ),
    }
)
"""What their names stand for. Thresholds are where to begin; ``sightline detectors calibrate`` finds better ones."""

RECOMMENDED = ("mm-grounding-dino", "owlv2")
"""Two for photographs that err apart."""

RENDERED = ("contour", "glance")
"""The two for rendered scenes: one of rules, one trained."""


def detector(name: str, device: str = "auto", threshold: float | None = None) -> Detecting:
    """Load a detector.

    Args:
        name: a known name, an id on the hub or a folder; with ``@0.14`` behind it, its threshold.
        device: "auto", "cpu", "cuda", "cuda:1", "mps"; the two for rendered scenes run on the processor.
        threshold: the score from which on an object counts as seen; its default where None.

    Raises:
        RequestError: there is no such detector, it cannot be loaded, or the threshold is none.
        DataError: a file of a detector inside the package is damaged.

    Example:
        >>> detector("contour@0.9").threshold
        0.9
    """
    bare, own = at_threshold(name)
    if own is not None and threshold is not None and own != threshold:
        raise RequestError(f"Two thresholds were given for {bare}: {own:g} in its name, and {threshold:g}. Leave one.")
    wanted = own if threshold is None else threshold
    if wanted is not None and not 0 <= wanted <= 1:
        raise RequestError(f"The threshold of {bare} is {wanted:g}; scores go from 0 to 1.")
    if bare == "contour":
        from sightline.detectors.contour import Contour

        return Contour(wanted)
    if bare == "glance":
        from sightline.detectors.glance import Glance

        return Glance(wanted)
    if bare not in ON_THE_HUB and "/" not in bare and not Path(bare).is_dir():
        hint = unknown_name("detector", bare, (*RENDERED, *ON_THE_HUB))
        raise RequestError(f"{hint} An id on the hub (owner/name) or a folder will do as well.")
    from sightline.detectors.zero_shot import load

    return load(bare, device, wanted)


def at_threshold(name: str) -> tuple[str, float | None]:
    """Take a name and its threshold apart.

    Raises:
        RequestError: what stands behind the @ is no number.

    Example:
        >>> at_threshold("owlv2@0.14"), at_threshold("owlv2")
        (('owlv2', 0.14), ('owlv2', None))
    """
    bare, at, number = name.rpartition("@")
    if not at:
        return name, None
    try:
        return bare, float(number)
    except ValueError:
        raise RequestError(f"{name!r}: a threshold stands behind the @, as in owlv2@0.14; found {number!r}.") from None
