"""A model that is named rather than loaded."""

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sightline.models.transformers import TransformersModel

__all__ = ["loaded"]

_Model = TypeVar("_Model")


def loaded(model: "str | _Model") -> "TransformersModel | _Model":
    """Load a model by its name, with its defaults; one that is loaded already is returned as it is."""
    if not isinstance(model, str):
        return model
    from sightline.models.loading import load

    return load(model)
