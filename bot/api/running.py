"""What can be wished for an incident over HTTP, so that it can be run while Slack is not there.

Each wish is a POST below ``/incidents/{key}``. Everything appears in Slack as soon as that answers.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from bot.api.answers import IncidentOut
from bot.api.bodies import (
    AffectedIn,
    CancelIn,
    CloseIn,
    EscalationIn,
    LinkIn,
    MergeIn,
    NoteIn,
    ResolveIn,
    RoleIn,
    SeverityIn,
    SplitIn,
    StatusIn,
    TimeIn,
    UpdateIn,
)
from bot.api.looking import incident_named, reader_of
from bot.api.shapes import incident_json
from bot.api.wishes import Place, Sent, Wish
from incidents.actions import (
    climbing,
    elsewhere,
    keytimes,
    lifecycle,
    merging,
    notes,
    teams,
    updates,
)
from incidents.actions.desk import Desk, Origin
from incidents.actions.merging import Split, Toward
from incidents.actions.updates import SendUpdate
from incidents.errors import Repeated
from incidents.model.access import Reader
from incidents.model.ids import IncidentNumber, parse_key
from incidents.model.text import clean, clean_line


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which incident something is wanted, by whom, when, and what they may see of others."""

    number: IncidentNumber
    by: Origin
    now: datetime
    reader: Reader


def _note(desk: Desk, asked: Asked, body: NoteIn) -> object:
    return notes.note(desk, asked.number, clean(body.text), by=asked.by, now=asked.now)


def _status(desk: Desk, asked: Asked, body: StatusIn) -> object:
    why = clean(body.because).raw
    return lifecycle.set_status(
        desk, asked.number, body.status, why=why, by=asked.by, now=asked.now
    )


def _severity(desk: Desk, asked: Asked, body: SeverityIn) -> object:
    why = clean(body.because).raw
    return lifecycle.set_severity(
        desk, asked.number, body.severity, why=why, by=asked.by, now=asked.now
    )


def _role(desk: Desk, asked: Asked, body: RoleIn) -> object:
    return elsewhere.give_role(
        desk,
        asked.number,
        body.role,
        body.person,
        accepted=body.accepted,
        by=asked.by,
        now=asked.now,
    )


def _update(desk: Desk, asked: Asked, body: UpdateIn) -> object:
    sent = SendUpdate(body.audience, clean(body.text))
    return updates.send_update(desk, asked.number, sent, by=asked.by, now=asked.now)


def _resolve(desk: Desk, asked: Asked, body: ResolveIn) -> object:
    return elsewhere.resolve(
        desk, asked.number, clean(body.fix), body.ended_at, by=asked.by, now=asked.now
    )


def _close(desk: Desk, asked: Asked, _: CloseIn) -> object:
    return lifecycle.close(desk, asked.number, by=asked.by, now=asked.now)


def _cancel(desk: Desk, asked: Asked, body: CancelIn) -> object:
    return lifecycle.cancel(
        desk, asked.number, why=clean(body.because).raw, by=asked.by, now=asked.now
    )


def _link(desk: Desk, asked: Asked, body: LinkIn) -> object:
    toward = Toward(_number(body.to), clean(body.because).raw, asked.reader)
    return merging.link(desk, asked.number, toward, by=asked.by, now=asked.now)


def _merge(desk: Desk, asked: Asked, body: MergeIn) -> object:
    toward = Toward(_number(body.into), clean(body.because).raw, asked.reader)
    return merging.merge(desk, asked.number, toward, by=asked.by, now=asked.now)


def _split(desk: Desk, asked: Asked, body: SplitIn) -> object:
    why = clean(body.because).raw
    if not body.service:
        return merging.unmerge(desk, asked.number, because=why, by=asked.by, now=asked.now)
    name = desk.catalog.canonical(body.service) or body.service
    wish = Split(name, clean_line(body.title, limit=200), why)
    return merging.split(desk, asked.number, wish, by=asked.by, now=asked.now)


def _affected(desk: Desk, asked: Asked, body: AffectedIn) -> object:
    name = desk.catalog.canonical(body.service) or body.service
    return teams.join(desk, asked.number, name, clean(body.because).raw, by=asked.by, now=asked.now)


def _escalation(desk: Desk, asked: Asked, body: EscalationIn) -> object:
    if body.action == "climb":
        return climbing.climb_now(desk, asked.number, by=asked.by, now=asked.now)
    climbing.stop(desk, asked.number, clean(body.because).raw, by=asked.by, now=asked.now)
    return None


def _times(desk: Desk, asked: Asked, body: TimeIn) -> object:
    at = body.at.astimezone(UTC)
    return keytimes.state(desk, asked.number, body.time, at, by=asked.by, now=asked.now)


def _number(typed: str) -> IncidentNumber:
    return parse_key(typed) or IncidentNumber(0)


WISHES = (
    Wish("notes", "Add a line to the timeline.", NoteIn, _note),
    Wish("status", "Say how far the work is.", StatusIn, _status),
    Wish("severity", "Say how bad it is.", SeverityIn, _severity),
    Wish("roles", "Give somebody a role; a commander is asked.", RoleIn, _role),
    Wish("updates", "Tell an audience how it stands.", UpdateIn, _update),
    Wish("resolve", "The impact is over.", ResolveIn, _resolve),
    Wish("close", "Everything is done.", CloseIn, _close),
    Wish("escalation", "Ask the next on the path now, or nobody else.", EscalationIn, _escalation),
    Wish("times", "Say when it started, was noticed, taken on, over.", TimeIn, _times),
    Wish("affected", "A service is affected too: its team is brought in.", AffectedIn, _affected),
    Wish("link", "Another incident has to do with it.", LinkIn, _link),
    Wish("merge", "It is part of another incident.", MergeIn, _merge),
    Wish("split", "A service, or the whole of it, goes its own way.", SplitIn, _split),
    Wish("cancel", "It was no incident.", CancelIn, _cancel),
)


def _grant(desk: Desk, wish: Wish, sent: Sent, wanted: BaseModel) -> dict[str, Any]:
    reader = reader_of(sent.token)
    number = incident_named(desk, sent.key, reader).number
    with suppress(Repeated):
        wish.act(desk, Asked(number, sent.by, sent.now, reader), wanted)
    return incident_json(incident_named(desk, sent.key, reader))


RUNNING = Place(
    path="/incidents/{key}",
    prefix="incident",
    scope="incidents:write",
    out=IncidentOut,
    about="The same ``Idempotency-Key`` again changes nothing. Answers with the incident.",
    grant=_grant,
)
