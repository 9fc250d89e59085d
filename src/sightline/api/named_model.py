"""A model that is named rather than loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeVar

from sightline.errors import RequestError, unknown_name

if TYPE_CHECKING:
    from sightline.core import Replying
    from sightline.models.transformers import TransformersModel

__all__ = ["Engine", "loaded", "opened"]

Engine = Literal["transformers", "vllm", "openai"]

_Model = TypeVar("_Model")


def loaded(model: "str | _Model") -> "TransformersModel | _Model":
    """Load a model by its name, with its defaults; one that is loaded already is returned as it is."""
    if not isinstance(model, str):
        return model
    from sightline.models.loading import load

    return load(model)


@contextmanager
def opened(
    model: "str | Replying", engine: Engine = "transformers", base_url: str | None = None
) -> "Iterator[Replying]":
    """Load a model by its name, through an engine, and close what was opened for it.

    Args:
        model: its name; one that is loaded already is given as it is, and left open.
        engine: what runs it.
        base_url: the server, where that is openai.

    Raises:
        RequestError: the engine is unknown, a server is named for another one or for a model that is loaded, or none is
            where there must be one.
    """
    if (base_url is not None) != (isinstance(model, str) and engine == "openai"):
        raise RequestError("A server is named by engine='openai', base_url='http://…/v1' and the name of its model.")
    if not isinstance(model, str):
        yield model
    elif engine == "transformers":
        yield loaded(model)
    elif engine == "vllm":
        from sightline.models.vllm_model import load_vllm

        yield load_vllm(model)
    elif engine == "openai" and base_url is not None:
        from sightline.models.chat_client import ChatClient
        from sightline.models.served_model import ServedModel

        with ChatClient(base_url, model) as client:
            yield ServedModel(client)
    else:
        raise unknown_name("engine", engine, ("transformers", "vllm", "openai"))
