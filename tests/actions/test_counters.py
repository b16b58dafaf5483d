"""Totals that only grow, on either database: kept, compared, forgotten."""

from datetime import timedelta

from actions.traffic import CHECKOUT, MINUTE, START, desk_on

from incidents.actions.counters import Reported, take_totals
from incidents.actions.samples import Ingested
from incidents.actions.slo import tidy
from incidents.store import slo
from incidents.store.engine import Store
from incidents.store.sli_journal import HOURLY


def test_totals_count_once_and_are_forgotten_when_counting_would_begin_anew(store: Store) -> None:
    desk = desk_on(store)
    now = START

    def take(good: int, source: str, ago: timedelta) -> Ingested:
        return take_totals(desk, [Reported(CHECKOUT, now - ago, good, 1, source, "requests")], now)

    found = [
        take(100, "a", 9 * MINUTE),
        take(7, "b", 9 * MINUTE),
        take(150, "a", 5 * MINUTE),
        take(150, "a", 5 * MINUTE),
        take(8, "b", 5 * MINUTE),
        take(10**13, "a", 4 * MINUTE),
        take(10**13 + 2, "a", 3 * MINUTE),
    ]

    with store.read() as connection:
        counted = slo.sums(connection, [CHECKOUT], HOURLY, now - HOURLY.size, now + HOURLY.size)
    assert counted[CHECKOUT].good == 50 + 1 + 2
    assert [(one.accepted, one.repeated) for one in found] == [
        (1, 0),
        (1, 0),
        (1, 0),
        (0, 1),
        (1, 0),
        (0, 0),
        (1, 0),
    ]
    assert found[5].refused == (
        (0, "it grew by more than 1000000000000 at once; counting goes on from here"),
    )
    assert tidy(desk, now + 8 * HOURLY.size) >= 2
