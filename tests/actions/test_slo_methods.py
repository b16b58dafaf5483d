"""Budgets of slices of time and of calendar windows: counted, judged, told, as any other."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.actions.desk import Desk
from incidents.actions.samples import Reading, ingest
from incidents.actions.slo import Evaluated, evaluate, tidy
from incidents.actions.watching import Watch, watch
from incidents.catalog.catalog import Catalog
from incidents.model.budget import Budget
from incidents.model.burn import Loudness, rules_of
from incidents.model.calendar_window import Calendar, Unit
from incidents.model.episode import Step
from incidents.model.ids import ServiceName
from incidents.model.objective import NOTHING, Counts, Objective, SLOName
from incidents.model.services import Service, Services
from incidents.model.slices import judged
from incidents.model.slicing import Slicing
from incidents.queries import slo as asked
from incidents.queries.counting import budgets_at, counts_over
from incidents.queries.courses import courses_of
from incidents.queries.what_if import Outlook, Question, outlook
from incidents.store import incidents
from incidents.store.engine import Store

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
TICK, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (10, 60, 3600, 86_400))
SERVICE = ServiceName("checkout")
CATALOG = Catalog(Services({SERVICE: Service(SERVICE, "Checkout", 1)}))
NEW_YORK = ZoneInfo("America/New_York")


def objective(name: str, **other: object) -> Objective:
    plain = Objective(
        slo=SLOName(f"checkout/{name}"),
        service=SERVICE,
        target=Fraction(999, 1000),
        window=28 * DAY,
    )
    return replace(plain, **other)  # type: ignore[arg-type] (any of its fields)


EVENTS = objective("events")
MINUTES = objective("minutes", slicing=Slicing(MINUTE, Fraction(95, 100)))
SHARES = objective("shares", slicing=Slicing(5 * MINUTE, None))
MONTH = objective("month", calendar=Calendar(Unit.MONTH, datetime(2026, 1, 1), NEW_YORK))  # noqa: DTZ001 (on the wall)
BOTH = replace(MINUTES, slo=SLOName("checkout/both"), calendar=MONTH.calendar)
ALL = (EVENTS, MINUTES, SHARES, MONTH, BOTH)


class Traffic:
    """Services that report, and a watch that ticks."""

    def __init__(self, desk: Desk, now: datetime = START) -> None:
        self.desk, self.now, self.seq = desk, now, 0
        self.watch: Watch = watch(desk, now)

    def reports(self, one: Objective, at: datetime, good: int, bad: int) -> Reading:
        self.seq += 1
        reading = Reading(one.slo, at, good, bad, "edge-1", self.seq)
        assert ingest(self.desk, [reading], self.now).refused == ()
        return reading

    def calm(self, one: Objective, *, minutes: int, good: int) -> None:
        """So many minutes without a failure lie behind us."""
        readings = [
            Reading(one.slo, START - MINUTE * minute, good, 0, "calm", minute)
            for minute in range(1, minutes + 1)
        ]
        assert ingest(self.desk, readings, self.now).refused == ()

    def ticks(self, length: timedelta = TICK) -> Evaluated:
        self.now += length
        return evaluate(self.desk, self.watch, self.now)

    def minutes(self, one: Objective, many: int, *, good: int, bad: int) -> list[Evaluated]:
        """Minutes with as many events in the middle of each, and a tick at the end of each."""
        found = []
        for _ in range(many):
            self.reports(one, self.now + MINUTE / 2, good, bad)
            found.append(self.ticks(MINUTE))
        return found

    def budget(self, one: Objective) -> Budget:
        with self.desk.look() as connection:
            return budgets_at(connection, [one], self.now)[one.slo]

    def told(self, one: Objective) -> asked.Budget:
        with self.desk.look() as connection:
            found = asked.budget_named(self.desk, connection, one.slo, self.now)
        assert found is not None
        return found

    def restarts(self) -> None:
        self.watch = watch(self.desk, self.now)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, CATALOG, objectives=ALL)


@pytest.fixture
def light(sqlite_url: str) -> Desk:
    return Desk(Store(sqlite_url), CATALOG, objectives=ALL)


def steps(found: list[Evaluated]) -> list[Step]:
    return [outcome.step for tick in found for outcome in tick.outcomes]


# Slices.


def test_a_slice_that_is_still_running_is_not_counted(light: Desk) -> None:
    traffic = Traffic(light)
    traffic.reports(MINUTES, START, 0, 1)

    traffic.ticks(50 * timedelta(seconds=1))
    assert traffic.budget(MINUTES).counts == NOTHING
    traffic.ticks()
    assert traffic.budget(MINUTES).counts == Counts(0, 1)
    assert in_rings(traffic, MINUTES, HOUR) == Counts(0, 1)


def test_late_events_turn_a_slice_over_and_back(desk: Desk) -> None:
    traffic = Traffic(desk)
    an_hour_ago = START - HOUR
    traffic.reports(MINUTES, an_hour_ago, 95, 0)
    traffic.ticks()
    assert traffic.budget(MINUTES).counts == Counts(1, 0)

    traffic.reports(MINUTES, an_hour_ago + MINUTE - TICK, 0, 6)
    traffic.ticks()
    assert traffic.budget(MINUTES).counts == Counts(0, 1)
    assert in_rings(traffic, MINUTES, 6 * HOUR) == Counts(0, 1)

    traffic.reports(MINUTES, an_hour_ago, 19, 0)
    traffic.ticks()
    assert traffic.budget(MINUTES).counts == Counts(1, 0)
    assert in_rings(traffic, MINUTES, 6 * HOUR) == Counts(1, 0)


def test_bad_minutes_open_a_room_and_it_is_told_in_slices(light: Desk) -> None:
    traffic = Traffic(light)
    traffic.calm(MINUTES, minutes=300, good=100)

    found = traffic.minutes(MINUTES, 2, good=50, bad=50)

    assert steps(found)[0] is Step.OPEN
    with light.look() as connection:
        (incident,) = incidents.recent(connection, limit=9)
        (cost,) = asked.spent_by(light, connection, incident, traffic.now)
    assert (cost.bad, cost.counted, cost.called) == (2, "Bad slices", "28 d")
    assert cost.spent == Fraction(2, 302) * 1000
    told = traffic.told(MINUTES)
    assert told.loudness is Loudness.PAGE
    assert (told.good, told.bad) == (300, 2)
    assert told.because.startswith(
        "99.338 % of slices good over 28 d, target 99.9 %, 0.7 % measured; burning "
    )


@pytest.mark.parametrize("one", [MINUTES, SHARES])
def test_a_bad_slice_of_few_failures_wakes_nobody(light: Desk, one: Objective) -> None:
    traffic = Traffic(light)
    traffic.calm(one, minutes=300, good=1)

    found = traffic.minutes(one, 5, good=0, bad=0) + traffic.minutes(one, 1, good=0, bad=4)
    found += traffic.minutes(one, 4, good=1, bad=0)

    loud = [outcome.loudness for tick in found for outcome in tick.outcomes]
    assert Loudness.TICKET in loud
    assert Loudness.PAGE not in loud
    assert traffic.told(one).loudness is Loudness.TICKET
    assert (
        "only 4 failures in 1 h, fewer than the 5 that wake somebody" in traffic.told(one).because
    )


def test_without_data_slices_freeze_as_events_do(light: Desk) -> None:
    traffic = Traffic(light)
    traffic.calm(SHARES, minutes=60, good=100)
    traffic.minutes(SHARES, 5, good=0, bad=100)
    assert traffic.told(SHARES).loudness is Loudness.PAGE

    silent = [traffic.ticks(MINUTE) for _ in range(10)]

    assert steps(silent) == []
    assert silent[-1].frozen == (SHARES.slo,)
    assert traffic.told(SHARES).is_frozen


def test_shares_of_slices_weigh_quiet_ones_like_busy_ones(light: Desk) -> None:
    traffic = Traffic(light)
    traffic.reports(SHARES, START - 10 * MINUTE, 9_999, 1)
    traffic.reports(SHARES, START - 5 * MINUTE, 1, 1)
    traffic.ticks()

    told = traffic.told(SHARES)

    assert (told.good, told.bad) == (1.5, 0.5)
    assert told.sli == pytest.approx((0.9999 + 0.5) / 2, abs=1e-8)


def test_whoever_starts_anew_has_the_same_slices(desk: Desk) -> None:
    traffic = Traffic(desk)
    for place in range(40):
        traffic.reports(MINUTES, START - 7 * MINUTE * place - TICK, 10, place % 3)
        traffic.reports(SHARES, START - 7 * MINUTE * place - TICK, 10, place % 3)
    traffic.reports(SHARES, START + TICK, 1, 1)
    traffic.ticks()
    before = {one.slo: in_rings(traffic, one, 6 * HOUR) for one in (MINUTES, SHARES)}

    traffic.restarts()

    assert {one.slo: in_rings(traffic, one, 6 * HOUR) for one in (MINUTES, SHARES)} == before
    traffic.ticks(5 * MINUTE)
    assert in_rings(traffic, SHARES, 6 * HOUR).total > before[SHARES.slo].total


def test_a_promise_that_counts_slices_from_now_on_keeps_its_past(store: Store) -> None:
    events = replace(MINUTES, slicing=None)
    traffic = Traffic(Desk(store, CATALOG, objectives=(events,)))
    traffic.calm(events, minutes=300, good=10)
    traffic.reports(events, START - MINUTE * 7, 0, 10)

    after = Traffic(Desk(store, CATALOG, objectives=(MINUTES,)))

    assert in_rings(after, MINUTES, 6 * HOUR) == Counts(299, 1)
    assert after.budget(MINUTES).counts == Counts(299, 1)
    assert traffic.budget(events).counts == Counts(3000, 10)
    assert after.watch.rings.figures(MINUTES.series, [HOUR], history=HOUR).latest == START - MINUTE


def test_a_promise_that_counts_slices_again_judges_what_came_meanwhile_and_nothing_twice(
    sqlite_url: str,
) -> None:
    store = Store(sqlite_url)
    events = replace(SHARES, slicing=None)
    sliced = Traffic(Desk(store, CATALOG, objectives=(SHARES,)))
    sliced.minutes(SHARES, 10, good=1, bad=1)
    plain = Traffic(Desk(store, CATALOG, objectives=(events,)), sliced.now + 4 * DAY)
    plain.seq = sliced.seq
    plain.minutes(events, 10, good=1, bad=0)
    tidy(plain.desk, plain.now)

    again = Traffic(Desk(store, CATALOG, objectives=(SHARES,)), plain.now)

    assert (again.told(SHARES).good, again.told(SHARES).bad) == (3, 1)
    assert in_rings(again, SHARES, 28 * DAY) == again.budget(SHARES).counts
    again.restarts()
    assert (again.told(SHARES).good, again.told(SHARES).bad) == (3, 1)
    store.close()


Event = tuple[int, int, int, bool]


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(
        st.lists(
            st.tuples(
                st.integers(-340 * 6, 11), st.integers(0, 50), st.integers(0, 5), st.booleans()
            ),
            max_size=12,
        ),
        min_size=1,
        max_size=6,
    ),
    passing=st.integers(0, 20),
)
def test_slices_are_what_counting_anew_would_give_in_whatever_order_events_come(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    batches: list[list[Event]],
    passing: int,
) -> None:
    path = tmp_path_factory.mktemp("slices") / "warroom.db"
    shutil.copy(sqlite_template, path)
    desk = Desk(Store(f"sqlite:///{path}"), CATALOG, objectives=(MINUTES, SHARES, BOTH))
    watching, now, seq = watch(desk, START), START, 0
    happened: dict[datetime, Counts] = {}

    for batch in batches:
        for tick, good, bad, is_sent_twice in batch:
            at, seq = START + TICK * tick, seq + 1
            happened[at] = happened.get(at, NOTHING) + Counts(good, bad)
            sent = [Reading(one.slo, at, good, bad, "edge", seq) for one in (MINUTES,)]
            sent += [replace(sent[0], slo=one.slo, source=one.slo) for one in (SHARES, BOTH)]
            for _ in range(1 + is_sent_twice):
                ingest(desk, sent, now)
        now += TICK * passing
        evaluate(desk, watching, now)

    for one in (MINUTES, SHARES, BOTH):
        assert one.slicing is not None
        for window in rules_of(one).windows:
            wanted = anew(one.slicing, happened, now - window, now)
            column = watching.rings.column[one.series]
            good, bad = watching.rings.sums(window)
            assert Counts(int(good[column]), int(bad[column])) == wanted
            with desk.look() as connection:
                assert counts_over(connection, [one], window, now)[one.slo] == wanted
    with desk.look() as connection:
        whole = budgets_at(connection, [BOTH], now)[BOTH.slo].counts
    assert MONTH.calendar is not None
    assert watching.rings.since(MONTH.calendar, BOTH.series) == whole
    assert BOTH.slicing is not None
    assert whole == anew(BOTH.slicing, happened, START - 20 * DAY, now)
    desk.store.close()


def anew(
    slicing: Slicing, happened: Mapping[datetime, Counts], since: datetime, until: datetime
) -> Counts:
    """Every slice that ended in the time, judged from all of its events."""
    slices: dict[int, Counts] = {}
    for at, counts in happened.items():
        slices[slicing.number(at)] = slices.get(slicing.number(at), NOTHING) + counts
    found = NOTHING
    for number, counts in slices.items():
        if since < slicing.start(number + 1) <= until:
            found += judged(slicing, counts)
    return found


def in_rings(traffic: Traffic, one: Objective, window: timedelta) -> Counts:
    rings = traffic.watch.rings
    return rings.figures(one.series, [window], history=window).counts[window]


# Calendars.


def test_a_month_begins_anew_at_its_edge_on_the_clocks_of_its_zone(desk: Desk) -> None:
    edge = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    traffic = Traffic(desk, edge - 10 * MINUTE)
    traffic.minutes(MONTH, 9, good=100, bad=10)
    told = traffic.told(MONTH)
    assert told.counts == Counts(900, 90)
    assert told.because.startswith("90.909 % good since 1 Nov, target 99.9 %")
    assert told.counting.span == (datetime(2026, 11, 1, 4, tzinfo=UTC), edge)

    traffic.minutes(MONTH, 1, good=100, bad=10)

    assert traffic.budget(MONTH).counts == NOTHING
    assert traffic.watch.rings.since(MONTH.calendar, MONTH.series) == NOTHING  # type: ignore[arg-type] (it has one)
    traffic.reports(MONTH, edge - MINUTE, 0, 50)
    traffic.ticks()
    assert traffic.budget(MONTH).counts == NOTHING
    traffic.minutes(MONTH, 1, good=7, bad=0)
    assert traffic.budget(MONTH).counts == Counts(7, 0)
    assert traffic.told(MONTH).because.startswith("100 % good since 1 Dec, target 99.9 %")


def test_rings_and_record_agree_on_a_month_and_so_does_whoever_starts_anew(desk: Desk) -> None:
    traffic = Traffic(desk)
    for place in range(60):
        traffic.reports(MONTH, START - 5 * MINUTE * place, 1000, place % 7)
    traffic.reports(MONTH, START + MINUTE, 5, 5)
    traffic.ticks()
    assert MONTH.calendar is not None
    counted = traffic.watch.rings.since(MONTH.calendar, MONTH.series)

    traffic.restarts()

    assert counted.total > 60_000
    assert traffic.watch.rings.since(MONTH.calendar, MONTH.series) == counted
    assert traffic.budget(MONTH).counts == counted
    traffic.ticks(2 * MINUTE)
    assert traffic.watch.rings.since(MONTH.calendar, MONTH.series) == counted + Counts(5, 5)
    assert traffic.budget(MONTH).counts == counted + Counts(5, 5)


def test_early_in_a_month_a_failure_is_not_the_end_of_its_budget(light: Desk) -> None:
    traffic = Traffic(light, datetime(2026, 11, 1, 4, 0, tzinfo=UTC))

    found = traffic.minutes(MONTH, 10, good=99, bad=1)

    budget = traffic.budget(MONTH)
    assert budget.counts == Counts(990, 10)
    # The clocks go back on the first: this November is an hour longer.
    assert budget.passed == Fraction(10, 30 * 24 * 60 + 60)
    assert budget.consumed == Fraction(10, 4326)
    assert not any(outcome.notices for tick in found for outcome in tick.outcomes)


def test_a_month_that_is_spent_pages_once_and_is_back_when_it_begins_anew(light: Desk) -> None:
    traffic = Traffic(light, datetime(2026, 11, 30, 5, 0, tzinfo=UTC))
    notices = [
        notice
        for tick in traffic.minutes(MONTH, 3, good=0, bad=1000)
        for outcome in tick.outcomes
        for notice in outcome.notices
    ]
    assert notices == [25, 50, 75, 90, 100]
    assert traffic.told(MONTH).back_in == DAY - 3 * MINUTE

    traffic.now = datetime(2026, 12, 1, 4, 58, tzinfo=UTC)
    traffic.minutes(MONTH, 4, good=1000, bad=0)

    told = traffic.told(MONTH)
    assert (told.remaining, told.is_exhausted) == (1.0, False)


def test_what_a_calendar_month_spends_is_told_as_its_budget(light: Desk) -> None:
    traffic = Traffic(light)
    traffic.minutes(MONTH, 2, good=0, bad=1000)

    with light.look() as connection:
        found = courses_of(light, connection, [MONTH.slo], START - HOUR, traffic.now)

    assert found.left[MONTH.slo][0] == 1.0
    assert found.left[MONTH.slo][-1] == traffic.told(MONTH).remaining < 0


def test_what_if_every_minute_were_bad(light: Desk) -> None:
    """Minutes turn bad together: with 6 % failing all of them, with 5 % none."""
    traffic = Traffic(light)
    traffic.minutes(MINUTES, 60, good=1000, bad=0)

    def asked(errors: str) -> Outlook:
        with light.look() as connection:
            question = Question(errors=Fraction(errors))
            return outlook(light, connection, MINUTES.slo, question, traffic.now)

    fine, bad = asked("0.05"), asked("0.06")

    assert (fine.burn, fine.runs_out_in) == (0, None)
    assert bad.burn == 1 / MINUTES.budget
    assert bad.assumed == (60_000, Fraction(6, 100))
    # One bad minute in what is there and comes: 60 good ones, so it is spent at once.
    assert bad.runs_out_in is not None
    assert bad.runs_out_in / MINUTE == pytest.approx(60 / (1 / float(MINUTES.budget) - 1), rel=0.01)


@pytest.mark.parametrize("one", [MONTH, BOTH])
def test_what_if_is_what_then_happens_to_a_calendars_window(light: Desk, one: Objective) -> None:
    """As the forecast foresees it where nothing changes, and as it is counted where it does."""
    traffic = Traffic(light)
    traffic.minutes(one, 90, good=1000, bad=0)
    traffic.minutes(one, 2, good=900, bad=100)

    before = traffic.told(one)
    with light.look() as connection:
        same = outlook(light, connection, one.slo, Question(), traffic.now)
        worse = Question(Fraction(2), Fraction(1, 2), 10 * MINUTE)
        found = outlook(light, connection, one.slo, worse, traffic.now)
    left = dict(found.left)[10 * MINUTE]
    traffic.minutes(one, 10, good=1000, bad=1000)

    # The promise of the month as it is told ten minutes later, when that has come to pass.
    assert float(left) == pytest.approx(traffic.told(one).remaining, rel=0.02, abs=0.02)
    if one is MONTH:
        assert same.runs_out_in == before.runs_out_in
