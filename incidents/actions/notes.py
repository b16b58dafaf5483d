"""What people add to the record, take back from it, and correct."""

from dataclasses import dataclass
from datetime import datetime

from incidents.actions import converting, evidence, followups, origins, updates
from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.edits import source_key
from incidents.errors import Refused
from incidents.model import effects
from incidents.model.commands import to_type
from incidents.model.converting import HISTORY
from incidents.model.effects import Receipt
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.text import UserText, clean, clean_line
from incidents.model.timeline import Entry, Kind
from incidents.store import incidents, outbox, timeline
from incidents.store.outbox import Claimed


@dataclass(frozen=True, slots=True)
class Marked:
    """A message somebody marked: where it is, and what the mark means.

    ``use`` is timeline, action or update; ``at`` tells one marking of the same message from
    another.
    """

    channel: str
    ts: str
    use: str
    at: str


CORRECTABLE = frozenset({Kind.NOTE, Kind.MESSAGE})
"""What people put on the record, and may take back. What was done stays done."""


def note(
    desk: Desk,
    number: IncidentNumber,
    text: UserText,
    *,
    by: Origin,
    now: datetime,
    at: datetime | None = None,
) -> Entry:
    """Add a line to the record, about now or about ``at``.

    What was noted outside of Slack is also said in the room.
    """
    if not text:
        raise Refused("A note needs words.", instead="Add them: note payments is back")
    if at is not None and at > now:
        raise Refused("A note is about what has happened.", instead="Give it a time that is past.")
    with desk.work(by, now) as work:
        work.incident(number)
        entry = work.log(number, Kind.NOTE, {"text": text.raw}, occurred_at=at)
        if entry is None:
            raise Refused("That note is on the timeline already.")
        if by.source != "slack":
            facts = {"by": by.actor, "source": by.source, "text": text.raw}
            work.send(effects.post(number, f"note/{entry.seq}", "noted_elsewhere", facts))
        return entry


def correct(
    desk: Desk, number: IncidentNumber, seq: int, text: UserText, *, by: Origin, now: datetime
) -> Entry:
    """Say better what entry ``seq`` says: a new entry at its time, beside which it stays."""
    if not text:
        raise Refused("A correction needs words.", instead=f"Add them: correct {seq} at 10:42 …")
    with desk.work(by, now) as work:
        work.incident(number)
        before = _correctable(work, number, seq)
        if before.kind is not Kind.NOTE:
            raise Refused(
                f"Entry {seq} is somebody's message.",
                instead="Edit it in Slack, or take it back and write a note.",
            )
        body = {**before.body, "text": text.raw}
        entry = work.log(
            number, before.kind, body, occurred_at=before.occurred_at, corrects=before.seq
        )
        if entry is None:
            raise Refused("That correction is on the timeline already.")
        return entry


def take_back(
    desk: Desk, number: IncidentNumber, seq: int, *, why: str, by: Origin, now: datetime
) -> Entry:
    """Entry ``seq`` does not hold any more; it stays, and a new entry says so."""
    with desk.work(by, now) as work:
        work.incident(number)
        before = _correctable(work, number, seq)
        body = {"of": seq, "was": before.kind.value, "because": why}
        entry = work.log(number, Kind.RETRACTED, body, corrects=seq)
        if entry is None:
            raise Refused("That is on the timeline already.")
        return entry


def _correctable(work: Work, number: IncidentNumber, seq: int) -> Entry:
    """Raises `Refused` for what is no note or message, or does not stand any more."""
    found = timeline.find(work.connection, number, seq)
    if found is None or found.kind not in CORRECTABLE:
        raise Refused(
            f"Entry {seq} is no note and no message.",
            instead=f"The numbers are in {to_type('timeline')}. "
            "What was done has its own way back.",
        )
    if seq in timeline.corrected(work.connection, number):
        raise Refused(
            f"Entry {seq} was corrected or taken back already.",
            instead=f"Name the entry that stands now: {to_type('timeline')}",
        )
    return found


