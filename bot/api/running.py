"""What can be wished for an incident over HTTP, so that it can be run while Slack is not there.

Each wish is a POST below ``/incidents/{key}``. Everything appears in Slack as soon as that answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from bot.api.bodies import (
    AffectedIn,
    CancelIn,
    CloseIn,
    LinkIn,
    MergeIn,
    NoteIn,
    ResolveIn,
    RoleIn,
    SeverityIn,
    SplitIn,
    StatusIn,
    UpdateIn,
)
from incidents.actions import elsewhere, lifecycle, merging, notes, teams, updates
from incidents.actions.desk import Desk, Origin
from incidents.actions.merging import Split, Toward
from incidents.actions.updates import SendUpdate
from incidents.model.ids import IncidentNumber, parse_key
from incidents.model.text import clean, clean_line

Act = Callable[[Desk, IncidentNumber, Any, Origin, datetime], object]


@dataclass(frozen=True, slots=True)
class Wish:
    """``POST /incidents/{key}/<name>``: what it says for itself, its body, and what it does."""

    name: str
    summary: str
    body: type[BaseModel]
    act: Act


def _note(desk: Desk, number: IncidentNumber, body: NoteIn, by: Origin, now: datetime) -> object:
    return notes.note(desk, number, clean(body.text), by=by, now=now)


def _status(
    desk: Desk, number: IncidentNumber, body: StatusIn, by: Origin, now: datetime
) -> object:
    why = clean(body.because).raw
    return lifecycle.set_status(desk, number, body.status, why=why, by=by, now=now)


def _severity(
    desk: Desk, number: IncidentNumber, body: SeverityIn, by: Origin, now: datetime
) -> object:
    why = clean(body.because).raw
    return lifecycle.set_severity(desk, number, body.severity, why=why, by=by, now=now)


def _role(desk: Desk, number: IncidentNumber, body: RoleIn, by: Origin, now: datetime) -> object:
    return elsewhere.give_role(
        desk, number, body.role, body.person, accepted=body.accepted, by=by, now=now
    )


def _update(
    desk: Desk, number: IncidentNumber, body: UpdateIn, by: Origin, now: datetime
) -> object:
    sent = SendUpdate(body.audience, clean(body.text))
    return updates.send_update(desk, number, sent, by=by, now=now)


def _resolve(
    desk: Desk, number: IncidentNumber, body: ResolveIn, by: Origin, now: datetime
) -> object:
    return elsewhere.resolve(desk, number, clean(body.fix), body.ended_at, by=by, now=now)


def _close(desk: Desk, number: IncidentNumber, _: CloseIn, by: Origin, now: datetime) -> object:
    return lifecycle.close(desk, number, by=by, now=now)


def _cancel(
    desk: Desk, number: IncidentNumber, body: CancelIn, by: Origin, now: datetime
) -> object:
    return lifecycle.cancel(desk, number, why=clean(body.because).raw, by=by, now=now)


def _link(desk: Desk, number: IncidentNumber, body: LinkIn, by: Origin, now: datetime) -> object:
    toward = Toward(_number(body.to), clean(body.because).raw)
    return merging.link(desk, number, toward, by=by, now=now)


def _merge(desk: Desk, number: IncidentNumber, body: MergeIn, by: Origin, now: datetime) -> object:
    toward = Toward(_number(body.into), clean(body.because).raw)
    return merging.merge(desk, number, toward, by=by, now=now)


def _split(desk: Desk, number: IncidentNumber, body: SplitIn, by: Origin, now: datetime) -> object:
    why = clean(body.because).raw
    if not body.service:
        return merging.unmerge(desk, number, because=why, by=by, now=now)
    name = desk.catalog.canonical(body.service) or body.service
    wish = Split(name, clean_line(body.title, limit=200), why)
    return merging.split(desk, number, wish, by=by, now=now)


def _affected(
    desk: Desk, number: IncidentNumber, body: AffectedIn, by: Origin, now: datetime
) -> object:
    name = desk.catalog.canonical(body.service) or body.service
    return teams.join(desk, number, name, clean(body.because).raw, by=by, now=now)


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
    Wish("affected", "A service is affected too: its team is brought in.", AffectedIn, _affected),
    Wish("link", "Another incident has to do with it.", LinkIn, _link),
    Wish("merge", "It is part of another incident.", MergeIn, _merge),
    Wish("split", "A service, or the whole of it, goes its own way.", SplitIn, _split),
    Wish("cancel", "It was no incident.", CancelIn, _cancel),
)
