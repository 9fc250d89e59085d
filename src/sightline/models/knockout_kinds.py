"""The kinds and scopes of knockouts by name: what a head can be replaced by, and where."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

__all__ = ["KINDS", "SCOPES", "Kind", "Scope"]

Kind = Literal["mean", "role-mean", "zero", "resample", "prompt-mean", "patch"]
Scope = Literal["all", "prompt", "text", "asserted", "decode"]

KINDS: Mapping[Kind, str] = MappingProxyType(
    {
        "mean": "the head's mean over a discovery set, the same at every token",
        "role-mean": "its mean over a discovery set, one for each role of tokens",
        "zero": "nothing",
        "resample": "what the head hands on at other tokens of the discovery set, of the same role",
        "prompt-mean": "its mean over this prompt, while the prompt is read (the paper's repository)",
        "patch": "what it hands on where the prompt says the truth; in sweeps only",
    }
)
"""What a head is replaced by; the first is the default."""

SCOPES: Mapping[Scope, str] = MappingProxyType(
    {
        "all": "every token, while the prompt is read and while the reply is written",
        "prompt": "the tokens of the prompt, image included",
        "text": "the tokens after the image, up to the reply",
        "asserted": "the words that assert the number or colour",
        "decode": "the tokens of the reply",
    }
)
"""Where a head is replaced; the first is the default."""
