"""A private incident with a canary in everything people can write, and the eyes of outsiders.

A canary is a word of letters only, so it survives every escaping and every slug: `found_in` finds
it in any bytes.
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from hostile.matrix import configured
from world import Place, World

from incidents.actions import lifecycle, notes, postmortem, triage, updates
from incidents.actions.alerts import take_alerts
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import CLOCK, Origin
from incidents.actions.lifecycle import Resolution
from incidents.actions.updates import SendUpdate
from incidents.model.alerts import Alert
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.postmortem import SECTIONS
from incidents.model.severity import Severity
from incidents.model.text import UserText
from incidents.store import incidents, people, postmortems, walks

INSIDERS = frozenset({"U0ANA", "U0BO", "U0DANA"})  # Ana commands, Bo was let in, Dana is security
GUEST = "U0GUEST"
_CANARY = re.compile(rb"zq[a-z]+qz", re.IGNORECASE)

TREE = """\
schema: warroom.tree/1
id: leak
version: 1.0.0
title: A leak
applies_to: {words: [leak]}
root: first
nodes:
  first:
    ask: Is it still going on?
    answers:
      "yes": {end: stopped, label: zqanswerqz}
      "no": {end: stopped}
      unknown: {end: stopped}
outcomes:
  stopped: {title: It is over, status: monitoring, then: [Tell security.]}
tests:
  - name: it goes on
    answers: {first: "yes"}
    expect: {end: stopped}
  - name: it does not
    answers: {first: "no"}
    expect: {end: stopped}
  - name: nobody knows
    answers: {first: unknown}
    expect: {end: stopped}
