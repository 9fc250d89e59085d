from collections.abc import Mapping

import pytest

from sightline.core import Judge, LabelSet, Question, Reading, Reply
from sightline.errors import RequestError

QUESTION, LABELS = Question("7", "Who?"), LabelSet("own", {})


def told(question: Question, labels: LabelSet, reply: Reply) -> Mapping[str, str] | None:
    return {"question": question.text, "reply": reply.text} if reply.text else None


def judge(template: str = "{question} {reply}", system: str = "Mark.", most: int = 512) -> Judge:
    return Judge(
        "right", 2, system, template, ("question", "reply"), told, Reading, ("judged",), {"type": "object"}, most
    )


def said(text: str) -> Reply:
    return Reply("7", "m", text)


def test_what_stands_in_a_reply_is_never_taken_for_a_field() -> None:
    request = judge('{question} | {reply} | {other} | {"json": 1}').request(
        QUESTION, LABELS, said("{question} {reply}")
    )
    assert request is not None
    assert request.prompt == 'Who? | {question} {reply} | {other} | {"json": 1}'
    assert (request.system, request.schema, request.max_new_tokens) == ("Mark.", {"type": "object"}, 512)
    assert (request.temperature, request.attempt) == (0.0, 0)


def test_another_sample_is_another_request() -> None:
    request = judge().request(QUESTION, LABELS, said("x"), sample=2, temperature=0.7)
    assert request is not None and (request.attempt, request.temperature) == (2, 0.7)


def test_a_reply_that_needs_no_judge_is_not_asked_about() -> None:
    assert judge().request(QUESTION, LABELS, said("")) is None


def test_the_hash_tells_prompts_apart_and_nothing_else() -> None:
    assert judge().sha256 == judge().sha256
    others = (judge("{reply}"), judge(system="Mark it."), judge(most=9))
    assert len({judge().sha256, *(other.sha256 for other in others)}) == 4


def test_a_prompt_of_the_users_brings_neither_system_text_nor_schema() -> None:
    own = judge().with_prompt("theirs.txt", "Is {reply} right?")
    assert str(judge()) == "right@2" and str(own) == "theirs.txt"
    request = own.request(QUESTION, LABELS, said("x"))
    assert request is not None
    assert (request.system, request.schema, request.prompt) == ("", None, "Is x right?")


def test_a_prompt_without_the_reply_is_refused() -> None:
    with pytest.raises(RequestError, match=r"theirs.txt has no \{reply\}.*may hold \{question\}, \{reply\}"):
        judge().with_prompt("theirs.txt", "Is it right?")
