"""What heads hand on where the prompt says the truth, laid out for the prompt that does not."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.errors import RequestError
from sightline.mechanisms.drafts import Draft
from sightline.mechanisms.layerwise import Layerwise
from sightline.mechanisms.trees import rows_of_images
from sightline.models.knocked_out import RolesOf
from sightline.models.prompts import Prepared
from sightline.models.roles import Role
from sightline.models.transformers import TransformersModel

__all__ = ["aligned", "patched_outputs"]


def patched_outputs(
    model: TransformersModel,
    layers: Layerwise,
    groups: Sequence[Prepared],
    matching: Sequence[Prepared | None],
    drafts: Sequence[Sequence[Draft]],
    roles: RolesOf,
    texts: bool = False,
) -> dict[int, torch.Tensor]:
    """Compute the matching prompts, and lay what their heads hand on out token by token.

    Args:
        model: the whole model.
        layers: the prompts that are patched, one a row.
        groups: their images.
        matching: the same images with the prompts that say the truth; none where they were not prepared.
        drafts: for each image the replies to its prompts, which stand below the matching ones too.
        roles: finds the roles of tokens.
        texts: whether whole replies are laid out.

    Returns:
        Layer → (rows, n, heads, d). Tokens that assert something get those of what is true, in order, the last again
        where there are fewer.

    Raises:
        RequestError: two prompts differ in more than what they assert.
    """
    rows = layers.rows
    known = [group for group in matching if group is not None]
    matching_rows = [row.row for row in rows_of_images(known, drafts, texts, together=False)]
    source = Layerwise(model, known, matching_rows, roles, whole=layers.skipped > 0)
    places = torch.zeros((len(rows), 1), dtype=torch.long, device=layers.device)
    _, outputs = source.outputs(places)
    width, skipped = layers.seen.roles.shape[1], layers.skipped
    index = np.zeros((len(rows), width), dtype=np.int64)
    index[:, :skipped] = np.arange(skipped)
    for place, (row, other) in enumerate(zip(rows, matching_rows, strict=True)):
        own = roles.of_suffix(groups[row.image], row.questions[0])
        given = roles.of_suffix(known[other.image], other.questions[0])
        try:
            head = aligned(own, given)
        except RequestError as error:
            pair = (groups[row.image].prompts[row.questions[0]], known[other.image].prompts[other.questions[0]])
            raise RequestError(f"{pair[0]!r} and {pair[1]!r}: {error}") from None
        tail = len(given) + np.arange(len(row.tree.ids) - len(own))
        index[place, skipped : skipped + len(row.tree.ids)] = skipped + np.concatenate([head, tail])
    at = torch.from_numpy(index).to(layers.device)
    layout = layers.layout
    found: dict[int, torch.Tensor] = {}
    for layer, values in enumerate(outputs):
        taken = values.gather(1, at[..., None].expand(-1, -1, values.shape[-1]))
        found[layer] = taken.view(*taken.shape[:2], layout.heads, layout.head_dim)
    return found


def aligned(own: NDArray[np.int8], given: NDArray[np.int8]) -> NDArray[np.int64]:
    """For every token of a prompt the token of the matching prompt that stands in its place.

    Args:
        own: (n,) roles of the prompt.
        given: (m,) roles of the matching one.

    Raises:
        RequestError: the prompts differ in more than what they assert.

    Example:
        Two tokens assert something here, one there:

        >>> P, A = Role.PROMPT, Role.ASSERTED
        >>> aligned(np.array([P, A, A, P], np.int8), np.array([P, A, P], np.int8)).tolist()
        [0, 1, 1, 2]
    """
    here, there = np.flatnonzero(own == Role.ASSERTED), np.flatnonzero(given == Role.ASSERTED)
    whole = len(here) and len(there) and np.ptp(here) == len(here) - 1 and np.ptp(there) == len(there) - 1
    if not whole or here[0] != there[0] or len(own) - here[-1] != len(given) - there[-1]:
        raise RequestError(
            "A prompt and the one that says the truth differ in more than the words that assert something, so that "
            "heads cannot be patched token by token."
        )
    inside = np.minimum(there[0] + np.arange(len(here)), there[-1])
    after = np.arange(there[-1] + 1, len(given))
    return np.concatenate([np.arange(here[0]), inside, after])
