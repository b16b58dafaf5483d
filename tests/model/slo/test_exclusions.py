"""What does not count: adjusted sums are what counting anew gives, in any order, for any spans."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.model.calendar_window import Calendar, Unit
from incidents.model.exclusions import joined, left_out, outward, pieces, within, without
from incidents.model.ids import ServiceName
from incidents.model.objective import NOTHING, Counts, Objective, SLOName
from incidents.model.rolling import FINE, MIDDLE, Rings, Sample, Tier, coarse
from incidents.model.slicing import Slicing
from incidents.model.spans import Span
from incidents.model.spending import budget_of, coverage

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SLO = SLOName("checkout/availability")
HOURLY = coarse(timedelta(days=1))
TIERS = (FINE, MIDDLE, HOURLY)
SECOND, TICK, MINUTE, HOUR = (timedelta(seconds=n) for n in (1, 10, 60, 3600))

Buckets = dict[tuple[Tier, datetime], Counts]


def kept(samples: Iterable[Sample]) -> Buckets:
    """As the record keeps them: in buckets of every tier."""
    found: Buckets = {}
    for one in samples:
        for tier in TIERS:
            key = (tier, tier.start(tier.number(one.at)))
            found[key] = found.get(key, NOTHING) + Counts(one.good, one.bad)
    return found


def summed(buckets: Buckets, tier: Tier, span: Span) -> Counts:
    some = (
        counts
        for (own, at), counts in buckets.items()
        if own == tier and span.start <= at < span.end
    )
    return sum(some, NOTHING)


SPANS = st.lists(
    st.tuples(st.integers(-20_000, 200), st.integers(1, 9_000)).map(
        lambda pair: Span(NOW + SECOND * pair[0], NOW + SECOND * (pair[0] + pair[1]))
    ),
    max_size=6,
)
SAMPLES = st.lists(
    st.tuples(st.integers(0, 2_100), st.integers(0, 50), st.integers(0, 9)).map(
        lambda one: Sample(SLO, NOW - TICK * (one[0] + 1), one[1], one[2])
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(samples=SAMPLES, spans=SPANS, data=st.data())
def test_adjusted_sums_are_what_counting_anew_gives(
    samples: list[Sample], spans: list[Span], data: st.DataObject
) -> None:
    window = data.draw(st.sampled_from([5 * MINUTE, HOUR, 6 * HOUR]))
    arriving = data.draw(st.permutations(samples))
    rings = Rings([SLO], [window], NOW)
    rings.add(arriving)
    raw = rings.figures(SLO, [window]).counts[window]
    buckets = kept(arriving)

    away = within(left_out(spans, None, FINE.size), NOW - window, NOW)
    parts = [piece for one in away for piece in pieces(one, TIERS)]
    adjusted = without(raw, [summed(buckets, tier, part) for tier, part in parts])

    def counts(one: Sample) -> bool:
        end = one.at + TICK
        return not any(span.start < end and one.at < span.end for span in spans)

    brute = [one for one in samples if NOW - window <= one.at < NOW and counts(one)]
    assert adjusted == sum((Counts(one.good, one.bad) for one in brute), NOTHING)


@given(spans=SPANS)
def test_spans_in_buckets_are_the_same_time_each_piece_whole(spans: list[Span]) -> None:
    whole = left_out(spans, None, FINE.size)

    parts = [piece for one in whole for piece in pieces(one, TIERS)]

    assert all(outward(part, tier.size) == part for tier, part in parts)
    assert joined(part for _, part in parts) == whole
    assert all(one.end < other.start for one, other in pairwise(whole))


def test_a_bucket_that_a_span_touches_is_out_and_its_neighbours_are_in() -> None:
    (span,) = left_out([Span(NOW + SECOND, NOW + 21 * SECOND)], None, FINE.size)

    assert span == Span(NOW, NOW + 3 * TICK)


def promise(**more: object) -> Objective:
    return Objective(
        slo=SLO,
        service=ServiceName("checkout"),
        target=Fraction(99, 100),
        window=timedelta(days=7),
        **more,  # type: ignore[arg-type]
    )


def test_an_hour_of_a_week_with_a_day_excluded_is_an_hour_of_six_days() -> None:
    """Datadog: 60 of 8640 minutes are 0.694 % where a day of a week is excluded."""
    sliced = promise(slicing=Slicing(MINUTE, Fraction(1, 2)))
    day = [Span(NOW - timedelta(days=2), NOW - timedelta(days=1))]

    budget = budget_of(sliced, Counts(8580, 60), NOW, day)

    assert Fraction(budget.counts.bad, budget.counts.total) == Fraction(60, 8640)
    assert coverage(sliced, budget, NOW) == 1


def test_silent_slices_that_are_excluded_are_not_good_ones() -> None:
    quiet = promise(slicing=Slicing(MINUTE, Fraction(1, 2), is_silence_good=True))
    hour = [Span(NOW - HOUR, NOW)]

    assert budget_of(quiet, NOTHING, NOW).counts == Counts(10_080, 0)
    assert budget_of(quiet, NOTHING, NOW, hour).counts == Counts(10_020, 0)


@pytest.mark.parametrize(("excluded", "allowed"), [(0, 3_000), (10, 2_000)])
def test_in_a_calendar_month_the_traffic_of_the_days_that_count_is_reckoned_with(
    excluded: int, allowed: int
) -> None:
    """30 000 events in 3 days are 300 000 in 30; with 10 days away, 200 000 in 20."""
    month = promise(calendar=Calendar(Unit.MONTH, datetime(2026, 1, 1), ZoneInfo("UTC")))  # noqa: DTZ001
    begin, day = datetime(2026, 11, 1, tzinfo=UTC), timedelta(days=1)
    away = [Span(begin, begin + excluded * day)] if excluded else []

    budget = budget_of(month, Counts(29_900, 100), begin + (excluded + 3) * day, away)

    assert budget.events == allowed
