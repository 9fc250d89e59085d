import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from write_until_killed import AT_ONCE

from sightline.core import ModelIdentity, TextRequest, Totals, Written
from sightline.errors import DataError, RequestError
from sightline.records.cached_writing import CachedWriting
from sightline.records.call_cache import CallCache, call_key

MODEL = ModelIdentity("5e", "m", "", "server", "unknown", "unknown")
REQUEST = TextRequest("names", "Be brief.", "Name a dog.", schema={"type": "object"})


class Model:
    """Writes prompts in capitals, so many at once, the last of them first; "bad" is a problem, "fatal" an error."""

    identity = MODEL

    def __init__(self, at_once: int = 1) -> None:
        self.at_once = at_once
        self.asked: list[str] = []
        self.totals = Totals()

    def write(self, requests: Iterable[TextRequest]) -> Iterator[tuple[int, Written]]:
        flying: list[tuple[int, TextRequest]] = []
        for place, request in enumerate(requests):
            self.asked.append(request.prompt)
            flying.append((place, request))
            if len(flying) == self.at_once:
                yield self._one(flying)
        while flying:
            yield self._one(flying)

    def _one(self, flying: list[tuple[int, TextRequest]]) -> tuple[int, Written]:
        place, request = flying.pop()
        if request.prompt == "fatal":
            raise RequestError("no more")
        self.totals = self.totals._replace(requests=self.totals.requests + 1)
        return place, Written("", "it is bad", 3) if request.prompt == "bad" else Written(
            request.prompt.upper(), "", 3, 2
        )


def requests(*prompts: str) -> list[TextRequest]:
    return [TextRequest("names", "", prompt) for prompt in prompts]


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[CallCache]:
    with CallCache(tmp_path / "c.sqlite") as opened:
        yield opened


def texts(model: Model, cache: CallCache, *prompts: str) -> list[tuple[int, str, bool]]:
    return [(place, one.text, one.cached) for place, one in CachedWriting(model, cache).write(requests(*prompts))]


def test_texts_are_found_again_with_their_tokens(tmp_path: Path) -> None:
    written = Written("Ja – 「はい」\n", "", 12, 3)
    with CallCache(tmp_path / "c.sqlite") as cache:
        cache.keep({"k": written})
    with CallCache(tmp_path / "c.sqlite") as cache:
        assert cache.find(["k", "other"]) == {"k": written._replace(cached=True)}


def test_problems_are_not_kept(cache: CallCache) -> None:
    cache.keep({"bad": Written("", "it is empty"), "good": Written("x")})
    assert cache.find(["bad", "good"]).keys() == {"good"}


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, system="Be long."),
        replace(REQUEST, prompt="Name a cat."),
        replace(REQUEST, schema=None),
        replace(REQUEST, max_new_tokens=9),
        replace(REQUEST, temperature=0.5),
        replace(REQUEST, attempt=1),
    ],
)
def test_everything_that_decides_what_is_written_matters(other: TextRequest) -> None:
    assert call_key(MODEL, other) != call_key(MODEL, REQUEST)


def test_the_model_and_the_bytes_of_the_image_matter_and_nothing_else() -> None:
    key = call_key(MODEL, REQUEST, "aa")
    assert call_key(replace(MODEL, hash="6f"), REQUEST, "aa") != key
    assert call_key(MODEL, REQUEST, "bb") != key
    assert call_key(replace(MODEL, name="n", details={"a": "b"}), REQUEST, "aa") == key
    assert call_key(MODEL, replace(REQUEST, purpose="other", image=Path("b.jpg")), "aa") == key


def test_what_is_known_is_not_asked_again(cache: CallCache) -> None:
    first, second = Model(), Model()
    assert texts(first, cache, "a", "b") == [(0, "A", False), (1, "B", False)]
    assert texts(second, cache, "a", "c", "b") == [(0, "A", True), (1, "C", False), (2, "B", True)]
    assert (first.asked, second.asked) == (["a", "b"], ["c"])


def test_what_is_known_comes_before_the_model_is_asked_for_anything(cache: CallCache) -> None:
    texts(Model(), cache, "a", "b")
    model = Model()
    written = CachedWriting(model, cache).write(requests("a", "b", "c"))
    assert [next(written)[0] for _ in range(2)] == [0, 1]
    assert model.asked == []
    assert next(written)[0] == 2


