from pathlib import Path

import pytest

from sightline.core import TextRequest
from sightline.errors import RequestError
from sightline.models.local_writing import LocalWriting
from sightline.models.scripted import ScriptedModel, scripted


def requests(n: int, **more: object) -> list[TextRequest]:
    return [TextRequest("judge", "Mark.", f"Reply {place}", **more) for place in range(n)]  # type: ignore[arg-type]


def test_a_model_writes_without_an_image_batch_by_batch() -> None:
    model = ScriptedModel(lambda image, prompt: prompt[-1])
    writing = LocalWriting(model, at_once=2)
    assert [(place, made.text) for place, made in writing.write(requests(5))] == [(n, str(n)) for n in range(5)]
    assert model.asked[0] == ("", "Mark.\n\nReply 0")
    assert writing.totals.requests == 5 and writing.totals.cost is None


def test_it_is_known_by_the_model() -> None:
    assert LocalWriting(scripted("x")).identity == scripted("x").identity


def test_a_schema_is_told_in_words() -> None:
    model = ScriptedModel(lambda image, prompt: "{}")
    list(LocalWriting(model).write(requests(1, schema={"type": "object"})))
    assert '{"type": "object"}' in model.asked[0][1]


def test_an_empty_text_is_a_problem() -> None:
    ((_, made),) = LocalWriting(ScriptedModel(lambda image, prompt: " ")).write(requests(1))
    assert (made.text, made.problem) == ("", "the reply is empty")


def test_requests_of_different_lengths_are_written_apart() -> None:
    mixed = [*requests(1, max_new_tokens=3), *requests(1, max_new_tokens=9), *requests(1, max_new_tokens=9)]
    made = list(LocalWriting(ScriptedModel(lambda image, prompt: prompt[-1])).write(mixed))
    assert [place for place, _ in made] == [0, 1, 2]


def test_texts_beside_an_image_are_refused() -> None:

    with pytest.raises(RequestError, match="beside an image"):
        list(LocalWriting(scripted("x")).write(requests(1, image=Path("a.png"))))


def test_no_texts_at_once_are_refused() -> None:
    with pytest.raises(RequestError, match="0 texts at once"):
        LocalWriting(scripted("x"), at_once=0)
