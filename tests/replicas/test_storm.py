"""More alerts at once than anybody can read, on several replicas (F40)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest
from replicas.crowd import Crowd

from incidents.actions.tokens import create_token
from incidents.store import incidents

FIVE = 5
EACH = 200
AT_ONCE = 25  # requests to each replica


@pytest.fixture
def five(database_url: str) -> Iterator[Crowd]:
    """Five replicas on one database of either kind."""
    made = Crowd(database_url, size=FIVE)
    yield made
    made.close()


def fire(crowd: Crowd, alerts: list[dict[str, Any]]) -> list[httpx.Response]:
    """Every alert as a delivery of its own, to every replica, all of them at the same time."""
    token = create_token(crowd.desk, "monitoring", ("hooks:write",), crowd.clock())
    headers = {"authorization": f"Bearer {token}"}
    answers: list[httpx.Response] = []

    async def deliver(client: httpx.AsyncClient, alert: dict[str, Any], turn: Any) -> None:
        async with turn:
            answers.append(await client.post("/hooks/v1/generic", json={"alerts": [alert]}))

    async def storm() -> None:
        async with anyio.create_task_group() as group:
            for app in crowd.apps:
                transport = httpx.ASGITransport(app.asgi())
                client = httpx.AsyncClient(
                    transport=transport, base_url="http://warroom.test", headers=headers, timeout=60
                )
                turn = anyio.CapacityLimiter(AT_ONCE)
                for alert in alerts:
                    group.start_soon(deliver, client, alert, turn)

    anyio.run(storm)
    return answers


def test_a_thousand_copies_of_an_alert_at_five_replicas_open_one_incident(five: Crowd) -> None:
    alert = {"name": "HighErrorRate", "service": "checkout", "severity": "critical"}

    answers = fire(five, [alert] * EACH)

    assert Counter(one.status_code for one in answers) == {202: FIVE * EACH}
    came = Counter(one.json()["alerts"][0]["came"] for one in answers)
    assert came == {"opened": 1, "repeated": FIVE * EACH - 1}
    with five.desk.look() as connection:
        assert len(incidents.recent(connection, limit=10)) == 1
