from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.benchmarks.pope import SPLITS
from sightline.benchmarks.pope_sampling import Built, Negative, Positives, build
from sightline.core import Answer, ImageRef, Presence, Question, Scene, Verdict
from sightline.errors import RequestError
from sightline.readers.nouns import article
from sightline.scenes.object_lists import object_list_scenes

# In how many images: dog 3, cat 3, cup 2, sofa 2, bird 1. Beside dog: cat 2, cup 1, bird 1; beside bird: dog 1.
LISTS = {
    "a": ["dog", "bird"],
    "b": ["dog", "cat"],
    "c": ["cat", "dog", "cup"],
    "d": ["sofa", "cat"],
    "e": ["cup", "sofa"],
}
ALL = {image: [objects[0]] for image, objects in LISTS.items()}


def scenes_of(lists: Mapping[str, Sequence[str]]) -> list[Scene]:
    return object_list_scenes({image: list(objects) for image, objects in lists.items()}, "lists.json")


def asked(built: Built, split: str, image: str) -> list[str]:
    questions = (q for q in built.questions if q.split == split and q.images[0].name == image)
    return [claim.object for q in questions for claim in q.claims if isinstance(claim, Presence)]


def test_popular_negatives_are_the_most_frequent_objects_that_are_absent() -> None:
    built = build(scenes_of(LISTS), pinned=ALL | {"a": ["dog", "bird"]})
    assert asked(built, "popular", "a") == ["dog", "cat", "bird", "cup"]  # cat 3, then cup 2 (before sofa 2)
    assert asked(built, "popular", "e") == ["cup", "dog"]  # dog 3 before cat 3: dog appears first


def test_adversarial_negatives_stand_most_often_beside_the_positive_just_asked() -> None:
    built = build(scenes_of(LISTS), pinned=ALL)
    assert asked(built, "adversarial", "a") == ["dog", "cat"]  # beside dog: cat 2, bird 1 (present), cup 1
    assert asked(built, "adversarial", "d") == ["sofa", "cup"]  # beside sofa: cat 1 (present), cup 1


def test_what_was_asked_as_a_negative_is_not_asked_again() -> None:
    built = build(scenes_of(LISTS), pinned=ALL | {"a": ["dog", "bird"]})
    # beside bird stands only dog, which is present: the negative is drawn from what is left
    first, chosen, second, drawn = asked(built, "adversarial", "a")
    assert (first, chosen, second) == ("dog", "cat", "bird")
    assert drawn in ("cup", "sofa")
    assert built.drawn == (Negative("adversarial", "a", "bird", drawn),)


def test_ties_are_listed_with_what_else_could_have_been_asked() -> None:
    built = build(scenes_of(LISTS), pinned=ALL)
    assert [tie for tie in built.ties if tie.image == "e"] == [
        Negative("popular", "e", "cup", "dog", ("cat",), 3),
        Negative("adversarial", "e", "cup", "cat", ("dog",), 1),  # beside cup: cat 1 (listed first), dog 1, sofa 1
    ]


def test_the_positives_of_an_image_appear_before_its_other_objects() -> None:
    lists = {"a": ["cat", "dog"], "b": ["cup"]}
    assert asked(build(scenes_of(lists), pinned={"a": ["dog"], "b": ["cup"]}), "popular", "b") == ["cup", "dog"]
    assert asked(build(scenes_of(lists), pinned={"a": ["cat"], "b": ["cup"]}), "popular", "b") == ["cup", "cat"]


def test_only_the_polled_images_are_counted() -> None:
    built = build(scenes_of(LISTS), pinned={"a": ["dog"], "e": ["cup"]})
    assert dict(built.objects) == {"dog": 1, "bird": 1, "cup": 1, "sofa": 1}


