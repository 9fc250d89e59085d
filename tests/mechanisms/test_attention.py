"""Masses are those of eager attention on each prompt alone; tables and maps are made of them."""

import json
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from counted_scenes import counted_scenes
from numpy.typing import NDArray
from tiny_asked import DRAFTS, PROMPTS, asked_of
from tiny_families import Tiny, tiny

from sightline.core import Asking, ImageGroup
from sightline.errors import RequestError
from sightline.mechanisms.attention import ROLES, AttentionMass, attention_mass
from sightline.mechanisms.attention_maps import attention_maps, laid_out
from sightline.mechanisms.attention_tables import correctness_tables, head_table, mass_table, mass_tables
from sightline.mechanisms.effects import SweptPrompt
from sightline.mechanisms.presupposing import asserted_words
from sightline.mechanisms.sweep import Asked
from sightline.mechanisms.without_heads import one_prompt
from sightline.models.families import family_of, follow
from sightline.models.heads import Head
from sightline.models.image_grid import Tile as Cells
from sightline.models.knocked_out import RolesOf
from sightline.models.knockout import Knockout
from sightline.models.roles import Role
from sightline.report.attention_overlay import attention_overlay
from sightline.report.attention_strip import attention_strip
from sightline.report.mass_lines import mass_lines

FAMILIES = ("llava", "llava_onevision", "qwen2_vl", "internvl", "qwen3_vl", "gemma3")
"""The last two do something between their layers, so that they are run whole."""
ROUNDING = 1e-5
PAIR = (Head(0, 1), Head(1, 3))
READABLE = [0, 1, 3]


@contextmanager
def eager(tested: Tiny) -> Any:
    before = tested.model.config._attn_implementation
    tested.model.set_attn_implementation("eager")
    try:
        with torch.inference_mode():
            yield tested.model
    finally:
        tested.model.set_attn_implementation(before)


