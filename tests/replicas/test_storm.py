"""More alerts at once than anybody can read, on several replicas (F40)."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpx
import pytest
from replicas.crowd import Crowd
from sqlalchemy import func, select

from incidents.actions import deliveries as verbs
from incidents.actions.tokens import create_token
from incidents.store import deliveries, incidents, limits
from incidents.store.tables import alert as alert_table

FIVE, THREE = 5, 3
EACH = 200
AT_ONCE = 25  # requests to each replica
SERVICES = 50
SPENT = 950  # of the thousand that a source may send at once
NOISE = 60  # alerts of it at each replica


@pytest.fixture
def five(database_url: str) -> Iterator[Crowd]:
    """Five replicas on one database of either kind."""
    made = Crowd(database_url, size=FIVE)
    yield made
    made.close()


@pytest.fixture
def three(database_url: str) -> Iterator[Crowd]:
    """Three replicas on one database of either kind."""
    made = Crowd(database_url, size=THREE)
    yield made
    made.close()


def fire(crowd: Crowd, *alerts: list[dict[str, Any]]) -> list[httpx.Response]:
    """To each replica its own alerts, each as a delivery of its own, all at the same time."""
    token = create_token(crowd.desk, "monitoring", ("hooks:write",), crowd.clock())
    headers = {"authorization": f"Bearer {token}"}
    answers: list[httpx.Response] = []

    async def deliver(client: httpx.AsyncClient, alert: dict[str, Any], turn: Any) -> None:
        async with turn:
            answers.append(await client.post("/hooks/v1/generic", json={"alerts": [alert]}))

    async def storm() -> None:
        async with anyio.create_task_group() as group:
            for app, some in zip(crowd.apps, alerts, strict=True):
                transport = httpx.ASGITransport(app.asgi())
                client = httpx.AsyncClient(
                    transport=transport, base_url="http://warroom.test", headers=headers, timeout=60
                )
                turn = anyio.CapacityLimiter(AT_ONCE)
                for alert in some:
                    group.start_soon(deliver, client, alert, turn)

    anyio.run(storm)
    return answers


def work_off(crowd: Crowd) -> None:
    """All replicas work on what was kept, at the same time, until nothing is left."""
    with ThreadPoolExecutor(len(crowd.apps)) as threads:
        while any(threads.map(lambda app: app.work_off(), crowd.apps)):
            pass


def kept(crowd: Crowd) -> int:
    """How many alerts are known."""
    with crowd.desk.look() as connection:
        return int(connection.execute(select(func.count()).select_from(alert_table)).scalar_one())


def test_a_thousand_copies_of_an_alert_at_five_replicas_open_one_incident(five: Crowd) -> None:
    alert = {"name": "HighErrorRate", "service": "checkout", "severity": "critical"}

    answers = fire(five, *[[alert] * EACH] * FIVE)
    work_off(five)

    assert Counter(one.status_code for one in answers) == {202: FIVE * EACH}
    came = Counter(
        "queued" if "queued" in one.json() else one.json()["alerts"][0]["came"] for one in answers
    )
    assert came["opened"] == 1
    assert came.keys() <= {"opened", "repeated", "queued"}
    with five.desk.look() as connection:
        assert len(incidents.recent(connection, limit=10)) == 1


def test_when_fifty_services_fail_at_three_replicas_there_are_few_rooms(three: Crowd) -> None:
    mild = [
        {"name": "Down", "service": f"other-{n}", "severity": "page", "key": f"{n}"}
        for n in range(SERVICES)
    ]
    bad = [{**one, "severity": "sev1", "key": f"bad-{one['key']}"} for one in mild]

    answers = fire(three, mild, mild, bad)
    work_off(three)

    assert Counter(one.status_code for one in answers) == {202: THREE * SERVICES}
    assert kept(three) == 2 * SERVICES
    with three.desk.look() as connection:
        found = incidents.recent(connection, limit=50)
    storms = [one for one in found if one.title.raw.startswith("Alert storm")]
    assert len(storms) == 1
    assert len(found) - len(storms) <= 5
    assert Counter(one.severity.value for one in found)["sev1"] >= 2


def test_what_is_above_a_source_s_share_is_kept_and_nothing_of_it_is_lost(three: Crowd) -> None:
    with three.desk.store.write() as connection:
        limits.draw(connection, "deliveries/generic", verbs._QUOTA, SPENT, three.clock())
    some = [
        [
            {"name": f"Noise{n}", "service": "checkout", "severity": "page", "key": f"{n}/{at}"}
            for n in range(NOISE)
        ]
        for at in range(THREE)
    ]

    answers = fire(three, *some)
    queued = sum("queued" in one.json() for one in answers)
    with three.desk.look() as connection:
        waiting = deliveries.count_by(connection)
    work_off(three)

    assert Counter(one.status_code for one in answers) == {202: THREE * NOISE}
    assert queued > 0
    assert waiting == [("generic", "waiting", queued)]
    assert kept(three) == THREE * NOISE
    with three.desk.look() as connection:
        assert deliveries.count_by(connection) == [("generic", "done", queued)]
        assert len(incidents.recent(connection, limit=10)) == 1
