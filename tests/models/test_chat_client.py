import asyncio
import base64
import inspect
import json
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Script, Sent, fails, in_turn, says

from sightline.core import TextRequest, Written
from sightline.errors import RequestError
from sightline.models.chat_client import ChatClient
from sightline.models.chat_failures import asked_pause_s
from sightline.models.chat_messages import ChatCall
from sightline.models.costs import Price
from sightline.models.in_flight import InFlight

SCHEMA = {"type": "object", "properties": {"objects": {"type": "array"}}}
PNG = b"\x89PNG\r\n\x1a\nand more"


def request(prompt: str = "Name a dog.", **more: Any) -> TextRequest:
    return TextRequest(more.pop("purpose", "names"), more.pop("system", ""), prompt, **more)


def client(server: ChatServer, **more: Any) -> ChatClient:
    return ChatClient(server.base_url, more.pop("model", "tiny"), **{"api_key": "sk-1", "wait_s": 0.001, **more})


def written(script: Script, *requests: TextRequest, **more: Any) -> list[Written]:
    """What comes of some requests, in their order."""
    with ChatServer(script) as server, client(server, **more) as asked:
        return [one for _, one in sorted(asked.write(requests or [request()]))]


def refused(script: Script, *requests: TextRequest, models: tuple[str, ...] | None = ("tiny",), **more: Any) -> str:
    """The one sentence with which everything ends."""
    with ChatServer(script, models=models) as server, client(server, **more) as asked:
        with pytest.raises(RequestError) as error:
            list(asked.write(requests or [request()]))
        return str(error.value).replace(server.base_url, "URL")


def problem(script: Script, **more: Any) -> str:
    (one,) = written(script, **more)
    assert one.text == ""
    return one.problem


def test_a_text_comes_with_its_tokens() -> None:
    assert written(lambda asked: says("Rex", usage=(12, 3))) == [Written("Rex", "", 12, 3)]


def test_a_request_is_sent_as_its_task_and_its_prompt() -> None:
    with ChatServer(lambda asked: says("Rex")) as server, client(server) as asked:
        list(asked.write([request(system="Be brief.", max_new_tokens=7, temperature=0.5)]))
        assert server.asked[0].body == {
            "model": "tiny",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Name a dog."}],
            "max_tokens": 7,
            "temperature": 0.5,
        }
        assert server.asked[0].headers["authorization"] == "Bearer sk-1"


