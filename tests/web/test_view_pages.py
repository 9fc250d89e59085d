"""The exploring page as it is asked for without a browser: what stands on it, filters, pages, images, a second look."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from served import scenes
from starlette.testclient import TestClient
from viewed import KEY, evaluation, explored, make_audit

from sightline.audit.entries import Stage
from sightline.audit.people import Role
from sightline.benchmarks import benchmark
from sightline.benchmarks.image_objects import ImageObjects
from sightline.core import ImageRef, LabelSet, Question, Reply
from sightline.errors import DataError, RequestError
from sightline.evaluation.evaluation import Evaluation
from sightline.web.exploring_pages import PAGE
from sightline.web.serving import allowed_hosts
from sightline.web.viewing import explore, view_application

HERE = "http://127.0.0.1:8643"


def browser(about: object) -> TestClient:
    """A browser that has opened the link."""
    client = TestClient(view_application(about, allowed_hosts("127.0.0.1"), KEY), HERE)  # type: ignore[arg-type]
    assert client.get("/", params={"key": KEY}).status_code == 200
    return client


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return browser(explored(scenes(tmp_path_factory.mktemp("view"))))


def cards(text: str) -> list[str]:
    """The questions on a page, in their order."""
    return re.findall(r'data-question="([^"]+)"', text)


def plain(text: str) -> str:
    """A page's words."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_overview_tells_models_measures_and_where_errors_are(site: TestClient) -> None:
    text = site.get("/").text
    words = plain(text)
    assert "2 models on pope" in words and "Questions 6 Images 3" in words
    assert "a False positives 2 False negatives 1 Unreadable 1 No reply 0 Models disagree 2" in words
    assert "Scores under old" in words and "Scores under new" in words and "95 % interval of 100 draws" in words
    assert "random a 33.33" in words and "popular a 33.33" in words  # one of three is right in each
    assert "Label changed in new: 2 questions" in words
    assert 'href="/replies?kind=fp&amp;model=a&amp;split=random&amp;labels=old"' in text
    assert 'src="/plot/wide"' in text and 'srcset="/plot/narrow"' in text


def test_a_link_of_the_overview_shows_as_many_replies_as_stood_on_it(site: TestClient) -> None:
    links = re.findall(r'<a href="(/replies\?kind=f[^"]+)">([\d,]+)</a>', site.get("/").text)
    assert len(links) == 15  # those that are not 0: 5 of a and 4 of b under old, 2 and 4 under new
    for link, count in links:
        assert f"{count} of 6 questions" in plain(site.get(link.replace("&amp;", "&")).text)


def test_the_plot_of_ranks_is_a_picture_for_a_desk_and_one_for_a_phone(site: TestClient) -> None:
    drawn = {name: site.get(f"/plot/{name}") for name in ("wide", "narrow")}
    assert all(answer.headers["content-type"] == "image/png" for answer in drawn.values())
    assert drawn["wide"].content != drawn["narrow"].content
    assert site.get("/plot/other").status_code == 404


def test_one_label_set_or_one_model_has_no_plot(tmp_path: Path) -> None:
    alone = browser(explore(evaluation(models="a"), None, scenes(tmp_path), None, 100))
    assert "/plot/" not in alone.get("/").text and alone.get("/plot/wide").status_code == 404


def test_a_card_shows_question_labels_replies_and_how_they_were_read(site: TestClient) -> None:
    [card] = re.findall(r'<li class="card".*?</ul>', site.get("/replies?text=cat").text, re.DOTALL)
    words = plain(card)
    assert "1 · random/2 · scene_000000.png Is there a cat in the image? old no new yes (changed)" in words
    assert "a Yes. read as yes ; unreadable by lmms-eval ▲ false positive old ✓ true positive new" in words
    assert "b no read as no ✓ true negative old ▼ false negative new" in words
    assert re.search(r'<img src="/image/[0-9a-f]{16}"', card)


