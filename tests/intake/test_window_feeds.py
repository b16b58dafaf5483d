"""Windows that others plan: a vendor's status page and a calendar, as they answer."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from actions.traffic import START

from bot.addresses import read_own
from bot.outgoing import Outgoing
from bot.window_feeds import read_window_feeds
from incidents.actions.desk import Desk
from incidents.catalog.catalog import load_catalog
from incidents.queries.windows import listed, standing_windows
from incidents.store.engine import Store

HOUR = timedelta(hours=1)
SERVICES = """
services:
  - {name: checkout, tier: 3, team: money, depends_on: [payments]}
  - {name: payments, tier: 3, team: money, vendors: [northpay]}
  - {name: search, tier: 3, team: money, vendors: [{northpay: soft}]}
teams:
  - {name: money}
"""
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:one
DTSTART;TZID=Europe/Berlin:20261121T120000
DTEND;TZID=Europe/Berlin:20261121T130000
RRULE:FREQ=WEEKLY;COUNT=2
SUMMARY:maintenance search exclude: Reindex
END:VEVENT
BEGIN:VEVENT
UID:two
DTSTART:20261122T120000Z
DTEND:20261122T130000Z
SUMMARY:Lunch
END:VEVENT
END:VCALENDAR
"""


def page(*said: tuple[str, str, int, int]) -> str:
    """As Atlassian's Statuspage has it: a name, a status, from and until in hours from now."""
    return json.dumps(
        {
            "page": {"id": "p1", "name": "Northpay"},
            "scheduled_maintenances": [
                {
                    "id": name,
                    "name": f"{name} in Frankfurt",
                    "status": status,
                    "scheduled_for": (START + HOUR * begin).isoformat().replace("+00:00", ".000Z"),
                    "scheduled_until": (START + HOUR * end).isoformat(),
                }
                for name, status, begin, end in said
            ],
        }
    )


@contextmanager
def status_page(says: list[str]) -> Iterator[str]:
    """A server that says the last of ``says``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = says[-1].encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is written to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v2/scheduled-maintenances.json"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def says() -> list[str]:
    return []


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str, says: list[str]) -> Iterator[Desk]:
    for folder in ("services", "vendors", "windows"):
        (tmp_path / folder).mkdir()
    (tmp_path / "services" / "all.yaml").write_text(SERVICES)
    (tmp_path / "windows" / "ours.ics").write_text(CALENDAR)
    with status_page(says) as url:
        text = f"{{name: northpay, title: Northpay, maintenances: '{url}'}}"
        (tmp_path / "vendors" / "northpay.yaml").write_text(text)
        store = Store(sqlite_url)
        yield Desk(store, load_catalog(tmp_path))
        store.close()


def reads(desk: Desk, now: datetime = START) -> int:
    return read_window_feeds(desk, Outgoing(read_own(["127.0.0.1"])), lambda: now)


def titles(desk: Desk, now: datetime = START) -> list[str]:
    with desk.look() as connection:
        return [
            f"{one.window.title} {one.next.span.start:%d %H:%M}"
            for one in listed(desk, connection, now)
            if one.next and one.window.source == "vendor"
        ]


def test_a_vendor_s_maintenance_mutes_what_cannot_do_without_them(
    desk: Desk, says: list[str]
) -> None:
    says.append(page(("db", "scheduled", -1, 2), ("old", "completed", -9, 5)))

    assert reads(desk) == 3
    assert reads(desk) == 0

    assert titles(desk) == ["Northpay: db in Frankfurt 21 09:00"]
    with desk.look() as connection:
        for service, windows in {"checkout": 1, "payments": 1, "search": 0}.items():
            assert len(standing_windows(desk, connection, [service], START)) == windows


def test_what_is_moved_or_called_off_there_is_so_here_and_silence_changes_nothing(
    desk: Desk, says: list[str]
) -> None:
    says.append(page(("db", "scheduled", 1, 2), ("net", "scheduled", 3, 4)))
    reads(desk)
    says.append(page(("db", "scheduled", 2, 5)))

    assert reads(desk) == 2
    assert titles(desk) == ["Northpay: db in Frankfurt 21 12:00"]

    for nonsense in ("[]", "<html>", '{"scheduled_maintenances": [{"status": "x"}]}'):
        says.append(nonsense)
        assert reads(desk) == 0
    assert titles(desk) == ["Northpay: db in Frankfurt 21 12:00"]


def test_events_of_a_calendar_are_windows_by_their_titles(desk: Desk, says: list[str]) -> None:
    says.append(page())

    assert reads(desk) == 2

    with desk.look() as connection:
        (one, *_), now = standing_windows(desk, connection, ["search"], START + 1.5 * HOUR), START
        assert standing_windows(desk, connection, ["search"], now) == ()
    assert (one.window.title, one.window.excludes) == ("Reindex", True)
    assert one.span.end == START + 2 * HOUR
