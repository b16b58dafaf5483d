"""Large commits wait in the journal, and every question is answered as if they did not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.model.cells import Cells, cells_of, joined
from incidents.model.objective import Counts, SLOName
from incidents.model.rolling import FINE, Rings, Sample
from incidents.store import sli_journal, sli_seen, slo, slo_rings
from incidents.store.engine import Store
from incidents.store.sli_packed import pack, unpack

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = tuple(SLOName(f"service-{number:03}/x") for number in range(400))
A = NAMES[7]


def many(at: datetime) -> list[Sample]:
    return [Sample(name, at, place, 1) for place, name in enumerate(NAMES)]


def test_what_waits_is_answered_like_what_is_in_its_buckets(store: Store) -> None:
    with store.write() as connection:
        sli_journal.hold(connection)
        slo.take(connection, [Sample(A, NOW - HOUR, 100, 10)], NOW)
        slo.take(connection, many(NOW - HOUR), NOW)
        slo.take(connection, many(NOW - timedelta(seconds=30)), NOW)
        waited = sli_journal.how_many_wait(connection)
    before = _answers(store)
    with store.write() as connection:
        sli_journal.hold(connection)
        sorted_in = sli_journal.sort_in(connection)
    after = _answers(store)

    assert waited == sorted_in == 800
    assert before == after
    assert after[0] == {A: Counts(114, 12)}
    assert after[1] == ((NOW - HOUR, Counts(107, 11)), (NOW - timedelta(seconds=30), Counts(7, 1)))
    with store.write() as connection:
        assert sli_journal.sort_in(connection) == 0


def _answers(store: Store) -> tuple[object, ...]:
    rings = Rings(NAMES, [HOUR, 2 * HOUR], NOW)
    with store.read() as connection:
        position = slo_rings.fill(connection, rings, {}).position
    with store.read() as connection:
        return (
            slo.sums(connection, [A], sli_journal.HOURLY, NOW - 2 * HOUR, NOW),
            slo.history(connection, A, FINE, NOW - 2 * HOUR, NOW),
            slo.latest(connection, NAMES),
            slo.counts(connection, NAMES, HOUR, NOW),
            position,
            [side.tolist() for side in rings.sums(2 * HOUR)],
        )


def test_who_follows_is_told_all_in_order_and_who_lost_track_is_told_so(store: Store) -> None:
    with store.write() as connection:
        sli_journal.hold(connection)
        for second in range(3):
            slo.take(connection, many(NOW + timedelta(seconds=second)), NOW)
    with store.read() as connection:
        found = sli_journal.follow(connection, 0)
        nothing = sli_journal.follow(connection, found.position)

    assert (found.position, found.is_whole, len(found.cells)) == (3, True, 400)
    assert found.cells.amounts[1].tolist() == [3] * 400
    assert (nothing.position, nothing.is_whole, len(nothing.cells)) == (3, True, 0)
    with store.write() as connection:
        sli_journal.hold(connection)
        kept = sli_journal.forget(connection, NOW + timedelta(days=1))
        sli_journal.sort_in(connection)
        gone = sli_journal.forget(connection, NOW + timedelta(days=1))
        assert (kept, gone) == (0, 3)
        assert not sli_journal.follow(connection, 0).is_whole
        assert sli_journal.follow(connection, 3).is_whole
        assert sli_journal.position(connection) == 3


AMOUNTS = st.integers(-(10**12), 10**15) | st.integers(-200, 200)
CELLS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2**31), AMOUNTS, AMOUNTS), max_size=20
).map(lambda rows: _cells(np.array(rows, np.int64).reshape(-1, 4).T))


def _cells(table: np.ndarray) -> Cells:
    return joined(NAMES[:4], table[0], table[1], table[2:])


@given(cells=CELLS)
def test_cells_come_back_as_they_were_packed(cells: Cells) -> None:
    assert list(unpack(pack(cells)).rows()) == list(cells.rows())


def test_ten_thousand_cells_take_less_than_a_row_each() -> None:
    rng = np.random.default_rng(1)
    samples = [
        Sample(SLOName(f"service-{number:05}/availability"), NOW, int(rng.integers(5000)), 0)
        for number in range(10_000)
    ]

    assert len(pack(cells_of(samples))) < 100_000


SENT = st.lists(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 15)), min_size=1, max_size=8),
    max_size=6,
)


@pytest.mark.parametrize("scattered", [1, 1000])
def test_numbers_are_new_once_in_whatever_order_they_come(store: Store, scattered: int) -> None:
    # The law is hypothesis' in tests/model; here is what it means in SQL.
    @settings(max_examples=25)
    @given(batches=SENT)
    def each(batches: list[list[tuple[str, int]]]) -> None:
        seen: set[tuple[str, int]] = set()
        with store.write() as connection:
            sli_journal.hold(connection)
            for batch in batches:
                names = sorted({(source, seq * scattered) for source, seq in batch})
                source = np.array([["a", "b"].index(source) for source, _ in names])
                seqs = np.array([seq for _, seq in names])

                new = sli_seen.first_time(
                    connection, ["a", "b"], source, seqs, np.full(len(names), 9)
                )

                assert new.tolist() == [name not in seen for name in names]
                seen |= set(names)
            connection.rollback()

    each()