@contextmanager
def emptied(tested: Tiny, heads: tuple[Head, ...], target: str = "zero", read: int = 0) -> Any:
    """Heads emptied at every token by a plain hook, or given their mean over so many tokens of the prompt at these."""
    family = family_of(tested.model_type)
    assert family is not None
    layers = follow(tested.model, family.layers)

    def hook_of(head: Head) -> Any:
        def hook(module: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
            values = given[0].clone()
            size = values.shape[-1] // tested.model.config.get_text_config().num_attention_heads
            own = values[0, :, head.head * size : (head.head + 1) * size]
            if target == "zero":
                own[:] = 0
            else:
                own[:read] = own[:read].mean(dim=0)
            return (values,)

        return hook

    with ExitStack() as stack:
        for head in heads:
            stack.callback(layers[head.layer].self_attn.o_proj.register_forward_pre_hook(hook_of(head)).remove)
        yield


def mass_alone(tested: Tiny, asked: Asked, question: int) -> NDArray[np.float64]:
    """(layers, heads, roles) from the maps of eager attention on one prompt with the beginning of its reply."""
    group, answer = asked.group, asked.drafts[question].answer
    assert answer is not None
    given = asked.drafts[question].tokens[: answer.start]
    ids = torch.tensor([[*group.prefix, *group.suffixes[question], *given]])
    inputs = dict(group.inputs)
    for name, value in group.by_token.items():
        rest = ids.shape[1] - len(group.prefix)
        inputs[name] = torch.cat([value[:, :-1], *[value[:, -1:]] * rest], dim=1)
    with eager(tested) as model:
        maps = model(input_ids=ids, attention_mask=torch.ones_like(ids), **inputs, output_attentions=True).attentions
    rows = np.stack([weights[0, :, -1].numpy() for weights in maps])
    roles = RolesOf(tested.model, tested.tokenizer, asserted_words)
    told = [*roles.of_prefix(group), *roles.of_suffix(group, question), *[Role.GENERATED] * len(given)]
    return np.stack([rows[..., np.array(told) == role].sum(axis=-1) for role in ROLES], axis=-1)


def alone(tested: Tiny, asked: list[Asked]) -> NDArray[np.float64]:
    """Of the prompts that have an answer."""
    return np.stack(
        [
            mass_alone(tested, one, question)
            for one in asked
            for question in range(len(one.prompts))
            if one.drafts[question].answer is not None
        ]
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_masses_are_those_of_eager_attention_on_each_prompt_alone(family: str, tmp_path: Path) -> None:
    tested = tiny(family)
    asked = asked_of(tested, tmp_path)
    found = attention_mass(tested.replies(), asked)
    assert found.whole.dtype == np.float32
    assert np.abs(found.whole[READABLE] - alone(tested, asked)).max() < ROUNDING
    assert found.whole[..., ROLES.index(Role.ASSERTED)][READABLE].max() > 0.01
    assert found.without is None


@pytest.mark.parametrize("family", FAMILIES)
def test_without_heads_they_are_those_under_a_hook_on_each_prompt_alone(family: str, tmp_path: Path) -> None:
    tested = tiny(family)
    asked = asked_of(tested, tmp_path)
    found = attention_mass(tested.replies(), asked, Knockout(PAIR, "zero"))
    assert found.without is not None
    with emptied(tested, PAIR):
        expected = alone(tested, asked)
    assert np.abs(found.without[READABLE] - expected).max() < ROUNDING
    assert np.abs(found.whole[READABLE] - alone(tested, asked)).max() < ROUNDING


def test_the_mean_over_the_prompt_is_of_each_prompt_alone(tmp_path: Path) -> None:
    tested = tiny("qwen2_vl")
    asked = asked_of(tested, tmp_path)
    found = attention_mass(tested.replies(), asked, Knockout(PAIR, "prompt-mean"))
    assert found.without is not None
    with emptied(tested, PAIR, "mean", len(asked[0].group.prefix) + len(asked[0].group.suffixes[1])):
        expected = mass_alone(tested, asked[0], 1)
    assert np.abs(found.without[1] - expected).max() < ROUNDING


def test_patched_heads_hand_on_what_they_do_where_the_prompt_says_the_truth(tmp_path: Path) -> None:
    tested = tiny("llava")
    (asked,) = asked_of(tested, tmp_path, images=1)
    true = ImageGroup(tmp_path / "0.png", tuple(prompt.replace("four", "five") for prompt in PROMPTS[:3]))
    matching = tested.replies().prepared(true, Asking())
    found = attention_mass(tested.replies(), [asked._replace(matching=matching)], Knockout(PAIR, "patch"))
    assert found.without is not None
    change = np.abs(found.without - found.whole).max(axis=(1, 2, 3))
    assert change[0] > 10 * ROUNDING
    assert change[1] < ROUNDING  # its matching prompt is itself


@pytest.mark.parametrize("kind", ["zero", "prompt-mean"])
def test_prompts_of_one_image_come_out_as_each_by_itself(kind: str, tmp_path: Path) -> None:
    tested = tiny("qwen2_vl")
    asked = asked_of(tested, tmp_path)
    knockout = Knockout(PAIR, kind)
    together = attention_mass(tested.replies(), asked, knockout)
    singles = [one_prompt(one, question) for one in asked for question in range(len(one.prompts))]
    apart = [attention_mass(tested.replies(), [single], knockout) for single in singles]
    for run, values in together.runs.items():
        expected = np.concatenate([each.runs[run] for each in apart])
        assert np.allclose(values, expected, atol=ROUNDING, equal_nan=True)
    assert [p.question_id for p in together.prompts] == [each.prompts[0].question_id for each in apart]


def test_rows_sum_to_one_and_unreadable_replies_are_nan_and_counted(tmp_path: Path) -> None:
    tested = tiny("internvl")
    found = attention_mass(tested.replies(), asked_of(tested, tmp_path), Knockout(PAIR, "zero"))
    assert found.without is not None
    for values in (found.whole, found.without):
        assert values[READABLE].sum(axis=-1) == pytest.approx(1, abs=1e-6)
        assert np.isnan(values[2]).all()
    assert found.unreadable == found.sink_free.unreadable == 1
    assert [prompt.said for prompt in found.prompts] == ["4", "3", None, "6"]


def test_a_head_that_is_missing_changes_attention_in_the_layers_above_it_only(tmp_path: Path) -> None:
    tested = tiny("llava")
    found = attention_mass(tested.replies(), asked_of(tested, tmp_path), Knockout((Head(1, 0),), "zero"))
    assert found.without is not None
    change = np.abs(found.without - found.whole)[READABLE].max(axis=(0, 2, 3))
    assert change[0] == change[1] == 0
    assert change[2] > 100 * ROUNDING


def test_where_only_the_text_is_touched_heads_do_as_under_a_hook(tmp_path: Path) -> None:
    tested = tiny("qwen3_vl")
    asked = asked_of(tested, tmp_path)
    text = attention_mass(tested.replies(), asked, Knockout(PAIR, "zero", "text"))
    everywhere = attention_mass(tested.replies(), asked, Knockout(PAIR, "zero"))
    assert text.without is not None and everywhere.without is not None
    assert np.abs(text.without - text.whole)[READABLE].max() > 100 * ROUNDING
    assert np.abs(text.without - everywhere.without)[READABLE].max() > 100 * ROUNDING


@pytest.mark.parametrize(
    ("asked", "knockout", "message"),
    [
        (0, None, r"^Attention needs a prompt at least; none is asked\.$"),
        (1, Knockout((Head(7, 0),), "zero"), "^L7H0 does not exist: this model has 3 layers"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    asked: int, knockout: Knockout | None, message: str, tmp_path: Path
) -> None:
    tested = tiny("llava")
    with pytest.raises(RequestError, match=message):
        attention_mass(tested.replies(), asked_of(tested, tmp_path)[:asked], knockout)


def test_a_model_whose_prompts_do_not_share_their_image_is_refused_with_the_reason(tmp_path: Path) -> None:
    tested = tiny("llava")
    with pytest.raises(RequestError, match=r"^Prompts of this model cannot be computed together: not asked for\.$"):
        attention_mass(tested.replies(share=False), asked_of(tested, tmp_path))


def told(image: str, true: str, asserted: str, said: str | None) -> SweptPrompt:
    return SweptPrompt("1", image, "+1", "moon", true, asserted, "…", "…", said, np.nan, np.nan)


def spent(**shares: float) -> list[float]:
    """A row of attention."""
    named = {role: shares.pop(role.name.lower(), 0.0) for role in ROLES}
    assert not shares
    return list(named.values())


def by_hand() -> AttentionMass:
    """Two images with a prompt each and one unreadable, of one layer with two heads."""
    whole = [
        [[spent(image=0.5, sink=0.5), spent(asserted=1.0)]],
        [[spent(image=0.25, sink=0.75), spent(asserted=0.5, image=0.5)]],
        [[[np.nan] * len(ROLES)] * 2],
    ]
    without = [
        [[spent(image=0.75, sink=0.25), spent(asserted=1.0)]],
        [[spent(image=0.75, sink=0.25), spent(image=1.0)]],
        [[[np.nan] * len(ROLES)] * 2],
    ]
    prompts = (told("a", "3", "4", "4"), told("b", "3", "4", "3"), told("b", "3", "5", None))
    pair = (np.array(values, dtype=np.float32) for values in (whole, without))
    return AttentionMass(prompts, *pair, Knockout((Head(0, 0),), "zero"))


def lines(table: Any, *keys: str) -> dict[Any, float]:
    return {tuple(row[key] for key in keys): row["mean"] for row in table.to_pylist()}


def test_tables_hold_means_over_heads_and_readable_prompts() -> None:
    masses, differences = mass_tables(by_hand(), draws=50)
    assert lines(masses, "run", "role") == {
        ("whole model", "image"): (0.25 + 0.375) / 2,
        ("whole model", "asserted word"): (0.5 + 0.25) / 2,
        ("whole model", "first token"): (0.25 + 0.375) / 2,
        ("without L0H0", "image"): (0.375 + 0.875) / 2,
        ("without L0H0", "asserted word"): 0.25,
        ("without L0H0", "first token"): 0.125,
    }
    assert lines(differences, "role") == {
        ("image",): (0.125 + 0.5) / 2,
        ("asserted word",): (0.0 - 0.25) / 2,
        ("first token",): (-0.125 - 0.25) / 2,
    }
    record = json.loads(masses.schema.metadata[b"sightline"])
    assert (record["prompts"], record["images"], record["unreadable"]) == (3, 2, 1)
    assert mass_lines(masses, differences, knocked_out=[0], measure=by_hand().measure).data.num_rows == 9


def test_an_interval_draws_images_and_there_is_none_for_a_single_one() -> None:
    mass = by_hand()
    image = next(row for row in mass_table(mass, draws=200).to_pylist() if row["role"] == "image")
    assert image["low"] == 0.25 and image["high"] == 0.375  # both prompts of either image alone
    one = replace(mass, prompts=tuple(prompt._replace(image="a") for prompt in mass.prompts))
    assert {(row["low"], row["high"]) for row in mass_table(one).to_pylist()} == {(None, None)}


def test_without_the_first_token_the_rest_is_all_there_is() -> None:
    free = by_hand().sink_free
    assert free.whole[0, 0, 0, ROLES.index(Role.IMAGE)] == 1.0
    assert lines(mass_table(free, draws=10), "run", "role") == {
        ("whole model", "image"): (0.5 + 0.75) / 2,
        ("whole model", "asserted word"): (0.5 + 0.25) / 2,
        ("without L0H0", "image"): (0.5 + 1.0) / 2,
        ("without L0H0", "asserted word"): (0.5 + 0.0) / 2,
    }
    assert free.measure.endswith(", on all tokens but the first")


def test_a_head_that_attends_to_the_first_token_alone_is_left_out_of_the_rest() -> None:
    whole = np.array([[[spent(sink=1.0), spent(image=0.25, prompt=0.75)]]], dtype=np.float32)
    free = AttentionMass((told("a", "3", "4", "4"),), whole).sink_free
    assert np.isnan(free.whole[0, 0, 0]).all()
    assert lines(mass_table(free, draws=10), "role") == {("image",): 0.25, ("prompt",): 0.75}
    assert free.unreadable == 0


def test_replies_that_told_the_truth_are_set_against_those_that_copied() -> None:
    masses, differences = correctness_tables(by_hand(), draws=50)
    assert lines(masses, "run", "role")["told the truth", "image"] == 0.375
    assert lines(masses, "run", "role")["copied the assertion", "image"] == 0.25
    assert lines(differences, "role")[("image",)] == -0.125
    record = json.loads(masses.schema.metadata[b"sightline"])
    assert (record["told_true"], record["copied"]) == (1, 1)
    mass_lines(masses, differences)
    mass = by_hand()
    none = replace(mass, prompts=tuple(prompt._replace(said=prompt.true) for prompt in mass.prompts))
    with pytest.raises(RequestError, match=r"^Of 3 replies none copied the assertion: nothing to compare\.$"):
        correctness_tables(none)


def test_the_table_of_heads_has_every_head_by_itself() -> None:
    table = head_table(by_hand(), draws=50)
    found = lines(table, "run", "name", "role")
    assert found["whole model", "L0H0", "image"] == 0.375
    assert found["whole model", "L0H1", "asserted word"] == 0.75
    assert found["difference", "L0H1", "asserted word"] == -0.25
    assert table.num_rows == 3 * 2 * 3
    assert set(table.column("head").to_pylist()) == {0, 1}


def test_there_is_no_table_where_nothing_was_measured() -> None:
    mass = by_hand()
    with pytest.raises(RequestError, match=r"no heads were knocked out\.$"):
        mass_tables(replace(mass, without=None, knockout=None))
    nothing = AttentionMass(mass.prompts[2:], mass.whole[2:])
    for table in (mass_table, head_table):
        with pytest.raises(RequestError, match=r"^None of 1 replies has a readable answer"):
            table(nothing)


def test_in_the_bundled_model_two_heads_of_the_first_layer_look_at_the_asserted_word(tmp_path: Path) -> None:
    model, asked = counted_scenes(tmp_path)
    mass = attention_mass(model, asked)
    asserted = mass.whole[..., ROLES.index(Role.ASSERTED)].mean(axis=0)
    assert mass.unreadable == 0
    assert sorted(np.argwhere(asserted > 0.5).tolist()) == [[0, 1], [0, 5]]


def test_maps_sum_to_the_mass_on_the_image_and_are_what_the_plots_take(tmp_path: Path) -> None:
    tested = tiny("internvl")
    asked = asked_of(tested, tmp_path)
    knockout = Knockout((Head(1, 0),), "zero")
    heads = [Head(1, 0), Head(0, 2), Head(2, 1)]
    found = attention_maps(tested.replies(), asked[0], 1, tmp_path / "0.png", heads, knockout)
    mass = attention_mass(tested.replies(), asked, knockout)
    assert found.picture.shape == (50, 40, 3)
    for maps in found.heads:
        for panel, values in zip(maps.panels, mass.runs.values(), strict=False):
            total = sum(float(tile.values.sum()) for tile in panel.tiles)
            assert total == pytest.approx(float(values[1, maps.head.layer, maps.head.head, 0]), abs=ROUNDING)
    last = found.heads[2]
    assert [panel.title for panel in last.panels] == ["whole model", "without L1H0"]
    assert not np.array_equal(*(panel.tiles[0].values for panel in last.panels))
    assert last.note.startswith("layer 2, head 1; the query that predicts “") and last.note.endswith("”")
    attention_overlay(found.picture, last.panels, caption_note=last.note)


def test_a_head_whose_attention_cannot_change_has_one_map_and_a_reason(tmp_path: Path) -> None:
    tested = tiny("qwen2_vl")
    asked = asked_of(tested, tmp_path)
    heads = [Head(1, 0), Head(1, 2), Head(0, 1)]
    knockout = Knockout((Head(1, 0), Head(2, 0)), "zero")
    missing, beside, below = attention_maps(tested.replies(), asked[0], 0, tmp_path / "0.png", heads, knockout).heads
    assert [len(maps.panels) for maps in (missing, beside, below)] == [1, 1, 1]
    assert [len(maps.strips) for maps in (missing, beside, below)] == [1, 1, 1]
    assert missing.note.endswith("itself knocked out, which changes what it hands on and not what it attends to")
    assert beside.note.endswith("no head of a lower layer is knocked out, so that its attention stays what it was")
    assert below.strip_note.endswith("its attention stays what it was")


def test_a_strip_has_a_map_for_every_token_of_the_reply_and_that_of_the_answer_is_the_panel(tmp_path: Path) -> None:
    tested = tiny("qwen2_vl")
    asked = asked_of(tested, tmp_path)
    found = attention_maps(tested.replies(), asked[0], 0, tmp_path / "0.png", [Head(2, 1)])
    (maps,) = found.heads
    ((panel,), (strip,)) = maps.panels, maps.strips
    assert len(found.tokens) == len(strip) == len(DRAFTS[0].tokens) - 1  # the last ends it
    assert np.array_equal(strip[2], panel.tiles[0].values)
    plot = attention_strip(found.strip_picture, found.tokens, strip, caption_note=maps.strip_note)
    assert plot.data.num_rows == strip.size


def test_a_reply_without_an_answer_has_no_query_before_it(tmp_path: Path) -> None:
    tested = tiny("llava")
    asked = asked_of(tested, tmp_path)
    with pytest.raises(RequestError, match=r"^The reply '…' has no readable answer"):
        attention_maps(tested.replies(), asked[0], 2, tmp_path / "0.png", [Head(0, 0)])
    with pytest.raises(RequestError, match=r"^L0H9 does not exist"):
        attention_maps(tested.replies(), asked[0], 0, tmp_path / "0.png", [Head(0, 9)])


PICTURE = np.arange(4 * 8 * 3, dtype=np.uint8).reshape(4, 8, 3)
CELLS = np.arange(4).reshape(2, 2)


def placed_boxes(*boxes: tuple[float, ...]) -> tuple[Any, list[list[float]]]:
    placed = laid_out(PICTURE, [Cells(CELLS, box) for box in boxes])
    return placed, [list(box) for _, box in placed.tiles]


def test_a_block_that_shows_padding_is_given_it() -> None:
    placed, boxes = placed_boxes((0.0, -0.5, 1.0, 1.5))
    assert placed.picture.shape == (8, 8, 3)
    assert np.array_equal(placed.picture[2:6], PICTURE)
    assert boxes == [[0.0, 0.0, 1.0, 1.0]]
    assert np.array_equal(placed.strip_picture, placed.picture)


def test_a_block_that_shows_a_crop_stays_where_it_is() -> None:
    placed, boxes = placed_boxes((0.25, 0.0, 0.75, 1.0))
    assert boxes == [[0.25, 0.0, 0.75, 1.0]]
    assert np.array_equal(placed.picture, PICTURE)
    assert np.array_equal(placed.strip_picture, PICTURE[:, 2:6])


def test_of_blocks_that_lie_over_each_other_the_largest_is_the_thumbnail() -> None:
    placed, boxes = placed_boxes((0.0, 0.0, 0.97, 0.97), (0.0, -0.02, 0.5, 1.03), (0.5, -0.02, 1.0, 1.03))
    assert boxes == [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 1.0, 1.0]]
    assert np.array_equal(placed.strip_picture, PICTURE)


@pytest.mark.parametrize("family", ["llava", "llava_onevision", "qwen2_vl", "internvl", "janus"])
@pytest.mark.parametrize("size", [(40, 50), (90, 30)])
def test_maps_of_every_family_with_a_grid_can_be_drawn(family: str, size: tuple[int, int], tmp_path: Path) -> None:
    tested = tiny(family)
    asked = asked_of(tested, tmp_path, size=size)
    found = attention_maps(tested.replies(), asked[0], 0, tmp_path / "0.png", [Head(0, 0)])
    (maps,) = found.heads
    attention_overlay(found.picture, maps.panels, caption_note=maps.note)
    attention_strip(found.strip_picture, found.tokens, maps.strips[0], caption_note=maps.strip_note)
