"""Samples by the ten thousand: columns say what one by one would say."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.model.cells import NO_CELLS, cells_of, together
from incidents.model.objective import SLOName
from incidents.model.readings import (
    Batch,
    Reading,
    all_of,
    batch_of,
    first_of_each,
    micros,
    numbered,
    places_of,
    refused_of,
    why_not,
)
from incidents.model.rolling import FINE, MIDDLE, MOST_EVENTS, Sample
from incidents.model.seen import Run, grown, runs_of, unseen

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
KNOWN = {SLOName("a/x"): 0, SLOName("b/y"): 1}
SAMPLES = st.lists(
    st.builds(
        Sample,
        slo=st.sampled_from(["a/x", "b/y", "c/z"]).map(SLOName),
        at=st.integers(0, 3600).map(lambda seconds: NOW + timedelta(seconds=seconds)),
        good=st.integers(0, MOST_EVENTS),
        bad=st.integers(0, 3),
    ),
    max_size=30,
)
READINGS = st.lists(
    st.builds(
        Reading,
        slo=st.sampled_from(["a/x", "b/y", "no/such"]).map(SLOName),
        at=st.sampled_from([-21601, -21600, -5, 0, 120, 121]).map(
            lambda seconds: NOW + timedelta(seconds=seconds)
        ),
        good=st.sampled_from([-1, 0, 7, MOST_EVENTS, MOST_EVENTS + 1]),
        bad=st.sampled_from([-1, 0, 7, MOST_EVENTS + 1]),
        source=st.sampled_from(["", "edge-1", "edge-2", "e" * 121]),
        seq=st.sampled_from([-1, 0, 1, 2**63 - 1]),
    ),
    max_size=12,
)


def in_columns(readings: list[Reading]) -> Batch:
    """Also what is refused, as it comes over HTTP."""
    sources, source = numbered([one.source for one in readings])
    return Batch(
        [one.slo for one in readings],
        np.array([micros(one.at) for one in readings], np.int64),
        np.array([[one.good for one in readings], [one.bad for one in readings]], np.int64),
        sources,
        source,
        np.array([one.seq for one in readings], np.int64),
    )


@given(readings=READINGS)
def test_what_is_refused_in_columns_is_what_is_refused_one_by_one(readings: list[Reading]) -> None:
    expected = {
        place: why for place, one in enumerate(readings) if (why := why_not(one, KNOWN, NOW))
    }

    for batch in (in_columns(readings), batch_of(readings, KNOWN, NOW)):
        assert refused_of(batch, places_of(batch.slos, KNOWN), KNOWN, NOW) == expected


@settings(max_examples=30)
@given(first=READINGS, second=READINGS)
def test_several_batches_are_one_whose_places_count_on(
    first: list[Reading], second: list[Reading]
) -> None:
    joined = all_of([in_columns(first), batch_of(second, KNOWN, NOW)])
    alone = in_columns([*first, *second])

    found, expected = (
        refused_of(one, places_of(one.slos, KNOWN), KNOWN, NOW) for one in (joined, alone)
    )
    assert found == expected


@given(readings=READINGS)
def test_of_the_same_name_the_first_stays(readings: list[Reading]) -> None:
    first: dict[tuple[str, int], int] = {}
    for place, one in enumerate(readings):
        first.setdefault((one.source, one.seq), place)

    found = first_of_each(in_columns(readings), np.arange(len(readings)))

    assert sorted(found.tolist()) == sorted(first.values())


@given(samples=SAMPLES, cut=st.integers(0, 30))
def test_cells_are_sums_in_whatever_pieces_they_come(samples: list[Sample], cut: int) -> None:
    for tier in (FINE, MIDDLE):
        good: Counter[tuple[str, int]] = Counter()
        bad: Counter[tuple[str, int]] = Counter()
        for one in samples:
            good[one.slo, tier.number(one.at)] += one.good
            bad[one.slo, tier.number(one.at)] += one.bad

        pieces = together([cells_of(samples[:cut]), NO_CELLS, cells_of(samples[cut:])])

        assert list(pieces.in_tier(tier).rows()) == [
            (slo, number, good[slo, number], bad[slo, number]) for slo, number in sorted(good)
        ]


def test_reports_of_nothing_are_cells_too() -> None:
    assert list(cells_of([Sample(SLOName("a/x"), NOW, 0, 0)]).rows()) == [
        ("a/x", FINE.number(NOW), 0, 0)
    ]


BATCHES = st.lists(
    st.tuples(st.integers(0, 20), st.sets(st.integers(0, 40), min_size=1)), max_size=8
)


@given(batches=BATCHES)
def test_runs_know_exactly_the_numbers_that_were_seen_and_forget_none_too_soon(
    batches: list[tuple[int, set[int]]],
) -> None:
    seen: dict[int, int] = {}
    runs: list[Run] = []
    for hour, numbers in batches:
        seqs = np.array(sorted(numbers), np.int64)
        new = unseen(seqs, runs)

        assert seqs[new].tolist() == sorted(numbers - seen.keys())

        seen |= dict.fromkeys(seqs[new].tolist(), hour)
        runs = grown(runs, runs_of(seqs[new], np.full(int(new.sum()), hour)))
        held = {seq: run.hour for run in runs for seq in range(run.first, run.last + 1)}
        assert sum(run.last - run.first + 1 for run in runs) == len(held)
        assert held.keys() == seen.keys()
        assert all(held[seq] >= seen[seq] for seq in seen)


def test_who_counts_in_order_is_one_run_for_each_hour() -> None:
    runs: list[Run] = []
    for minute in range(180):
        seqs = np.arange(minute * 10, minute * 10 + 10)
        runs = grown(runs, runs_of(seqs, np.full(10, minute // 60)))

    assert runs == [Run(0, 599, 0), Run(600, 1199, 1), Run(1200, 1799, 2)]


def test_the_last_number_there_is_has_no_neighbour() -> None:
    most = 2**63 - 1
    runs = runs_of(np.array([most - 1, most]), np.array([5, 6]))

    assert runs == [Run(most - 1, most, 6)]
    assert unseen(np.array([most - 2, most]), runs).tolist() == [True, False]
