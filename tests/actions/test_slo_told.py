"""What people read of a budget, and what an incident took of it."""

from dataclasses import replace
from fractions import Fraction

import pytest
from actions.traffic import CHECKOUT, HOUR, MINUTE, START, Traffic, all_incidents, desk_on, resolve

from incidents.actions.desk import Desk
from incidents.actions.samples import ingest
from incidents.model.burn import Loudness
from incidents.model.ids import IncidentNumber
from incidents.queries import slo as asked
from incidents.store import incidents
from incidents.store.engine import Store


@pytest.fixture
def desk(store: Store) -> Desk:
    return desk_on(store)


def test_the_budget_of_an_incident_is_on_its_card(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(5, CHECKOUT, good=3000, bad=3000)
    (incident,) = all_incidents(desk)

    with desk.look() as connection:
        (budget,) = asked.budgets_of(desk, connection, incident, traffic.now)

    assert budget.slo == CHECKOUT
    assert budget.incident == 1
    assert budget.counts.bad == 15_000
    assert budget.is_exhausted
    assert budget.loudness is Loudness.PAGE
    assert budget.because.startswith("99.18 % good over 28 d, target 99.9 %; burning ")
    assert budget.because.endswith("; spent; INC-1")


def test_what_queries_tell_is_what_the_rings_count(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(17, CHECKOUT, good=5990, bad=10)

    with desk.look() as connection:
        budget = asked.budget_named(desk, connection, CHECKOUT, traffic.now)

    assert budget is not None
    rings = traffic.watch.rings
    figures = rings.figures(CHECKOUT, rings.windows, history=budget.window)
    assert budget.counts == figures.counts[budget.window]
    for window, rate in budget.burns:
        counts = figures.counts[window]
        assert rate == pytest.approx(counts.bad / counts.total * 1000)


def test_what_was_counted_a_moment_ago_is_told(desk: Desk) -> None:
    """Figures are kept while nothing new is counted, and not a moment longer."""
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    moment = START + MINUTE / 60

    def bad() -> int:
        with desk.look() as connection:
            budget = asked.budget_named(desk, connection, CHECKOUT, moment)
        assert budget is not None
        return budget.counts.bad

    assert bad() == 0
    ingest(desk, [traffic.reading(CHECKOUT, START - MINUTE, 0, 7)], moment)
    assert bad() == 7


def test_an_slo_without_data_says_so(desk: Desk) -> None:
    with desk.look() as connection:
        checkout, search = asked.all_budgets(desk, connection, START)

    assert (checkout.because, checkout.is_frozen) == ("no data yet", True)
    assert (checkout.remaining, checkout.sli, checkout.burn) == (1.0, None, None)
    assert search.because == "no data yet"


def test_a_budget_without_recent_data_is_shown_as_frozen(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT, hours=1)

    with desk.look() as connection:
        budget = asked.budget_named(desk, connection, CHECKOUT, START + HOUR)

    assert budget is not None
    assert budget.is_frozen
    assert budget.because == (
        "100 % good over 28 d, target 99.9 %; "
        "no data for 1 h 1 min, so nothing fires and nothing ends"
    )


def test_a_spent_budget_says_when_it_is_back(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT, per_minute=60_000)
    traffic.passes(1, CHECKOUT, good=0, bad=60_000)
    traffic.passes(180, CHECKOUT, good=60_000)

    with desk.look() as connection:
        budget = asked.budget_named(desk, connection, CHECKOUT, traffic.now)

    assert budget is not None
    assert budget.is_exhausted
    # Traffic alone brings it back: a thousandth of all events must outgrow 60 000 failures.
    assert budget.back_in is not None
    assert budget.back_in / HOUR == pytest.approx((60_000_000 - 28_860_000) / 3_600_000, abs=0.1)


def test_what_an_incident_cost_is_before_after_and_its_own_share(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT, per_minute=60_000)
    traffic.passes(10, CHECKOUT, good=58_000, bad=2000)
    traffic.passes(10, CHECKOUT, good=60_000)
    resolve(desk, 1, START + 10 * MINUTE)

    with desk.look() as connection:
        incident = incidents.get(connection, IncidentNumber(1))
        assert incident is not None
        (spent,) = asked.spent_by(desk, connection, incident, traffic.now)

    assert spent.bad == 20_000
    assert spent.before == 1
    assert spent.after == 1 - spent.spent
    assert float(spent.spent) == pytest.approx(20_000 / (18_600_000 * 0.001))
    assert spent.history[0] == (START, Fraction(1))
    assert spent.history[-1] == (START + 10 * MINUTE, spent.after)


def test_a_tree_reads_the_worst_slo_of_the_incident(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(5, CHECKOUT, good=3000, bad=3000)
    (incident,) = all_incidents(desk)

    with desk.look() as connection:
        reading = asked.worst_reading(desk, connection, incident, 5 * MINUTE, traffic.now)
        other = replace(incident, services=("search",), facts={})
        nothing = asked.worst_reading(desk, connection, other, HOUR, traffic.now)

    assert reading is not None
    assert (reading.slo, reading.burn, reading.error_ratio) == (CHECKOUT, 500.0, 0.5)
    assert nothing is None