def test_an_image_is_sent_as_the_bytes_of_its_file_before_the_prompt(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(PNG)  # its name says JPEG, its bytes do not
    with ChatServer(lambda asked: says("Rex")) as server, client(server) as asked:
        list(asked.write([request(image=tmp_path / "a.jpg")]))
        assert [part["type"] for part in server.asked[0].content] == ["image_url", "text"]
        head, _, data = server.asked[0].images[0].partition(",")
    assert (head, base64.b64decode(data)) == ("data:image/png;base64", PNG)


@pytest.mark.parametrize(
    ("data", "why"), [(None, r"cannot be read \(No such file"), (b"BM a bitmap", "neither a JPEG, PNG, GIF nor WebP")]
)
def test_an_image_that_cannot_be_sent_is_a_problem_of_its_request_alone(
    tmp_path: Path, data: bytes | None, why: str
) -> None:
    if data is not None:
        (tmp_path / "a.bmp").write_bytes(data)
    first, second = written(lambda asked: says("Rex"), request(image=tmp_path / "a.bmp"), request())
    assert why.replace("\\", "") in first.problem and str(tmp_path / "a.bmp") in first.problem
    assert second.text == "Rex"


def test_a_schema_is_sent_under_the_name_of_its_purpose() -> None:
    with ChatServer(lambda asked: says("{}")) as server, client(server) as asked:
        list(asked.write([request(schema=SCHEMA, purpose="objects, again")]))
        form = server.asked[0].body["response_format"]
    assert form == {"type": "json_schema", "json_schema": {"name": "objects_again", "schema": SCHEMA, "strict": True}}


@pytest.mark.parametrize(("structured", "form"), [("json_object", {"type": "json_object"}), ("none", None)])
def test_a_server_without_schemas_is_told_in_words(structured: str, form: object) -> None:
    with ChatServer(lambda asked: says("{}")) as server, client(server, structured=structured) as asked:
        list(asked.write([request(system="Be brief.", schema=SCHEMA)]))
        body = server.asked[0].body
    assert body.get("response_format") == form
    system = body["messages"][0]["content"]
    assert system.startswith("Be brief.\n\nReply with JSON") and system.endswith(json.dumps(SCHEMA))


@pytest.mark.parametrize(
    "text", ["Sure! The objects are a dog.", '```json\n{"objects": []}\n```', '{"things": 1}', " x "]
)
def test_what_is_written_is_given_untouched_whether_it_keeps_to_the_schema_or_not(text: str) -> None:
    assert written(lambda asked: says(text), request(schema=SCHEMA))[0].text == text


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (says("A dog cal", finish="length"), "the reply was cut off: it was to have at most 512 tokens"),
        (says("", finish="stop"), "the reply is empty"),
        (says(None), "the reply is empty"),
        (says(" \n"), "the reply is empty"),
        (says(None, refusal="I cannot do that."), "the model refused: I cannot do that."),
        (says("A", finish="content_filter"), "the server's filter held the reply back"),
        (fails(400, "this model's context is 4096 tokens"), "the server refuses this request (400: this model's"),
        (fails(413, "too large"), "the server refuses this request (413: too large)"),
    ],
)
def test_what_is_no_text_is_a_problem_in_words(sent: Sent, why: str) -> None:
    assert problem(lambda asked: sent).startswith(why)


def test_the_tokens_of_a_reply_that_was_cut_off_are_counted() -> None:
    assert written(lambda asked: says("A", finish="length", usage=(9, 512)))[0][2:4] == (9, 512)


@pytest.mark.parametrize(
    "failed",
    [
        fails(500),
        fails(503),
        fails(429),
        fails(429, retry_after="0.001"),
        fails(408),
        says("Rex", how="cut"),
        Sent(b"\xff\xfe\x00 nonsense"),
        Sent(b"<html>busy</html>", headers={"Content-Type": "text/html"}),
        Sent(b'{"choices": []}'),
        Sent(b'{"choices": "Rex"}'),
        Sent(b"[1]"),
    ],
)
def test_what_passes_is_tried_again(failed: Sent) -> None:
    with ChatServer(in_turn(failed, failed, says("Rex"))) as server, client(server) as asked:
        assert [one.text for _, one in asked.write([request()])] == ["Rex"]
        assert len(server.asked) == 3
        assert asked.totals.requests == 1


