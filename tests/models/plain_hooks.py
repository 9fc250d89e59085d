"""Heads knocked out as plainly as can be: one prompt with its image, a hook on the module. All else is held to it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tiny_families import Tiny

from sightline.models.families import family_of, follow
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head
from sightline.models.knocked_out import RolesOf
from sightline.models.prompts import Prepared
from sightline.models.roles import Role, Spans

LAYERS, HEADS = 3, 4
ALL_HEADS = tuple(Head(layer, head) for layer in range(LAYERS) for head in range(HEADS))

Change = Callable[[torch.Tensor], torch.Tensor]
"""(n, d) what a head hands on at the tokens of one forward → (n, d) what is put in its place."""


def outputs_of(seed: int = 0, layers: int = LAYERS, heads: int = HEADS, head_dim: int = 16) -> HeadOutputs:
    """Outputs of heads over a discovery set, drawn; another mean for each role, three tokens of each kept."""
    rng = np.random.default_rng(seed)
    kept_roles = np.repeat(np.arange(len(Role)), 3).astype(np.int8)
    return HeadOutputs(
        rng.normal(size=(len(Role), layers, heads, head_dim)) * 4,
        np.full(len(Role), 4, dtype=np.int64),
        rng.normal(size=(len(kept_roles), layers, heads, head_dim)).astype(np.float32),
        kept_roles,
    )


@contextmanager
def changed(tested: Tiny, changes: Mapping[Head, Change]) -> Iterator[None]:
    """Change heads in every forward that is made within."""
    family = family_of(tested.model_type)
    assert family is not None
    layers = follow(tested.model, family.layers)

    def hook_of(head: Head, change: Change) -> Callable[..., Any]:
        def hook(module: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
            (values,) = given[0].clone()
            size = module.in_features // tested.model.config.get_text_config().num_attention_heads
            own = slice(head.head * size, (head.head + 1) * size)
            values[:, own] = change(values[:, own])
            return (values[None],)

        return hook

    with ExitStack() as stack:
        for head, change in changes.items():
            hook = hook_of(head, change)
            stack.callback(layers[head.layer].self_attn.o_proj.register_forward_pre_hook(hook).remove)
        yield


def mean_of_this_forward(own: torch.Tensor) -> torch.Tensor:
    """The hook of the repository of prompt-induced hallucination: the mean over whatever this forward sees."""
    return own.mean(dim=0, keepdim=True).expand_as(own)


def by(vector: NDArray[Any] | float, where: NDArray[np.bool_] | None = None, strength: float = 1.0) -> Change:
    """Put a vector in a head's place, or one vector for each token; at all tokens or only at some of them."""

    def change(own: torch.Tensor) -> torch.Tensor:
        target = torch.as_tensor(vector, dtype=own.dtype).expand_as(own)
        mixed = (1 - strength) * own + strength * target
        return mixed if where is None else torch.where(torch.from_numpy(where)[:, None], mixed, own)

    return change


def roles_alone(tested: Tiny, group: Prepared, question: int, more: int, asserted: Spans | None) -> NDArray[np.int8]:
    """The roles of one prompt's tokens and of so many that follow."""
    roles = RolesOf(tested.model, tested.tokenizer, asserted)
    reply = np.full(more, Role.GENERATED, dtype=np.int8)
    return np.concatenate([roles.of_prefix(group), roles.of_suffix(group, question), reply])


def where_alone(roles: NDArray[np.int8], scope: str, prefix: int) -> NDArray[np.bool_]:
    """Where a scope lies among the tokens of one prompt."""
    read = roles != Role.GENERATED
    found: dict[str, NDArray[np.bool_]] = {
        "all": np.ones(len(roles), dtype=np.bool_),
        "prompt": read,
        "text": read & (np.arange(len(roles)) >= prefix),
        "asserted": roles == Role.ASSERTED,
        "decode": ~read,
    }
    return found[scope]


def generated(tested: Tiny, group: Prepared, question: int, most: int) -> tuple[tuple[int, ...], torch.Tensor]:
    """The likeliest reply as transformers generates it, with a cache: tokens, and log-probabilities (n, vocabulary)."""
    ids = torch.tensor([[*group.prefix, *group.suffixes[question]]])
    inputs = dict(group.inputs)
    for name, value in group.by_token.items():
        rest = ids.shape[1] - len(group.prefix)
        inputs[name] = torch.cat([value[:, :-1], *[value[:, -1:]] * rest], dim=1)
    with torch.inference_mode():
        found = tested.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            **inputs,
            max_new_tokens=most,
            do_sample=False,
            output_logits=True,
            return_dict_in_generate=True,
        )
    logits = torch.cat(found.logits)
    return tuple(found.sequences[0, ids.shape[1] :].tolist()), torch.log_softmax(logits.float(), dim=-1)


def without_cache(tested: Tiny, group: Prepared, question: int, tokens: Sequence[int]) -> torch.Tensor:
    """Log-probabilities of each of a reply's tokens, everything computed again for every one: (n, vocabulary)."""
    return torch.stack([tested.alone(group, question, tokens[:place])[-1] for place in range(len(tokens))])


def log_p(tested: Tiny, group: Prepared, question: int, before: Sequence[int], answer: Sequence[int]) -> float:
    """Log-probability of an answer after the prompt and the beginning of a reply."""
    likely = tested.alone(group, question, [*before, *answer])
    first = len(group.prefix) + len(group.suffixes[question]) + len(before) - 1
    return sum(float(likely[first + place, token]) for place, token in enumerate(answer))
