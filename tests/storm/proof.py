"""The proof: a thousand alerts in ten seconds, all kept, few rooms, Slack answered meanwhile.

    .ci/run storm [--database sqlite|postgresql] [--part alike|many|burst|samples|rooms]

A real process of the bot on a database that syncs every commit, a workspace with Slack's limits in
another, and a load generator in this one. Exit code 1 if a promise was not kept.
"""

import argparse
import asyncio
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

import httpx  # noqa: E402 (the program finds itself first)
from postgres import Server  # noqa: E402
from sqlalchemy import func, select  # noqa: E402
from storm.load import Answer, Shot, fire, percentile, told  # noqa: E402

from bot.app import build_desk  # noqa: E402
from bot.clock import monotonic, utc_now  # noqa: E402
from bot.demo.stage import member_id  # noqa: E402
from bot.emulator.core import Identity  # noqa: E402
from bot.emulator.delivery import sign  # noqa: E402
from bot.settings import Settings  # noqa: E402
from incidents import assets  # noqa: E402
from incidents.actions.desk import Desk  # noqa: E402
from incidents.actions.tokens import create_token  # noqa: E402
from incidents.model.ids import IncidentNumber  # noqa: E402
from incidents.store import deliveries, incidents  # noqa: E402
from incidents.store.tables import alert, incident  # noqa: E402

ALERTS = 1000
SECONDS = 10.0
CONNECTIONS = 50
SERVICES = 200
BURST = 5000
_PATIENCE = 300.0  # seconds
_LATEST_ACK = 500.0  # milliseconds, of all but one in a hundred
_LATEST_ANSWER = 3000.0  # milliseconds, Slack's own
_MOST_ROOMS = 5  # a minute, and the storm's
_EVERY = 0.1  # seconds between two commands of people
_BATCH = 1000  # samples in a request


@dataclass(slots=True)
class Row:
    """A line of the table; ``wrong`` says which promises were not kept."""

    what: str
    answers: Sequence[Answer] = ()
    slack: Sequence[Answer] = ()
    stored: str = ""
    note: str = ""
    wrong: list[str] = field(default_factory=list)

    def must(self, holds: bool, what: str) -> None:  # noqa: FBT001 (it reads like a sentence)
        if not holds:
            self.wrong.append(what)


@dataclass(frozen=True, slots=True)
class Stage:
    """A bot that serves, and everything to look at it with."""

    desk: Desk
    port: int
    token: str
    room: str  # where people talk meanwhile

    def fire(self, shots: Sequence[Shot], *, connections: int = CONNECTIONS) -> list[Answer]:
        return asyncio.run(fire(self.port, shots, connections=connections))

    def storm(self, row: Row, shots: Sequence[Shot]) -> None:
        """Fire them, while people keep typing."""

        async def both() -> None:
            storm = asyncio.ensure_future(fire(self.port, shots, connections=CONNECTIONS))
            said: list[Answer] = []
            while not storm.done():
                said += await fire(self.port, [self.note(len(said))], connections=1)
                await asyncio.sleep(_EVERY)
            row.answers, row.slack = await storm, said

        asyncio.run(both())
        row.must(percentile(row.answers, 0.99) < _LATEST_ACK, "an ack took too long")
        row.must(all(one.status == 202 for one in row.answers), "something was not taken")
        row.must(all(one.status == 200 for one in row.slack), "Slack was not answered")
        row.must(percentile(row.slack, 0.99) < _LATEST_ANSWER, "Slack was answered too late")

    def note(self, number: int) -> Shot:
        """Ana puts a note on the record."""
        identity = Identity()
        form = {
            "command": "/incident",
            "text": f"note it gets worse, for the {number}. time",
            "user_id": member_id("ana"),
            "team_id": identity.team_id,
            "channel_id": self.room,
            "channel_name": "inc-1",
            "api_app_id": identity.app_id,
            "trigger_id": f"storm.{number}.{monotonic()}",
        }
        body = urlencode(form).encode()
        signed = sign(identity.signing_secret, utc_now().timestamp(), body)
        kind = ("content-type", "application/x-www-form-urlencoded")
        return Shot("/slack/events", body, (kind, *signed.items()))

    def alerts(self) -> int:
        """How many different ones are kept, but for the one before the storm."""
        query = select(func.count()).where(alert.c.fingerprint != "quiet").select_from(alert)
        with self.desk.look() as connection:
            return int(connection.execute(query).scalar_one())

    def by_alerts(self) -> list[tuple[int, str, str]]:
        """Number, severity and title of what alerts opened, in order."""
        query = select(incident.c.number, incident.c.severity, incident.c.title)
        query = query.where(incident.c.source == "alert").order_by(incident.c.number)
        with self.desk.look() as connection:
            return [(int(a), str(b), str(c)) for a, b, c in connection.execute(query)]

    def waiting(self) -> int:
        with self.desk.look() as connection:
            return sum(n for _, state, n in deliveries.count_by(connection) if state == "waiting")