def test_the_wait_that_a_server_asks_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    waited, sleep = [], asyncio.sleep

    async def briefly(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", briefly)
    busy = fails(429, retry_after="7")
    assert written(in_turn(busy, says("Rex")), wait_s=0)[0].text == "Rex"
    assert [seconds for seconds in waited if seconds] == [7.0]


def test_waits_double_and_are_drawn_at_random(monkeypatch: pytest.MonkeyPatch) -> None:
    waited, sleep = [], asyncio.sleep

    async def briefly(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", briefly)
    problem(lambda asked: fails(500), wait_s=16, retries=8)
    waits = [seconds for seconds in waited if seconds]
    # at most 16 s, then 32, and from then on 60
    assert len(waits) == 8
    assert all(wait <= most for wait, most in zip(waits, [16, 32, *[60] * 6], strict=True))
    assert len(set(waits)) == 8


@pytest.mark.parametrize(
    ("asked", "pause"),
    [("", 0), ("1.5", 1.5), ("-3", 0), ("soon", 0), ("inf", 0), ("Mon, 01 Jan 2001 00:00:00 GMT", 0)],
)
def test_the_wait_that_is_asked_for_is_read(asked: str, pause: float) -> None:
    assert asked_pause_s({"retry-after": asked}) == pause


def test_a_wait_until_a_date_is_read() -> None:
    assert asked_pause_s({"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"}) > 1e9


@pytest.mark.parametrize("how", ["endless", "silent"])
def test_a_reply_that_never_ends_is_given_up(how: str) -> None:
    slow = says("Rex", how=how)
    assert problem(lambda asked: slow, timeout_s=0.1, retries=1) == "no reply within 0.1 s, tried 2 times"
    assert written(in_turn(slow, says("Rex")), timeout_s=0.1)[0].text == "Rex"


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (fails(429, "slow down"), "too many requests (429: slow down), tried 3 times"),
        (fails(500, "crash"), "the server failed (500: crash), tried 3 times"),
        (Sent(b"<html> busy</html>"), "the server's reply cannot be read: it sent no reply of a chat but '<html> busy"),
        (says("Rex", how="cut"), "the connection broke ("),
    ],
)
def test_a_request_that_fails_for_ever_is_a_problem_and_others_go_on(sent: Sent, why: str) -> None:
    script: Script = lambda asked: sent if asked.prompt == "bad" else says("Rex")  # noqa: E731
    bad, good = written(script, request("bad"), request("good"), retries=2)
    assert bad.problem.startswith(why)
    assert good.text == "Rex"


def test_a_body_that_never_ends_is_given_up_before_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.models.chat_http.MOST_BYTES", 2**20)
    sent = Sent(b" " * (2**20 + 1), how="endless")
    assert problem(lambda asked: sent, timeout_s=60, retries=1) == (
        "its reply has more than 1 MB, where it should have few kB, tried 2 times"
    )


@pytest.mark.parametrize("name", ["tiny-2026-11-01", "tiny@main"])
def test_a_version_of_the_model_is_the_model(name: str) -> None:
    assert written(lambda asked: says("Rex", model=name))[0].text == "Rex"


def test_a_server_that_fails_for_ever_ends_the_run() -> None:
    requests = [request(str(n)) for n in range(200)]
    with ChatServer(lambda asked: fails(429, "slow down")) as server, client(server, retries=0, at_once=4) as asked:
        with pytest.raises(RequestError, match="gave no reply to 20 requests in a row, nor to a plain one: too many"):
            list(asked.write(requests))
        assert len(server.asked) < 40


def test_many_bad_requests_do_not_end_a_run_where_a_plain_one_succeeds() -> None:
    script: Script = lambda asked: says("Hi") if asked.prompt == "Hello" else fails(400, "too long")  # noqa: E731
    problems = written(script, *[request(str(n)) for n in range(50)], at_once=1)
    assert {one.problem for one in problems} == {"the server refuses this request (400: too long)"}


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (fails(401, "bad key sk-1"), "The server at URL refuses the key (401: bad key …). Is it the right one"),
        (fails(403, "no"), "The server at URL refuses the key (403: no)."),
        (fails(402, "pay"), "The server at URL says that there is no credit left (402: pay)."),
        (
            fails(429, "pay", code="insufficient_quota"),
            "The server at URL says that there is no credit left (429: pay)",
        ),
        (
            fails(429, "day is over", retry_after="86400"),
            "The server at URL asks to be left alone for 86,400 s (429: day",
        ),
        (says("Rex", model="huge"), "The server at URL replies as 'huge' where 'tiny' was asked for. Ask for 'huge'"),
    ],
)
def test_what_would_fail_every_request_ends_the_run_at_once(sent: Sent, sentence: str) -> None:
    with ChatServer(lambda asked: sent) as server, client(server, at_once=2) as asked:
        with pytest.raises(RequestError) as error:
            list(asked.write(request(str(n)) for n in range(1000)))
        assert str(error.value).replace(server.base_url, "URL").startswith(sentence)
        assert len(server.asked) <= 4


