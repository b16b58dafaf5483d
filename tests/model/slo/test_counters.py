"""Counters that only grow: counted once each, whatever is lost, repeated or begun anew."""

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.counters import Step, Total, growth

SECOND = 1_000_000
HOUR = 3600 * SECOND


def steps(known: Total | None, *totals: Total) -> list[tuple[int, int]]:
    return [(step.good, step.bad) for step in growth(known, totals)]


def test_the_first_total_only_tells_where_counting_begins() -> None:
    assert steps(None, Total(SECOND, 500, 9)) == [(0, 0)]


def test_what_a_total_grew_by_happened_whatever_order_totals_come_in() -> None:
    assert steps(None, Total(3, 130, 1), Total(1, 100, 0), Total(2, 110, 1)) == [
        (0, 0),
        (10, 1),
        (20, 0),
    ]


def test_a_total_that_fell_began_anew_from_nothing_and_so_did_the_other() -> None:
    assert steps(Total(1, 100, 1), Total(2, 5, 2)) == [(5, 2)]


def test_what_is_not_newer_is_known() -> None:
    assert steps(Total(5, 100, 1), Total(5, 120, 2), Total(4, 90, 0)) == []


def test_after_six_hours_of_silence_counting_begins_again() -> None:
    known = Total(0, 100, 1)

    assert steps(known, Total(6 * HOUR, 110, 1)) == [(10, 0)]
    assert steps(known, Total(6 * HOUR + 1, 110, 1)) == [(0, 0)]


GROWN = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), max_size=12)


@given(grown=GROWN, cuts=st.lists(st.integers(0, 12), max_size=4), again=st.integers(0, 12))
def test_counting_in_pieces_and_twice_is_counting_once(
    grown: list[tuple[int, int, bool]], cuts: list[int], again: int
) -> None:
    totals, good, bad = [Total(0, 0, 0)], 0, 0
    for place, (more, worse, begins_anew) in enumerate(grown, start=1):
        fresh = begins_anew and (good or bad) and more + 1 < good
        good, bad = (more, 0) if fresh else (good + more, bad + worse)
        totals.append(Total(place * SECOND, good, bad))

    found: list[Step] = []
    known = None
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(totals)], strict=True):
        found += growth(known, [*totals[max(begin - again, 0) : begin], *totals[begin:end]])
        known = found[-1].total if found else None

    whole = growth(None, totals)
    assert found == whole
    assert sum(step.good for step in whole) == sum(more for more, _, _ in grown)
