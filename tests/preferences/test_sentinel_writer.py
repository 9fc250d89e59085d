"""One caption from its first candidates to its rows."""

from pathlib import Path

import pytest
from sentinel_scripts import Detector, Said, sentence, words

from sightline.core import Answer
from sightline.preferences.pairs_file import pair_from_record, pair_record
from sightline.preferences.sentinel.captions import Asked, SentinelCaption, caption_from_record, caption_record
from sightline.preferences.sentinel.files import auxiliary_row, pair_row, pairs_of
from sightline.preferences.sentinel.summary import summary_of
from sightline.preferences.sentinel.variants import ENDED, GIVEN_UP, variant
from sightline.preferences.sentinel.writer import LIMIT, CaptionWriter

ASKED = Asked("vg/7.jpg", "Describe it.", 2337, "/data/vg/7.jpg")
LARGE, SMALL, CORNER = (0.2, 0.2, 0.9, 0.9), (0.5, 0.5, 0.6, 0.6), (0.0, 0.0, 0.1, 0.4)
OBJECTS = words("dog", "sofa", "lamp", "rug", "cat", "bird", "cup", "door")
FIRST = Detector({"dog": LARGE, "sofa": LARGE, "lamp": LARGE, "rug": LARGE, "cup": LARGE})
SECOND = Detector({"dog": LARGE, "sofa": SMALL, "lamp": CORNER, "rug": LARGE, "door": LARGE})
STORY: Said = {
    "": ("A dog sleeps.", "A cat sleeps.", "A cup waits.", "A dog sleeps."),
    "A dog sleeps.": ("The dog has a sofa.", "The dog has a bird.", "A cup waits.#", "A bird sings.#"),
    "A dog sleeps. The dog has a sofa.": ("A lamp burns.#", "#", "A bird sings.#", "A lamp burns.#"),
}


def caption(story: Said, way: str = "sightline", most: int = 20) -> SentinelCaption:
    writer = CaptionWriter(ASKED, Path("7.jpg"), [FIRST, SECOND], OBJECTS, variant(way), most_sentences=most)
    while not writer.stopped:
        writer.take([sentence(text) for text in story[writer.context]])
    return writer.written()


def pairs(found: SentinelCaption, way: str = "sightline") -> list[tuple[str, str, str]]:
    return [(pair.context, pair.chosen, pair.rejected) for pair in pairs_of(found, variant(way))]


def test_pairs_are_made_sentence_by_sentence_from_the_first_on() -> None:
    found = caption(STORY)
    assert pairs(found) == [
        ("", "A dog sleeps.", "A cat sleeps."),
        ("A dog sleeps.", "The dog has a sofa.", "The dog has a bird."),
        ("A dog sleeps. The dog has a sofa.", "A lamp burns.", "A bird sings."),
    ]
    assert (found.text, found.stopped) == ("A dog sleeps. The dog has a sofa. A lamp burns.", ENDED)


def test_what_was_found_of_each_object_is_kept_once() -> None:
    found = caption(STORY)
    assert found.objects(Answer.HOLDS) == ["dog", "sofa", "lamp"]
    assert found.objects(Answer.DOES_NOT_HOLD) == ["cat", "bird"]
    assert found.objects(Answer.UNCERTAIN) == ["cup"]


def test_objects_the_second_detector_lists_are_overlooked_small_or_at_the_edge() -> None:
    found = caption(STORY)
    # The sofa's box takes up 1 %, the lamp's centre is 5 % from the left edge; rug and door nobody named.
    assert (found.overlooked, found.small, found.edge) == (("rug", "door"), ("sofa",), ("lamp",))


def test_a_caption_goes_no_further_than_it_may() -> None:
    found = caption(STORY, most=2)
    assert (len(found.steps), found.stopped) == (2, LIMIT)


def test_a_caption_never_goes_on_with_a_hallucination() -> None:
    found = caption({"": ("A cat sleeps.", "A cup waits.", "A bird sings.")})
    assert (found.text, found.stopped) == ("", GIVEN_UP)
    published = CaptionWriter(ASKED, Path("7.jpg"), [FIRST, SECOND], OBJECTS, variant("published"))
    published.take([sentence(text) for text in ("A cat sleeps.", "A cup waits.", "A bird sings.")])
    assert published.context and not published.stopped


