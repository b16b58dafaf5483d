"""What incidents cost: each failure once, over all stretches; nobody learns of what is private."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from actions.traffic import (
    BY_ANA,
    CHECKOUT,
    MINUTE,
    Traffic,
    desk_on,
    kinds,
    resolve,
)

from incidents.actions import costing, lifecycle, merging
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Desk
from incidents.actions.postmortem import keep_costs
from incidents.model.access import ALL_SEEING
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.text import clean_line
from incidents.model.timeline import Kind
from incidents.queries.card import card_of
from incidents.queries.costs import costs_of
from incidents.render.timeline import say
from incidents.render.tongue import in_plain
from incidents.store import incidents, timeline
from incidents.store.engine import Store


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    store = Store(sqlite_url)
    yield desk_on(store)
    store.close()


@pytest.fixture
def traffic(desk: Desk) -> Traffic:
    made = Traffic(desk)
    made.history(CHECKOUT, per_minute=60_000)
    return made


def opened(desk: Desk, at: datetime, *, private: bool = False) -> Incident:
    order = Declare(
        clean_line("checkout is slow"), services=("checkout",), started_at=at, is_private=private
    )
    return declare(desk, order, by=BY_ANA, now=at).incident


def cost(desk: Desk, number: int, now: datetime) -> list[tuple[int, Fraction]]:
    with desk.look() as connection:
        one = incidents.get(connection, IncidentNumber(number), ALL_SEEING)
        assert one is not None
        return [(cost.bad, cost.spent) for cost in costs_of(desk, connection, one, now)]


def bad(desk: Desk, number: int, now: datetime) -> int:
    return sum(one for one, _ in cost(desk, number, now))


def test_while_it_runs_the_card_says_what_it_has_cost(desk: Desk, traffic: Traffic) -> None:
    opened(desk, traffic.now)
    traffic.passes(5, CHECKOUT, good=59_990, bad=10)

    with desk.look() as connection:
        card = card_of(desk, connection, IncidentNumber(1), traffic.now)

    assert card is not None
    assert card.costs[CHECKOUT].says == "0.3 % of the 28 d budget"  # 50 of 18 300


def test_of_two_that_overlap_each_failure_is_counted_once(desk: Desk, traffic: Traffic) -> None:
    opened(desk, traffic.now)
    traffic.passes(2, CHECKOUT, good=59_995, bad=5)
    opened(desk, traffic.now)
    traffic.passes(2, CHECKOUT, good=59_995, bad=5)
    resolve(desk, 1, traffic.now)
    traffic.passes(3, CHECKOUT, good=59_995, bad=5)

    assert bad(desk, 1, traffic.now) == 20
    assert bad(desk, 2, traffic.now) == 15


def test_an_incident_that_was_reopened_pays_for_all_its_stretches(
    desk: Desk, traffic: Traffic
) -> None:
    opened(desk, traffic.now)
    traffic.passes(2, CHECKOUT, good=59_995, bad=5)
    resolve(desk, 1, traffic.now)
    traffic.passes(2, CHECKOUT, good=59_900, bad=1)
    lifecycle.reopen(desk, IncidentNumber(1), why="it is back", by=BY_ANA, now=traffic.now)
    traffic.passes(3, CHECKOUT, good=59_995, bad=5)

    assert bad(desk, 1, traffic.now) == 25


def test_what_was_merged_counts_as_one(desk: Desk, traffic: Traffic) -> None:
    opened(desk, traffic.now)
    traffic.passes(2, CHECKOUT, good=59_995, bad=5)
    opened(desk, traffic.now)
    toward = merging.Toward(IncidentNumber(2), "the same", ALL_SEEING)
    merging.merge(desk, IncidentNumber(1), toward, by=BY_ANA, now=traffic.now)
    traffic.passes(2, CHECKOUT, good=59_995, bad=5)

    assert bad(desk, 2, traffic.now) == 20


def test_a_private_incident_takes_nothing_from_what_others_read(
    desk: Desk, traffic: Traffic
) -> None:
    opened(desk, traffic.now, private=True)
    opened(desk, traffic.now)
    traffic.passes(3, CHECKOUT, good=59_995, bad=5)

    assert bad(desk, 1, traffic.now) == 15
    assert bad(desk, 2, traffic.now) == 15


def test_what_was_called_off_and_what_was_practised_cost_nothing(
    desk: Desk, traffic: Traffic
) -> None:
    opened(desk, traffic.now)
    order = Declare(clean_line("drill"), services=("checkout",), is_drill=True)
    declare(desk, order, by=BY_ANA, now=traffic.now)
    traffic.passes(3, CHECKOUT, good=59_995, bad=5)
    lifecycle.cancel(desk, IncidentNumber(1), why="it was none", by=BY_ANA, now=traffic.now)

    assert (cost(desk, 1, traffic.now), cost(desk, 2, traffic.now)) == ([], [])


def test_once_resolved_it_is_on_the_record_in_words_and_once(desk: Desk, traffic: Traffic) -> None:
    opened(desk, traffic.now)
    traffic.passes(5, CHECKOUT, good=58_000, bad=2000)
    resolve(desk, 1, traffic.now)
    for _ in range(2):
        with desk.work(BY_ANA, traffic.now) as work:
            keep_costs(work, work.incident(IncidentNumber(1)))

    assert kinds(desk, 1).count(Kind.SLO_COST) == 1
    with desk.look() as connection:
        (entry,) = timeline.of_kinds(connection, IncidentNumber(1), {Kind.SLO_COST})
    assert say(entry, in_plain({})) == (
        "Cost 54.6 % of the 28 d budget of checkout/availability (10 000 failed events)"
    )
    # What the record keeps is what is told from then on, whatever comes late.
    traffic.passes(1, CHECKOUT, good=0, bad=60_000)
    assert bad(desk, 1, traffic.now + timedelta(days=9)) == 10_000


def test_the_card_follows_the_cost_and_is_not_edited_for_nothing(
    desk: Desk, traffic: Traffic
) -> None:
    opened(desk, traffic.now)

    assert costing.keep_up(desk, traffic.now) == 0
    traffic.passes(5, CHECKOUT, good=59_990, bad=10)
    assert costing.keep_up(desk, traffic.now) == 1
    assert costing.keep_up(desk, traffic.now + MINUTE / 6) == 0
    traffic.passes(5, CHECKOUT, good=59_990, bad=10)
    assert costing.keep_up(desk, traffic.now) == 1