def test_without_a_key_the_way_to_give_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert refused(lambda asked: fails(401), api_key=None).endswith("wants a key (401: no). Set OPENAI_API_KEY.")
    monkeypatch.setenv("OPENAI_API_KEY", "from-environment")
    with ChatServer(lambda asked: says("Rex")) as server, client(server, api_key=None) as asked:
        list(asked.write([request()]))
        assert server.asked[0].headers["authorization"] == "Bearer from-environment"


def test_an_unknown_model_is_named_beside_those_that_the_server_has() -> None:
    sentence = refused(lambda asked: fails(404), model="tinny", models=("huge", "tiny"))
    assert sentence.startswith("No model at URL is called 'tinny'. Did you mean 'tiny'? Known: huge, tiny.")


def test_an_address_without_a_chat_is_told_from_an_unknown_model() -> None:
    assert "There is no chat at URL/chat/completions (404: no). Does the address lack its end, often /v1?" in refused(
        lambda asked: fails(404), models=None
    )


def test_a_server_without_response_format_is_an_error_that_names_the_option() -> None:
    sent = fails(400, "response_format json_schema is not supported")
    sentence = refused(lambda asked: sent, request(schema=SCHEMA))
    assert "does not take response_format json_schema (400: response_format json_schema is not supported)" in sentence
    assert sentence.endswith("Set structured to 'json_object' or 'none'.")
    assert refused(lambda asked: sent, request(schema=SCHEMA), structured="json_object").endswith(
        "Set structured to 'none'."
    )


def test_a_server_that_cannot_be_reached_is_an_error_with_its_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://user:secret@127.0.0.1:{free.getsockname()[1]}/v1"
        with ChatClient(url, "tiny", wait_s=0) as asked, pytest.raises(RequestError) as error:
            list(asked.write([request()]))
    assert str(error.value).startswith(f"No server can be reached at {url.replace('user:secret@', '')} (")


def test_a_user_and_password_in_the_address_are_sent_instead_of_the_key() -> None:
    with ChatServer(lambda asked: says("Rex")) as server:
        url = server.base_url.replace("://", "://me:a%40b@")
        with ChatClient(url, "tiny", api_key="sk-1", wait_s=0) as asked:
            assert [one.text for _, one in asked.write([request()])] == ["Rex"]
        assert server.asked[0].headers["authorization"] == "Basic bWU6YUBi"  # me:a@b


def test_a_server_that_goes_away_is_tried_again_and_then_an_error() -> None:
    with ChatServer(lambda asked: says("Rex")) as server, client(server, retries=2) as asked:
        assert [one.text for _, one in asked.write([request()])] == ["Rex"]
        server.close()
        with pytest.raises(RequestError, match="No server can be reached at"):
            list(asked.write([request()]))


def test_a_model_that_wants_another_name_for_the_longest_reply_gets_it() -> None:
    def script(asked: Any) -> Sent:
        return fails(400, "Use 'max_completion_tokens' instead.") if "max_tokens" in asked.body else says("Rex")

    with ChatServer(script) as server, client(server, at_once=1) as asked:
        assert [one.text for _, one in asked.write([request(), request()])] == ["Rex", "Rex"]
        assert [asked.body.get("max_completion_tokens") for asked in server.asked] == [None, 512, 512]


def test_sixty_four_requests_are_in_flight_and_never_more() -> None:
    with ChatServer(lambda asked: says(asked.prompt), hold=64) as server, client(server, timeout_s=30) as asked:
        found = dict(asked.write(request(str(n)) for n in range(300)))
        assert server.most_at_once == 64
    assert {place: one.text for place, one in found.items()} == {n: str(n) for n in range(300)}


