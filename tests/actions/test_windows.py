"""Budgets in windows: muted and told once, keener, and what burns on is an alert afterwards."""

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
    SEARCH,
    START,
    Traffic,
    all_incidents,
    desk_on,
    kinds,
    resolve,
    steps,
    told,
)
from sqlalchemy import select

from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Desk
from incidents.actions.samples import ingest
from incidents.actions.windows import Plan, cancel, plan_window, scope_named
from incidents.catalog.settings import AfterIncident, Settings
from incidents.errors import NotFound, Refused
from incidents.model.burn import Loudness
from incidents.model.episode import Step
from incidents.model.ids import ServiceName
from incidents.model.services import Dependency, Service, Services
from incidents.model.severity import Severity
from incidents.model.spans import Span
from incidents.model.text import clean_line
from incidents.model.timeline import Kind
from incidents.model.windows import Scope, Window, WindowKind
from incidents.queries.windows import listed, standing_windows, surroundings
from incidents.store import timeline, windows
from incidents.store.engine import Store
from incidents.store.tables import audit


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    store = Store(sqlite_url)
    yield desk_on(store)
    store.close()


@pytest.fixture
def both(store: Store) -> Desk:
    """On either database."""
    return desk_on(store)


def plan(
    desk: Desk,
    kind: WindowKind = WindowKind.MAINTENANCE,
    *,
    scope: str = "checkout",
    hours: float = 1,
    sensitivity: Fraction | None = None,
    excludes: bool = False,
) -> Window:
    wish = Plan(
        kind=kind,
        scope=scope_named(desk.catalog, scope),
        span=Span(START, START + HOUR * hours),
        title=clean_line("Database upgrade"),
        because=clean_line("a new version"),
        sensitivity=sensitivity,
        excludes=excludes,
    )
    return plan_window(desk, wish, by=BY_ANA, now=START)


def test_what_burns_in_maintenance_is_kept_quiet_and_told_once(desk: Desk) -> None:
    plan(desk)
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)

    found = traffic.passes(12, CHECKOUT, good=3000, bad=3000)

    assert all_incidents(desk) == ()
    assert steps(found) == [Step.NOTHING]
    assert len([one for one in told(desk, "post") if one.startswith("ops/muted")]) == 1
    with desk.look() as connection:
        (muted,) = windows.muted_since(connection, START)
    assert (muted.slo, muted.window, muted.loudness) == (CHECKOUT, "w1", Loudness.PAGE)


def test_what_burns_on_when_the_window_ends_is_an_alert_that_says_so(both: Desk) -> None:
    desk = both
    plan(desk, hours=0.2)
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)

    found = traffic.passes(13, CHECKOUT, good=3000, bad=3000)

    (incident,) = all_incidents(desk)
    assert steps(found) == [Step.NOTHING, Step.OPEN]
    assert incident.facts["because"].endswith(
        "“Database upgrade” (w1) kept it quiet until Sat 21 Nov 2026 10:12 UTC"
    )
    with desk.look() as connection:
        (muted,) = windows.muted_since(connection, START)
    assert muted.became == "alert"


def test_what_is_calm_when_the_window_ends_is_nobody_s_alert(desk: Desk) -> None:
    plan(desk, scope="search", hours=1)
    traffic = Traffic(desk)
    traffic.weeks(SEARCH, per_hour=600_000)
    traffic.passes(3, SEARCH, good=9000, bad=1000)
    traffic.passes(60, SEARCH, good=10_000)

    traffic.passes(3, SEARCH, good=10_000)

    assert all_incidents(desk) == ()
    with desk.look() as connection:
        (muted,) = windows.muted_since(connection, START)
    assert muted.became == "calm"


def test_in_a_room_that_is_open_for_the_service_it_is_told_there(desk: Desk) -> None:
    order = Declare(clean_line("checkout 5xx"), Severity.SEV2, services=("checkout",))
    declare(desk, order, by=BY_ANA, now=START)
    plan(desk)
    traffic = Traffic(desk)

    traffic.passes(3, CHECKOUT, good=0, bad=6000)

    with desk.look() as connection:
        (entry,) = [
            one for one in timeline.entries(connection, all_incidents(desk)[0].number)
            if one.kind is Kind.SLO_NOTICE
        ]  # fmt: skip
    assert entry.body["because"].startswith(
        "a page is kept quiet by “Database upgrade” (maintenance w1, until "
        "Sat 21 Nov 2026 11:00 UTC): "
    )


