"""The gate of a service, from what was counted and what is open."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Desk
from incidents.actions.samples import ingest
from incidents.actions.windows import Plan, plan_window
from incidents.catalog.gating import Gating
from incidents.catalog.settings import Settings
from incidents.errors import NotFound
from incidents.model.gate import Gate, Rules, Verdict
from incidents.model.ids import ServiceName
from incidents.model.objective import SLOName
from incidents.model.services import Dependency, Service, Services
from incidents.model.severity import Severity
from incidents.model.spans import Span
from incidents.model.text import clean_line
from incidents.model.windows import Scope, WindowKind
from incidents.queries.gate import gate_of
from incidents.store.engine import Store
from tests.actions.traffic import (
    BY_ANA,
    CATALOG,
    CHECKOUT,
    HOUR,
    MINUTE,
    OBJECTIVES,
    START,
    Traffic,
    desk_on,
)

SHOP = ServiceName("shop")
NEEDS = (Dependency(ServiceName("checkout")),)


@pytest.fixture
def desk(sqlite_url: str) -> Desk:
    made = desk_on(Store(sqlite_url))
    shop = Service(SHOP, "Shop", 1, depends_on=NEEDS)
    catalog = replace(CATALOG, services=Services({**CATALOG.services.by_name, SHOP: shop}))
    return replace(made, catalog=catalog)


def asked(desk: Desk, service: str = "checkout", *, unknown: Verdict | None = None) -> Gate:
    with desk.look() as connection:
        return gate_of(desk, connection, service, START, unknown=unknown)


def says(gate: Gate) -> list[tuple[str, str]]:
    return [(one.verdict.value, one.says) for one in gate.reasons]


def with_rules(desk: Desk, rules: Rules, **services: Rules) -> Desk:
    own = {ServiceName(name): each for name, each in services.items()}
    settings = Settings(gate=Gating(rules, own))
    return replace(desk, catalog=replace(desk.catalog, settings=settings))


def reports(desk: Desk, good: int, bad: int, *, ago: timedelta = MINUTE) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT, 6000, hours=1)
    traffic.seq += 1000
    ingest(desk, [traffic.reading(CHECKOUT, START - ago, good, bad)], START)


def opens(desk: Desk, severity: Severity, *services: str, drill: bool = False) -> None:
    order = Declare(clean_line("5xx"), severity=severity, services=services, is_drill=drill)
    declare(desk, order, by=BY_ANA, now=START)


def test_a_healthy_service_goes_and_says_how_healthy(desk: Desk) -> None:
    reports(desk, 6000, 0)

    assert says(asked(desk)) == [
        ("go", "checkout/availability has 100 % of its error budget left.")
    ]


def test_a_spent_budget_freezes_until_it_is_back_above_the_mark(desk: Desk) -> None:
    reports(desk, 0, 5000, ago=2 * HOUR)

    gate = asked(with_rules(desk, Rules(frozen_at=Fraction(1, 10))))

    # 5000 failures are 90 % of the budget of 5 555 555 events; 365 000 came, 360 000 an hour come.
    hours = (Fraction(5000, 900) * 10**6 - 365_000) / 360_000
    assert gate.verdict is Verdict.FROZEN
    assert gate.because.endswith("of its error budget left, back above 10 % in 14 h 25 min.")
    assert gate.opens_in is not None
    assert abs(gate.opens_in / HOUR - hours) < 1e-6


def test_everything_is_told_the_strictest_first(desk: Desk) -> None:
    reports(desk, 0, 320)
    opens(desk, Severity.SEV1, "checkout")
    opens(desk, Severity.SEV4, "checkout")

    assert [one.verdict for one in asked(desk).reasons] == [
        Verdict.FROZEN, Verdict.WARN, Verdict.WARN
    ]  # fmt: skip


def test_what_a_service_needs_warns_it(desk: Desk) -> None:
    opens(desk, Severity.SEV1, "checkout")

    assert says(asked(desk, "shop", unknown=Verdict.GO)) == [
        ("warn", "INC-1 (sev1, investigating) is open on checkout, which shop needs."),
        ("go", "shop has no SLO. The gate fails open."),
    ]


def test_a_drill_freezes_nothing_and_a_private_incident_is_not_told(desk: Desk) -> None:
    reports(desk, 6000, 0)
    opens(desk, Severity.SEV1, "checkout", drill=True)
    secret = Declare(
        clean_line("leak"), severity=Severity.SEV1, services=("checkout",), is_private=True
    )
    declare(desk, secret, by=BY_ANA, now=START)

    assert len(asked(desk).reasons) == 1


def test_a_freeze_window_freezes_what_it_covers_and_says_until_when(desk: Desk) -> None:
    reports(desk, 6000, 0)
    plan = Plan(
        kind=WindowKind.FREEZE,
        scope=Scope(services=(ServiceName("checkout"),)),
        span=Span(START, START + 5 * HOUR),
        title=clean_line("Sale"),
        because=clean_line("the big sale"),
    )
    plan_window(desk, plan, by=BY_ANA, now=START)

    gate = asked(desk)

    assert says(gate)[0] == (
        "frozen", "“Sale” (freeze w1, until Sat 21 Nov 2026 15:00 UTC) holds."
    )  # fmt: skip
    assert gate.opens_in == 5 * HOUR
    assert asked(desk, "search", unknown=Verdict.GO).verdict is Verdict.GO


def test_nobody_can_tell_is_told_or_settled_as_the_settings_say(desk: Desk) -> None:
    closed = with_rules(desk, Rules(unknown=Verdict.FROZEN), search=Rules(unknown=Verdict.GO))

    assert asked(desk).verdict is Verdict.UNKNOWN
    assert asked(closed).verdict is Verdict.FROZEN
    assert asked(closed, "search").verdict is Verdict.GO
    assert asked(closed, unknown=Verdict.GO).because == (
        "Nothing has been reported for checkout yet. The gate fails open."
    )


def test_without_recent_data_nobody_can_tell(desk: Desk) -> None:
    reports(desk, 6000, 0)

    with desk.look() as connection:
        later = gate_of(desk, connection, "checkout", START + HOUR)

    assert says(later) == [
        ("unknown", "checkout/availability has no recent data, so nobody can tell.")
    ]


def test_a_promise_that_is_new_does_not_hide_the_others(desk: Desk) -> None:
    new = replace(OBJECTIVES[0], slo=SLOName("checkout/latency"))
    reports(desk, 6000, 0)

    gate = asked(replace(desk, objectives=(*OBJECTIVES, new)))

    assert says(gate)[0] == ("warn", "checkout/latency has no data yet.")
    assert len(gate.reasons) == 2


def test_a_service_nobody_knows_has_no_gate(desk: Desk) -> None:
    with pytest.raises(NotFound, match="Did you mean checkout"):
        asked(desk, "chekout")