def test_nothing_waits_for_the_slowest() -> None:
    def requests() -> Iterator[TextRequest]:
        yield request("slow")
        for n in range(20):
            yield request(str(n))

    slow: Script = lambda asked: says("slow", how="silent") if asked.prompt == "slow" else says("quick")  # noqa: E731
    with ChatServer(slow) as server, client(server, at_once=2) as asked:
        texts = asked.write(requests())
        assert sorted(next(texts)[0] for _ in range(20)) == list(range(1, 21))
        texts.close()


def test_requests_are_drawn_as_there_is_room() -> None:
    drawn = []

    def requests() -> Iterator[TextRequest]:
        for n in range(1000):
            drawn.append(n)
            yield request(str(n))

    with ChatServer(lambda asked: says("x")) as server, client(server, at_once=2) as asked:
        texts = asked.write(requests())
        next(texts)
        assert len(drawn) <= 6
        texts.close()


def test_an_error_in_drawing_requests_comes_after_what_was_in_flight() -> None:
    def requests() -> Iterator[TextRequest]:
        yield request("a")
        yield request("b")
        raise ValueError("no more")

    found = []
    with (
        ChatServer(lambda asked: says(asked.prompt)) as server,
        client(server) as asked,
        pytest.raises(ValueError, match="no more"),
    ):
        found.extend(one.text for _, one in asked.write(requests()))
    assert sorted(found) == ["a", "b"]


def test_what_is_in_flight_when_a_key_is_refused_is_handed_over_first() -> None:
    script: Script = lambda asked: fails(401) if asked.prompt == "2" else says(asked.prompt)  # noqa: E731
    found = []
    with (
        ChatServer(script, latency_s=0.02) as server,
        client(server, at_once=3) as asked,
        pytest.raises(RequestError, match="refuses the key"),
    ):
        found.extend(one.text for _, one in asked.write(request(str(n)) for n in range(100)))
    assert {"0", "1"} <= set(found)


def test_tokens_and_costs_add_up() -> None:
    with ChatServer(lambda asked: says("x", usage=(100, 50))) as server, client(server, price=Price(2, 10)) as asked:
        list(asked.write([request(), request()]))
        # 200 tokens at 2 and 100 at 10 for a million
        assert asked.totals == (2, 0, 200, 100, 0, pytest.approx(0.0014))


def test_tokens_that_the_server_does_not_count_are_0_and_said_to_be() -> None:
    with ChatServer(lambda asked: says("x", usage=False)) as server, client(server, price=Price(2, 10)) as asked:
        assert [one for _, one in asked.write([request()])] == [Written("x")]
        assert asked.totals == (1, 0, 0, 0, 1, 0.0)


@pytest.mark.parametrize("usage", [(0, 100), False])
def test_a_limit_of_spending_ends_the_run_before_it_is_exceeded(usage: Any) -> None:
    # a request may cost 100 tokens at 1 each: three fit into 350
    requests = [request("", max_new_tokens=100) for _ in range(10)]
    found = []
    script: Script = lambda asked: says("x", usage=usage)  # noqa: E731
    with ChatServer(script) as server, client(server, price=Price(0, 1e6), limit=350) as asked:
        with pytest.raises(
            RequestError, match=r"^300\.0000 of the limit of 350 is spent on 3 requests, and the next one"
        ):
            found.extend(asked.write(requests))
        assert (len(found), len(server.asked)) == (3, 3)


def test_what_requests_could_cost_does_not_count_once_they_cost_less() -> None:
    requests = [request("", max_new_tokens=100) for _ in range(10)]
    script: Script = lambda asked: says("x", usage=(0, 1))  # noqa: E731
    assert len(written(script, *requests, price=Price(0, 1e6), limit=150)) == 10


