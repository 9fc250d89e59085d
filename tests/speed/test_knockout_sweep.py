import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from judged_heads import agreement, beginning_of
from knockout_sweep import main
from moons import KNOWN, TRUE, draft, pictures_of, prompt_of, texts
from pih_loop import forward_log_probs, loop_log_probs
from pope_throughput import inputs_of
from shapes import build
from sightline.mechanisms.drafts import Draft
from sightline.mechanisms.sweep import SweepSettings, sweep_images
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head
from sightline.models.loading import wrap
from sightline.models.roles import Role
from sightline.models.transformers import TransformersModel
from sweep_work import Sizes, loop_flops, sweep_flops
from ways_to_sweep import Way, changing, ways_of

HEADS = [Head(layer, head) for layer in range(3) for head in range(4)]
NOTHING = HeadOutputs(
    np.zeros((len(Role), 3, 4, 32)),
    np.ones(len(Role), np.int64),
    np.zeros((1, 3, 4, 32), np.float32),
    np.zeros(1, np.int8),
)


class Tiny(NamedTuple):
    """A model, the ways that it is swept in, and what the loop is given."""

    model: TransformersModel
    ways: dict[str, Way]
    inputs: dict[str, torch.Tensor]
    draft: Draft


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    torch.set_num_threads(1)
    model, processor = build("qwen2-vl-tiny", texts=texts())
    pictures = pictures_of(tmp_path_factory.mktemp("pictures"), 2)
    inputs = dict(inputs_of(model, processor, [(pictures[0], prompt_of(4))]))
    wrapped = wrap(model, processor, "tiny")
    ways = {way.name: way for way in ways_of(wrapped, pictures)}
    return Tiny(wrapped, ways, inputs, draft(processor.tokenizer, "10th", 4))


def attention_flops(queries: list[int], keys: list[int], *_: object, **__: object) -> int:
    """Of (rows, heads, n, d) queries and (rows, heads, m, d) keys."""
    rows, heads, n, size = queries
    return 4 * rows * heads * n * keys[2] * size


def counting() -> FlopCounterMode:
    attention = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    return FlopCounterMode(display=False, custom_mapping={attention: attention_flops})


def test_everything_is_measured_and_both_ways_judge_heads_alike(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "found.json"
    main(["--tiny", "--repeats", "1", "--loop-seconds", "0", "--stacked", "2", "--out", str(out)])
    found = json.loads(out.read_text())
    assert found["left_out"] == []
    assert found["prompt_tokens"] == 88 + 29
    assert found["loop"]["loop"]["heads"] == 1
    # Of 12 heads 20 % change: the 5th and the 10th.
    assert [way["changed"] for way in found["ours"] if "20%" in way["way"]] == [2, 2]
    for answers in found["agreement"].values():
        for one in answers:
            assert one["disagreements"] == []
            assert one["largest_difference"] < 1e-4 < 1e-2 < one["spread_over_heads"]
    assert "the repository's loop, of 1 heads" in capsys.readouterr().out


@pytest.mark.parametrize(("place", "start"), [("10th", 9), ("3rd", 2)])
def test_a_reply_of_50_tokens_has_its_number_where_it_says(tiny: Tiny, place: str, start: int) -> None:
    made = draft(tiny.model.processor.tokenizer, place, TRUE + 1)
    assert made.answer is not None
    assert (len(made.tokens), made.said, made.answer.start, made.answer.end) == (50, "4", start, start + 1)


@pytest.mark.parametrize(
    "name",
    [
        "prompt mean, 2 pictures stacked",
        "prompt mean with texts, 0% change",
        "mean, after the image only, 8 prompts",
    ],
)
def test_the_formula_counts_what_a_sweep_computes(tiny: Tiny, name: str) -> None:
    way, sizes = tiny.ways[name], Sizes.of(tiny.model.model)
    tiny.model.layers_checked = True  # which costs a forward, once for each model
    found = []
    for heads in (HEADS, HEADS[8:]):
        with changing(0), counting() as counted:
            sweep_images(tiny.model, way.asked, heads, KNOWN, way.settings, NOTHING)
        by_formula = sweep_flops(sizes, way.rows, way.prefix, way.whole, heads)
        found.append(counted.get_total_flops() - by_formula)
    assert found[0] == found[1] > 0  # the whole model's forwards, which come to the same


def test_the_formula_counts_what_the_loop_computes(tiny: Tiny) -> None:
    model, prompt = tiny.model.model, tiny.inputs["input_ids"].shape[1]
    found = []
    for new in (1, 4):
        with counting() as counted:
            model.generate(**tiny.inputs, max_new_tokens=new, min_new_tokens=new, do_sample=False)
        found.append(counted.get_total_flops() - loop_flops(Sizes.of(model), prompt, new))
    assert found[0] == found[1] > 0  # the picture's encoder


def test_the_loop_finds_what_one_forward_finds_with_the_head_replaced_in_the_prompt(tiny: Tiny) -> None:
    beginning = beginning_of(tiny.draft)
    loop = loop_log_probs(tiny.model.model, tiny.inputs, Head(1, 2), beginning)
    alone = forward_log_probs(tiny.model.model, tiny.inputs, Head(1, 2), beginning)
    whole = loop_log_probs(tiny.model.model, tiny.inputs, None, beginning)
    assert float((loop - alone).abs().max()) < 1e-4 < 1e-2 < float((loop - whole).abs().max())


def test_so_many_replies_change_as_are_to_and_each_before_its_number(tiny: Tiny) -> None:
    way = tiny.ways["prompt mean with texts, 20% change"]
    settings = SweepSettings("prompt-mean", texts=True, max_new_tokens=1)
    with changing(0.25):
        (swept,) = sweep_images(tiny.model, way.asked, HEADS, KNOWN, settings)
    # One weighing of the whole model comes before the heads': of 13, the 4th, 8th and 12th change.
    assert sorted(swept.changed) == [2, 6, 10]


def test_heads_that_two_ways_judge_otherwise_are_listed(tiny: Tiny) -> None:
    one, other = np.array([[0.5], [-0.1]]), np.array([[0.25], [0.1]])
    (found,) = agreement({"a": tiny.draft}, HEADS[:2], one, other, np.array([0.0]))
    assert found["disagreements"] == [{"head": "L0H1", "log_odds": [-0.1, 0.1]}]
    assert found["largest_difference"] == pytest.approx(0.25)
    assert (found["largest_effect"], found["judged_true"]) == (0.25, 2)
