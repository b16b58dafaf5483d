"""A monitoring system that is silent is noticed, once, whoever looks (F42)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from incidents import assets
from incidents.actions import deadlines, housekeeping, sources
from incidents.actions.desk import Desk
from incidents.catalog.catalog import Catalog, load_catalog
from incidents.store.engine import Store
from incidents.store.tables import effect

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
SILENT = "alertmanager is silent"
BACK = "alertmanager is heard again"


def expecting(every: timedelta | None) -> Catalog:
    read = load_catalog(assets.folder("templates") / "init")
    wanted = {} if every is None else {"alertmanager": every}
    return replace(read, settings=replace(read.settings, sources=wanted))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return expecting(5 * MINUTE)


@pytest.fixture
def desk(store: Store, catalog: Catalog) -> Desk:
    return Desk(store, catalog)


def look(desk: Desk, now: datetime) -> None:
    sources.watch(desk, now)
    deadlines.tick(desk, housekeeping.HANDLERS, now)


def told(desk: Desk) -> list[str]:
    query = select(effect.c.args).where(effect.c.kind == "post").order_by(effect.c.seq)
    with desk.look() as connection:
        return [post["facts"]["headline"] for post in connection.execute(query).scalars()]


def test_what_is_never_heard_is_missed_after_its_time_and_not_before(desk: Desk) -> None:
    look(desk, START)

    look(desk, START + 5 * MINUTE - SECOND)
    before = told(desk)
    look(desk, START + 5 * MINUTE)

    assert before == []
    assert told(desk) == [SILENT]


def test_what_is_heard_in_time_is_not_missed(desk: Desk) -> None:
    for minute in range(0, 30, 4):
        sources.hear(desk, "alertmanager", START + minute * MINUTE)
        look(desk, START + minute * MINUTE)
    heard = START + 28 * MINUTE

    look(desk, heard + 5 * MINUTE - SECOND)
    before = told(desk)
    look(desk, heard + 5 * MINUTE)

    assert before == []
    assert told(desk) == [SILENT]


def test_each_silence_is_told_once_and_taken_back(desk: Desk) -> None:
    look(desk, START)
    for minute in range(5, 12):
        look(desk, START + minute * MINUTE)
    sources.hear(desk, "alertmanager", START + 12 * MINUTE)
    sources.hear(desk, "alertmanager", START + 13 * MINUTE)
    look(desk, START + 17 * MINUTE)
    during = told(desk)

    look(desk, START + 18 * MINUTE)

    assert during == [SILENT, BACK]
    assert told(desk) == [SILENT, BACK, SILENT]


def test_replicas_and_restarts_tell_it_once(desk: Desk, database_url: str) -> None:
    other = Desk(Store(database_url), desk.catalog)

    for minute in range(12):
        look(desk, START + minute * MINUTE)
        look(other, START + minute * MINUTE)

    assert told(desk) == [SILENT]
    other.store.close()


def test_a_time_that_is_made_shorter_holds_at_once(desk: Desk) -> None:
    look(desk, START)
    hasty = replace(desk, catalog=expecting(2 * MINUTE))

    look(hasty, START + 2 * MINUTE)

    assert told(desk) == [SILENT]


def test_a_source_that_nobody_expects_is_not_missed(desk: Desk) -> None:
    careless = replace(desk, catalog=expecting(None))
    sources.hear(careless, "alertmanager", START)

    look(careless, START + timedelta(days=3))

    assert told(careless) == []
