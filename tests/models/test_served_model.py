import base64
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chat_server import Asked, ChatServer, Script, Sent, fails, says

from sightline.core import Asking, ImageGroup, Replies, Said
from sightline.errors import DataError, RequestError
from sightline.models.chat_client import ChatClient
from sightline.models.costs import Price
from sightline.models.served_model import ServedModel

YES_NO = Asking(choices=("Yes", "No"))


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("a.png", "b.png")]
    for path in paths:
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + path.name.encode())
    return paths


def replies(script: Script, batches: list[list[ImageGroup]], asking: Asking, **more: Any) -> list[tuple[Replies, ...]]:
    with ChatServer(script) as server, ChatClient(server.base_url, "tiny", wait_s=0, retries=0, **more) as client:
        return list(ServedModel(client).reply(batches, asking))


def chosen(first: dict[str, float] | None, image: Path, *choices: str) -> Said:
    asking = Asking(choices=choices) if choices else YES_NO
    (((said,),),) = replies(lambda asked: says("x", first=first), [[ImageGroup(image, ("Dog?",))]], asking)[0]
    return said


def test_replies_come_batch_by_batch_group_by_group_prompt_by_prompt(images: list[Path]) -> None:
    one, other = images
    batches = [[ImageGroup(one, ("Dog?", "Cat?")), ImageGroup(other, ("Dog?",))], [], [ImageGroup(other, ("Cat?",))]]

    def script(asked: Asked) -> Sent:
        return says(base64.b64decode(asked.images[0].partition(",")[2])[-5:].decode() + " " + asked.prompt)

    assert replies(script, batches, Asking()) == [
        (((Said("a.png Dog?"),), (Said("a.png Cat?"),)), ((Said("b.png Dog?"),),)),
        (),
        (((Said("b.png Cat?"),),),),
    ]


def test_a_question_is_sent_with_its_image_and_how_it_is_asked(images: list[Path]) -> None:
    with ChatServer(lambda asked: says("Yes")) as server, ChatClient(server.base_url, "tiny") as client:
        list(ServedModel(client).reply([[ImageGroup(images[0], ("Dog?",))]], Asking(max_new_tokens=9)))
        (asked,) = server.asked
    assert asked.prompt == "Dog?" and asked.images[0].startswith("data:image/png;base64,")
    assert {name: asked.body[name] for name in asked.body if name != "messages"} == {
        "model": "tiny",
        "max_tokens": 9,
        "temperature": 0.0,
    }


def test_a_reply_that_is_cut_off_or_empty_is_a_reply(images: list[Path]) -> None:
    group = [[ImageGroup(images[0], ("Dog?",))]]
    for sent, text in (
        (says("There is a", finish="length"), "There is a"),
        (says(""), ""),
        (says(None, refusal="I cannot."), "I cannot."),
    ):
        assert replies(lambda asked, sent=sent: sent, group, Asking()) == [(((Said(text),),),)]


def test_samples_are_drawn_with_seeds_of_their_own_and_the_same_again(images: list[Path]) -> None:
    asking = Asking(temperature=0.7, top_p=0.9, samples=3, seed=5)
    script: Script = lambda asked: says(str(asked.body["seed"]))  # noqa: E731
    groups = [[ImageGroup(path, ("Dog?", "Cat?")) for path in images]]
    first, again = (replies(script, groups, asking) for _ in range(2))
    said = [said for group in first[0] for prompt in group for said in prompt]
    assert [one.sample for one in said] == [0, 1, 2] * 4
    assert len({one.text for one in said}) == 12
    assert all(0 <= int(one.text) < 2**31 for one in said)
    assert first == again


def test_greedy_replies_are_asked_once_whatever_the_samples(images: list[Path]) -> None:
    with ChatServer(lambda asked: says("Yes")) as server, ChatClient(server.base_url, "tiny") as client:
        ((((one, two),),),) = ServedModel(client).reply([[ImageGroup(images[0], ("Dog?",))]], Asking(samples=2))
        assert (one, two, len(server.asked)) == (Said("Yes"), Said("Yes", sample=1), 1)