def alike(stage: Stage) -> Row:
    """One outage on a thousand hosts."""
    row = Row(f"{ALERTS} alerts, one outage")
    alerts = [
        _alert("HighErrorRate", "service-001", "critical", f"host-{n}") for n in range(ALERTS)
    ]
    stage.storm(row, _paced(stage, alerts))
    _until(lambda: stage.waiting() == 0)
    opened = len(stage.by_alerts())
    row.stored, row.note = f"{stage.alerts()}/{ALERTS}", f"{opened} incident, {_queued(row)}"
    row.must(stage.alerts() == ALERTS, "an alert is missing")
    row.must(opened == 1, "one outage has several incidents")
    return row


def many(stage: Stage) -> Row:
    """Everything fails at once, the worst among the rest."""
    row = Row(f"{ALERTS} alerts, {SERVICES} services")
    early = ALERTS * 4 // 5
    alerts = [
        _alert(f"Down{n // 160}", f"service-{n % 160:03}", "page", f"{n}") for n in range(early)
    ]
    alerts += [
        _alert("Down", f"service-{160 + n % 40:03}", "sev1", f"{n}") for n in range(early, ALERTS)
    ]
    stage.storm(row, _paced(stage, alerts))
    _until(lambda: stage.waiting() == 0)
    opened = stage.by_alerts()
    storms = [one for one in opened if one[2].startswith("Alert storm")]
    worst = sum(one[1] == "sev1" for one in opened if one not in storms)
    row.stored = f"{stage.alerts()}/{ALERTS}"
    row.note = (
        f"{len(opened) - len(storms)} rooms, {len(storms)} storm room, {worst} sev1, {_queued(row)}"
    )
    row.must(stage.alerts() == ALERTS, "an alert is missing")
    row.must(len(opened) - len(storms) <= _MOST_ROOMS, "too many rooms")
    row.must(len(storms) == 1, "not one storm room")
    row.must(worst >= 2, "no room was left for a sev1")
    return row


def burst(stage: Stage) -> Row:
    """One source goes mad."""
    row = Row(f"a burst of {BURST}, one source")
    alerts = [_alert(f"Noise{n % 50}", "service-007", "page", f"{n}") for n in range(BURST)]
    begun = monotonic()
    stage.storm(row, [told("/hooks/v1/generic", {"alerts": [one]}, stage.token) for one in alerts])
    fired = monotonic() - begun
    queued = sum("queued" in one.body for one in row.answers)
    with suppress(TimeoutError):
        _until(lambda: stage.waiting() == 0)
    row.stored = f"{stage.alerts()}/{BURST}"
    row.note = f"{BURST / fired:.0f}/s answered, {queued} queued, done {monotonic() - begun:.0f} s"
    row.must(stage.alerts() == BURST, "an alert is missing")
    row.must(queued > 0, "nothing was queued")
    return row