def test_an_object_is_counted_once_an_image() -> None:
    dog = Verdict(Presence("dog"), Answer.HOLDS, by="a person")
    scenes = [Scene(ImageRef("a"), (dog, dog)), *scenes_of({"b": ["cat"]})]
    assert dict(build(scenes, pinned={"a": ["dog"], "b": ["cat"]}).objects) == {"dog": 1, "cat": 1}


@pytest.mark.parametrize("answer", [Answer.AMBIGUOUS, Answer.UNCERTAIN])
def test_an_object_of_which_nobody_is_sure_is_not_asked(answer: Answer) -> None:
    unsure = Verdict(Presence("dog"), answer, by="a person")
    cat = Verdict(Presence("cat"), Answer.HOLDS, by="a person")
    scenes = [Scene(ImageRef("z"), (cat, unsure)), *scenes_of({"b": ["dog"], "c": ["dog"], "d": ["cup"]})]
    built = build(scenes, pinned={"z": ["cat"], "b": ["dog"], "c": ["dog"], "d": ["cup"]})
    assert all(asked(built, split, "z") == ["cat", "cup"] for split in SPLITS)


def test_questions_have_popes_ids_wording_and_labels() -> None:
    built = build(scenes_of({"a": ["orange"], "b": ["dog"]}), pinned={"a": ["orange"], "b": ["dog"]})
    first, second, *_ = (question for question in built.questions if question.split == "popular")
    image = (ImageRef("a"),)
    assert first == Question("popular/1", "Is there an orange in the image?", image, "popular", (Presence("orange"),))
    assert second == Question("popular/2", "Is there a dog in the image?", image, "popular", (Presence("dog"),))
    assert built.labels.answer("a", Presence("orange")) is Answer.HOLDS
    assert built.labels.answer("a", Presence("dog")) is Answer.DOES_NOT_HOLD


def test_the_same_seed_gives_the_same_questions_and_another_seed_others() -> None:
    lists = {f"{n}": [f"thing {n % 7}", f"part {n % 5}"] for n in range(35)}
    first, again, other = (build(scenes_of(lists), 20, 1, seed).questions for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_building_again_with_what_was_built_pinned_changes_nothing() -> None:
    lists = {f"{n}": [f"thing {n % 7}", f"part {n % 5}", f"bit {n % 3}"] for n in range(105)}
    built = build(scenes_of(lists), 40, 2)
    pinned: dict[str, list[str]] = {}
    for negative in built.negatives[:80]:
        pinned.setdefault(negative.image, []).append(negative.positive)
    assert build(scenes_of(lists), pinned=pinned) == built


def test_positives_are_drawn_or_the_first_listed() -> None:
    lists = {f"{n}": ["first", f"second {n % 4}"] for n in range(40)}
    listed = build(scenes_of(lists), 40, 1, positives="listed")
    drawn = build(scenes_of(lists), 40, 1)
    assert {negative.positive for negative in listed.negatives} == {"first"}
    assert len({negative.positive for negative in drawn.negatives}) == 5


def test_pinned_images_without_positives_get_some() -> None:
    built = build(scenes_of(LISTS), positives_per_image=2, pinned={"e": [], "b": [], "a": ["bird"]}, positives="listed")
    assert built.images == ("e", "b", "a")
    assert asked(built, "popular", "e")[::2] == ["cup", "sofa"]
    assert asked(built, "popular", "a")[::2] == ["bird"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": 0}, "The number of images is 0; it must be at least 1."),
        ({"positives_per_image": 0, "images": 1}, "The number of positives an image is 0; it must be at least 1."),
        (
            {"images": 5, "positives_per_image": 3},
            "5 images are to be polled, but only 0 of 5 hold at least 3 different objects and lack as many of the 5 "
            "that occur. Poll other annotations, or ask for fewer positives an image.",
        ),
        ({"images": 6, "positives_per_image": 1}, "but only 5 of 5 hold at least 1"),
        ({"images": 6, "positives_per_image": 2}, "Poll at most 5, or ask for fewer"),
        ({"pinned": {}}, "No image is pinned; pin at least one"),
        (
            {"pinned": {"x": [], "a": []}},
            "1 of 2 pinned images are not annotated: x. Check that the annotations are of",
        ),
        (
            {"pinned": {"a": ["dog", "cup"]}},
            "1 pinned positives are not in their images by these annotations: 'cup' in a.",
        ),
        ({"pinned": {"a": ["dog", "dog"]}}, "A positive of a is pinned twice (dog, dog); ask each object once."),
        (
            {"pinned": {"a": []}},
            "The pinned image a holds 2 different objects, 3 are to be asked. Pin its positives too",
        ),
        (
            {"pinned": {"a": ["dog"], "b": ["dog", "cat"]}},
            "Too few objects to ask as negatives: the polled images show 3 different objects, and 1 of them are absent "
            "from b, where 2 are needed. Poll more images, ask for fewer positives an image, or leave this image out",
        ),
    ],
)
def test_what_cannot_be_built_is_refused_with_what_was_found(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError) as error:
        build(scenes_of(LISTS), **arguments)  # type: ignore[arg-type]
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        (["dog", "Dog"], "'dog' and 'Dog' differ only in case or spaces; spell the object alike."),
        (["hot dog", "hot  dog"], "'hot dog' and 'hot  dog' differ only in case or spaces; spell the object alike."),
        (
            ["man in the image?"],
            "cannot be read back from 'Is there a man in the image? in the image?'; name the object",
        ),
        ([" "], "' ' cannot be read back from ''; name the object otherwise."),
    ],
)
def test_objects_that_cannot_be_told_apart_are_refused(objects: list[str], message: str) -> None:
    lists = {f"{n}": [object_] for n, object_ in enumerate([*objects, "sofa"])}
    with pytest.raises(RequestError) as error:
        build(scenes_of(lists), len(lists), 1)
    assert message in str(error.value)