def mark(desk: Desk, room: str, marked: Marked, *, by: Origin, now: datetime) -> bool:
    """Somebody marked a message in a room: read it, then use it. False outside of our rooms."""
    with desk.work(by, now) as work:
        incident = incidents.in_room(work.connection, room)
        if incident is None:
            return False
        work.about(incident.number)
        facts = {"use": marked.use, "at": marked.at, "marked_by": by.actor}
        work.send(effects.capture(incident.number, marked.channel, marked.ts, facts))
        return True


def unmark(desk: Desk, room: str, marked: Marked, *, by: Origin, now: datetime) -> bool:
    """A mark was taken back: unless others are left, the entry is retracted, by a new entry."""
    with desk.work(by, now) as work:
        incident = incidents.in_room(work.connection, room)
        if incident is None:
            return False
        work.about(incident.number)
        reading = effects.capturing(incident.number, marked.channel, marked.ts, marked.use)
        outbox.call_off(work.connection, reading, now)
        at = f"off/{marked.at}"
        facts = {"use": marked.use, "at": at, "marked_by": by.actor, "is_off": True}
        work.send(effects.capture(incident.number, marked.channel, marked.ts, facts))
        return True


def captured(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """The message was read: it goes on the record with its own author and time.

    If it was read because a mark was taken off, it is as marked as it is then.
    """
    if effect.incident is None:
        return
    result, args = receipt.result, effect.args
    if args["use"] in {origins.USE, HISTORY}:
        origins.captured(work, effect, receipt)
        if args["use"] == HISTORY:
            converting.captured(work, effect, receipt.result.get("threads", []))
        return
    key = source_key(args["use"], args["channel"], args["ts"])
    if args.get("is_off") and args["use"] not in result.get("uses", ()):
        work.by = Origin(PersonId(args["marked_by"]), "slack")
        retract_in(work, effect.incident, key)
        return
    is_there = timeline.standing(work.connection, effect.incident, key) is not None
    if is_there or not result.get("found"):
        return
    if timeline.by_source_key(work.connection, effect.incident, key) is not None:
        key = f"{key}/{args['at']}"  # it was taken back, and is marked again
    text = clean(result["text"])
    work.by = Origin(PersonId(args["marked_by"]), "slack")  # whoever marked it, does it
    if args["use"] == "action":
        todo = followups.Todo(clean_line(text.raw), PersonId(args["marked_by"]))
        followups.add_in(work, effect.incident, todo, source_key=key)
        return
    if args["use"] == "update":
        incident = work.incident(effect.incident)
        wanted = updates.SendUpdate("responders", text)
        updates.send_update_in(work, incident, wanted, source_key=key)
        return
    kept = {
        name: value
        for name, value in result.items()
        if name not in {"found", "at", "edited", "uses"}
    }
    body = {**kept, "text": text.raw, "marked_by": args["marked_by"], "use": args["use"]}
    entry = work.log(
        effect.incident,
        Kind.MESSAGE,
        body,
        occurred_at=datetime.fromisoformat(result["at"]),
        source_key=key,
    )
    evidence.fetch_in(work, entry)


def retract_in(work: Work, number: IncidentNumber, key: str) -> bool:
    """Take an entry back by naming it in a new one. False if there is none, or it is taken back."""
    entry = timeline.standing(work.connection, number, key)
    if entry is None:
        return False
    work.log(number, Kind.RETRACTED, {"of": entry.seq, "was": entry.kind.value}, corrects=entry.seq)
    if entry.kind is Kind.ACTION_ADDED:
        followups.drop_if_open(work, entry.body["number"], UserText("the mark was taken back"))
    incident = incidents.get(work.connection, number)
    if incident is not None:
        work.refresh(incident)
    return True


def retry_failed(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> int:
    """Try again what could not be done outside. How many steps there were."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        count = outbox.retry_incident(work.connection, number, now)
        if count:
            work.log(number, Kind.STEP_RETRIED, {"steps": count})
            work.planned += count
            work.refresh(incident)
        return count
