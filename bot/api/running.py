"""What can be wished for an incident over HTTP, so that it can be run while Slack is not there.

Each wish is a POST below ``/incidents/{key}``. Everything appears in Slack as soon as that answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from bot.api.bodies import (
    CancelIn,
    CloseIn,
    NoteIn,
    ResolveIn,
    RoleIn,
    SeverityIn,
    StatusIn,
    UpdateIn,
)
from incidents.actions import elsewhere, lifecycle, notes, updates
from incidents.actions.desk import Desk, Origin
from incidents.actions.updates import SendUpdate
from incidents.model.ids import IncidentNumber
from incidents.model.text import clean

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


WISHES = (
    Wish("notes", "Add a line to the timeline.", NoteIn, _note),
    Wish("status", "Say how far the work is.", StatusIn, _status),
    Wish("severity", "Say how bad it is.", SeverityIn, _severity),
    Wish("roles", "Give somebody a role; a commander is asked.", RoleIn, _role),
    Wish("updates", "Tell an audience how it stands.", UpdateIn, _update),
    Wish("resolve", "The impact is over.", ResolveIn, _resolve),
    Wish("close", "Everything is done.", CloseIn, _close),
    Wish("cancel", "It was no incident.", CancelIn, _cancel),
)
