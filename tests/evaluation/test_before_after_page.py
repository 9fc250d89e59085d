"""What became of a model, as a page: what is worse is said, every rate is listed, and what changed is drawn."""

import pyarrow as pa
import pytest
from two_runs import always, never, run_pope

from sightline.benchmarks import ALL
from sightline.errors import RequestError
from sightline.evaluation.before_after import BeforeAfter, before_after
from sightline.evaluation.before_after_summary import rate_words
from sightline.evaluation.report_before_after import before_after_plot, before_after_sections, write_before_after
from sightline.report.sections import Figure, Table


@pytest.fixture
def found(labels, tmp_path) -> BeforeAfter:
    before, after = (run_pope(labels[:1], tmp_path / says.__name__ / "p", says) for says in (always, never))
    return before_after([before], [after], draws=2000)


def edited(found: BeforeAfter, **columns) -> BeforeAfter:
    rows = [{**row, **columns} for row in found.rates.to_pylist()]
    return found._replace(rates=pa.Table.from_pylist(rows, schema=found.rates.schema))


def test_the_plot_shows_every_share_in_which_anything_changed(found) -> None:
    plot = before_after_plot(found.rates)
    rows = plot.data.to_pylist()
    # f1, recall, tnr and yes ratio; three splits and their mean
    assert len(rows) == 16
    assert [row["group"] for row in rows[:4]] == ["pope, random"] * 4
    assert {row["name"]: row["verdict"] for row in rows[:4]} == {
        "F1": "worse",
        "positive queries right": "worse",
        "negative queries right": "better",
        "yes ratio": "other",
    }


def test_label_sets_are_named_where_there_are_several(found) -> None:
    other = edited(found, labels="another").rates
    both = pa.concat_tables([found.rates, other])
    assert {row["group"] for row in before_after_plot(both).data.to_pylist()} >= {
        "pope, original, random",
        "pope, another, random",
    }


def test_means_have_no_place_on_a_scale_of_percent(found) -> None:
    with pytest.raises(RequestError, match=r"No reply that is scored is other than before"):
        before_after_plot(edited(found, unit="number").rates)


def test_the_sections_say_what_is_worse_and_list_every_rate(found) -> None:
    first, second = before_after_sections(found._replace(notes=("A note.",)))
    assert any(sentence.startswith("▼ Worse: pope random F1 −66.7 (") for sentence in first.prose)
    assert first.prose[-1] == "A note."
    assert [type(part) for part in first.parts] == [Figure]
    (table,) = second.parts
    assert isinstance(table, Table)
    assert (table.name, table.data.num_rows) == ("before_after_pope_percent", 24)


def test_where_nothing_changed_nothing_is_drawn(found) -> None:
    first, second = before_after_sections(edited(found, verdict="unchanged", p=None))
    assert first.parts == ()
    assert second.parts


def test_means_stand_in_a_table_of_their_own(found) -> None:
    _, second = before_after_sections(edited(found, unit="number"))
    assert [part.caption for part in second.parts] == ["pope, means"]


def test_a_change_that_rounds_to_nothing_has_no_minus(found, tmp_path) -> None:
    nearly = edited(found, difference=-1e-5, low=-0.25, high=-1e-5)
    first, _ = before_after_sections(nearly)
    assert any("F1 +0.0 (−25.0 to +0.0)" in sentence for sentence in first.prose)
    assert "+0.0 (−25.0 to +0.0), worse" in before_after_plot(nearly.rates).description
    text = write_before_after(nearly, tmp_path / "page.html").read_text()
    assert "−25.00 to +0.00" in text
    assert "−0.0" not in text


def test_means_that_round_to_zero_have_no_minus(found, tmp_path) -> None:
    nearly = edited(found, unit="number", before=-1e-5, difference=-1e-5, low=-0.25, high=-1e-5)
    text = write_before_after(nearly, tmp_path / "page.html").read_text()
    assert "−0.25 to 0.00" in text
    assert "−0.0" not in text


def test_the_rates_of_chair_are_called_as_people_call_them() -> None:
    words = [rate_words({"benchmark": "chair", "rate": rate.name}) for rate in ALL["chair"].scoring.rates]
    assert words == ["CHAIR_i", "CHAIR_s", "recall", "words", "mentions", "silent", "CHAIR_s, silent left out"]


def test_the_page_names_both_models_and_the_adapter(found, tmp_path) -> None:
    details = {"adapter rank": "16", "adapter targets": "q_proj (8)"}
    page = write_before_after(found._replace(after={**found.after, "details": details}), tmp_path / "page.html")
    text = page.read_text()
    assert "<h1>From always to never</h1>" in text
    assert all(told in text for told in ("Adapter rank", "q_proj (8)", "2,000 draws of whole images or groups"))
