"""The step that takes a model's thinking out of its reply before it is read."""

import re

__all__ = ["strip_thinking"]

_BLOCK = re.compile(r"<(think|thinking)>.*?</\1>|◁think▷.*?◁/think▷", re.DOTALL | re.IGNORECASE)
_CUT_OFF = re.compile(r"(?:<think(?:ing)?>|◁think▷).*\Z", re.DOTALL | re.IGNORECASE)
_UNOPENED = re.compile(r"\A.*(?:</think(?:ing)?>|◁/think▷)", re.DOTALL | re.IGNORECASE)


def strip_thinking(text: str) -> str:
    """Blank out ``<think>`` blocks, keeping every other character at its place (version 1).

    A block that is never closed was cut off while the model was still thinking: nothing of it is a reply. A block that
    is never opened was opened by the chat template, as with reasoning models: all before its end is thinking.

    Example:
        >>> strip_thinking("<think>is there no dog?</think> Yes").strip()
        'Yes'
        >>> strip_thinking("<think>I see a dog, so yes").strip()
        ''
        >>> strip_thinking("no dog so far...</think>Yes").strip()
        'Yes'
    """
    for pattern in (_BLOCK, _CUT_OFF, _UNOPENED):
        text = pattern.sub(lambda block: " " * len(block[0]), text)
    return text
