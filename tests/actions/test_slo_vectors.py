"""Published minutes of an alert, through the tick that opens rooms."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from actions.traffic import CHECKOUT, HOUR, MINUTE, OBJECTIVES, START, TICK, Traffic, desk_on

from incidents.actions.desk import Desk
from incidents.actions.samples import ingest
from incidents.actions.slo import evaluate
from incidents.model.episode import Step
from incidents.model.rolling import Sample
from incidents.store import sli_journal
from incidents.store import slo as store_slo
from incidents.store.engine import Store

PER_TICK = 1000


@pytest.fixture
def traffic(sqlite_url: str) -> Iterator[Traffic]:
    """A month without failures, of a promise of 99.9 % over 30 days."""
    store = Store(sqlite_url)
    desk = desk_on(store)
    month = replace(OBJECTIVES[0], window=timedelta(days=30))
    made = Traffic(replace(desk, objectives=(month,)))
    past = [Sample(CHECKOUT, START - HOUR * hour, PER_TICK * 360, 0) for hour in range(7, 720)]
    lately = [Sample(CHECKOUT, START - MINUTE * one, PER_TICK * 6, 0) for one in range(1, 361)]
    with desk.store.write() as connection:
        sli_journal.hold(connection)
        store_slo.take(connection, [*past, *lately], START)
    made.restarts()
    yield made
    store.close()


def test_fifteen_percent_for_ten_minutes_pages_from_minute_six_and_is_calm_at_fifteen(
    traffic: Traffic,
) -> None:
    # SRE Workbook, figure 5-6; `promtool test rules` gives the same minutes.
    burning = traffic.passes(10, CHECKOUT, good=850 * 6, bad=150 * 6)
    after = traffic.passes(8, CHECKOUT, good=PER_TICK * 6)

    found = [[one.step for one in tick.outcomes] for tick in [*burning, *after]]
    assert found[5] == [Step.OPEN]
    assert found[14] == [Step.CALM]
    assert {step for other in found[:5] + found[6:14] + found[15:] for step in other} == {Step.PEAK}


def test_a_total_outage_pages_at_the_sixth_tick_of_ten_seconds(traffic: Traffic) -> None:
    # Five ticks are 1.389 % of an hour, and 14.4 times a thousandth is 1.44 %; six are 1.667 %.
    desk: Desk = traffic.desk
    found = []
    for number in range(1, 8):
        now = START + TICK * number
        ingest(desk, [traffic.reading(CHECKOUT, now - TICK, 0, PER_TICK)], now)
        found += [number for one in evaluate(desk, traffic.watch, now).outcomes if one.step]

    assert found[0] == 6
