"""A budget that both we and somebody's Prometheus watch: one outage, whoever notices it first."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from actions.traffic import CHECKOUT, MINUTE, START, Traffic, all_incidents, desk_on, kinds

from incidents.actions.alerts import take_alerts
from incidents.actions.desk import Desk
from incidents.actions.places import Came
from incidents.model.alerts import Alert
from incidents.model.timeline import Kind
from incidents.store.engine import Store

PAGE = Alert(
    source="alertmanager",
    fingerprint="c0ffee",
    name="ErrorBudgetBurn",
    is_firing=True,
    starts_at=START,
    labels={
        "slo": "checkout-availability",
        "severity": "critical",
        "short": "5m",
        "long": "1h",
        "exhaustion": "2d",
    },
)
TICKET = replace(PAGE, labels={**PAGE.labels, "severity": "warning"})


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    made = Store(sqlite_url)
    yield desk_on(made)
    made.close()


def test_an_alert_joins_the_room_that_our_own_engine_opened(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(10, CHECKOUT, good=0, bad=6000)

    (taken,) = take_alerts(desk, [PAGE], now=traffic.now)

    assert (taken.came, taken.incident) == (Came.JOINED, 1)
    assert taken.because == "INC-1 is open for this outage"
    assert len(all_incidents(desk)) == 1


def test_our_own_engine_joins_the_room_that_an_alert_opened(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)

    (taken,) = take_alerts(desk, [PAGE], now=traffic.now)
    traffic.passes(10, CHECKOUT, good=0, bad=6000)

    (incident,) = all_incidents(desk)
    assert taken.because == (
        "sev2: severity is critical, and tier 1; it is about checkout/availability; "
        "checkout/availability burns its error budget over 1h and 5m, "
        "which lasts 2d at this rate (pyrra)"
    )
    assert incident.services == ("checkout",)
    assert Kind.SLO_BURN in kinds(desk, 1)


def test_a_ticket_about_a_budget_informs_the_room_and_opens_none(desk: Desk) -> None:
    (kept,) = take_alerts(desk, [TICKET], now=START)
    assert (kept.came, all_incidents(desk)) == (Came.KEPT, ())

    take_alerts(desk, [PAGE], now=START + MINUTE)
    (noted,) = take_alerts(desk, [replace(TICKET, fingerprint="f00d")], now=START + MINUTE)

    assert (noted.came, noted.incident) == (Came.NOTED, 1)