def test_two_runs_share_the_places() -> None:
    with ChatServer(lambda asked: says("x"), hold=3) as server, client(server, at_once=3) as asked:
        first, second = (asked.write(request(str(n)) for n in range(20)) for _ in range(2))
        pairs = list(zip(first, second, strict=True))
        assert (len(pairs), server.most_at_once) == (20, 3)


def test_a_run_that_is_left_is_given_up_and_the_next_goes_on() -> None:
    slow: Script = lambda asked: says("x", how="silent") if asked.prompt == "slow" else says("quick")  # noqa: E731
    with ChatServer(slow) as server, client(server, at_once=1) as asked:
        for _ in asked.write([request("quick"), request("slow")]):
            break
        assert [one.text for _, one in asked.write([request("quick")])] == ["quick"]


def test_a_client_that_is_closed_gives_up_what_is_in_flight_and_stays_closed() -> None:
    slow: Script = lambda asked: says("x", how="silent") if asked.prompt == "slow" else says("quick")  # noqa: E731
    with ChatServer(slow) as server:
        asked = client(server, at_once=2)
        texts = asked.write([request("slow"), request("quick")])
        assert next(texts)[1].text == "quick"
        asked.close()
        assert list(texts) == []
        with pytest.raises(ValueError, match="closed"):
            list(asked.write([request()]))
        asked.close()


def test_settings_of_a_call_are_sent_along() -> None:
    with ChatServer(lambda asked: says("x")) as server, client(server) as asked:
        found = asked.ask(
            [3], lambda seed: ChatCall(request(), {"seed": seed}), lambda seed, answer: (seed, answer.text)
        )
        assert list(found) == [(0, (3, "x"))]
        assert server.asked[0].body["seed"] == 3


def test_its_identity_is_the_name_of_the_model_and_how_json_is_asked_for() -> None:
    def identity(url: str, model: str = "tiny", **more: Any) -> Any:
        return ChatClient(url, model, **more).identity

    one = identity("http://here:1/v1", api_key="secret")
    assert one == identity("https://there/v1", api_key="other", at_once=3)
    assert len({one.hash, identity("http://here:1/v1", "huge").hash}) == 2
    assert identity("http://here:1/v1", structured="none").hash != one.hash
    assert "secret" not in str(one) and "here" not in str(one)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"base_url": "localhost:8000"}, "'localhost:8000' is no address of a server; it looks like http://"),
        ({"base_url": "http://here:port/v1"}, "is no address of a server"),
        ({"model": ""}, "The model has no name"),
        ({"structured": "yaml"}, "structured is 'yaml'; it can be json_schema, json_object, none."),
        ({"at_once": 0}, "at_once is 0; it must be at least 1."),
        ({"retries": -1}, "retries is -1; it must be at least 0."),
        ({"timeout_s": 0}, "timeout_s is 0; it must be above 0."),
        ({"limit": 1.0}, "A limit of spending needs a price"),
        ({"limit": 0.0, "price": Price(1, 1)}, "The limit of spending is 0; it must be above 0."),
        ({"api_key": "sk-…"}, "The key holds characters that no key has"),
    ],
)
def test_impossible_settings_are_errors(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        ChatClient(**{"base_url": "http://here:1/v1", "model": "tiny", **given})
    assert sentence in str(error.value)


def test_a_wait_that_nobody_will_make_is_closed_and_leaves_no_warning() -> None:
    in_flight, failed, waits = InFlight(2), asyncio.Event(), []

    async def do(job: str) -> None:
        if job == "fails":
            failed.set()
            raise ValueError("no reply")
        await failed.wait()
        waits.append(asyncio.sleep(60))  # its run has failed meanwhile: it would be awaited for nothing
        await in_flight.rest(waits[-1])

    try:
        with pytest.raises(ValueError, match="no reply"):
            list(in_flight.run(["rests", "fails"], do))
    finally:
        in_flight.close(partial(asyncio.sleep, 0))

    assert [inspect.getcoroutinestate(wait) for wait in waits] == [inspect.CORO_CLOSED]
