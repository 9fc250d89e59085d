"""Plans of steps: every pair once an epoch, pairs of an image together, any number of processes alike."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.errors import RequestError
from sightline.tuning.grouping import Batch, RowLength, Step, in_batches, plan_steps

FOUR_EACH = [RowLength(f"{image}.png", 100 + image, 10) for image in range(8) for _ in range(4)]


def rows(steps: tuple[Step, ...]) -> list[int]:
    return [
        row for step in steps for batch in step.batches if batch.counts for unit in batch.units for row in unit.rows
    ]


def images(batch: Batch, lengths: list[RowLength]) -> list[set[str]]:
    return [{lengths[row].image for row in unit.rows} for unit in batch.units]


def test_steps_hold_the_wanted_number_of_pairs_and_images_stay_whole() -> None:
    steps = plan_steps(FOUR_EACH, batch_pairs=16, at_once=8)
    assert [(step.pairs, len(step.batches)) for step in steps] == [(16, 2), (16, 2)]
    assert all(batch.pairs == 8 for step in steps for batch in step.batches)
    assert all(len(unit.rows) == 4 for step in steps for batch in step.batches for unit in batch.units)
    assert all(len(own) == 1 for step in steps for batch in step.batches for own in images(batch, FOUR_EACH))


def test_each_epoch_has_an_order_of_its_own_and_a_seed_gives_it_again() -> None:
    once, again = (plan_steps(FOUR_EACH, 16, 8, epochs=2, seed=3) for _ in range(2))
    assert once == again
    assert rows(once[:2]) != rows(once[2:])
    assert sorted(rows(once[:2])) == sorted(rows(once[2:])) == list(range(32))
    assert plan_steps(FOUR_EACH, 16, 8, epochs=2, seed=4) != once


def test_without_a_seed_pairs_stay_in_order() -> None:
    steps = plan_steps(FOUR_EACH, 16, 8, seed=None)
    assert [sorted(rows((step,))) for step in steps] == [list(range(16)), list(range(16, 32))]


def test_the_last_step_is_smaller_and_computes_a_filler_that_does_not_count() -> None:
    steps = plan_steps(FOUR_EACH[:20], batch_pairs=16, at_once=4)
    assert [step.pairs for step in steps] == [16, 4]
    assert [batch.counts for batch in steps[1].batches] == [True, False, False, False]
    assert all(batch.units for batch in steps[1].batches)


def test_any_number_of_processes_does_the_same_steps() -> None:
    one, two, four = (plan_steps(FOUR_EACH, 16, 4, processes=processes) for processes in (1, 2, 4))
    assert one == two == four
    assert len(plan_steps(FOUR_EACH, 16, 8, processes=4)[0].batches) == 4, "each process has a batch in every step"


def test_batches_of_a_step_hold_images_of_like_length() -> None:
    lengths = [RowLength(f"{image}.png", prefix, 10) for image, prefix in enumerate([100, 900] * 4)]
    (step,) = plan_steps(lengths, batch_pairs=8, at_once=4)
    assert [{lengths[row].prefix for unit in batch.units for row in unit.rows} for batch in step.batches] == [
        {900},
        {100},
    ]


def test_processes_share_a_step_evenly_also_where_fewer_could_hold_it() -> None:
    (step,) = plan_steps(FOUR_EACH, batch_pairs=32, at_once=32, processes=4)
    assert [batch.pairs for batch in step.batches] == [8, 8, 8, 8]


def test_a_process_with_long_images_gets_fewer_of_them() -> None:
    lengths = [RowLength(f"{image}.png", prefix, 0) for image, prefix in enumerate([300, 900, 300, 300])]
    (step,) = plan_steps(lengths, batch_pairs=4, at_once=4, processes=2)
    assert [[unit.tokens for unit in batch.units] for batch in step.batches] == [[900], [300, 300, 300]]


def test_an_image_with_more_pairs_than_fit_is_cut_into_parts_of_like_size() -> None:
    lengths = [RowLength("a.png", 100, 10)] * 10
    steps = plan_steps(lengths, batch_pairs=12, at_once=4)
    assert sorted(len(unit.rows) for batch in steps[0].batches for unit in batch.units) == [3, 3, 4]


def test_a_smaller_image_goes_before_one_that_no_longer_fits() -> None:
    sizes = {"a": 3, "b": 3, "c": 1, "d": 1}
    lengths = [RowLength(name, 100, 10) for name, size in sizes.items() for _ in range(size)]
    steps = plan_steps(lengths, batch_pairs=4, at_once=4, seed=None)
    assert [sorted(rows((step,))) for step in steps] == [[0, 1, 2, 6], [3, 4, 5, 7]]


def test_plain_pairs_are_shuffled_one_by_one() -> None:
    steps = plan_steps(FOUR_EACH, 16, 8, by_image=False)
    assert all(len(unit.rows) == 1 for step in steps for batch in step.batches for unit in batch.units)
    assert len({FOUR_EACH[row].image for row in rows(steps[:1])}) > 4
    assert steps[0].batches[0].units[0].tokens == 2 * FOUR_EACH[steps[0].batches[0].units[0].rows[0]].prefix + 10


def test_a_number_of_steps_ends_an_epoch_early_or_begins_another() -> None:
    assert plan_steps(FOUR_EACH, 16, 8, steps=1) == plan_steps(FOUR_EACH, 16, 8)[:1]
    assert plan_steps(FOUR_EACH, 16, 8, steps=3) == plan_steps(FOUR_EACH, 16, 8, epochs=2)[:3]


def test_no_pairs_are_refused() -> None:
    with pytest.raises(RequestError, match="no pairs to tune on"):
        plan_steps([], 16, 8)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(20, 900)), min_size=1, max_size=30),
    st.integers(1, 24),
    st.integers(1, 12),
    st.integers(1, 4),
    st.booleans(),
)
def test_every_pair_counts_once_an_epoch_within_bounds(sizes, batch_pairs, at_once, processes, by_image) -> None:
    lengths = [RowLength(f"{n}", prefix, 7) for n, (size, prefix) in enumerate(sizes) for _ in range(size)]
    steps = plan_steps(lengths, batch_pairs, at_once, processes, by_image=by_image)
    assert Counter(rows(steps)) == Counter(range(len(lengths)))
    assert all(0 < step.pairs <= batch_pairs for step in steps)
    assert all(0 < batch.pairs <= at_once for step in steps for batch in step.batches)
    assert len({len(step.batches) for step in steps}) == 1 and len(steps[0].batches) % processes == 0


def test_held_out_pairs_come_once_in_order_with_as_many_batches_for_each_process() -> None:
    batches = in_batches(FOUR_EACH[:20], at_once=8, processes=2)
    assert [[row for unit in batch.units for row in unit.rows] for batch in batches if batch.counts] == [
        list(range(8)),
        list(range(8, 16)),
        list(range(16, 20)),
    ]
    assert [batch.counts for batch in batches] == [True, True, True, False]