def test_a_row_has_sentinels_fields_in_their_order() -> None:
    made = list(pairs_of(caption(STORY), variant("sightline")))
    assert pair_row(made[1], "/data/vg/7.jpg") == {
        "image_id": 2337,
        "image_path": "/data/vg/7.jpg",
        "question": "Describe it.",
        "context": "A dog sleeps.",
        "y_win": "The dog has a sofa.",
        "y_lose": "The dog has a bird.",
        "nonhallu_objects": ["dog", "sofa"],
        "context_gen_objects": ["dog"],
        "context_gen_hallu_objects": [],
        "objects_of_y_win": ["dog", "sofa"],
        "hallu_objects_of_y_lose": ["bird"],
        "is_last_sent": False,
        "type": "y+",
    }
    assert list(pair_row(made[0], "x"))[-7:] == [
        *("nonhallu_objects", "context_gen_objects", "context_gen_hallu_objects", "objects_of_y_win"),
        *("hallu_objects_of_y_lose", "is_last_sent", "type"),
    ]
    assert [pair.details["type"] for pair in made] == ["y-", "y+", "y-"]


def test_pairs_say_what_they_are_and_whether_they_end_a_reply() -> None:
    made = list(pairs_of(caption(STORY), variant("sightline")))
    assert {(pair.image.name, pair.method, pair.kind, pair.prompt) for pair in made} == {
        ("vg/7.jpg", "sentinel", "sentence", "Describe it.")
    }
    assert [pair.ends for pair in made] == [False, False, True]
    assert pair_from_record(pair_record(made[2]), "pairs.jsonl", 3) == made[2]
    assert len({pair.key for pair in made}) == 3


def test_the_other_file_has_a_row_with_sentinels_statistics() -> None:
    assert auxiliary_row(caption(STORY)) == {
        "image_id": 2337,
        "image_path": "/data/vg/7.jpg",
        "question": "Describe it.",
        "caption": "A dog sleeps. The dog has a sofa. A lamp burns.",
        "sentences_cnt": 3,
        "hallu_objects": ["cat", "bird"],
        "uncertain_objects": ["cup"],
        "nonhallu_objects": ["dog", "sofa", "lamp"],
        "hard_positive": ["rug", "door"],
        "small_objects": ["sofa"],
        "edge_objects": ["lamp"],
    }


def test_the_published_way_makes_pairs_of_later_sentences_that_name_nothing_new() -> None:
    story: Said = {
        "": ("A dog sleeps.", "A dog sleeps on."),
        "A dog sleeps.": ("The dog rests.", "A cat sits.", "The dog has a lamp."),
        "A dog sleeps on.": ("The dog rests.", "A cat sits.", "The dog has a lamp."),
        "A dog sleeps. The dog has a lamp.": ("#", "#", "The dog has a lamp.", "A bird sings.", "#"),
        "A dog sleeps on. The dog has a lamp.": ("#", "#", "The dog has a lamp.", "A bird sings.", "#"),
    }
    found = caption(story, "published")
    made = list(pairs_of(found, variant("published")))
    assert (made[0].chosen, made[0].rejected, made[0].ends) == ("The dog rests.", "A cat sits.", False)
    assert [pair.details["type"] for pair in made] == ["y+"] * len(made)
    assert all(pair.context for pair in made)


def test_hallucinations_in_a_context_are_listed_with_its_pairs() -> None:
    story: Said = {
        "": ("A cat sleeps.", "A cat rests."),
        "A cat sleeps.": ("The cat naps.", "A bird sings.", "A dog barks."),
        "A cat rests.": ("The cat naps.", "A bird sings.", "A dog barks."),
        "A cat sleeps. A dog barks.": ("The dog naps.", "A bird sings.", "#", "#", "#"),
        "A cat rests. A dog barks.": ("The dog naps.", "A bird sings.", "#", "#", "#"),
    }
    (pair,) = pairs_of(caption(story, "published"), variant("published"))
    assert pair.details["context_gen_objects"] == ["cat", "dog"]
    assert pair.details["context_gen_hallu_objects"] == ["cat"]
    assert pair.ends


def test_a_caption_is_read_back_as_it_was_written() -> None:
    for way in ("sightline", "published"):
        found = caption(STORY if way == "sightline" else {"": ("A dog sleeps.#", "#", "#")}, way)
        assert caption_from_record(caption_record(found)) == found


def test_a_run_is_counted() -> None:
    found = summary_of([caption(STORY)])
    assert (found.images, found.sentences, found.drawn, found.repeated, found.empty, found.cut) == (1, 3, 12, 2, 1, 0)
    assert (found.factual, found.hallucinated, found.uncertain) == (3, 2, 1)
    assert (found.pairs_first, found.pairs_later, found.pairs) == (1, 2, 3)
    # A dog sleeps (3), The dog has a sofa (5), A lamp burns (3); the others are as long.
    assert (found.words_won, found.words_lost, found.new_won, found.new_lost) == (11, 11, 3, 3)
    assert found.mean(found.words_won) == pytest.approx(11 / 3)
    assert summary_of([]).mean(0) is None
