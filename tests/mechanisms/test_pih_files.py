import csv
import json
from pathlib import Path

import pytest
from tiny_sweep import counted, sweep, texts_only

from sightline.errors import RequestError
from sightline.evaluation.build_presupposed import build_counting
from sightline.mechanisms import pih_files
from sightline.mechanisms.pih_files import PIH_MODELS, pih_model, write_pih_prompts, write_pih_sweep
from sightline.models import families
from sightline.models.heads import Head


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_prompts_stand_in_the_columns_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "things.csv").write_text("image,object,number\na.png,moon,3\nb.png,wine glass,2\n")
    build_counting(tmp_path / "things.csv", tmp_path / "counting.jsonl", numbers="digits")
    found = write_pih_prompts(tmp_path / "counting.jsonl", tmp_path / "pih")
    assert (found.path.name, found.things) == ("counting_with_prompts.csv", 2)
    assert found.left_out == {"0": 2, "-1": 2, "-2": 1}
    header, first, second = rows(found.path)
    assert " ".join(header) == (
        "number gpt_named_object prompt_count prompt_base prompt_describe_plus_1 prompt_describe_plus_2 "
        "prompt_describe_plus_3 prompt_describe_plus_4 prompt_describe_plus_5 path prompt_describe_plus_10 "
        "prompt_describe_plus_20 prompt_describe_plus_50"
    )
    asked = "How many moons are in this image?"
    assert first[:5] == ["3", "moons", asked, asked, "Describe the 4 moons in this image."]
    assert first[9] == "countbench_images/a.png"
    assert second[1] == "wine glasses" and second[-1] == "Describe the 52 wine glasses in this image."


def test_a_prompt_that_the_label_file_does_not_have_is_empty(tmp_path: Path) -> None:
    row = {"question_id": 1, "image": "a.png", "object": "moon", "number": 3, "asserted": 5, "split": "+2", "text": "…"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    header, first = rows(write_pih_prompts(tmp_path / "a.jsonl", tmp_path, "images").path)
    there = {name: cell for name, cell in zip(header, first, strict=True) if cell}
    known = {"number": "3", "gpt_named_object": "moons", "path": "images/a.png"}
    assert there == known | {"prompt_describe_plus_2": "…"}


def test_a_sweep_is_a_row_for_each_prompt_and_head(tmp_path: Path) -> None:
    sweep_file, percent, best = write_pih_sweep(sweep(), tmp_path, "qwen")
    assert sweep_file.name == "all_PIH_ablation_results_L0H0_to_L2H2_qwen_count_full.csv"
    header, *found = rows(sweep_file)
    assert " ".join(header) == (
        "layer head baseline_value ablated_value ablated_text baseline_text image_path ground_truth prompt "
        "sample_index category"
    )
    asked = ["countbench_images/a.png", "3", "Describe the 4 moons in this image.", "0"]
    whole = "There are four moons."
    assert found[:2] == [
        ["0", "0", "4", "3", "There are three moons.", whole, *asked, "number changed to ground truth"],
        ["0", "1", "4", "", "Several moons.", whole, *asked, "number changed (≠ ground truth)"],
    ]
    assert len(found) == 12
    assert found[11][:5] == ["1", "1", "3", "3", "Three cups on a table."]
    header, first, *others = rows(percent)
    assert " ".join(header) == "layer head ground_truth correct_count total_count percent head_id rank"
    assert first == ["0", "0", "2", "1", "1", "100", "L0H0", "1"]
    assert (percent.name, len(others)) == ("percent_qwen_count_full.csv", 4 * 2 - 1)
    assert best.name == "best_heads_overall_qwen_count_full.csv"
    header, only = rows(best)
    assert " ".join(header) == "layer head correct_count total_count percent head_id rank"
    assert [*only[:4], *only[5:]] == ["0", "0", "2", "3", "L0H0", "1"]


def test_heads_are_in_order_whatever_order_they_were_swept_in(tmp_path: Path) -> None:
    heads = (Head(1, 1), Head(0, 1))
    effects = texts_only((counted(3, 4, "4 dogs", "4"),), heads, {(0, 0): "3 dogs", (0, 1): "5 dogs"})
    sweep_file, _, best = write_pih_sweep(effects, tmp_path, "janus", "mini")
    assert sweep_file.name == "all_PIH_ablation_results_L0H1_to_L2H2_janus_count_mini.csv"
    assert [row[:4] for row in rows(sweep_file)[1:]] == [["0", "1", "4", "5"], ["1", "1", "4", "3"]]
    assert rows(best)[1] == ["1", "1", "1", "0", "inf", "L1H1", "1"]


def test_a_sweep_that_is_written_in_parts_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = write_pih_sweep(sweep(), tmp_path / "a", "qwen")[0].read_bytes()
    monkeypatch.setattr(pih_files, "_ROWS", 5)
    assert write_pih_sweep(sweep(), tmp_path / "b", "qwen")[0].read_bytes() == whole


def test_models_are_families(tmp_path: Path) -> None:
    assert set(PIH_MODELS) <= {family.name for family in families.ALL}
    with pytest.raises(RequestError, match="No model of the repository is called 'Qwen2-VL'"):
        write_pih_sweep(sweep(), tmp_path, "Qwen2-VL")
    with pytest.raises(RequestError, match="No size is called 'all'"):
        write_pih_sweep(sweep(), tmp_path, "qwen", "all")


def test_without_texts_or_prompts_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="need the replies as texts"):
        write_pih_sweep(sweep(has_texts=False), tmp_path, "qwen")
    with pytest.raises(RequestError, match="There is nothing to write: 0 prompts, 4 heads"):
        write_pih_sweep(sweep(prompts=(), changed={}), tmp_path, "qwen")
    assert list(tmp_path.iterdir()) == []


def test_a_family_that_the_repository_has_no_model_of_is_refused() -> None:
    assert pih_model("LLaVA-OneVision") == "llava-one"
    with pytest.raises(RequestError, match=r"no model of the family LLaVA-1\.5, only of Qwen2-VL"):
        pih_model("LLaVA-1.5")
