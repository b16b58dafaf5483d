"""Samples in: counted once, whatever comes twice, late or wrong."""

from dataclasses import replace

import pytest
from actions.traffic import CHECKOUT, HOUR, MINUTE, SEARCH, START, Traffic, desk_on
from sqlalchemy import select

from incidents.actions.desk import Desk
from incidents.actions.samples import Ingested, Reading, ingest, ingest_together
from incidents.model.objective import SLOName
from incidents.store import sli_journal as journal
from incidents.store.engine import Store
from incidents.store.slo_tables import sli_bucket, sli_journal


@pytest.fixture
def desk(store: Store) -> Desk:
    return desk_on(store)


def test_a_batch_is_counted_once_however_often_it_comes(desk: Desk) -> None:
    batch = [
        Reading(CHECKOUT, START, 950, 50, "edge-1", 17),
        Reading(CHECKOUT, START, 100, 0, "edge-2", 17),
    ]

    assert ingest(desk, batch, START) == Ingested(2, 0, ())
    assert ingest(desk, batch, START + MINUTE) == Ingested(0, 2, ())

    with desk.look() as connection:
        totals = connection.execute(
            select(sli_bucket.c.tier, sli_bucket.c.good, sli_bucket.c.bad).order_by(
                sli_bucket.c.tier
            )
        ).all()
    assert [tuple(row) for row in totals] == [
        ("10s", 1050, 50),
        ("1h", 1050, 50),
        ("5min", 1050, 50),
    ]


def test_the_same_reading_twice_in_one_batch_counts_once_and_the_first_counts(desk: Desk) -> None:
    batch = [
        Reading(CHECKOUT, START, 950, 50, "edge-1", 17),
        Reading(CHECKOUT, START, 1, 1, "edge-1", 17),
    ]

    assert ingest(desk, batch, START) == Ingested(1, 1, ())
    with desk.look() as connection:
        assert journal.follow(connection, 0).cells.amounts.tolist() == [[950], [50]]


def test_batches_that_are_counted_together_get_their_own_answers(desk: Desk) -> None:
    traffic = Traffic(desk)
    first, second = (traffic.reading(CHECKOUT, START, good, 0) for good in (10, 20))
    unknown = replace(second, slo=SLOName("no/such"), seq=77)

    taken = ingest_together(desk, [[first, unknown], [], [first, second], [second]], START)

    assert taken == (
        Ingested(1, 0, ((1, "there is no SLO called no/such"),)),
        Ingested(0, 0, ()),
        Ingested(1, 1, ()),
        Ingested(0, 1, ()),
    )
    with desk.look() as connection:
        assert journal.follow(connection, 0).cells.amounts.sum() == 30


def test_what_makes_no_sense_is_refused_by_its_place_and_the_rest_is_taken(desk: Desk) -> None:
    batch = [
        Reading(SLOName("no/such"), START, 1, 0, "edge-1", 1),
        Reading(CHECKOUT, START, 1, 0, "edge-1", 2),
        Reading(CHECKOUT, START - 7 * HOUR, 1, 0, "edge-1", 3),
        Reading(CHECKOUT, START + HOUR, 1, 0, "edge-1", 4),
        Reading(CHECKOUT, START, -1, 0, "edge-1", 5),
        Reading(CHECKOUT, START, 1, 0, "", 6),
        Reading(CHECKOUT, START.replace(tzinfo=None), 1, 0, "edge-1", 7),
    ]

    found = ingest(desk, batch, START)

    assert (found.accepted, found.repeated) == (1, 0)
    assert found.refused == (
        (0, "there is no SLO called no/such"),
        (2, "it is 7 h old, and at most 6 h are taken"),
        (3, "it lies 1 h in the future"),
        (4, "counts lie between 0 and 1000000000000"),
        (5, "it needs a source of at most 120 letters, and a seq from 0 up"),
        (6, "its time has no zone"),
    )


def test_a_refused_reading_may_come_again_once_it_is_right(desk: Desk) -> None:
    early = Reading(CHECKOUT, START + HOUR, 1, 0, "edge-1", 1)

    assert ingest(desk, [early], START).accepted == 0
    assert ingest(desk, [early], START + HOUR).accepted == 1


def test_an_empty_batch_is_nothing(desk: Desk) -> None:
    assert ingest(desk, [], START) == Ingested(0, 0, ())


def test_the_journal_has_no_gaps(desk: Desk) -> None:
    for seq in range(5):
        ingest(
            desk,
            [
                Reading(CHECKOUT, START, 1, 0, "a", seq),
                Reading(SEARCH, START, 1, 0, "b", seq),
                Reading(SEARCH, START, 1, 0, "b", seq),
            ],
            START,
        )

    with desk.look() as connection:
        found = connection.execute(select(sli_journal.c.seq).order_by(sli_journal.c.seq)).scalars()
        assert list(found) == list(range(1, 6))
