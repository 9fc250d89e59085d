"""How a benchmark has replies judged: what a judge is told of each reply, and what is read from its words.

A judge is a language model or a person. What it says of a reply stays as it is (`sightline.core.Reply`), and is read by
a reader, as replies are. Which judge it was is no part of the benchmark: it stands in the record.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sightline.core.labels import LabelSet
from sightline.core.questions import Question, Reply
from sightline.core.readings import Reading
from sightline.core.writing import TextRequest
from sightline.errors import RequestError

__all__ = ["Judge"]

_REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Judge:
    """What a judge of replies is asked.

    Args:
        name: what the prompt is called.
        version: raised when a judge would be asked anything else.
        system: what the judge is told about its task.
        template: what it is asked of a reply; ``{reply}`` and the other fields stand for what it is told.
        fields: what the template may hold in braces; ``reply`` is always among them.
        told: (question, label set, reply) → each field with what the judge is told; None where a reply is not judged.
        read: what is made of the judge's words, for saying how many cannot be read and how well two judges agree.
        readers: the readers of the benchmark that read judgements; any others read the reply itself.
        schema: the JSON schema that a judgement is to keep to; None: any text.
        max_new_tokens: the longest judgement, in tokens.

    Example:
        >>> def told(question, labels, reply):
        ...     return {"question": question.text, "reply": reply.text}
        >>> fields = ("question", "reply")
        >>> judge = Judge("right", 1, "You mark.", "{question} - {reply}?", fields, told, Reading, ("judge",))
        >>> asked = judge.request(Question("1", "Who?"), LabelSet("own", {}), Reply("1", "m", "{question}"))
        >>> asked.prompt
        'Who? - {question}?'
    """

    name: str
    version: int
    system: str
    template: str
    fields: tuple[str, ...]
    told: Callable[[Question, LabelSet, Reply], Mapping[str, str] | None]
    read: Callable[[str], Reading]
    readers: tuple[str, ...]
    schema: Mapping[str, Any] | None = None
    max_new_tokens: int = 512

    def __str__(self) -> str:
        return f"{self.name}@{self.version}" if self.version else self.name

    @property
    def sha256(self) -> str:
        """The hash of all that does not depend on the reply: system text, template, schema, length."""
        schema = None if self.schema is None else dict(self.schema)
        told = [self.system, self.template, schema, self.max_new_tokens]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def request(
        self, question: Question, labels: LabelSet, reply: Reply, sample: int = 0, temperature: float = 0.0
    ) -> TextRequest | None:
        """What the judge is asked of a reply; None where no call is needed.

        Args:
            question: what was asked.
            labels: what a right reply is held against.
            reply: what was said.
            sample: which of several judgements of the same reply.
            temperature: 0 is greedy.
        """
        told = self.told(question, labels, reply)
        if told is None:
            return None
        names = "|".join(map(re.escape, self.fields))
        # in one pass, so that what stands in a reply is never taken for a field
        prompt = re.sub(rf"\{{({names})\}}", lambda found: told[found[1]], self.template)
        longest = self.max_new_tokens
        return TextRequest("judge", self.system, prompt, self.schema, None, longest, temperature, sample)

    def with_prompt(self, name: str, template: str) -> "Judge":
        """The same judge asked otherwise, as by the benchmark's authors: no system text, no schema.

        Args:
            name: what to call the prompt.
            template: what is asked of a reply.

        Raises:
            RequestError: the prompt does not hold the reply.
        """
        if f"{{{_REPLY}}}" not in template:
            known = ", ".join(f"{{{field}}}" for field in self.fields)
            raise RequestError(f"The prompt {name} has no {{reply}}, so nothing could be judged; it may hold {known}.")
        return replace(self, name=name, version=0, system="", template=template, schema=None)