def samples(stage: Stage) -> Row:
    """Services report."""
    row = Row(f"samples, {_BATCH} a request")
    now, slo = utc_now(), stage.desk.objectives[0].slo
    count = 60
    shots = [
        told("/api/v1/sli", {"samples": [
            {"slo": slo, "at": (now - timedelta(seconds=place % 600)).isoformat(), "good": 9,
             "bad": 0, "source": f"edge-{batch}", "seq": place}
            for place in range(_BATCH)
        ]}, stage.token)
        for batch in range(count)
    ]  # fmt: skip
    begun = monotonic()
    row.answers = stage.fire(shots, connections=8)
    seconds = monotonic() - begun
    accepted = sum(one.body["accepted"] for one in row.answers)
    row.stored = f"{accepted}/{count * _BATCH}"
    row.note = f"{accepted / seconds:.0f} samples/s"
    row.must(accepted == count * _BATCH, "a sample is missing")
    return row


def small(stage: Stage) -> Row:
    """Many services report one by one."""
    row = Row("samples, one a request")
    now, slo, count = utc_now().isoformat(), stage.desk.objectives[0].slo, 2000
    shots = [
        told("/api/v1/sli", {"samples": [
            {"slo": slo, "at": now, "good": 9, "bad": 0, "source": "pod", "seq": place}
        ]}, stage.token)
        for place in range(count)
    ]  # fmt: skip
    begun = monotonic()
    row.answers = stage.fire(shots)
    seconds = monotonic() - begun
    accepted = sum(one.body["accepted"] for one in row.answers)
    row.stored, row.note = f"{accepted}/{count}", f"{count / seconds:.0f} requests/s"
    row.must(accepted == count, "a sample is missing")
    return row


def packed(stage: Stage) -> Row:
    """A monitoring system that groups: twenty alerts in each delivery."""
    count, each = 200, 20
    row = Row(f"alerts, {each} a delivery")
    shots = [
        told("/hooks/v1/generic", {"alerts": [
            _alert("HighLatency", f"service-{n % 5:03}", "page", f"{n}-{m}") for m in range(each)
        ]}, stage.token)
        for n in range(count)
    ]  # fmt: skip
    begun = monotonic()
    row.answers = stage.fire(shots)
    _until(lambda: stage.waiting() == 0)
    seconds = monotonic() - begun
    row.stored = f"{stage.alerts()}/{count * each}"
    row.note = f"{count * each / seconds:.0f} alerts/s"
    row.must(stage.alerts() == count * each, "an alert is missing")
    return row


def rooms(stage: Stage) -> Row:
    """Incidents are declared one after the other over many connections."""
    row, count = Row("incidents declared"), 300
    shots = [
        told("/api/v1/incidents", {"title": f"Outage number {n}", "severity": "sev3"}, stage.token)
        for n in range(count)
    ]
    begun = monotonic()
    row.answers = stage.fire(shots, connections=10)
    seconds = monotonic() - begun
    with stage.desk.look() as connection:
        kept = len(incidents.recent(connection, limit=2 * count)) - 1
    row.stored, row.note = f"{kept}/{count}", f"{count / seconds:.0f} incidents/s"
    row.must(kept == count, "an incident is missing")
    return row


PARTS: dict[str, Sequence[Callable[[Stage], Row]]] = {
    "alike": (alike,),
    "many": (many,),
    "burst": (burst,),
    "samples": (samples, small),
    "packed": (packed,),
    "rooms": (rooms,),
}


def main() -> int:
    """Run the parts and print the table."""
    reader = argparse.ArgumentParser(prog=".ci/run storm", description=__doc__.partition("\n")[0])
    reader.add_argument("--database", choices=("sqlite", "postgresql"))
    reader.add_argument("--part", choices=tuple(PARTS))
    given = reader.parse_args()
    rows: list[tuple[str, Row]] = []
    for database in [given.database] if given.database else ["sqlite", "postgresql"]:
        for part in [given.part] if given.part else PARTS:
            for run in PARTS[part]:
                print(f"{database}: {run.__name__}", file=sys.stderr, flush=True)
                with _stage(database) as stage:
                    rows.append((database, run(stage)))
    print(_table(rows))
    wrong = [f"{database}, {row.what}: {why}" for database, row in rows for why in row.wrong]
    print("\n".join(wrong) or "every promise was kept")
    return 1 if wrong else 0


def _queued(row: Row) -> str:
    return f"{sum('queued' in one.body for one in row.answers)} queued"


