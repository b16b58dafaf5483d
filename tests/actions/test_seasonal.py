"""Forecasts with the usual week, from what was really counted, wherever they are asked for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from actions.traffic import CHECKOUT, HOUR, OBJECTIVES, START, desk_on

from incidents.actions.desk import Desk
from incidents.model.calendar_window import Calendar, Unit
from incidents.model.objective import Objective
from incidents.model.rolling import Sample
from incidents.queries.seasonal import Seasonal, seasonal_of
from incidents.queries.slo import budget_named
from incidents.store import slo
from incidents.store.engine import Store


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    store = Store(sqlite_url)
    yield desk_on(store)
    store.close()


def busy(at: datetime) -> int:
    """Events in an hour: many by day, few by night and at weekends (START is a Saturday)."""
    by_day = 10_000 if 8 <= at.hour < 20 else 1_000
    return by_day if at.weekday() < 5 else by_day // 5


def weeks(desk: Desk, count: int, *, failing: Fraction = Fraction(0)) -> None:
    """So many weeks up to now, ``failing`` in the last hour."""
    hours = range(1, count * 168 + 1)
    samples = []
    for hour in hours:
        at = START - HOUR * hour
        bad = int(busy(at) * failing) if hour == 1 else 0
        samples.append(Sample(CHECKOUT, at, busy(at) - bad, bad))
    with desk.store.write() as connection:
        slo.hold(connection)
        slo.take(connection, samples, START)


def asked(desk: Desk, objective: Objective = OBJECTIVES[0]) -> Seasonal:
    with desk.look() as connection:
        return seasonal_of(connection, objective, START)


def test_on_a_quiet_saturday_it_knows_that_monday_is_busy(desk: Desk) -> None:
    weeks(desk, 6, failing=Fraction(1, 50))

    found = asked(desk)
    with desk.look() as connection:
        flat = budget_named(desk, connection, CHECKOUT, START)

    # 40 failures an hour by day until Monday at 8:00, then 200: 2 851 are gone that evening.
    assert flat is not None
    assert flat.runs_out_in is not None
    assert found.runs_out_in is not None
    assert timedelta(hours=54) < found.runs_out_in < timedelta(hours=58)
    assert flat.runs_out_in > timedelta(hours=68)
    assert found.errors is not None
    assert found.errors.seasonal < 0.01
    assert found.errors.flat > 0.5
    assert found.says.startswith("runs out in 2 d ")
    assert "(a day's traffic was foretold 0% off, and " in found.says


def test_with_too_short_a_past_it_says_so(desk: Desk) -> None:
    weeks(desk, 2)

    assert asked(desk).says == "no usual week yet: 14 d of history, and it takes 4 weeks"


def test_of_a_calendar_month_what_is_left_of_it_is_what_is_expected(desk: Desk) -> None:
    weeks(desk, 8, failing=Fraction(1))
    month = Calendar(Unit.MONTH, datetime(2026, 1, 1), ZoneInfo("UTC"))  # noqa: DTZ001
    monthly = replace(OBJECTIVES[0], calendar=month, window=timedelta(days=30))

    found = asked(desk, monthly)

    # 21 weekdays of 132 000 and 9 quiet days of 26 400 allow 3 009.6, of which 2 000 are spent.
    assert not found.is_spent
    assert found.runs_out_in is not None
    assert found.runs_out_in / HOUR == pytest.approx(1009.6 / 2000, abs=0.01)


def test_a_quiet_service_does_not_run_out(desk: Desk) -> None:
    weeks(desk, 5)

    assert asked(desk).says.startswith("does not run out (a day's traffic")
