"""Three prompts, of which the whole model goes along with two, and what four heads' absence does to its replies.

prompt             whole model    L0H0     L0H1          L1H0         L1H1
a.png, 3 moons
  "four moons"     4, copied      3        unreadable    2            same
  "five moons"     3, true        same     5             same         same
b.png, 2 cups
  "three cups"     3, copied      2        same          other words  same
log-odds            -1, 1, -0.5   2 1 .5   -1 -1 -.5     0 1 -1.5     as the whole model's
"""

import numpy as np

from sightline.mechanisms.effects import Effects, SweptPrompt
from sightline.models.heads import Head

HEADS = (Head(0, 0), Head(0, 1), Head(1, 0), Head(1, 1))

PROMPTS = (
    SweptPrompt(
        *("2", "a.png", "+1", "moon", "3", "4", "Describe the 4 moons in this image."),
        *("There are four moons.", "4", -2.0, -1.0),
    ),
    SweptPrompt(
        *("3", "a.png", "+2", "moon", "3", "5", "Describe the 5 moons in this image."),
        *("Three moons.", "3", -1.0, -2.0),
    ),
    SweptPrompt(
        *("5", "b.png", "+1", "cup", "2", "3", "Describe the 3 cups in this image."),
        *("Three cups on a table.", "3", -1.5, -1.0),
    ),
)

CHANGED = {
    (0, 0): "There are three moons.",
    (2, 0): "Two cups.",
    (0, 1): "Several moons.",
    (1, 1): "Five moons.",
    (0, 2): "There are two moons.",
    (2, 2): "Three blue cups.",
}

LOG_ODDS = np.array([[2.0, -1.0, 0.0, -1.0], [1.0, -1.0, 1.0, 1.0], [0.5, -0.5, -1.5, -0.5]])


def sweep(**other: object) -> Effects:
    """The sweep with texts, or another that differs from it in some fields."""
    fields: dict[str, object] = {
        "model_layers": 2,
        "model_heads": 2,
        "heads": HEADS,
        "prompts": PROMPTS,
        "log_p_true": LOG_ODDS - 1.0,
        "log_p_asserted": np.full(LOG_ODDS.shape, -1.0),
        "has_texts": True,
        "changed": CHANGED,
    }
    return Effects(**(fields | other))  # type: ignore[arg-type]


def counted(true: int, asserted: int, reply: str, said: str | None, image: str = "a.png") -> SweptPrompt:
    """A prompt of which only the texts matter."""
    return SweptPrompt(
        *("1", image, f"+{asserted - true}", "dog", str(true), str(asserted), "…", reply, said), np.nan, np.nan
    )


def texts_only(
    prompts: tuple[SweptPrompt, ...], heads: tuple[Head, ...], changed: dict[tuple[int, int], str]
) -> Effects:
    """A sweep without log-probabilities."""
    unknown = np.full((len(prompts), len(heads)), np.nan)
    return Effects(2, 2, heads, prompts, unknown, unknown, True, changed)