def test_an_alert_that_is_running_is_not_over_because_of_a_window(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.passes(3, CHECKOUT, good=0, bad=6000)
    plan(desk)

    found = traffic.passes(3, CHECKOUT, good=0, bad=6000)

    assert steps(found) == []
    assert Kind.SLO_RECOVERED not in kinds(desk, 1)


def test_a_window_called_off_mutes_no_more(desk: Desk) -> None:
    window = plan(desk)
    traffic = Traffic(desk)
    traffic.passes(3, CHECKOUT, good=0, bad=6000)
    cancel(desk, window.id, by=BY_ANA, now=traffic.now)

    found = traffic.passes(1, CHECKOUT, good=0, bad=6000)

    assert steps(found) == [Step.OPEN]
    with desk.look() as connection:
        assert listed(desk, connection, traffic.now) == ()
        actions = connection.execute(select(audit.c.action).order_by(audit.c.seq)).scalars().all()
    assert [one for one in actions if one.startswith("window")] == ["window.plan", "window.cancel"]
    with pytest.raises(Refused, match="over already"):
        cancel(desk, window.id, by=BY_ANA, now=traffic.now)


def test_at_a_peak_half_the_rate_is_enough_and_a_ticket_is_a_page(desk: Desk) -> None:
    calm, peak = Traffic(desk), Traffic(desk)
    calm.weeks(CHECKOUT, per_hour=60_000)
    late = [calm.reading(CHECKOUT, START - MINUTE * m, 990, 10) for m in range(1, 61)]
    late += [calm.reading(CHECKOUT, START - MINUTE * m, 1000, 0) for m in range(61, 300)]
    ingest(desk, late, START)
    before = calm.passes(1, CHECKOUT, good=990, bad=10)
    plan(desk, WindowKind.PEAK)
    peak.restarts()
    peak.now = calm.now

    found = calm.passes(1, CHECKOUT, good=990, bad=10)

    assert all(one.loudness is not Loudness.PAGE for tick in before for one in tick.outcomes)
    assert [one.loudness for tick in found for one in tick.outcomes] == [Loudness.PAGE]
    (incident,) = all_incidents(desk)
    assert "0.5 times the usual: “Database upgrade” (peak w1" in incident.facts["because"]


def test_after_an_incident_its_services_are_watched_more_closely(desk: Desk) -> None:
    settings = Settings(after_incident=AfterIncident(timedelta(hours=2), Fraction(1, 2)))
    desk = replace(desk, catalog=replace(CATALOG, settings=settings))
    order = Declare(clean_line("checkout 5xx"), Severity.SEV2, services=("checkout",))
    declare(desk, order, by=BY_ANA, now=START)
    resolve(desk, 1, START + MINUTE)
    with desk.look() as connection:
        soon = surroundings(desk, connection, START + HOUR)
        later = surroundings(desk, connection, START + 3 * HOUR)

    checkout, search = desk.objectives
    assert soon.of(checkout).sensitivity == Fraction(1, 2)
    assert soon.of(checkout).reason == "INC-1 ended 59 min ago"
    assert soon.of(search).sensitivity is None
    assert later.is_empty


def test_a_window_on_a_dependency_covers_what_cannot_work_without_it(desk: Desk) -> None:
    names = ("db", "checkout", "shop")
    needs = {"checkout": "db", "shop": "checkout"}
    services = {
        ServiceName(one): Service(
            ServiceName(one),
            one,
            3,
            depends_on=(Dependency(ServiceName(needs[one])),) * (one in needs),
        )
        if one in needs
        else Service(ServiceName(one), one, 3)
        for one in names
    }
    desk = replace(desk, catalog=replace(CATALOG, services=Services(services)))
    plan(desk, scope="dependency db")

    with desk.look() as connection:
        assert standing_windows(desk, connection, ["shop"], START)
        assert standing_windows(desk, connection, ["search"], START) == ()
        assert standing_windows(desk, connection, ["shop"], START + HOUR) == ()


def test_what_cannot_be_is_refused_with_a_way_forward(desk: Desk) -> None:
    with pytest.raises(NotFound, match="There is no service called chekout"):
        plan(desk, scope="chekout")
    with pytest.raises(Refused, match="over already"):
        plan(desk, hours=-1)
    with pytest.raises(Refused, match="has no sensitivity"):
        plan(desk, sensitivity=Fraction(1, 2))
    with pytest.raises(Refused, match="excludes nothing"):
        plan(desk, WindowKind.FREEZE, excludes=True)
    loose = replace(desk, objectives=(replace(OBJECTIVES[1], target=Fraction(9, 10)),))
    with pytest.raises(Refused, match="nothing burns faster than 10x"):
        plan(loose, WindowKind.PEAK, scope="search", sensitivity=Fraction(10))
    with pytest.raises(NotFound, match="no window called w9"):
        cancel(desk, "w9", by=BY_ANA, now=START)
    assert scope_named(desk.catalog, "checkout, tier 3, team storefront") == Scope(
        (ServiceName("checkout"),),
        ("storefront",),
        (3,),  # type: ignore[arg-type]
    )