"""


def canary(name: str) -> str:
    """The word that is put where ``name`` is written."""
    return f"zq{name}qz"


def found_in(seen: bytes) -> set[bytes]:
    """Every canary in it."""
    return {one.lower() for one in _CANARY.findall(seen)}


def secretive(folder: Path) -> Path:
    """A configuration with a security team, an administrator, and a tree with a canary in it."""
    made = configured(folder)
    (made / "runbooks").mkdir()
    (made / "runbooks" / "leak.tree.yaml").write_text(TREE)
    return made


def declared_private(world: World) -> IncidentNumber:
    """Private from its first moment on."""
    order = Declare(
        UserText(canary("title")),
        Severity.SEV2,
        services=("checkout",),
        impact=UserText(canary("impact")),
        facts={"labels": {"pod": canary("label")}},
        is_private=True,
    )
    by = Origin(PersonId(world.ana.id), "slack", "declared-by-ana")
    number = declare(world.app.desk, order, by=by, now=world.clock()).incident.number
    world.settle()
    return number


def opened_by_alert(world: World) -> IncidentNumber:
    """Public at first: an alert opened it, and everybody could follow."""
    (taken,) = take_alerts(world.app.desk, [firing(world)], now=world.clock())
    world.settle()
    assert taken.incident is not None
    world.slack.act.join(world.ana.id, room_of(world, taken.incident).id)
    world.settle()
    return taken.incident


def firing(world: World) -> Alert:
    """An alert of checkout with canaries in what a person wrote into it."""
    labels = {"service": "checkout", "severity": "page", "pod": canary("label")}
    return Alert(
        "generic",
        "fingerprint",
        canary("title"),
        is_firing=True,
        starts_at=world.clock(),
        labels=labels,
        summary=UserText(canary("summary")),
        url=f"https://grafana.example.com/{canary('url')}",
    )


def incident_of(world: World, number: int) -> Incident:
    """The incident as it is."""
    with world.app.desk.look() as connection:
        found = incidents.get(connection, IncidentNumber(number))
    assert found is not None
    return found


def room_of(world: World, number: int) -> Place:
    """Its room; a private one is not in the list of channels."""
    incident = incident_of(world, number)
    assert incident.room is not None
    return Place(world, incident.room, incident.room_name)


def live(world: World, number: IncidentNumber) -> None:
    """Everything that people do in a room, each with a canary in it."""
    room, desk, ana = room_of(world, number), world.app.desk, world.ana
    by = Origin(PersonId(ana.id), "slack")
    ana.types("/incident role commander me", where=room)
    ana.types("/incident invite @bo", where=room)
    said = ana.types(canary("said"), where=room)
    ana.reacts("pushpin", said.ts, where=room)
    ana.types(f"/incident note {canary('note')}", where=room)
    ana.types(f"/incident update {canary('update')}", where=room)
    for audience in ("executives", "customers"):
        sent = SendUpdate(audience, UserText(canary(audience)))
        updates.send_update(desk, number, sent, by=by, now=world.clock())
    ana.types(f"/incident todo @bo {canary('action')} by tomorrow", where=room)
    ana.types(f"/incident todo me {canary('mine')} by tomorrow", where=room)
    ana.types("/incident role scribe @bo", where=room)
    triage.start(desk, number, "leak", by=by, now=world.clock())
    with desk.look() as connection:
        walk = walks.of(connection, number)[-1]
    triage.choose(desk, walk.id, walk.step, "yes", by=by, now=world.clock())
    ana.types("/incident page @bo", where=room)
    worse = {Severity.SEV1: Severity.SEV2}.get(incident_of(world, number).severity, Severity.SEV1)
    lifecycle.set_severity(desk, number, worse, why=canary("because"), by=by, now=world.clock())
    notes.note(desk, number, UserText(canary("elsewhere")), by=CLOCK, now=world.clock())
    world.settle()


def end(world: World, number: IncidentNumber) -> None:
    """Resolved, with a postmortem that is exported into the room."""
    desk, by, now = world.app.desk, Origin(PersonId(world.ana.id), "slack"), world.clock()
    before = incident_of(world, number)
    fix, impact = UserText(canary("fix")), UserText(canary("impact"))
    done = Resolution(fix, before.started_at, now, impact)
    lifecycle.resolve(desk, number, done, by=by, now=now)
    sections = {one.name: UserText(canary(f"pm{one.name}")) for one in SECTIONS}
    with desk.look() as connection:
        draft = postmortems.get(connection, number)
    assert draft is not None
    postmortem.edit(desk, number, sections, seen={}, by=by, now=now)
    postmortem.export_to_room(desk, number, by=by, now=now)
    world.settle()


def remember_guest(world: World) -> None:
    """Somebody of another organisation, who sees some channels."""
    guest = Person(PersonId(GUEST), "guest", "Guest", is_guest=True)
    with world.app.desk.store.write() as connection:
        people.remember(connection, guest, world.clock())


def shown_in_slack(world: World, *, but_not: str = "") -> bytes:
    """Everything in Slack that somebody sees who is no insider; without the channel ``but_not``."""
    state, bot = world.slack.core.state, world.slack.identity.bot_user
    open_to_all = {
        one.id
        for one in state.channels
        if one.id != but_not and (one.kind == "channel" or set(one.members) - INSIDERS - {bot})
    }
    rows: list[Any] = [one for one in state.channels if one.id in open_to_all]
    rows += [one for one in state.messages if one.channel in open_to_all]
    rows += [one for one in state.bookmarks if one.channel in open_to_all]
    rows += [one for one in state.files if open_to_all & set(one.channels)]
    rows += [one for one in state.ephemerals if one.user not in INSIDERS]
    rows += [one for one in state.views if one.user not in INSIDERS]
    return json.dumps([dataclasses.asdict(one) for one in rows], default=str).encode()


@dataclass(frozen=True)
class Missing:
    """Stands for an incident that does not exist, where a real one is named."""

    number: IncidentNumber
    room: str = "C0NOWHERE"
    is_private: bool = True

    @property
    def key(self) -> str:
        return f"INC-{self.number}"


def hours(world: World, count: int, *, step: int) -> None:
    """Time goes by, ``step`` hours at once, with everything that falls due in it."""
    for _ in range(count // step):
        world.clock.pass_(timedelta(hours=step))
        world.settle()
