from pathlib import Path

import pytest

from sightline.benchmarks import benchmark
from sightline.core import Asking, ImageRef, Question
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.asking import AskingPlan, find_images, hash_images, plan_asking, wording_of

OWN = wording_of(benchmark("pope"))
SAMPLED = Asking(temperature=1.0)


def question(split: str, number: int, image: str, object_: str) -> Question:
    return Question(f"{split}/{number}", f"Is there a {object_} in the image?", (ImageRef(image),), split)


QUESTIONS = (
    question("random", 1, "a.jpg", "dog"),
    question("random", 2, "b.jpg", "cat"),
    question("random", 3, "a.jpg", "cup"),
    question("popular", 1, "a.jpg", "dog"),
    question("popular", 2, "b.jpg", "dog"),
)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def plan(images: Path, asking: Asking | None = None) -> AskingPlan:
    return plan_asking(QUESTIONS, images, asking or Asking(), OWN)


def test_the_same_question_is_asked_once_and_answers_both_splits(images: Path) -> None:
    asked = [(ask.image, ask.prompt.split()[3], ask.questions) for ask in plan(images).asks]
    assert asked == [
        ("a.jpg", "dog", (0, 3)),
        ("a.jpg", "cup", (2,)),
        ("b.jpg", "cat", (1,)),
        ("b.jpg", "dog", (4,)),
    ]


def test_where_replies_are_sampled_every_question_is_asked_on_its_own(images: Path) -> None:
    assert [ask.questions for ask in plan(images, SAMPLED).asks] == [(0,), (2,), (3,), (1,), (4,)]


def test_a_choice_by_likelihood_is_greedy_at_any_temperature(images: Path) -> None:
    assert len(plan(images, Asking(("Yes", "No"), temperature=1.0)).asks) == 4


def test_the_wording_is_put_around_the_question(images: Path) -> None:
    llava = plan_asking(QUESTIONS, images, Asking(), wording_of(benchmark("pope"), "llava"))
    assert llava.asks[0].prompt == ("Is there a dog in the image?\nAnswer the question using a single word or phrase.")


def test_an_unknown_wording_is_answered_with_the_nearest() -> None:
    with pytest.raises(RequestError, match=r"No wording of pope is called 'lava'\. Did you mean 'llava'\?"):
        wording_of(benchmark("pope"), "lava")


def test_batches_keep_the_questions_of_an_image_together(images: Path) -> None:
    assert plan(images).batches(images=1, rows=100) == (((0, 1),), ((2, 3),))
    assert plan(images).batches(images=2, rows=100) == (((0, 1), (2, 3)),)
    assert plan(images).batches(images=2, rows=3) == (((0, 1),), ((2, 3),))


def test_an_image_with_more_questions_than_a_batch_holds_is_cut(images: Path) -> None:
    many = tuple(question("random", n, "a.jpg", f"thing {n}") for n in range(5))
    found = plan_asking(many, images, Asking(), OWN).batches(images=8, rows=2)
    assert found == (((0, 1),), ((2, 3),), ((4,),))


def test_the_hash_of_the_questions_tells_what_is_asked_and_what_it_answers(images: Path) -> None:
    assert plan(images).questions_sha256 == plan(images).questions_sha256
    assert plan(images).questions_sha256 != plan(images, SAMPLED).questions_sha256


def test_images_are_found_in_the_folder_or_one_level_below(tmp_path: Path) -> None:
    for name in ("top.jpg", "val2014/in.jpg", "deep/er/far.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = find_images(tmp_path, ["top.jpg", "in.jpg", "far.jpg"])
    assert found == {"top.jpg": tmp_path / "top.jpg", "in.jpg": tmp_path / "val2014" / "in.jpg"}


def test_an_image_in_two_folders_is_an_error(tmp_path: Path) -> None:
    for name in ("one/a.jpg", "two/a.jpg"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(DataError, match=r"a\.jpg is in one and in two\. Name the folder that is meant"):
        find_images(tmp_path, ["a.jpg"])


def test_missing_images_are_named_and_counted(images: Path) -> None:
    (images / "b.jpg").unlink()
    with pytest.raises(MissingError, match=r"1 of 2 images are not here: b\.jpg\. .*--allow-missing"):
        plan(images)


def test_questions_of_missing_images_are_left_out_where_that_is_allowed(images: Path) -> None:
    (images / "b.jpg").unlink()
    found = plan_asking(QUESTIONS, images, Asking(), OWN, allow_missing=True)
    assert found.missing == ("b.jpg",)
    assert [q.id for q in found.questions] == ["random/1", "random/3", "popular/1"]


def test_a_folder_without_any_of_the_images_is_an_error_in_any_case(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"2 of 2 images are not here: a\.jpg, b\.jpg\. Name the folder"):
        plan_asking(QUESTIONS, tmp_path, Asking(), OWN, allow_missing=True)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: there is no such folder of images"):
        plan(tmp_path / "nowhere")


def test_images_are_known_by_their_bytes(images: Path) -> None:
    # sha256 of "a.jpg"
    assert hash_images({"a.jpg": images / "a.jpg"})["a.jpg"].startswith("509b0d46")


def test_questions_without_an_image_are_asked_together_and_need_no_folder_of_images(tmp_path: Path) -> None:
    bare = (Question("1", "Is the sky blue?"), Question("2", "Is it?"), Question("3", "Is the sky blue?"))
    planned = plan_asking(bare, tmp_path / "nowhere", Asking(), OWN)
    assert [(ask.image, ask.questions) for ask in planned.asks] == [("", (0, 2)), ("", (1,))]
    assert (planned.images, planned.missing) == ({}, ())


def test_a_question_about_two_images_is_refused_by_name(images: Path) -> None:
    two = Question("7", "Which?", (ImageRef("a.jpg"), ImageRef("b.jpg")))
    with pytest.raises(RequestError, match="7 is about 2 images"):
        plan_asking([two], images, Asking(), OWN)
