"""What was promised on which day; and what is measured anew has to be measured for a while."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from actions.traffic import CATALOG, CHECKOUT, HOUR, MINUTE, OBJECTIVES, START

from incidents.actions.desk import Desk
from incidents.actions.promises import remember
from incidents.actions.samples import Reading, ingest
from incidents.actions.slo import evaluate
from incidents.actions.watching import watch
from incidents.queries.slo import budget_named
from incidents.store import promises
from incidents.store.engine import Store

DAY = timedelta(days=1)
(BEFORE, SEARCH) = OBJECTIVES
STRICTER = replace(BEFORE, target=Fraction(9995, 10_000))
OTHER_QUERY = replace(STRICTER, indicator="latency < 200 ms")


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    made = Store(sqlite_url)
    yield made
    made.close()


def desk_with(store: Store, *objectives: object) -> Desk:
    return Desk(store, CATALOG, objectives=(*objectives, SEARCH))  # type: ignore[arg-type]


def test_each_definition_counts_from_when_it_was_first_watched(store: Store) -> None:
    remember(desk_with(store, BEFORE), START)
    remember(desk_with(store, replace(BEFORE, title="A better name")), START + DAY)
    remember(desk_with(store, STRICTER), START + 2 * DAY)

    with store.read() as connection:
        found = promises.definitions(connection, CHECKOUT)

    assert [(one.since, one.target, one.lasts) for one in found] == [
        (START, Fraction(999, 1000), "28 d"),
        (START + 2 * DAY, Fraction(1999, 2000), "28 d"),
    ]
    assert promises.of_day(found, START + DAY) == found[0]
    assert promises.of_day(found, START + 3 * DAY) == found[1]
    assert promises.of_day(found, START - DAY) is None


def test_what_measures_something_else_freezes_until_it_was_measured(sqlite_store: Store) -> None:
    before = desk_with(sqlite_store, BEFORE)
    remember(before, START - 5 * HOUR)
    reports(before, range(1, 300))
    after = desk_with(sqlite_store, OTHER_QUERY)
    remember(after, START - 30 * MINUTE)
    watching = watch(after, START - 30 * MINUTE)

    evaluated = evaluate(after, watching, START)

    with sqlite_store.read() as connection:
        budget = budget_named(after, connection, CHECKOUT, START)
    assert budget is not None
    assert not budget.is_frozen
    assert len(budget.freeze.rules) == 4
    assert "defined anew 30 min ago" in budget.because
    assert evaluated.outcomes == () or CHECKOUT in evaluated.frozen


def test_a_stricter_target_judges_what_was_measured_already(sqlite_store: Store) -> None:
    before = desk_with(sqlite_store, BEFORE)
    remember(before, START - 5 * HOUR)
    reports(before, range(1, 300))
    after = desk_with(sqlite_store, STRICTER)
    remember(after, START - 30 * MINUTE)

    with sqlite_store.read() as connection:
        budget = budget_named(after, connection, CHECKOUT, START)

    assert budget is not None
    assert budget.freeze.rules == ()


def reports(desk: Desk, minutes: range) -> None:
    readings = [
        Reading(CHECKOUT, START - MINUTE * minute, 990, 10, "edge-1", minute) for minute in minutes
    ]
    assert ingest(desk, readings, START).refused == ()
