"""Worlds whose bot dies and is started again on the same database, or has brothers there.

A crash is an exception that nothing of ours catches, raised at a named point: whatever was not
committed is rolled back, whatever Slack did stays done. The program is put together anew.
"""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select
from world import Place, World, read_once

from bot.app import App, build
from bot.emulator import InProcessTransport
from bot.emulator.faults import Fault
from incidents.model.ids import IncidentNumber
from incidents.store import timeline
from incidents.store.tables import effect, incident

LEASE = timedelta(seconds=31)  # a little more than production's
ANSWERS: dict[str, Fault | None] = {
    "ok": None,
    "lost": Fault(kind="lost_answer"),
    "not done": Fault(kind="error_before", status=500),
    "done, says it is not": Fault(kind="error_after", error="internal_error"),
    "later": Fault(kind="rate_limited", seconds=1),
}
METHODS = {
    "open_room": "conversations.create",
    "invite": "conversations.invite",
    "topic": "conversations.setTopic",
    "bookmark": "bookmarks.add",
    "card": "chat.postMessage",
    "pin_card": "pins.add",
    "edit_card": "chat.update",
    "announce": "chat.postMessage",
    "edit_announcement": "chat.update",
    "post": "chat.postMessage",
    "direct": "chat.postMessage",
    "edit": "chat.update",
    "capture": "conversations.history",
    "archive": "conversations.archive",
    "upload": "files.completeUploadExternal",
    "reconcile": "conversations.info",
}
_SAID = ("card", "announce", "post", "direct")
_TRIES = 40


class Crash(BaseException):
    """The process is gone."""


def another(world: World) -> App:
    """A process more on the same database and the same Slack."""
    made = build(
        world.settings,
        clock=world.clock,
        transport=InProcessTransport(world.slack),
        configuration=read_once(world.settings.warroom_config_dir),
        threads=False,
        paced=False,
    )
    made.identity.introduce()
    return made


def reborn(world: World) -> None:
    """The process is dead; another is started once its lease is over."""
    dead, world.app = world.app, another(world)
    dead.background.shutdown(wait=True)
    dead.carriers.shutdown(wait=True)
    dead.client.close()
    dead.spool.close()
    dead.desk.store.close()
    world.clock.pass_(LEASE)


def survive(world: World, act: Callable[[], object]) -> None:
    """Do it, and come to rest, however often the process dies meanwhile."""
    _once(world, act)
    rest(world)


def rest(world: World) -> None:
    """Everything that was begun ends; pauses pass."""
    for _ in range(_TRIES):
        _once(world, world.settle)
        if not under_way(world):
            return
        world.clock.pass_(timedelta(seconds=20))
    raise AssertionError(f"never carried: {under_way(world)}")


def _once(world: World, act: Callable[[], object]) -> None:
    try:
        act()
    except Crash:
        reborn(world)


def under_way(world: World) -> list[str]:
    """The keys of what is not settled."""
    query = select(effect.c.key).where(effect.c.state.in_(("pending", "inflight")))
    with world.app.desk.look() as connection:
        return list(connection.execute(query).scalars())


def key_of(message: dict) -> str:
    """The key of the effect that sent a message."""
    return str(message.get("metadata", {}).get("event_payload", {}).get("key", ""))


def said(world: World) -> Counter[str]:
    """How often each effect's message can be seen, by its key."""
    found = []
    for one in world.slack.core.state.messages:
        key = ((one.metadata or {}).get("event_payload") or {}).get("key")
        if key and not one.hidden:
            found.append(key)
    return Counter(found)


def sent(world: World) -> Counter[str]:
    """How often each effect's message was sent, whatever became of it, by its key."""
    calls = (call for call in world.calls("chat.postMessage") if call.ok)
    return Counter(key_of(call.args) for call in calls)


def doubles(world: World) -> list[str]:
    """What people see twice: messages, bookmarks, channels."""
    state, bot = world.slack.core.state, world.slack.identity.bot_user
    marks = Counter((one.channel, one.link) for one in state.bookmarks)
    rooms = Counter(
        one.name.split("-")[1] for one in state.channels if one.creator == bot and not one.is_direct
    )
    seen = [*said(world).items(), *marks.items(), *rooms.items()]
    return [f"{times} x {what}" for what, times in seen if times > 1]


def faults(world: World) -> list[str]:
    """Everything that is not as it was promised, once the world is at rest."""
    found = doubles(world) + [f"not settled: {key}" for key in under_way(world)]
    told, state = said(world), world.slack.core.state
    bot = world.slack.identity.bot_user
    with world.app.desk.look() as connection:
        numbers = connection.execute(select(incident.c.number, incident.c.room)).all()
        known = {room for _, room in numbers}
        for row in connection.execute(select(effect).order_by(effect.c.seq)):
            if row.state == "dead":
                found.append(f"dead: {row.key} {row.error}")
            if row.kind in _SAID and row.state == "done" and not told[row.key]:
                found.append(f"lost: {row.key}")
        for number, _ in numbers:
            _, broken = timeline.check(connection, IncidentNumber(number))
            if broken is not None:
                found.append(f"INC-{number}: {broken.because}")
    made = [one for one in state.channels if one.creator == bot and not one.is_direct]
    found += [f"orphan: {one.name}" for one in made if one.id not in known]
    return found + _out_of_order(world)


def _out_of_order(world: World) -> list[str]:
    with world.app.desk.look() as connection:
        query = select(effect.c.key, effect.c.seq).where(effect.c.lane.endswith("/talk"))
        order = {key: seq for key, seq in connection.execute(query)}  # noqa: C416
    latest: dict[str, int] = {}
    found = []
    for one in sorted(world.slack.core.state.messages, key=lambda message: message.ts):
        key = ((one.metadata or {}).get("event_payload") or {}).get("key", "")
        if key in order:
            if order[key] < latest.get(one.channel, -1):
                found.append(f"out of order: {key}")
            latest[one.channel] = order[key]
    return found


def kinds_of(world: World, number: int) -> list[str]:
    """What is on an incident's record."""
    with world.app.desk.look() as connection:
        return [entry.kind.value for entry in timeline.entries(connection, IncidentNumber(number))]


def count(world: World, state: str) -> int:
    """How many effects are in this state."""
    query = select(func.count()).where(effect.c.state == state)
    with world.app.desk.look() as connection:
        return int(connection.execute(query.select_from(effect)).scalar_one())


def seen(world: World) -> str:
    """Everything Slack shows, in one spelling without stamps and ids."""
    state, shown = world.slack.core.state, {}
    names = {one.id: one.name for one in state.channels}
    for one in state.channels:
        keys = [
            ((said.metadata or {}).get("event_payload") or {}).get("key", said.body.get("text", ""))
            for said in state.messages.of(one.id)
        ]
        shown[one.name or ",".join(one.members)] = {
            "keys": keys,
            "topic": one.topic,
            "members": sorted(one.members),
            "pins": len(one.pins),
            "bookmarks": sorted(b.title for b in state.bookmarks if names[b.channel] == one.name),
        }
    return json.dumps(shown, indent=1, sort_keys=True)


def room(world: World, number: int = 1) -> Place:
    """The room of an incident."""
    return world.room(f"inc-{number}")