def test_requests_are_drawn_as_they_are_needed(cache: CallCache) -> None:
    drawn = []

    def many() -> Iterator[TextRequest]:
        for request in requests(*map(str, range(1000))):
            drawn.append(request)
            yield request

    next(CachedWriting(Model(), cache).write(many()))
    assert len(drawn) == 64


@pytest.mark.parametrize("at_once", [1, 2, 5, 100])
def test_the_same_request_is_asked_once_in_a_run(cache: CallCache, at_once: int) -> None:
    model = Model(at_once)
    prompts = ["a", "b", "a", "a", "c", "b"] * 30
    found = texts(model, cache, *prompts)
    assert sorted(model.asked) == ["a", "b", "c"]
    assert [text for _, text, _ in sorted(found)] == [prompt.upper() for prompt in prompts]
    assert sum(not cached for _, _, cached in found) == 3


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_a_problem_is_asked_once_in_a_run_and_again_in_the_next(cache: CallCache, at_once: int) -> None:
    for _ in range(2):
        model = Model(at_once)
        found = [one for _, one in CachedWriting(model, cache).write(requests("bad", "a", "bad", "b", "bad"))]
        assert model.asked.count("bad") == 1
        assert Counter(one.problem for one in found) == {"it is bad": 3, "": 2}
        assert not any(one.cached for one in found if one.problem)


def test_an_image_is_known_by_its_bytes(cache: CallCache, tmp_path: Path) -> None:
    for name, data in (("a.jpg", b"1"), ("same.jpg", b"1"), ("other.jpg", b"2")):
        (tmp_path / name).write_bytes(data)
    asked = [TextRequest("p", "", "Dog?", image=tmp_path / name) for name in ("a.jpg", "same.jpg", "other.jpg")]
    model = Model()
    list(CachedWriting(model, cache).write(asked))
    assert len(model.asked) == 2


def test_an_image_that_is_missing_is_a_problem_and_not_asked(cache: CallCache, tmp_path: Path) -> None:
    model = Model()
    asked = [TextRequest("p", "", "Dog?", image=tmp_path / "none.jpg"), *requests("a")]
    (_, first), (_, second) = CachedWriting(model, cache).write(asked)
    assert first.problem == f"the image {tmp_path / 'none.jpg'} cannot be read (No such file or directory)"
    assert (second.text, model.asked) == ("A", ["a"])


def test_what_was_written_before_an_error_is_kept(cache: CallCache) -> None:
    with pytest.raises(RequestError, match="no more"):
        texts(Model(), cache, "a", "b", "fatal", "c")
    model = Model()
    texts(model, cache, "a", "b", "c")
    assert model.asked == ["c"]


def test_totals_say_how_many_requests_were_spared(cache: CallCache) -> None:
    texts(Model(), cache, "a")
    writing = CachedWriting(Model(), cache)
    list(writing.write(requests("a", "b", "b")))
    assert (writing.totals.requests, writing.totals.cached, writing.identity) == (1, 2, MODEL)


def test_a_file_that_is_no_cache_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "c.sqlite").write_bytes(b"this is no database, " * 100)
    with pytest.raises(DataError, match=r"the cache of calls cannot be used .* --no-cache"):
        CallCache(tmp_path / "c.sqlite")


def test_it_lies_in_the_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    with CallCache() as opened:
        assert opened.path == tmp_path / "cache" / "calls.sqlite"


def test_nothing_that_was_written_is_asked_again_after_a_kill(tmp_path: Path) -> None:
    count, log = 300, tmp_path / "log"
    command = [sys.executable, str(Path(__file__).with_name("write_until_killed.py")), str(tmp_path / "c"), str(log)]
    draw = random.Random(0)
    for _ in range(3):
        process = subprocess.Popen([*command, str(count)])
        asked_before = len(log.read_text().split()) if log.exists() else 0
        while not log.exists() or len(log.read_text().split()) < asked_before + 60:
            assert process.poll() is None
        time.sleep(draw.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert subprocess.run([*command, str(count)], check=True).returncode == 0
    lines = [line.split() for line in log.read_text().splitlines()]
    written: set[str] = set()
    for what, prompt, *text in lines:
        if what == "written":
            assert text == [prompt.upper()]
            written.add(prompt)
        else:
            assert prompt not in written, "asked again"
    asked = Counter(prompt for what, prompt, *_ in lines if what == "asked")
    assert len(written) == len(asked) == count
    assert sum(asked.values()) <= count + 3 * AT_ONCE
