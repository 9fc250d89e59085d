import json
from pathlib import Path

import pytest
import torch

pytest.importorskip("trl")

from dpo_parity import apart, cut
from dpo_rows import LAYOUTS, pairs_of, photographs, texts
from dpo_runs import Run, Setting, in_order, sharing_weights
from shapes import build
from tree_dpo import limit_pictures, main, record, table

# TRL asks transformers by names that transformers is about to give up.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and will be removed in v6:FutureWarning")


def test_both_trainers_are_measured_and_compute_the_same(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "found.json"
    asked = "--shape qwen2-vl-tiny --only test --pairs 2 --steps 3 --dropped 1 --repeats 1 --rates 0.001 --workers 0 "
    asked += "--at-once 1 --ours-at-once 2 --compared 2 --out"
    main([*asked.split(), str(out)])
    found = json.loads(out.read_text())["layouts"]["test"]
    assert found["tokens"]["up_to_the_end_of_the_image"] == 27  # 15 of the chat format and 12 of the image
    assert list(found["parity"]) == ["float32", "float32_two_layers"]
    for checked in found["parity"].values():
        assert len(checked["margins_of_trl"]) == len(checked["margins_of_ours"]) == 2
        assert checked["largest_nats"] < 1e-3 < 0.1 < checked["spread_of_margins_nats"]
        assert checked["gradients_of_ours_and_trl"]["relative"] < 1e-4
        assert checked["gradients_of_ours_and_trl"]["cosine"] == pytest.approx(1)
    (mine,), theirs = found["ours"], found["trl"]
    assert mine["losses"] == pytest.approx(theirs["losses"], abs=1e-3)
    assert len(set(mine["losses"])) == len(mine["seconds"]) == len(theirs["seconds"]) == 3
    assert found["times"] == pytest.approx(theirs["ms_a_pair"] / mine["ms_a_pair"])
    assert "float32_two_layers: margins at most" in capsys.readouterr().out


@pytest.mark.parametrize(("layout", "tokens"), [("640x480", 391), ("finer", 330), ("1200", 1200), ("test", 12)])
def test_pictures_take_as_many_tokens_as_the_layout_says(layout: str, tokens: int) -> None:
    _, processor = build("qwen2-vl-tiny", texts=texts())
    limit_pictures(processor, LAYOUTS[layout])
    width, height = LAYOUTS[layout].picture
    found = processor.image_processor(torch.zeros(3, height, width), return_tensors="pt")
    assert int(found["image_grid_thw"].prod()) // 4 == tokens


def test_pairs_differ_in_one_colour_and_are_half_of_each_kind(tmp_path: Path) -> None:
    pictures = photographs(tmp_path, 2, (112, 84))
    pairs = pairs_of(pictures, 4)
    assert [pair.image.name for pair in pairs] == [pictures[0].name] * 4 + [pictures[1].name] * 4
    assert [pair.polarity for pair in pairs] == ["positive", "negative"] * 4
    for pair in pairs:
        yes, no = sorted((pair.chosen, pair.rejected), reverse=True)
        assert (pair.chosen == yes) == (pair.polarity == "positive")
        both = zip(yes.removeprefix("Yes, ").split(), no.removeprefix("No, but ").split(), strict=True)
        assert sum(one != other for one, other in both) == 1


def test_the_other_trainer_is_given_the_pairs_in_the_order_of_ours(tmp_path: Path) -> None:
    pairs = pairs_of([tmp_path / f"{place}.jpg" for place in range(4)], 2)
    ordered = in_order(pairs, Setting(tmp_path, pairs_a_step=4, at_once=2, steps=2))
    assert sorted(pair.key for pair in ordered) == sorted(pair.key for pair in pairs)
    assert [a.image.name for a in ordered[::2]] == [b.image.name for b in ordered[1::2]]
    assert ordered != pairs


def test_gradients_are_held_against_each_other_as_one_vector_and_weight_by_weight() -> None:
    one, other = (
        Run([], [], 0.0, {}, {"a": torch.tensor(a), "b": torch.tensor(b)})
        for a, b in (([3.0, 0.0], [5.0]), ([3.0, 4.0], [5.0]))
    )
    found = apart(one, other)
    assert found["relative"] == pytest.approx((16 / 50) ** 0.5)
    assert found["cosine"] == pytest.approx(34 / (34 * 50) ** 0.5)
    assert (found["median_weight"], found["worst_weight"]) == pytest.approx((0.4, 0.8))


def test_a_model_is_cut_and_patched_without_the_whole_one_noticing() -> None:
    model, _ = build("qwen2-vl-tiny")
    shared, short = sharing_weights(model), cut(model, 1)
    shared.forward = None
    assert callable(model.forward)
    assert shared.lm_head.weight is model.lm_head.weight
    assert len(short.model.language_model.layers) == len(short.model.visual.blocks) == 1
    assert len(model.model.language_model.layers) == 3


def test_the_middle_of_the_steps_after_the_first_ones_counts() -> None:
    run = Run([9.0, 8.0, 0.4, 0.8, 0.6], [0.7, 0.6, 0.5, 0.4, 0.2], 2.0, {}, {})
    found = record(run, Setting(Path(), pairs_a_step=4, at_once=2), 2)
    assert found["ms_a_pair"] == pytest.approx(150)
    assert found["ms_a_pair_least_and_most"] == pytest.approx([100, 200])
    assert found["loss_at_the_end"] == pytest.approx(0.3)


def test_several_gpus_are_told_as_a_share_of_linear() -> None:
    one, four = (
        {"first": {"images_a_second": first}, "again": {"images_a_second": 10.0 * n}} for n, first in ((1, 8), (4, 16))
    )
    told = table({"gpus": {"1": {"finer": one}, "4": {"finer": four}}})
    assert "4 GPUs, first:  16.00 images a second, 0.50 of linear" in told
    assert "4 GPUs, again:  40.00 images a second, 1.00 of linear" in told


def test_the_large_model_needs_a_gpu() -> None:
    if not torch.cuda.is_available():
        with pytest.raises(SystemExit, match="There is no GPU"):
            main([])
