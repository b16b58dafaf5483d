"""What is true in the end, seen from the outside: the workspace's state beside the record.

Every number is a count of single things that went wrong; each is named in ``findings``.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from crash.crowd import Memory
from sqlalchemy import Connection, Row, select

from bot.clock import utc_now
from bot.emulator.entities import Channel, Message
from bot.emulator.state import State
from incidents.model.timeline import Kind
from incidents.store import timeline
from incidents.store.engine import Store
from incidents.store.tables import action_item, effect, inbox, incident, update_message
from incidents.store.tables import timeline as entries

_SAID = ("card", "announce", "post", "direct")
_ROOM = re.compile(r"inc-(\d+)(?:-|$)")
_COUNTED = {"sev": Kind.SEVERITY, "status": Kind.STATUS, "declare": Kind.DECLARED}


@dataclass(slots=True)
class Verdict:
    """How many rooms and messages there are, and what is wrong with them."""

    rooms: int = 0
    messages: int = 0
    findings: dict[str, list[str]] = field(default_factory=dict)

    def find(self, what: str, which: Iterable[str]) -> None:
        """Something is lost, doubled, orphaned or out of order."""
        self.findings.setdefault(what, []).extend(which)

    def count(self, what: str) -> int:
        """How often."""
        return len(self.findings.get(what, []))


@dataclass(frozen=True, slots=True)
class _Slack:
    """The workspace's state, read from its file."""

    channels: tuple[Channel, ...]
    messages: tuple[Message, ...]
    bookmarks: tuple[tuple[str, str], ...]
    bot: str = "U0WARROOM"

    @property
    def keyed(self) -> list[tuple[str, Message]]:
        """Messages of the bot's with the key of the effect that sent them."""
        found = []
        for message in self.messages:
            key = ((message.metadata or {}).get("event_payload") or {}).get("key")
            if key and not message.hidden:
                found.append((key, message))
        return found


def read_slack(file: Path) -> _Slack:
    """Everything the workspace knows."""
    state = State(utc_now, file)
    try:
        return _Slack(
            tuple(state.channels),
            tuple(state.messages),
            tuple((one.channel, one.link) for one in state.bookmarks),
        )
    finally:
        state.close()


def judge(store: Store, slack: _Slack, memory: Memory) -> Verdict:
    """Compare what was promised, what is on record, and what people see."""
    verdict = Verdict(messages=len(slack.keyed))
    with store.read() as connection:
        incidents = connection.execute(select(incident)).all()
        verdict.rooms = sum(one.room is not None for one in incidents)
        _rooms(verdict, slack, incidents)
        _effects(verdict, connection, slack)
        _inputs(verdict, connection, memory)
        _marks(verdict, connection, memory)
        _records(verdict, connection, incidents)
    return verdict


def _rooms(verdict: Verdict, slack: _Slack, incidents: Iterable[Row]) -> None:
    made = [one for one in slack.channels if one.creator == slack.bot and not one.is_direct]
    known = {one.room for one in incidents}
    verdict.find("orphaned", (one.name for one in made if one.id not in known))
    meant = Counter(int(found[1]) for one in made if (found := _ROOM.match(one.name)))
    verdict.find("doubled", (f"{n} channels for INC-{k}" for k, n in meant.items() if n > 1))
    pins = {one.id: one.pins for one in slack.channels}
    for one in incidents:
        if one.room is None or one.card_ts is None:
            verdict.find("lost", [f"INC-{one.number} has no room or no card"])
        elif one.card_ts not in pins[one.room]:
            verdict.find("lost", [f"the pin of INC-{one.number}"])


def _effects(verdict: Verdict, connection: Connection, slack: _Slack) -> None:
    rows = connection.execute(select(effect).order_by(effect.c.seq)).all()
    told = Counter(key for key, _ in slack.keyed)
    verdict.find("doubled", (f"{n} messages {key}" for key, n in told.items() if n > 1))
    marks = Counter(slack.bookmarks)
    verdict.find("doubled", (f"{n} bookmarks {at}" for at, n in marks.items() if n > 1))
    removed = (f"removed after a while: {row.args}" for row in rows if _is_removal(row))
    verdict.find("doubled", removed)
    for row in rows:
        if row.state not in ("done", "superseded"):
            verdict.find("lost", [f"{row.key} is {row.state}: {row.error}"])
        if row.kind in _SAID and row.state == "done" and not told[row.key]:
            verdict.find("lost", [f"the message {row.key}"])
    _order(verdict, slack, {row.key: row for row in rows})


def _is_removal(row: Row) -> bool:
    return row.kind == "delete" and "stays" not in (row.result or {})


def _order(verdict: Verdict, slack: _Slack, rows: dict[str, Row]) -> None:
    """In a room, people read things in the order in which they went on record."""
    latest: dict[str, int] = {}
    for key, message in sorted(slack.keyed, key=lambda pair: pair[1].ts):
        row = rows.get(key)
        if row is None:
            verdict.find("orphaned", [f"the message {key}"])
            continue
        if not row.lane.endswith("/talk"):
            continue
        if row.seq < latest.get(row.lane, -1):
            verdict.find("out of order", [f"{key} ({message.ts})"])
        latest[row.lane] = max(row.seq, latest.get(row.lane, -1))


def _inputs(verdict: Verdict, connection: Connection, memory: Memory) -> None:
    found = {
        "declare": connection.execute(select(incident.c.title)).scalars(),
        "note": _words(connection, Kind.NOTE, "text"),
        "said": _words(connection, Kind.SAID, "text"),
        "alert": _words(connection, Kind.ALERT_FIRED, "name"),
        "sev": _words(connection, Kind.SEVERITY, "because"),
        "status": _words(connection, Kind.STATUS, "because"),
        "todo": connection.execute(select(action_item.c.title)).scalars(),
        "update": connection.execute(select(update_message.c.text)).scalars(),
    }
    taken = set(connection.execute(select(inbox.c.key).where(inbox.c.source == "slack")).scalars())
    for kind, words in found.items():
        counted = Counter(words)
        for one in memory.tried(kind):
            times = counted[one.words]
            if times > 1:
                verdict.find("doubled", [f"{times} x {kind} {one.words}"])
            if one.is_accepted and not times:
                verdict.find("lost", [f"{kind} {one.words} (INC-{one.incident})"])
    for one in memory.inputs:
        if one.is_accepted and one.trigger and f"command/{one.trigger}" not in taken:
            verdict.find("lost", [f"{one.kind} {one.words} is not in the inbox"])


def _words(connection: Connection, kind: Kind, name: str) -> list[str]:
    query = select(entries.c.body).where(entries.c.kind == kind.value)
    return [str(body.get(name, "")) for body in connection.execute(query).scalars()]


def _marks(verdict: Verdict, connection: Connection, memory: Memory) -> None:
    """Each mark has led to one entry, delivered or found."""
    query = select(entries.c.source_key).where(entries.c.kind == Kind.MESSAGE.value)
    recorded = Counter(connection.execute(query).scalars())
    for one in memory.tried("mark"):
        key = f"slack/timeline/{one.words}"
        if not recorded[key]:
            verdict.find("lost", [f"the mark {key} (INC-{one.incident})"])
    again = (f"{key} again" for key in recorded if key and key.count("/") > 3)
    verdict.find("doubled", again)


def _records(verdict: Verdict, connection: Connection, incidents: Iterable[Row]) -> None:
    for one in incidents:
        _, broken = timeline.check(connection, one.number)
        if broken is not None:
            verdict.find("out of order", [f"INC-{one.number}: {broken.because}"])