def test_what_models_say_is_text_and_never_markup(site: TestClient) -> None:
    text = site.get("/replies?kind=unreadable").text
    assert "&lt;b&gt;Not sure&lt;/b&gt;" in text and "<b>Not" not in text
    text = site.get("/replies", params={"text": '"><script>x</script>'}).text
    assert "<script>x" not in text and "No reply is like that" in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["random/1", "random/2", "random/3", "popular/1", "popular/2", "popular/3"]),
        ("kind=fp&labels=new", ["popular/2"]),
        ("kind=right-only:new", ["random/2"]),
        ("kind=disagree&split=random&model=a", ["random/1", "random/2"]),
        ("object=dog&kind=fn", ["random/1"]),
        ("page=99", ["random/1", "random/2", "random/3", "popular/1", "popular/2", "popular/3"]),
        ("page=-1&kind=", ["random/1", "random/2", "random/3", "popular/1", "popular/2", "popular/3"]),
    ],
)
def test_an_address_alone_filters(site: TestClient, query: str, expected: list[str]) -> None:
    text = site.get(f"/replies?{query}").text
    assert cards(text) == expected and f"{len(expected)} of 6 questions" in plain(text)


def test_a_name_that_is_not_there_is_said_in_one_sentence(site: TestClient) -> None:
    answer = site.get("/replies?model=gpt-5")
    assert answer.status_code == 400 and "No model of these replies is called &#39;gpt-5&#39;" in answer.text
    assert site.get("/nowhere").status_code == 404 and "There is no such page" in site.get("/nowhere").text


def test_pages_hold_24_questions_and_a_count(tmp_path: Path) -> None:
    many = browser(explored(scenes(tmp_path), times=10))
    first, last = many.get("/replies").text, many.get("/replies?page=3").text
    assert len(cards(first)) == PAGE == 24 and "60 of 60 questions, 120 replies · 1–24 shown" in plain(first)
    assert len(cards(last)) == 12 and "49–60 shown" in plain(last) and "Page 3 of 3" in plain(last)
    assert many.get("/replies?page=4").text == last
    fp = many.get("/replies?kind=fp&page=1").text
    assert "20 of 60 questions, 30 replies" in plain(fp) and 'rel="next"' not in fp
    assert 'href="/replies?kind=disagree&amp;page=2" rel="next"' not in many.get("/replies?kind=disagree").text
    assert 'href="/replies?split=random&amp;page=2" rel="next"' in many.get("/replies?split=random").text
    assert first.count('loading="lazy"') == 23


def test_an_image_that_is_gone_has_its_reason_in_its_place(tmp_path: Path) -> None:
    folder = scenes(tmp_path)
    (folder / "scene_000002.png").unlink()
    site = browser(explored(folder))
    assert "Images 3, 1 not in the folder" in plain(site.get("/").text)
    text = site.get("/replies?text=cup").text
    assert "scene_000002.png the image is not in the folder" in plain(text) and "<img" not in text
    [shown] = re.findall(r'src="(/image/[^"]+)"', site.get("/replies?text=cat").text)
    assert site.get(shown).headers["content-type"] == "image/png"
    folder.rename(tmp_path / "elsewhere")
    assert "the image is not there any more" in plain(site.get("/replies?text=cat").text)
    answer = site.get(shown)
    assert answer.status_code == 404 and "not there any more" in answer.json()["problem"]


def test_without_a_folder_of_images_replies_are_shown_alone() -> None:
    site = browser(explore(evaluation(), None, None, None, 100))
    text = site.get("/replies").text
    assert len(cards(text)) == 6 and "<img" not in text and 'class="shot' not in text


