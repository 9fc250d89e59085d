"""The beginning of a reply as tokens, below its prompt.

Prompt and beginning are tokenised as one text, so that words at the seam come out as the model itself would write them.
What stands between the two (most formats write nothing, LLaVA-1.5's a blank) is what the chat template puts there.
"""

from typing import Any

from sightline.errors import RequestError

__all__ = ["ReplyTokens"]

_PROBE = "Words"
"""Stands for a reply where a template is asked what it writes before one."""


class ReplyTokens:
    """Writes beginnings of replies in a model's chat format.

    Args:
        processor: of transformers.
        template: the family's chat template, for processors that come without one.
    """

    def __init__(self, processor: Any, template: str | None = None) -> None:
        self._processor = processor
        own = getattr(processor, "chat_template", None)
        self._options: dict[str, Any] = {} if own is not None else {"chat_template": template}
        self._begun: dict[str, tuple[str, list[int]]] = {}

    def below(self, suffix: tuple[int, ...], prompt: str, context: str) -> tuple[int, ...]:
        """The tokens between an image and what comes after the beginning of a reply.

        Args:
            suffix: those between the image and the reply, as `prepare` gives them.
            prompt: what the user types.
            context: the beginning of the reply; "" where there is none yet.

        Raises:
            RequestError: the beginning changes the tokens of the image.
        """
        if not context:
            return suffix
        begun, before = self._prompt(prompt)
        after = self._tokens(begun + context)
        alike = next(
            (place for place, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
            min(len(before), len(after)),
        )
        merged = len(before) - alike
        if merged >= len(suffix):
            raise RequestError(
                f"This model's format writes a prompt otherwise once its reply begins: {context[:60]!r}."
            )
        return (*suffix[: len(suffix) - merged], *after[alike:])

    def _prompt(self, prompt: str) -> tuple[str, list[int]]:
        """The text before a reply, and the tokens of the prompt alone."""
        if prompt not in self._begun:
            written = self._written(prompt, add_generation_prompt=True)
            self._begun[prompt] = written + self._between(written, prompt), self._tokens(written)
        return self._begun[prompt]

    def _between(self, written: str, prompt: str) -> str:
        """What the template writes between a prompt and its reply."""
        whole = self._written(prompt, _PROBE)
        if whole.startswith(written) and _PROBE in whole[len(written) :]:
            return whole[len(written) : whole.index(_PROBE, len(written))]
        # A template for prompts only; tokens of words hold the blank before them, and markers are followed by none.
        return " " if written[-1:] == ":" else ""

    def _written(self, prompt: str, reply: str | None = None, **options: bool) -> str:
        said = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": prompt}]}]
        if reply is not None:
            said.append({"role": "assistant", "content": [{"type": "text", "text": reply}]})
        return str(self._processor.apply_chat_template(said, tokenize=False, **self._options, **options))

    def _tokens(self, text: str) -> list[int]:
        """Tokenise as prompts are: with the tokenizer's own beginning, unless it is written already."""
        tokenizer = self._processor.tokenizer
        begun = tokenizer.bos_token is not None and text.startswith(tokenizer.bos_token)
        ids: list[int] = tokenizer(text, add_special_tokens=not begun)["input_ids"]
        return ids
