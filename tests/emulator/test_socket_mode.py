"""Socket Mode from the wire up: hello, tickets, redelivery, reconnecting, and no eleventh."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from emulator.embedded import ANA, Server, serving
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as served:
        yield served


def address(server: Server) -> str:
    ws = server.ws
    return str(ws.web_api("apps.connections.open", {}, ws.identity.app_token).body["url"])


def heard(connection: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(connection.recv(timeout=5)))


def test_a_connection_is_greeted_with_how_many_there_are(server: Server) -> None:
    with connect(address(server)) as first, connect(address(server)) as second:
        hellos = [heard(first), heard(second)]

    assert [hello["type"] for hello in hellos] == ["hello", "hello"]
    assert hellos[1]["num_connections"] == hellos[0]["num_connections"] + 1
    assert hellos[0]["connection_info"]["app_id"] == server.ws.identity.app_id


def test_a_ticket_is_good_once(server: Server) -> None:
    url = address(server)
    with connect(url) as connection:
        heard(connection)

        with pytest.raises(InvalidStatus, match="403"):
            connect(url)


def test_an_event_that_is_not_acknowledged_goes_to_another_connection(server: Server) -> None:
    seen: list[dict[str, Any]] = []

    def serve(connection: ClientConnection) -> None:
        while len(seen) < 2:
            envelope = heard(connection)
            seen.append(envelope)
            if len(seen) == 1:
                connection.close()
                return
            connection.send(json.dumps({"envelope_id": envelope["envelope_id"]}))

    with ExitStack() as stack:
        connections = [stack.enter_context(connect(address(server))) for _ in range(2)]
        for connection in connections:
            assert heard(connection)["type"] == "hello"
        threads = [threading.Thread(target=_quietly, args=(serve, c)) for c in connections]
        for thread in threads:
            thread.start()
        server.ws.act.message(ANA, "general", "hello")
        server.ws.flush_events()
        for thread in threads:
            thread.join()

    assert [one["retry_attempt"] for one in seen] == [0, 1]
    assert seen[0]["payload"]["event_id"] == seen[1]["payload"]["event_id"]
    assert seen[1]["retry_reason"] == "connection_failed"
    assert list(server.ws.core.state.pending) == []


def _quietly(serve: Any, connection: ClientConnection) -> None:
    try:
        serve(connection)
    except TimeoutError:
        connection.close()


def test_an_asked_for_reconnection_is_announced_before_it_happens(server: Server) -> None:
    with connect(address(server)) as connection:
        heard(connection)
        server.ws.sockets.refresh("warning")
        server.ws.sockets.refresh()

        assert [heard(connection)["reason"] for _ in range(2)] == ["warning", "refresh_requested"]


def test_the_eleventh_connection_is_turned_away(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(10):
            heard(stack.enter_context(connect(address(server))))
        eleventh = stack.enter_context(connect(address(server)))

        assert heard(eleventh) == {"type": "disconnect", "reason": "too_many_websockets"}
