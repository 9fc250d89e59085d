"""The table of what labellers who err recover, of a few items."""

import pyarrow as pa
from audit_recovery import recovered, shown

from sightline.audit.items import Item

ITEMS = [Item(f"{n:016x}", f"{n}.jpg", "Is there a dog?", None, (), "yes", (), ()) for n in range(200)]
TRUTH = {item.key: "no" if number < 20 else "yes" for number, item in enumerate(ITEMS)}


def test_a_row_has_means_over_seeds_between_their_ends() -> None:
    row = recovered(ITEMS, TRUTH, (0.3, 0.0), 2, False, 4)
    assert row["right_before"] == 0.9 and row["adjudicator"] == "never errs"
    assert row["right_low"] <= row["right"] <= row["right_high"] < 1.0
    perfect = recovered(ITEMS, TRUTH, (0.0, 0.0), 1, False, 1)
    assert (perfect["right"], perfect["wrong_found"], perfect["adjudicated"]) == (1.0, 1.0, 0.0)


def test_the_table_is_said_in_percent_under_who_looked() -> None:
    rows = [recovered(ITEMS, TRUTH, rates, 2, False, 2) for rates in ((0.0, 0.0), (0.05, 0.0))]
    lines = shown(pa.Table.from_pylist(rows)).splitlines()
    assert lines[0] == "Of the old labels 90.00 % are right. In percent:"
    assert lines.count("**2 labellers, adjudicator: never errs**") == 1
    assert lines[-2].startswith("| 0 % | 0 % | 100.00 (100.00–100.00) | 100.00 (100.00–100.00) | –")
