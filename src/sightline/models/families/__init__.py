"""The families of models, one file each: the one place to look for what is particular to one of them."""

from sightline.models.families import (
    gemma3,
    internvl,
    janus,
    llava,
    llava_next,
    llava_onevision,
    mllama,
    ovis2,
    paligemma,
    qwen2_5_vl,
    qwen2_vl,
    qwen3_vl,
    smolvlm,
)
from sightline.models.families.family import Family, follow

__all__ = ["ALL", "Family", "family_of", "follow"]

ALL: tuple[Family, ...] = tuple(
    module.FAMILY
    for module in (
        llava,
        llava_next,
        llava_onevision,
        qwen2_vl,
        qwen2_5_vl,
        qwen3_vl,
        internvl,
        smolvlm,
        paligemma,
        ovis2,
        janus,
        mllama,
        gemma3,
    )
)
"""Every family that is known."""


def family_of(model_type: str) -> Family | None:
    """The family of a configuration's ``model_type``; None where it is not known.

    Example:
        >>> family_of("qwen2_vl").name
        'Qwen2-VL'
    """
    return next((family for family in ALL if model_type in family.model_types), None)
