from sightline.core import Answer, ImageRef, LabelSet, Presence, Question


def test_the_same_claim_about_the_same_image_is_the_same_question_in_every_split() -> None:
    image, claim = ImageRef("a.jpg"), Presence("dog")
    first = Question("random/1", "Is there a dog in the image?", (image,), "random", (claim,))
    second = Question("popular/7", "Is there a dog in the imange?", (image,), "popular", (claim,))
    assert first.key == second.key


def test_a_question_without_claims_is_known_by_its_text() -> None:
    assert Question("1", "What is this?").key == ((), "What is this?")


def test_a_pair_that_a_corrected_file_leaves_out_is_ambiguous() -> None:
    labels = LabelSet("repope", {("a.jpg", Presence("dog")): Answer.HOLDS})
    assert labels.answer("a.jpg", Presence("cat")) is Answer.AMBIGUOUS


def test_a_pair_that_a_label_set_file_leaves_out_has_no_label() -> None:
    assert LabelSet("mine", {}, absent=None).answer("a.jpg", Presence("cat")) is None
