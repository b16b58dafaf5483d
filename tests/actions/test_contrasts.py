"""Probes and users of one service: both figures stay, and that they disagree is said once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from actions.traffic import MINUTE, OBJECTIVES, START, Traffic, desk_on

from incidents.actions import contrasting
from incidents.actions.desk import Desk
from incidents.actions.samples import ingest
from incidents.model.contrast import SIDE
from incidents.model.objective import SLOName
from incidents.queries.slo import all_budgets
from incidents.store import outbox_view
from incidents.store.engine import Store

USERS = OBJECTIVES[0]
PROBES = replace(USERS, slo=SLOName("checkout/outside"), annotations={SIDE: "synthetic"})


@pytest.fixture
def traffic(sqlite_url: str) -> Iterator[Traffic]:
    store = Store(sqlite_url)
    both = (replace(USERS, annotations={SIDE: "real"}), PROBES)
    yield Traffic(replace(desk_on(store), objectives=both))
    store.close()


def reports(
    traffic: Traffic, minutes: int, *, users: tuple[int, int], probes: tuple[int, int]
) -> None:
    """The last minutes of both, the newest of them a moment ago."""
    for minute in range(1, minutes + 1):
        at = traffic.now - MINUTE * minute
        ingest(
            traffic.desk,
            [traffic.reading(USERS.slo, at, *users), traffic.reading(PROBES.slo, at, *probes)],
            traffic.now,
        )


def said(desk: Desk, traffic: Traffic) -> dict[SLOName, str]:
    with desk.look() as connection:
        return {one.slo: one.because for one in all_budgets(desk, connection, traffic.now)}


def ops(desk: Desk) -> list[str]:
    with desk.look() as connection:
        found = outbox_view.listed(connection, states=("pending",), limit=50)
    return [one.key for one in found if one.key.startswith("ops/contrast/")]


def test_a_budget_tells_what_the_other_side_sees(traffic: Traffic) -> None:
    reports(traffic, 60, users=(95, 5), probes=(10, 0))

    found = said(traffic.desk, traffic)

    words = (
        "in 6 h 0 % of 600 looks of probes and 5 % of 6000 events of users failed: "
        "they disagree, users meet what no probe does"
    )
    assert found[USERS.slo].endswith(words)
    assert found[PROBES.slo].endswith(words)


def test_it_is_told_once_and_again_after_they_agreed(traffic: Traffic) -> None:
    desk = traffic.desk
    assert contrasting.look_around(desk, START) == 0
    reports(traffic, 60, users=(95, 5), probes=(10, 0))

    looks = [contrasting.look_around(desk, traffic.now) for _ in range(3)]
    first = ops(desk)
    traffic.now += timedelta(hours=7)
    silent = contrasting.look_around(desk, traffic.now)
    reports(traffic, 60, users=(100, 0), probes=(10, 0))
    ended = contrasting.look_around(desk, traffic.now)
    traffic.now += timedelta(hours=7)
    reports(traffic, 60, users=(95, 5), probes=(10, 0))
    again = contrasting.look_around(desk, traffic.now)

    assert looks == [1, 0, 0]
    assert len(first) == 1
    assert (silent, ended, again) == (0, 1, 1)
    assert len(ops(desk)) == 2
