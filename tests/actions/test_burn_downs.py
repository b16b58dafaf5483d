"""What is drawn of a budget is what is told of it, whatever it counts and over whichever window."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from actions.test_slo_methods import ALL, CATALOG, DAY, HOUR, MINUTE, MONTH, START, objective

from incidents.actions.desk import Desk
from incidents.actions.watching import watch
from incidents.model.access import PUBLIC
from incidents.model.burn_down import BurnDown, MarkKind
from incidents.model.calendar_window import Calendar, Unit
from incidents.model.objective import Objective
from incidents.model.pictures import Picture
from incidents.model.rolling import Sample
from incidents.queries.burn_downs import burn_down_of
from incidents.queries.counting import budgets_at
from incidents.render.slo_charts import chart_of
from incidents.store import sli_journal, slo
from incidents.store.engine import Store

KOLKATA = Calendar(Unit.WEEK, datetime(2026, 1, 5), ZoneInfo("Asia/Kolkata"))  # noqa: DTZ001 (on the wall)
WEEK = objective("week", calendar=KOLKATA, window=7 * DAY)
SHORT = objective("short", window=6 * HOUR)
DRAWN = (*ALL, WEEK, SHORT)
NOW = START + timedelta(minutes=7, seconds=30)


def samples(one: Objective) -> Iterator[Sample]:
    """Sixty days of traffic with two outages, minutes apart where they are young."""
    for hour in range(4, 58 * 24, 3):
        bad = 900 if 23 * 24 < hour < 23 * 24 + 15 or 100 < hour < 110 else hour % 3
        yield Sample(one.slo, START - HOUR * hour + MINUTE * 17, 99_000, bad)
    for minute in range(4 * 60):
        yield Sample(one.slo, START - MINUTE * minute, 1000, 40 if minute < 20 else 0)


def counted(store: Store, *objectives: Objective) -> Desk:
    """A desk with all the samples of these."""
    made = Desk(store, CATALOG, objectives=objectives)
    with store.write() as connection:
        sli_journal.hold(connection)
        slo.take(connection, [each for one in objectives for each in samples(one)], START)
    watch(made, NOW)
    return made


def course(desk: Desk, one: Objective, over: timedelta | None = None) -> BurnDown:
    with desk.look() as connection:
        return burn_down_of(desk, connection, one.slo, NOW, reader=PUBLIC, over=over)


def test_each_point_is_the_budget_of_its_moment(store: Store) -> None:
    desk = counted(store, *DRAWN)
    wrong, looked = [], 0
    for one in DRAWN:
        for over in (HOUR, 5 * HOUR, DAY, 7 * DAY, 28 * DAY)[: 2 if one is SHORT else None]:
            drawn = course(desk, one, over)
            for point in (*drawn.points[:: len(drawn.points) // 3], drawn.last):
                with desk.look() as connection:
                    budget = budgets_at(connection, [one], point.at)[one.slo]
                looked += 1
                told = budget.remaining if budget.counts.total else None
                if point.left != told:
                    wrong.append((one.slo, point.at, point.left, told))

    assert wrong == []
    assert looked > 100


def test_calendars_begin_anew_and_slices_are_told_as_slices(store: Store) -> None:
    minutes, shares = ALL[1], ALL[2]
    desk = counted(store, minutes, shares, MONTH)

    drawn = course(desk, MONTH)

    (edge,) = [one.at for one in drawn.marks if one.kind is MarkKind.WINDOW]
    assert edge == datetime(2026, 11, 1, 4, tzinfo=UTC)  # midnight in New York
    before = [one.left for one in drawn.points if one.at < edge][-1]
    after = next(one.left for one in drawn.points if one.at > edge)
    assert before is not None
    assert after is not None
    assert before < after
    bad = chart_of(Picture.ERRORS, course(desk, minutes, HOUR))
    assert bad.headline.endswith("of slices were bad")
    assert ", 0.04 of 1" in chart_of(Picture.ERRORS, course(desk, shares, HOUR)).describes
