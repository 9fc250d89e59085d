from itertools import combinations

from sightline.report.layout import in_rows
from sightline.report.legend import Frame
from sightline.report.point_names import Named, place_names

PAPER = Frame(0, 400, 0, 200)


def _apart(a: Frame, b: Frame) -> bool:
    return a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top


def test_a_name_stands_right_of_its_point_where_nothing_is_there() -> None:
    (box,) = place_names([Named(100, 100, "L0H3")], PAPER)
    assert (box.left, box.top, box.bottom) == (111, 94, 106)


def test_a_name_stands_left_where_the_paper_ends() -> None:
    (box,) = place_names([Named(395, 100, "L0H3")], PAPER)
    assert box.right == 384


def test_names_of_points_close_together_cover_neither_each_other_nor_a_point() -> None:
    points = [Named(200 + 9 * place, 100, f"L0H{place}") for place in range(8)]
    places = place_names(points, PAPER)
    assert all(_apart(a, b) for a, b in combinations(places, 2))
    assert all(_apart(box, Frame(p.x - 5, p.x + 5, p.y - 5, p.y + 5)) for box in places for p in points)


def test_what_is_taken_stays_free() -> None:
    right = Frame(105, 400, 0, 200)
    (box,) = place_names([Named(100, 100, "L0H3")], PAPER, [right])
    assert _apart(box, right)


def test_a_name_that_fits_nowhere_covers_the_least() -> None:
    half_free = [Frame(0, 400, 0, 98), Frame(0, 400, 102, 200)]
    (box,) = place_names([Named(100, 100, "L0H3")], PAPER, half_free)
    assert (box.top, box.bottom) == (94, 106)


def test_things_that_do_not_fit_a_row_begin_the_next_one() -> None:
    assert [spot.row for spot in in_rows([60, 60, 20], 150, start=50)] == [0, 1, 1]
    assert in_rows([200, 10], 100)[0] == (0, 0)