def test_two_scenes_of_one_name_are_refused() -> None:
    with pytest.raises(RequestError, match="Two scenes are called 'a'; images are known by their names"):
        build(scenes_of({"a": ["dog"]}) * 2, 1, 1)


@pytest.mark.parametrize(
    ("object_", "expected"),
    [("umbrella", "an"), ("hair drier", "a"), ("hour glass", "an"), ("unicorn", "a"), ("oven", "an"), ("tv", "a")],
)
def test_articles_follow_the_sound(object_: str, expected: str) -> None:
    assert article(object_) == expected


words = st.sampled_from(["dog", "cat", "cup", "sofa", "bird", "oven", "car", "bus", "tie", "bed"])
annotations = st.lists(st.lists(words, min_size=2, max_size=6, unique=True), min_size=4, max_size=12)


@settings(deadline=None)
@given(annotations, st.integers(0, 3), st.sampled_from(["random", "listed"]))
def test_no_negative_is_in_its_image_and_the_splits_share_their_structure(
    lists: list[list[str]], seed: int, positives: Positives
) -> None:
    # the last two images bring four objects that no other has, so that negatives never run out
    named = {f"{n}.jpg": objects for n, objects in enumerate([*lists, ["lamp", "rug"], ["desk", "vase"]])}
    built = build(scenes_of(named), 4, 2, seed, {name: [] for name in named}, positives)
    shared = [n.positive for n in built.negatives if n.split == "random"]
    for split in SPLITS:
        questions = [q for q in built.questions if q.split == split]
        assert [q.id for q in questions] == [f"{split}/{n}" for n in range(1, 4 * len(named) + 1)]
        assert len({q.key for q in questions}) == 4 * len(named)
        for place, question in enumerate(questions):
            (claim,), image = question.claims, question.images[0].name
            assert isinstance(claim, Presence)
            assert (claim.object in named[image]) is (place % 2 == 0)
            assert (built.labels.answer(image, claim) is Answer.HOLDS) is (place % 2 == 0)
        assert [n.positive for n in built.negatives if n.split == split] == shared
