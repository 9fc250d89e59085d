"""A model whose replies are kept is asked nothing twice, and replies as it did."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.core import Asking, ImageGroup
from sightline.models.scripted import ScriptedModel
from sightline.records.cached_replying import CachedReplying
from sightline.records.reply_cache import ReplyCache


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ReplyCache]:
    with ReplyCache(tmp_path / "replies.sqlite") as cache:
        yield cache


def image(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(name.encode())
    return path


def test_only_prompts_that_are_new_are_asked_and_every_reply_stands_in_its_place(
    tmp_path: Path, cache: ReplyCache
) -> None:
    a, b = image(tmp_path, "a.png"), image(tmp_path, "b.png")
    model = ScriptedModel(lambda name, prompt: f"{name} {prompt}")
    kept = CachedReplying(model, cache)
    list(kept.reply([[ImageGroup(a, ("1", "3"))]], Asking()))
    batches = [[ImageGroup(a, ("1", "2", "3")), ImageGroup(b, ("1",))], [ImageGroup(a, ("3",))]]
    model.asked.clear()
    replies = list(kept.reply(batches, Asking()))
    assert model.asked == [("a.png", "2"), ("b.png", "1")]
    texts = [[[said.text for (said,) in group] for group in batch] for batch in replies]
    assert texts == [[["a.png 1", "a.png 2", "a.png 3"], ["b.png 1"]], [["a.png 3"]]]


def test_choices_options_and_settings_are_part_of_what_is_known(tmp_path: Path, cache: ReplyCache) -> None:
    a = image(tmp_path, "a.png")
    model = ScriptedModel(lambda name, prompt: "x")
    kept = CachedReplying(model, cache)
    for asking in (Asking(), Asking(choices=("A", "B")), Asking(max_new_tokens=3)):
        list(kept.reply([[ImageGroup(a, ("1",))]], asking))
    for options in (("x", "y"), ("x", "z")):
        list(kept.reply([[ImageGroup(a, ("1",), (options,))]], Asking(options="total")))
    assert len(model.asked) == 5
    list(kept.reply([[ImageGroup(a, ("1",), (("x", "z"),))]], Asking(options="total")))
    assert len(model.asked) == 5


def test_what_was_replied_before_a_failure_is_kept(tmp_path: Path, cache: ReplyCache) -> None:
    groups = [[ImageGroup(image(tmp_path, f"{n}.png"), ("1",))] for n in range(3)]
    failing = CachedReplying(ScriptedModel(lambda name, prompt: "x", stop_after=2), cache)
    replies = failing.reply(groups, Asking())
    assert len([next(replies), next(replies)]) == 2
    with pytest.raises(Exception, match="stops after 2"):
        next(replies)
    again = ScriptedModel(lambda name, prompt: "x")
    assert len(list(CachedReplying(again, cache).reply(groups, Asking()))) == 3
    assert again.asked == [("2.png", "1")]