def test_choices_are_asked_for_as_the_likeliest_first_tokens(images: list[Path]) -> None:
    script: Script = lambda asked: says("Yes", first={"Yes": -0.1, "No": -3.0})  # noqa: E731
    with ChatServer(script) as server, ChatClient(server.base_url, "tiny") as client:
        list(ServedModel(client).reply([[ImageGroup(images[0], ("Dog?",))]], YES_NO))
        body = server.asked[0].body
    assert [body[name] for name in ("max_tokens", "temperature", "logprobs", "top_logprobs")] == [1, 1.0, True, 20]


def test_the_likeliest_choice_is_chosen(images: list[Path]) -> None:
    assert chosen({"No": -0.25, "Yes": -2.0, "The": -4.0}, images[0]) == Said("No", (-2.0, -0.25))


def test_tokens_that_begin_one_choice_are_added_up(images: list[Path]) -> None:
    first = {"Yes": math.log(0.3), " Yes": math.log(0.2), "Y": math.log(0.1), " No": math.log(0.35), "yes": -9.0}
    said = chosen(first, images[0])
    assert said.text == "Yes"
    assert said.log_probs == pytest.approx((math.log(0.6), math.log(0.35)))


def test_a_choice_that_is_not_among_the_likeliest_is_as_likely_as_the_least_of_them(images: list[Path]) -> None:
    assert chosen({"Yes": -0.25, "The": -3.0, "A": -6.0}, images[0]) == Said("Yes", (-0.25, -6.0))


def test_where_no_choice_is_among_the_likeliest_none_is_chosen(images: list[Path]) -> None:
    assert chosen({"The": -0.5, "": -1.0, " ": -2.0, "A": -6.0}, images[0]) == Said("", (-6.0, -6.0))


def test_each_prompt_chooses_among_its_own_options(images: list[Path]) -> None:
    group = ImageGroup(images[0], ("Dog or cat?", "Red or blue?"), (("A", "B"), ("C", "D")))
    first = {"A": -2.0, "B": -1.0, "C": -3.0, "D": -4.0}
    found = replies(lambda asked: says("x", first=first), [[group]], Asking(options=True))
    assert [said.text for (said,) in found[0][0]] == ["B", "C"]


@pytest.mark.parametrize(
    "choices", [("No, but a cat", "No, but a dog"), ("1", "10"), ("red", "reddish"), (" A", "A"), ("Yes", "")]
)
def test_choices_that_begin_alike_are_refused_before_anything_is_asked(
    images: list[Path], choices: tuple[str, ...]
) -> None:
    with ChatServer(lambda asked: says("x")) as server, ChatClient(server.base_url, "tiny") as client:
        with pytest.raises(RequestError, match=r"first token"):
            list(ServedModel(client).reply([[ImageGroup(images[0], ("Dog?",))]], Asking(choices=choices)))
        assert server.asked == []


def test_choices_that_a_tokenizer_does_not_tell_apart_are_refused(images: list[Path]) -> None:
    with pytest.raises(RequestError, match="The first token of a reply, 'z', begins more than one of zebra, zucchini"):
        chosen({"z": -0.1, "the": -4.0}, images[0], "zebra", "zucchini")
    assert chosen({"zebra": -0.1, "z": -4.0}, images[0], "zebra", "zucchini").text == "zebra"


def test_a_server_without_log_probabilities_is_an_error_that_names_the_other_way(images: list[Path]) -> None:
    with pytest.raises(RequestError, match=r"gives no log-probabilities of tiny.* name no choices"):
        chosen(None, images[0])


def test_a_question_that_gets_no_reply_ends_the_run_and_says_which(images: list[Path]) -> None:
    with pytest.raises(RequestError, match=r"gave no reply to 'Dog\?' about a\.png: the server refuses this request"):
        replies(lambda asked: fails(400, "max_logprobs is 5"), [[ImageGroup(images[0], ("Dog?",))]], YES_NO)


def test_batches_that_are_done_are_handed_over_before_an_error(images: list[Path]) -> None:
    script: Script = lambda asked: fails(400) if asked.prompt == "bad" else says("Yes")  # noqa: E731
    found = []
    with ChatServer(script) as server, ChatClient(server.base_url, "tiny", at_once=1) as client:
        batches = ([ImageGroup(images[0], (prompt,))] for prompt in ("1", "2", "bad", "3"))
        with pytest.raises(RequestError, match="gave no reply to 'bad'"):
            found.extend(ServedModel(client).reply(batches, Asking()))
    assert len(found) == 2


