"""Messages change and vanish in Slack; the record keeps what they were, and says what became of it.

An entry is never changed: an edited message is a new entry that corrects the old one, at the time
of the message, and says who edited it and when. A deleted one is taken back by a new entry.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from incidents.actions import evidence
from incidents.actions.desk import Desk, Origin, Work
from incidents.model import effects
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.people import BOT
from incidents.model.text import clean
from incidents.model.timeline import Kind, moment_of
from incidents.store import incidents, outbox, timeline

_FOLLOWED = ("said", "timeline")  # an action item and an update stay as they were given out
_OF_THE_MESSAGE = ("text", "markup", "files")  # what an edit may change of an entry's body


@dataclass(frozen=True, slots=True)
class Edited:
    """A message has other words now. ``content`` is what it says, as in `reconcile.Said`.

    ``ts`` names the message, ``edited_ts`` this edit of it.
    """

    channel: str
    ts: str
    content: dict[str, Any]
    by: PersonId
    edited_ts: str


def source_key(use: str, channel: str, ts: str) -> str:
    """The name of a captured message in an incident's record."""
    return f"slack/{use}/{channel}/{ts}"


def follow(desk: Desk, edited: Edited, *, by: Origin, now: datetime) -> int:
    """Somebody edited a message in a room. How many entries are corrected."""
    with desk.work(by, now) as work:
        incident = incidents.in_room(work.connection, edited.channel)
        if incident is None:
            return 0
        work.about(incident.number)
        return follow_in(work, incident.number, edited)


def follow_in(work: Work, number: IncidentNumber, edited: Edited) -> int:
    """Like `follow`, inside a transaction. The same edit is followed once, whoever tells of it."""
    text = clean(edited.content["text"]).raw
    fresh = {**edited.content, "text": text}
    changes = {name: fresh[name] for name in _OF_THE_MESSAGE if name in fresh}
    work.by = replace(work.by, actor=edited.by or PersonId(edited.content["author"]))
    count = 0
    for use in _FOLLOWED:
        key = source_key(use, edited.channel, edited.ts)
        before = timeline.standing(work.connection, number, key)
        if before is None or _says(before.body) == _says(changes):
            continue
        kept = {name: value for name, value in before.body.items() if name not in _OF_THE_MESSAGE}
        edit = {"by": work.by.actor, "at": moment_of(edited.edited_ts).isoformat()}
        written = work.log(
            number,
            before.kind,
            {**kept, **changes, "edited": edit},
            occurred_at=before.occurred_at,
            source_key=f"{key}/edit/{edited.edited_ts}",
            corrects=before.seq,
        )
        count += written is not None
        if before.kind is Kind.MESSAGE:
            here = (str(one["id"]) for one in before.body.get("files") or ())
            evidence.fetch_in(work, written, here)
    return count


def deleted(desk: Desk, channel: str, ts: str, *, by: Origin, now: datetime) -> int:
    """A message in a room was deleted: what it said stays, and is marked. How many entries."""
    with desk.work(by, now) as work:
        incident = incidents.in_room(work.connection, channel)
        if incident is None:
            return 0
        number, count = incident.number, 0
        work.about(number)
        work.by = replace(work.by, actor=BOT)  # Slack does not say who deleted it
        outbox.call_off(work.connection, effects.capturing(number, channel, ts, "timeline"), now)
        for use in _FOLLOWED:
            key = source_key(use, channel, ts)
            entry = timeline.standing(work.connection, number, key)
            if entry is None:
                continue
            kind = Kind.UNSAID if entry.kind is Kind.SAID else Kind.RETRACTED
            body = {"of": entry.seq, "was": entry.kind.value}
            body["because"] = "the message was deleted in Slack"
            count += work.log(number, kind, body, corrects=entry.seq) is not None
        return count


def _says(body: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Words and files: what makes one version of a message differ from another."""
    return str(body.get("text", "")), tuple(str(one["id"]) for one in body.get("files") or ())