def _alert(name: str, service: str, severity: str, key: str) -> dict[str, str]:
    return {"name": name, "service": service, "severity": severity, "key": key}


def _paced(stage: Stage, alerts: Sequence[dict[str, str]]) -> list[Shot]:
    """Each as a delivery of its own, evenly over the ten seconds."""
    step = SECONDS / len(alerts)
    return [
        told("/hooks/v1/generic", {"alerts": [one]}, stage.token, at=place * step)
        for place, one in enumerate(alerts)
    ]


@contextmanager
def _stage(database: str) -> Iterator[Stage]:
    """A bot and a Slack in processes of their own, on a fresh database."""
    folder = Path(tempfile.mkdtemp(prefix="warroom-storm-"))
    with _database(database, folder) as url:
        _write_config(folder / "config")
        settings = Settings(warroom_database_url=url, warroom_config_dir=folder / "config")
        desk = build_desk(settings)
        bot_port, slack_port = _free_port(), _free_port()
        bot_url, slack_url = (f"http://127.0.0.1:{port}" for port in (bot_port, slack_port))
        more = {"folder": str(folder)}
        with (
            _process("slack", folder, {"port": slack_port, "bot_url": bot_url, **more}),
            _process(
                "bot",
                folder,
                {"port": bot_port, "slack_url": slack_url, "database_url": url, **more},
            ),
        ):
            _until(lambda: _is_ready(f"{bot_url}/readyz"))
            scopes = ("hooks:write", "sli:write", "incidents:write")
            token = create_token(desk, "storm", scopes, utc_now())
            yield _at_work(desk, bot_port, token)
        desk.store.close()
    shutil.rmtree(folder, ignore_errors=True)


def _at_work(desk: Desk, port: int, token: str) -> Stage:
    """A bot that has been at work for a while: somebody declared, noted, and was sent an alert."""
    wish = {"title": "Quiet before", "severity": "sev4", "services": ["search"]}
    quiet = _alert("Quiet", "search", "ticket", "quiet")
    shots = [told("/api/v1/incidents", wish, token)]
    shots += [told("/hooks/v1/generic", {"alerts": [one]}, token) for one in (quiet, quiet)]
    asyncio.run(fire(port, shots, connections=1))

    def room() -> str:
        with desk.look() as connection:
            found = incidents.get(connection, IncidentNumber(1))
        return (found and found.room) or ""

    _until(lambda: bool(room()))
    stage = Stage(desk, port, token, room())
    stage.fire([stage.note(number) for number in range(3)], connections=1)
    return stage


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'warroom.db'}"
        return
    server = Server(safe=True)
    try:
        yield server.url(server.database())
    finally:
        server.stop()


@contextmanager
def _process(kind: str, folder: Path, given: dict[str, object]) -> Iterator[None]:
    with (folder / f"{kind}.log").open("wb") as log:
        command = [sys.executable, str(HERE / "processes.py"), kind, json.dumps(given)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _write_config(folder: Path) -> None:
    """The example organisation with two hundred services more."""
    shutil.copytree(assets.folder("templates") / "init", folder)
    services = [
        {"name": f"service-{n:03}", "title": f"Service {n}", "tier": 1 + n % 4, "team": "platform"}
        for n in range(SERVICES)
    ]
    (folder / "services" / "many.yaml").write_text(json.dumps({"services": services}))


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _until(holds: Callable[[], bool]) -> None:
    deadline = monotonic() + _PATIENCE
    while not holds():
        if monotonic() > deadline:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _table(rows: Sequence[tuple[str, Row]]) -> str:
    heads = ("database", "what", "answers", "ack p50", "p99", "Slack p99", "stored", "and")
    lines = [heads, *(_line(database, row) for database, row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _line(database: str, row: Row) -> tuple[str, ...]:
    statuses = Counter(one.status for one in row.answers)
    told = " ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    acks = [f"{percentile(row.answers, share):.0f} ms" for share in (0.5, 0.99)]
    slack = f"{percentile(row.slack, 0.99):.0f} ms" if row.slack else ""
    return (database, row.what, told, *acks, slack, row.stored, row.note)


if __name__ == "__main__":
    sys.exit(main())
