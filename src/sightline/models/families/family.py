"""What sightline must know of one family of models."""

from dataclasses import dataclass
from typing import Any

from sightline.models.families.tiles import Grid

__all__ = ["Family", "follow"]


@dataclass(frozen=True, slots=True)
class Family:
    """The knowledge of one family.

    Args:
        name: what it is called.
        model_types: ``model_type`` of the configurations that belong to it.
        language_model: path from the model to the language model, whose layers attend.
        layers: path from the model to the list of decoder layers.
        attention: path from a layer to its attention, whose ``o_proj`` takes the heads side by side.
        shares: whether the tokens up to the end of the image can be computed once for several questions.
        why_not: the reason, where they cannot.
        rope_deltas: path from the model to the tensor that says how much further (or less far) positions are after an
            image than tokens are (M-RoPE); None where positions count tokens.
        below: names of the inputs that come with every token and that the layers need after the image too.
        chat_template: for processors that come without one.
        needs: packages that its processor wants besides transformers' own, with the reason.
        markers: the tokens that it puts before and after an image.
        grid: says where on the picture image tokens lie; None where that is not known.
        sees_itself: name of the input that is 1 at the tokens of an image, where those see each other both ways; ""
            where each sees those before it.
        of_replies: inputs that come with every token, and what they are for the tokens of a reply, where that is not
            what they are for a prompt's.
    """

    name: str
    model_types: tuple[str, ...]
    language_model: str
    layers: str
    attention: str = "self_attn"
    shares: bool = True
    why_not: str = ""
    rope_deltas: str | None = None
    below: tuple[str, ...] = ()
    chat_template: str | None = None
    needs: str = ""
    markers: tuple[str, ...] = ()
    grid: Grid | None = None
    sees_itself: str = ""
    of_replies: tuple[tuple[str, int], ...] = ()


def follow(thing: Any, path: str) -> Any:
    """Follow a path of attributes.

    Example:
        >>> follow("a", "upper.__name__")
        'upper'
    """
    for name in path.split("."):
        thing = getattr(thing, name)
    return thing