def test_a_folder_without_any_of_the_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds none of the 3 images; the first is 'scene_000000\.png'"):
        explored(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        explored(tmp_path / "moved")


def test_a_click_puts_the_item_at_the_head_of_the_queue_and_says_how_many_wait(tmp_path: Path) -> None:
    folder = scenes(tmp_path)
    with make_audit(tmp_path / "audit.sqlite", folder) as store:
        site = browser(explored(folder, store))
        assert site.get("/replies?text=cup").text.count('data-check="popular/2"') == 1
        first = site.post("/check", json={"question": "popular/2"}).json()
        assert first == {"said": "Put into the queue; 1 asked for now waits.", "open": True, "waiting": 1}
        again = site.post("/check", json={"question": "popular/2"}).json()
        assert again["waiting"] == 1
        # random/1 and popular/3 ask the same of the same image: they are one item
        assert site.post("/check", json={"question": "random/1"}).json()["waiting"] == 2
        assert site.post("/check", json={"question": "popular/3"}).json()["waiting"] == 2
        for name in ("Ann", "Bob"):
            store.add_person(name, Role.LABELLER)
        given = [work for name in ("Ann", "Bob") for work in store.next_items(name, Stage.LABEL, 2)]
        assert {work.text for work in given} >= {"Is there a cup in the image?", "Is there a dog in the image?"}


def test_an_item_that_everybody_has_seen_is_said_to_be_done(tmp_path: Path) -> None:
    folder = scenes(tmp_path)
    with make_audit(tmp_path / "audit.sqlite", folder, most=1) as store:
        site = browser(explored(folder, store))
        for name in ("Ann", "Bob"):
            store.add_person(name, Role.LABELLER)
            [work] = store.next_items(name, Stage.LABEL, 1)
            store.say(name, work.item, Stage.LABEL, "yes", request="1")
        said = site.post("/check", json={"question": "random/1"}).json()
        assert said["open"] is False and said["said"].startswith("Not put into the queue: nobody is left")
        assert said["waiting"] == 0


def test_a_question_that_the_audit_does_not_look_at_says_so(tmp_path: Path) -> None:
    folder = scenes(tmp_path)
    with make_audit(tmp_path / "audit.sqlite", folder, most=1) as store:
        site = browser(explored(folder, store))
        text = site.get("/replies?text=cup").text
        assert "The audit does not look at this question." in text and "data-check" not in text
        answer = site.post("/check", json={"question": "popular/2"})
        assert answer.status_code == 404 and "does not look at" in answer.json()["problem"]
        assert site.post("/check", json={"question": "no such"}).status_code == 404
        assert site.post("/check", json={"items": []}).status_code == 422


def test_without_an_audit_the_page_says_what_to_type(site: TestClient) -> None:
    assert '<a class="button" href="/audit">Check this label</a>' in site.get("/replies").text
    assert "sightline audit new audit.sqlite --labels old=OLD" in site.get("/audit").text
    answer = site.post("/check", json={"question": "popular/2"})
    assert answer.status_code == 409 and "--audit WHERE" in answer.json()["problem"]


def test_captions_are_shown_and_nobody_is_asked_to_check_their_labels() -> None:
    asked = Question("1", "Describe.", (ImageRef("1.jpg"),), "captions")
    labels = LabelSet("coco", {}, references={"1": ImageObjects(frozenset({"dog"}))})
    long = "A dog. " * 70
    shown = Evaluation(benchmark("chair"), (asked,), (labels,), {"x": (Reply("1", "x", long),)}, {"x": ()})
    site = browser(explore(shown, None, None, None, 100, how_to_audit=["sightline audit new"]))
    assert "Scores under coco" in site.get("/").text and "No labels to check" in site.get("/audit").text
    text = site.get("/replies").text
    assert "Check this label" not in text and "read as dog" in plain(text)
    assert "<summary" in text and "all 490 characters" in text and f'<blockquote dir="auto">{long}<' in text


def test_an_audit_of_something_else_is_refused(tmp_path: Path) -> None:
    folder = scenes(tmp_path)
    with make_audit(tmp_path / "audit.sqlite", folder) as store:
        other = evaluation()
        renamed = replace(other, benchmark=replace(other.benchmark, name="amber"))
        with pytest.raises(RequestError, match="checks labels of pope, and these are replies to amber"):
            explore(renamed, None, folder, store, 100)
        asked = (replace(question, images=(ImageRef("other.png"),)) for question in other.questions)
        with pytest.raises(RequestError, match="looks at none of these questions"):
            explore(replace(other, questions=tuple(asked)), None, None, store, 100)
