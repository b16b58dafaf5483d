"""An SLO's own alert policies and guards, tick by tick."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from actions.traffic import (
    CHECKOUT,
    HOUR,
    MINUTE,
    OBJECTIVES,
    START,
    Traffic,
    all_incidents,
    desk_on,
    told,
)

from incidents.actions.desk import Desk
from incidents.model.alerting import Alerting, Condition
from incidents.model.burn import Loudness
from incidents.model.episode import Step
from incidents.model.ids import PersonId
from incidents.model.objective import Objective
from incidents.model.people import Person
from incidents.model.rolling import Sample
from incidents.queries import slo as asked
from incidents.store import outbox_view, people
from incidents.store import slo as store_slo
from incidents.store.engine import Store

FAST = Condition(Fraction(10), HOUR, 5 * MINUTE, is_page=True)


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    store = Store(sqlite_url)
    yield desk_on(store)
    store.close()


def promised(desk: Desk, **changes: object) -> tuple[Desk, Traffic]:
    objective: Objective = replace(OBJECTIVES[0], **changes)  # type: ignore[arg-type] # its fields
    changed = replace(desk, objectives=(objective,))
    return changed, Traffic(changed)


def weeks(traffic: Traffic, per_five_minutes: Sequence[tuple[int, int]], days: int = 28) -> None:
    """A past of day after day, each as given in equal pieces."""
    step = timedelta(days=1) / len(per_five_minutes)
    samples = [
        Sample(CHECKOUT, START - timedelta(days=days) + step * place, good, bad)
        for place, (good, bad) in enumerate(list(per_five_minutes) * days)
    ]
    with traffic.desk.store.write() as connection:
        store_slo.hold(connection)
        store_slo.take(connection, samples, START)
    traffic.restarts()


def test_a_policy_of_ones_own_pages_where_ours_would_not(desk: Desk) -> None:
    _, traffic = promised(desk, alerting=Alerting((FAST,)))
    traffic.weeks(CHECKOUT, per_hour=360_000)

    traffic.passes(30, CHECKOUT, good=5880, bad=120)  # 20 of a budget's rates, once an hour is full

    (incident,) = all_incidents(desk)
    assert "the limit is 10x" in str(incident.facts["because"])


def test_a_policy_without_rules_is_quiet_until_the_budget_is_spent(desk: Desk) -> None:
    _, traffic = promised(desk, alerting=Alerting(()))
    traffic.weeks(CHECKOUT, per_hour=360_000)

    found = traffic.passes(10, CHECKOUT, good=3000, bad=3000)

    assert all(one.step is not Step.OPEN for tick in found for one in tick.outcomes)
    assert all_incidents(desk) == ()


def test_an_alert_waits_for_as_long_as_its_policy_says_and_a_restart_costs_nothing(
    desk: Desk,
) -> None:
    patient = replace(FAST, after=10 * MINUTE)
    changed, traffic = promised(desk, alerting=Alerting((patient,)))
    traffic.weeks(CHECKOUT, per_hour=360_000)
    traffic.passes(9, CHECKOUT, good=0, bad=6000)
    assert all_incidents(desk) == ()
    with changed.look() as connection:
        (waits,) = asked.all_budgets(changed, connection, traffic.now)
    assert "; burning for 8 min" in waits.because
    assert "and it alerts after 10 min" in waits.because

    traffic.restarts()
    traffic.passes(2, CHECKOUT, good=0, bad=6000)

    assert len(all_incidents(desk)) == 1


def test_the_end_of_a_ticket_is_told_where_its_policy_asks_for_it(desk: Desk) -> None:
    ticket = replace(FAST, long=10 * MINUTE, is_page=False)
    _, traffic = promised(desk, alerting=Alerting((ticket,), when_resolved=True))
    traffic.weeks(CHECKOUT, per_hour=360_000)

    traffic.passes(6, CHECKOUT, good=5880, bad=120)
    before = told(desk, "direct")
    traffic.passes(20, CHECKOUT)

    assert all_incidents(desk) == ()
    assert len(before) == 1
    assert [one for one in told(desk, "direct") if one.endswith("/over")] != []


def test_weighed_by_traffic_a_night_of_few_requests_is_a_ticket(desk: Desk) -> None:
    changed, traffic = promised(desk, weighs_traffic=True)
    weeks(traffic, [(60_000, 0)] * 24)

    traffic.passes(20, CHECKOUT, good=10, bad=2)

    assert all_incidents(desk) == ()
    with changed.look() as connection:
        (budget,) = asked.all_budgets(changed, connection, traffic.now)
    assert budget.loudness is Loudness.TICKET
    assert "of the usual, and weighed by it the burn is" in budget.because


def test_what_fails_at_this_hour_every_week_is_a_ticket_and_an_outage_pages(desk: Desk) -> None:
    changed, traffic = promised(desk, knows_seasons=True)
    weeks(traffic, [(540, 60)] * 24 * 12)  # a tenth fails all the time

    found = traffic.passes(15, CHECKOUT, good=108, bad=12)
    with changed.look() as connection:
        (budget,) = asked.all_budgets(changed, connection, traffic.now)

    assert budget.loudness is Loudness.TICKET
    assert "about 60 failures in 5 min are usual at this hour of the week" in budget.because
    assert not any("PAGE" in one.loudness.name for tick in found[1:] for one in tick.outcomes)

    traffic.passes(10, CHECKOUT, good=0, bad=120)
    with changed.look() as connection:
        (budget,) = asked.all_budgets(changed, connection, traffic.now)
    assert budget.loudness is Loudness.PAGE


def test_the_owner_that_an_slo_names_hears_of_it(desk: Desk) -> None:
    ticket = replace(FAST, long=10 * MINUTE, is_page=False)
    bo = Person(PersonId("U2"), "bo", "Bo")
    with desk.store.write() as connection:
        people.remember(connection, bo, START)
    notes = {"warroom.dev/owner": "@bo"}
    _, traffic = promised(desk, alerting=Alerting((ticket,)), annotations=notes)
    traffic.weeks(CHECKOUT, per_hour=360_000)

    traffic.passes(6, CHECKOUT, good=5880, bad=120)

    with desk.look() as connection:
        (sent,) = [
            one
            for one in outbox_view.listed(connection, states=("pending",), limit=50)
            if one.kind == "direct"
        ]
    assert "U2" in str(sent)
