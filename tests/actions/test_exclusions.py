"""What does not count: read without it everywhere, judged without it, and back as it was."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from actions.traffic import (
    BY_ANA,
    CATALOG,
    CHECKOUT,
    HOUR,
    MINUTE,
    OBJECTIVES,
    START,
    Traffic,
    all_incidents,
    desk_on,
)
from sqlalchemy import select

from incidents.actions.desk import Desk
from incidents.actions.exclusions import Exempt, exclude, keep_up, restore
from incidents.actions.slo import tidy
from incidents.actions.windows import Plan, cancel, plan_window
from incidents.errors import NotFound, Refused
from incidents.model.exclusions import Category
from incidents.model.ids import ServiceName
from incidents.model.objective import Counts
from incidents.model.slicing import Slicing
from incidents.model.spans import Span
from incidents.model.text import clean_line
from incidents.model.windows import Scope, WindowKind
from incidents.queries.counting import budgets_at
from incidents.queries.slo import Budget, budget_named
from incidents.store import exclusions, windows
from incidents.store.engine import Store
from incidents.store.tables import audit


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    store = Store(sqlite_url)
    yield desk_on(store)
    store.close()


def exempt(about: str = CHECKOUT, *, since: int = 0, until: int = 10) -> Exempt:
    span = Span(START + MINUTE * since, START + MINUTE * until)
    return Exempt(about, span, Category.NETWORK, clean_line("a fire in the data centre"))


def budget(desk: Desk, traffic: Traffic) -> Budget:
    with desk.look() as connection:
        found = budget_named(desk, connection, CHECKOUT, traffic.now)
    assert found is not None
    return found


def test_an_exception_after_the_fact_is_read_beside_the_raw_figures_and_undone(
    store: Store,
) -> None:
    desk = desk_on(store)
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(10, CHECKOUT, good=0, bad=6000)
    traffic.passes(2, CHECKOUT)
    before = budget(desk, traffic)

    made = exclude(desk, exempt(), by=BY_ANA, now=traffic.now)

    after = budget(desk, traffic)
    assert (after.counts.bad, after.remaining) == (0, 1.0)
    assert after.counts.good == before.counts.good
    assert after.raw is not None
    assert (after.raw.bad, after.raw.remaining) == (60_000, before.remaining)
    assert "(if all counted: 96.7" in after.because
    restore(desk, made.id, clean_line("it was ours"), by=BY_ANA, now=traffic.now)
    assert budget(desk, traffic) == before
    with desk.look() as connection:
        said = connection.execute(
            select(audit.c.action, audit.c.object).order_by(audit.c.seq)
        ).all()
    assert [tuple(one) for one in said if one[0].startswith("budget")] == [
        ("budget.exclude", "x1"),
        ("budget.restore", "x1"),
    ]
    with pytest.raises(Refused, match="counts again already"):
        restore(desk, made.id, clean_line(""), by=BY_ANA, now=traffic.now)


def test_the_tick_judges_without_it_and_late_data_changes_nothing(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(2, CHECKOUT, good=5940, bad=60)
    exclude(desk, exempt("checkout", until=2), by=BY_ANA, now=traffic.now)

    found = traffic.passes(1, CHECKOUT)

    assert all_incidents(desk) == ()
    assert [one for tick in found for one in tick.outcomes if one.notices] == []
    with desk.look() as connection:
        held = budgets_at(connection, OBJECTIVES[:1], traffic.now)[CHECKOUT]
    assert held.counts.bad == 0
    assert held.raw is not None
    assert held.raw.counts == Counts(held.counts.good + 2 * 5940, 120)


def test_a_maintenance_that_excludes_is_written_down_and_ends_when_it_is_called_off(
    desk: Desk,
) -> None:
    plan = Plan(
        kind=WindowKind.MAINTENANCE,
        scope=Scope(services=(ServiceName("checkout"),)),
        span=Span(START, START + HOUR),
        title=clean_line("Upgrade"),
        because=clean_line(""),
        excludes=True,
    )
    window = plan_window(desk, plan, by=BY_ANA, now=START)
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(5, CHECKOUT, good=0, bad=6000)
    assert budget(desk, traffic).counts.bad == 0
    cancel(desk, window.id, by=BY_ANA, now=traffic.now)

    traffic.passes(1, CHECKOUT, good=0, bad=6000)

    assert budget(desk, traffic).counts.bad == 6000
    assert len(all_incidents(desk)) == 1
    assert "without 5 min that do not count" in all_incidents(desk)[0].facts["because"]
    with desk.look() as connection:
        (kept,) = exclusions.listed(connection, limit=9)
        assert windows.mutes(connection) == {}
    assert kept.span == Span(START, START + 5 * MINUTE)
    assert kept.category is Category.PLANNED
    assert keep_up(desk, traffic.now) == 0


def test_slices_that_overlap_are_not_counted(sqlite_url: str) -> None:
    sliced = replace(OBJECTIVES[0], slicing=Slicing(MINUTE, Fraction(1, 2)))
    store = Store(sqlite_url)
    desk = Desk(store, CATALOG, objectives=(sliced,))
    traffic = Traffic(desk)
    traffic.passes(6, CHECKOUT, good=0, bad=6000)
    span = Span(START + timedelta(seconds=90), START + timedelta(seconds=130))
    exclude(
        desk,
        Exempt(CHECKOUT, span, Category.DEPENDENCY, clean_line("theirs")),
        by=BY_ANA,
        now=traffic.now,
    )

    found = budget(desk, traffic)

    assert (found.bad, found.raw and found.raw.bad) == (4, 6)
    store.close()


def test_the_ends_stay_exact_when_fine_buckets_are_forgotten(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.passes(6, CHECKOUT, good=5000, bad=1000)
    exclude(desk, exempt(since=1, until=3), by=BY_ANA, now=traffic.now)

    later = START + timedelta(days=5)
    tidy(desk, later)

    with desk.look() as connection:
        held = budgets_at(connection, OBJECTIVES[:1], later)[CHECKOUT]
    assert held.counts == Counts(20_000, 4_000)


def test_what_cannot_be_left_out_is_refused_with_a_way_forward(desk: Desk) -> None:
    now = START + HOUR
    with pytest.raises(NotFound, match="no SLO called checkout/speed"):
        exclude(desk, exempt("checkout/speed"), by=BY_ANA, now=now)
    with pytest.raises(Refused, match="needs a reason"):
        exclude(desk, replace(exempt(), because=clean_line("")), by=BY_ANA, now=now)
    with pytest.raises(Refused, match="has not happened yet"):
        exclude(desk, exempt(since=90, until=99), by=BY_ANA, now=now)
    with pytest.raises(Refused, match="longer than 90 days"):
        exclude(desk, exempt(since=-200_000, until=1), by=BY_ANA, now=now)
    with pytest.raises(NotFound, match="no exclusion called x9"):
        restore(desk, "x9", clean_line(""), by=BY_ANA, now=now)
