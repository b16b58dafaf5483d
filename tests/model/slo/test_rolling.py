"""Counts in rings: the running sums are always what recounting the buckets would give."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.model.burn import Loudness, judge, rules_for
from incidents.model.objective import Counts, SLOName
from incidents.model.rolling import AHEAD, FINE, LATE, MIDDLE, TICK, Rings, Sample, coarse, misfit

A, B = SLOName("checkout/availability"), SLOName("search/latency")
START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONTH = timedelta(days=30)
THREE_NINES = Fraction(1, 1000)
RULES = rules_for(THREE_NINES, MONTH)
WINDOWS = [*RULES.windows, MONTH]


def rings(*windows: timedelta, at: datetime = START) -> Rings:
    return Rings([A, B], windows or WINDOWS, at)


def counted(made: Rings, window: timedelta, slo: SLOName = A) -> Counts:
    return made.figures(slo, [window], history=window).counts[window]


def test_a_sample_is_in_every_window_that_spans_it() -> None:
    made = rings()
    made.add([Sample(A, START - 10 * MINUTE, 7, 3)])

    assert counted(made, 5 * MINUTE) == Counts(0, 0)
    assert counted(made, 30 * MINUTE) == Counts(7, 3)
    assert counted(made, MONTH) == Counts(7, 3)
    assert counted(made, MONTH, slo=B) == Counts(0, 0)


def test_a_sample_leaves_a_window_when_it_has_passed() -> None:
    made = rings()
    made.add([Sample(A, START - TICK, 7, 3)])

    made.advance(START + 5 * MINUTE - TICK)
    assert counted(made, 5 * MINUTE) == Counts(7, 3)
    made.advance(START + 5 * MINUTE)
    assert counted(made, 5 * MINUTE) == Counts(0, 0)
    assert counted(made, HOUR) == Counts(7, 3)


def test_a_bucket_counts_once_it_is_complete() -> None:
    made = rings()
    made.add([Sample(A, START + timedelta(seconds=3), 7, 3)])

    assert counted(made, HOUR) == Counts(0, 0)
    made.advance(START + timedelta(seconds=9))
    assert counted(made, HOUR) == Counts(0, 0)
    made.advance(START + TICK)
    assert counted(made, HOUR) == Counts(7, 3)


def test_the_watermark_stands_on_a_whole_tick_and_never_goes_back() -> None:
    made = rings()

    made.advance(START + timedelta(seconds=17))
    made.advance(START)

    assert made.watermark == START + TICK


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (START + AHEAD + MINUTE, "it lies 3 min in the future"),
        (START - LATE - MINUTE, "it is 6 h 1 min old, and at most 6 h are taken"),
    ],
)
def test_data_from_the_wrong_time_is_refused_with_the_reason(at: datetime, why: str) -> None:
    made = rings()
    sample = Sample(A, at, 1, 1)

    assert made.add([sample]) == ((sample, why),)
    assert counted(made, MONTH) == Counts(0, 0)


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        (Sample(SLOName("no/such"), START, 1, 0), "there is no such SLO"),
        (Sample(A, START, -1, 0), "counts lie between 0 and 1000000000000"),
        (Sample(A, START, 0, 10**13), "counts lie between 0 and 1000000000000"),
    ],
)
def test_data_that_makes_no_sense_is_refused_and_the_rest_taken(sample: Sample, why: str) -> None:
    made = rings()

    refused = made.add([sample, Sample(A, START - MINUTE, 1, 0)])

    assert refused == ((sample, why),)
    assert counted(made, HOUR) == Counts(1, 0)


def test_a_bucket_may_hold_more_than_32_bits() -> None:
    made = rings()
    for _ in range(3):
        made.add([Sample(A, START - MINUTE, 4_000_000_000, 1)])

    assert counted(made, HOUR) == Counts(12_000_000_000, 3)
    good, _ = made.recounted(HOUR)
    assert good[0] == 12_000_000_000


def test_after_a_pause_longer_than_a_ring_its_windows_are_empty() -> None:
    made = rings()
    made.add([Sample(A, START - MINUTE, 7, 3)])

    made.advance(START + 2 * DAY)

    assert counted(made, 6 * HOUR) == Counts(0, 0)
    assert counted(made, 3 * DAY) == Counts(7, 3)
    made.advance(START + 31 * DAY)
    assert counted(made, MONTH) == Counts(0, 0)


def test_the_newest_data_is_remembered_so_that_silence_shows() -> None:
    made = rings()
    assert made.figures(A, [], history=MONTH).latest is None

    made.add([Sample(A, START - MINUTE, 7, 3), Sample(A, START - HOUR, 7, 3)])
    assert made.figures(A, [], history=MONTH).latest == START - MINUTE

    made.add([Sample(A, START - TICK, 0, 0)])  # nothing happened, and somebody was there to see it
    assert made.figures(A, [], history=MONTH).latest == START - TICK


def test_history_is_oldest_first_and_adds_up_to_the_window() -> None:
    made = rings()
    made.add([Sample(A, START - 5 * HOUR, 1, 0), Sample(A, START - MINUTE, 2, 0)])

    figures = made.figures(A, [MONTH], history=MONTH)

    assert (len(figures.history), figures.bucket) == (720, HOUR)
    assert figures.history[-1] == Counts(2, 0)
    assert figures.history[-5] == Counts(1, 0)
    assert sum(entry.good for entry in figures.history) == figures.counts[MONTH].good


@pytest.mark.parametrize(
    ("window", "why"),
    [
        (timedelta(minutes=1), "a window is at least 5 minutes"),
        (timedelta(minutes=5, seconds=5), "a window up to 6 h is a multiple of 10s"),
        (timedelta(hours=7, minutes=1), "a window up to 3 d is a multiple of 5min"),
        (timedelta(days=4, minutes=5), "a window over 3 days is a whole number of hours"),
        (timedelta(days=4, hours=1), ""),
        (timedelta(hours=7), ""),
    ],
)
def test_windows_consist_of_whole_buckets(window: timedelta, why: str) -> None:
    assert misfit(window) == why
    if why:
        with pytest.raises(ValueError, match=why):
            rings(window)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(0, 5000), st.just(0), st.just(0)),
        st.tuples(
            st.sampled_from(["a", "b"]),
            st.integers(-21_600, 110),
            st.integers(0, 2**33),
            st.integers(0, 2**33),
        ),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(steps)
def test_running_sums_equal_recounted_sums_for_any_order(
    story: list[tuple[str, int, int, int]],
) -> None:
    made, now = rings(), START
    for what, seconds, good, bad in story:
        if what == "pass":
            now += timedelta(seconds=seconds)
            made.advance(now)
        else:
            at = made.watermark + timedelta(seconds=seconds)
            assert made.add([Sample(A if what == "a" else B, at, good, bad)]) == ()

    for window in made.windows:
        assert np.array_equal(made.sums(window), made.recounted(window))


@settings(max_examples=60)
@given(steps, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(
    story: list[tuple[str, int, int, int]], chance: object
) -> None:
    samples = [
        Sample(A, START + timedelta(seconds=seconds), good, bad)
        for what, seconds, good, bad in story
        if what != "pass"
    ]
    shuffled = list(samples)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types its Random as object
    one, other = rings(), rings()

    one.add(samples)
    for sample in shuffled:
        other.add([sample])
    one.advance(START + 20 * MINUTE)
    other.advance(START + 10 * MINUTE)
    other.advance(START + 20 * MINUTE)

    for window in one.windows:
        assert np.array_equal(one.sums(window), other.sums(window))


def columns(samples: list[Sample], size: timedelta) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return (
        np.zeros(len(samples), dtype=np.int64),
        np.array([(sample.at - epoch) // size for sample in samples], dtype=np.int64),
        np.array([[s.good for s in samples], [s.bad for s in samples]], dtype=np.int64).reshape(
            2, -1
        ),
    )


@settings(max_examples=60)
@given(steps, st.integers(0, 8000))
def test_rings_rebuilt_from_what_was_stored_are_the_same_rings(
    story: list[tuple[str, int, int, int]], later: int
) -> None:
    samples = [
        Sample(A, START + timedelta(seconds=seconds), good, bad)
        for what, seconds, good, bad in story
        if what != "pass"
    ]
    lived = rings()
    lived.add(samples)
    rebuilt = rings()

    rebuilt.restore(
        {tier.name: columns(samples, tier.size) for tier in (FINE, MIDDLE, coarse(MONTH))}
    )

    for passed in (0, 10, 100, later):
        now = START + timedelta(seconds=passed)
        lived.advance(now)
        rebuilt.advance(now)
        for window in lived.windows:
            assert np.array_equal(lived.sums(window), rebuilt.sums(window))


def judged(made: Rings) -> Loudness:
    figures = made.figures(A, RULES.windows, history=MONTH)
    return judge(figures.counts, RULES.apply, budget=THREE_NINES).loudness


def test_a_total_outage_pages_after_sixty_seconds() -> None:
    # 5 ticks are 1.389 % of an hour, not above 1.44 %; the sixth makes 1.667 %.
    made = rings()
    made.add([Sample(A, START - tick * TICK, 100, 0) for tick in range(1, 2161)])
    now, loudness = START, []
    for _ in range(8):
        made.add([Sample(A, now, 0, 100)])
        now += TICK
        made.advance(now)
        loudness.append(judged(made))

    assert loudness.index(Loudness.PAGE) + 1 == 6


def test_fifteen_percent_for_ten_minutes_pages_from_minute_six_to_fourteen() -> None:
    # SRE Workbook, figure 5-6; the same minutes as `promtool test rules` gives.
    made = rings()
    made.add([Sample(A, START - tick * TICK, 1000, 0) for tick in range(1, 2161)])
    paging = []
    for minute in range(1, 31):
        bad = 150 if minute <= 10 else 0
        begins = START + (minute - 1) * MINUTE
        made.add([Sample(A, begins + tick * TICK, 1000 - bad, bad) for tick in range(6)])
        made.advance(begins + MINUTE)
        if judged(made) is Loudness.PAGE:
            paging.append(minute)

    assert paging == list(range(6, 15))


@pytest.mark.parametrize(("seconds", "fires"), [(129, False), (131, True)])
def test_a_burn_of_36_over_an_hour_is_found_in_129_seconds(seconds: int, *, fires: bool) -> None:
    # Everything fails: budget / errors * window * rate = 0.001 / 1 * 3600 s * 36.
    counts = Counts(3600 - seconds, seconds)

    assert (Fraction(counts.bad, counts.total) > 36 * THREE_NINES) is fires