def test_a_batch_is_given_as_soon_as_it_is_whole_whatever_it_was_asked_before(images: list[Path]) -> None:
    slow: Script = lambda asked: says("slow", how="silent") if asked.prompt == "slow" else says("quick")  # noqa: E731
    batches = [[ImageGroup(images[0], (prompt,))] for prompt in ("slow", "a", "b", "c")]
    with ChatServer(slow) as server, ChatClient(server.base_url, "tiny", at_once=2) as client:
        replied = ServedModel(client).reply_as_done([[], *batches], Asking())
        found = dict(next(replied) for _ in range(4))
        replied.close()
    assert found == {0: (), **{place: (((Said("quick"),),),) for place in (2, 3, 4)}}


def test_what_the_server_calls_the_model_that_replied_is_known_afterwards(images: list[Path]) -> None:
    names = iter(("tiny-1", "tiny-2"))
    with ChatServer(lambda asked: says("x", model=next(names))) as server:
        client = ChatClient(server.base_url, "tiny", at_once=1)
        model = ServedModel(client)
        list(model.reply([[ImageGroup(images[0], ("Dog?", "Cat?"))]], Asking()))
        client.close()
    assert model.identity.details["replied_as"] == "tiny-1, tiny-2"


@pytest.mark.parametrize(
    ("sentence", "more"),
    [
        ("This model's maximum context length is 576 tokens.", {"code": "context_length_exceeded"}),
        ("The decoder prompt (length 900) is longer than the maximum model length of 576.", {}),
    ],
)
def test_a_prompt_that_is_too_long_is_named_with_its_image_and_what_the_server_takes(
    images: list[Path], sentence: str, more: dict[str, str]
) -> None:
    with pytest.raises(RequestError) as error:
        replies(lambda asked: fails(400, sentence, **more), [[ImageGroup(images[0], ("Dog?",))]], Asking())
    assert "gave no reply to 'Dog?' about a.png: it is too long for the model (400: " + sentence in str(error.value)


def test_replies_that_were_on_their_way_when_one_failed_are_handed_over(images: list[Path]) -> None:
    script: Script = lambda asked: fails(400) if asked.prompt == "0" else says("Yes")  # noqa: E731
    found = []
    with ChatServer(script, hold=8) as server, ChatClient(server.base_url, "tiny", at_once=8) as client:
        batches = ([ImageGroup(images[0], (str(n),))] for n in range(100))
        with pytest.raises(RequestError, match="gave no reply to '0'"):
            found.extend(ServedModel(client).reply_as_done(batches, Asking()))
        assert len(server.asked) == 1 + len(found)


def test_an_image_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="this image cannot be read"):
        replies(lambda asked: says("Yes"), [[ImageGroup(tmp_path / "none.png", ("Dog?",))]], Asking())


def test_questions_of_many_images_are_in_flight_at_once(images: list[Path]) -> None:
    def batches() -> Iterator[list[ImageGroup]]:
        for n in range(20):
            yield [ImageGroup(images[n % 2], (f"{n}?", f"{n}!"))]

    with (
        ChatServer(lambda asked: says(asked.prompt), hold=8) as server,
        ChatClient(server.base_url, "tiny", at_once=8, timeout_s=30) as client,
    ):
        found = list(ServedModel(client).reply(batches(), Asking()))
        assert server.most_at_once == 8
    assert [[said.text for (said,) in group] for (group,) in found] == [[f"{n}?", f"{n}!"] for n in range(20)]


def test_its_identity_is_the_name_of_the_model_and_its_details_where_it_is_without_secrets() -> None:
    urls = ("http://user:secret@here/v1", "http://there/v1")
    one, other = (ServedModel(ChatClient(url, "tiny", price=Price(2, 10))).identity for url in urls)
    assert replace(one, details={}) == replace(other, details={})
    assert one.details == {"server": "http://here/v1", "replied_as": "", "price_in": "2", "price_out": "10"}
    assert one.hash != ServedModel(ChatClient("http://here/v1", "huge")).identity.hash
