"""Updates: sent to an audience, the next one promised, held, and chased."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from incidents.actions import climbing, commanding
from incidents.actions.cadence import promise_update, stop_updates
from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.subscriptions import tell
from incidents.errors import NotFound, Refused
from incidents.model import effects, ids, reminders
from incidents.model.commands import to_type
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import ENDED
from incidents.model.postmortem import may_name
from incidents.model.roles import Role
from incidents.model.subscriptions import News
from incidents.model.text import UserText
from incidents.model.timeline import Kind
from incidents.queries.card import Card, card_of
from incidents.render import updates as drafts
from incidents.render.updates import AUDIENCES, Situation
from incidents.store import incidents, outbox_view, people, roles, timeline, updates
from incidents.store.due import Due
from incidents.store.types import to_micros
from incidents.store.updates import Update

SNOOZE = timedelta(minutes=10)
NOTHING_CHANGED = UserText("Nothing has changed since the last update. Work goes on.")

_LONGEST_PROMISE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SendUpdate:
    """A message to an audience: responders, executives or customers.

    ``next_in`` is until the next one; None means by the severity's cadence. Responders are always
    promised another while the incident is open.
    """

    audience: str
    text: UserText
    next_in: timedelta | None = None


def send_update(
    desk: Desk, number: IncidentNumber, wanted: SendUpdate, *, by: Origin, now: datetime
) -> Update:
    """Tell an audience, in the room and on the record, and promise when the next one comes."""
    with desk.work(by, now) as work:
        return send_update_in(work, work.incident(number), wanted)


def send_update_in(
    work: Work, incident: Incident, wanted: SendUpdate, *, source_key: str | None = None
) -> Update:
    """Like `send_update`, inside a transaction. ``source_key`` names where the words come from."""
    _must_make_sense(incident, wanted)
    was_due_at = _was_due(work, incident, wanted.audience)
    after, promised_at = _promise(work, incident, wanted)
    sent = Update(
        id=ids.uuid7(work.now),
        incident=incident.number,
        audience=wanted.audience,
        text=wanted.text,
        sent_at=work.now,
        sent_by=work.by.actor,
        promised_at=promised_at,
        was_due_at=was_due_at,
    )
    updates.add(work.connection, sent)
    promise = {"promised_at": promised_at.isoformat()} if promised_at else {}
    body = {"audience": sent.audience, "text": sent.text.raw, **promise}
    entry = work.log(incident.number, Kind.UPDATE, body, source_key=source_key)
    tell(work, after, News.UPDATE, entry)
    work.send(effects.post(incident.number, f"update/{sent.id}", "update", _facts(after, sent)))
    if wanted.audience == "responders" and incident.next_update_at is not None:
        _close_nudges(work, incident, incident.next_update_at, "answered")
    work.refresh(after)
    return sent


def nothing_changed(
    desk: Desk, number: IncidentNumber, promised: datetime, *, by: Origin, now: datetime
) -> Update:
    """Keep the promise for ``promised`` with the standard words. Once: two presses send one."""
    with desk.work(by, now) as work:
        incident = _still_owed(work, number, promised)
        return send_update_in(work, incident, SendUpdate("responders", NOTHING_CHANGED))


def snooze(
    desk: Desk, number: IncidentNumber, promised: datetime, *, by: Origin, now: datetime
) -> datetime:
    """Ask for the promised update again in ten minutes. When that is; the promise stays late."""
    with desk.work(by, now) as work:
        incident = _still_owed(work, number, promised)
        again = now + SNOOZE
        stop_updates(work, incident)
        _chase_at(work, incident, f"snooze/{to_micros(now)}", again)
        _close_nudges(work, incident, promised, "snoozed", until=again)
        return again


def chase_update(work: Work, due: Due) -> None:
    """The promised update is due: ask for it, and once more, louder, after half the cadence.

    Nothing happens if it was sent in the meantime, or if the incident is over.
    """
    if due.incident is None:
        return
    incident = work.incident(due.incident)
    promised = incident.next_update_at
    if promised is None or not incident.is_open or work.now < promised:
        return
    half = work.desk.catalog.settings.cadence(incident.severity) / 2
    body = {"promised_at": promised.isoformat()}
    mark = f"update-late/{to_micros(promised)}"
    is_news = work.log(incident.number, Kind.UPDATE_LATE, body, source_key=mark) is not None
    is_too_late = not is_news and work.now >= promised + half
    late = reminders.late_label(due.due_at, work.now)
    if is_too_late:
        climbing.promise_missed(work, incident, promised)
    nudged = _nudge(work, incident, promised, is_too_late=is_too_late, late=late)
    if not is_too_late:
        _chase_at(work, incident, f"late/{nudged}", work.now + half)
    work.refresh(incident)


def draft(
    desk: Desk,
    number: IncidentNumber,
    audience: str,
    *,
    now: datetime,
    next_in: timedelta | None = None,
) -> str:
    """A text to start from: impact, what changed since this audience last heard, what comes next.

    It names the next update as ``next_in`` from now, or by the cadence. Raises `NotFound`.
    """
    with desk.look() as connection:
        card = card_of(desk, connection, number, now)
        if card is None:
            raise NotFound(f"There is no {ids.key(number)}.", instead=f"See {to_type('list')}.")
        every = next_in or desk.catalog.settings.cadence(card.incident.severity)
        situation = _situation(desk, connection, card, audience, now + every)
        known = people.several(connection, may_name(situation.since))
    return drafts.draft(audience, situation, known, templates_of(desk))


def templates_of(desk: Desk) -> Path | None:
    """The folder with an organisation's own templates; None if it has none."""
    return desk.templates


def _situation(
    desk: Desk, connection: Connection, card: Card, audience: str, next_at: datetime
) -> Situation:
    incident = card.incident
    latest = updates.latest(connection, incident.number, audience)
    last_at = latest.sent_at if latest else None
    commander = card.holder(Role.COMMANDER)
    person = people.get(connection, commander.person) if commander else None
    since = tuple(
        entry
        for entry in timeline.entries(connection, incident.number)
        if last_at is None or entry.recorded_at > last_at
    )
    known = [desk.catalog.service(name) for name in incident.services]
    return Situation(
        incident=incident,
        now=card.now,
        services=tuple(one.title or str(one.name) for one in known if one is not None),
        commander=person.name if person else "",
        last_at=last_at,
        next_at=next_at,
        since=since,
        budgets=tuple((str(one.slo), f"{float(one.remaining):.1%}") for one in card.budgets[:3]),
    )


def _must_make_sense(incident: Incident, wanted: SendUpdate) -> None:
    if wanted.audience not in AUDIENCES:
        raise Refused(
            f"{wanted.audience} is no audience.", instead=f"Choose one of {', '.join(AUDIENCES)}."
        )
    if not wanted.text:
        raise Refused("An update needs words.", instead="Add them: update we rolled back")
    if incident.status in ENDED:
        raise Refused(
            f"{incident.key} is {incident.status}.",
            instead="Reopen it first: reopen and the reason.",
        )
    if wanted.next_in is not None and not timedelta(0) < wanted.next_in <= _LONGEST_PROMISE:
        raise Refused(
            "The next update cannot be promised for then.",
            instead="Choose a time between now and a week from now.",
        )


def _was_due(work: Work, incident: Incident, audience: str) -> datetime | None:
    if audience == "responders":
        return incident.next_update_at
    latest = updates.latest(work.connection, incident.number, audience)
    return latest.promised_at if latest else None


def _promise(
    work: Work, incident: Incident, wanted: SendUpdate
) -> tuple[Incident, datetime | None]:
    """The incident with its new promise to responders, and what this audience was promised."""
    if not incident.is_open:
        return incident, None
    if wanted.audience != "responders":
        return incident, work.now + wanted.next_in if wanted.next_in else None
    if wanted.next_in is None:
        after = promise_update(work, incident)
        return after, after.next_update_at
    at = work.now + wanted.next_in
    stop_updates(work, incident)
    after = incidents.save(work.connection, incident, next_update_at=at)
    _chase_at(work, after, str(after.version), at)
    return after, at


def _still_owed(work: Work, number: IncidentNumber, promised: datetime) -> Incident:
    incident = work.incident(number)
    if not incident.is_open:
        raise Refused(f"{incident.key} is {incident.status}: no update is owed any more.")
    if incident.next_update_at != promised:
        raise Refused(
            "Another update has been promised in the meantime.",
            instead="The card shows when it is due.",
        )
    return incident


def _chase_at(work: Work, incident: Incident, name: str, at: datetime) -> None:
    key = f"{incident.key}/update/{name}"
    work.later(key, "update_due", at, incident=incident.number)


def _facts(incident: Incident, sent: Update) -> dict[str, Any]:
    return {
        "key": incident.key,
        "audience": sent.audience,
        "text": sent.text.raw,
        "by": sent.sent_by,
        "next_at": sent.promised_at.isoformat() if sent.promised_at else "",
        "was_late": sent.was_late,
    }


# The nudge: one message per asking, which tells in the end what came of it.


def _nudge(
    work: Work, incident: Incident, promised: datetime, *, is_too_late: bool, late: str
) -> str:
    """Ask in the room, and the commander directly when it takes too long. The nudge's name.

    ``late`` says by how much we ask later than we would have.
    """
    asked = _whom_to_ask(work, incident, is_too_late=is_too_late)
    name = _nudge_name(promised, _nudges(work, incident, promised) + 1)
    facts = _nudge_facts(incident, promised, asked, is_too_late=is_too_late) | {"late": late}
    number, view = incident.number, "update_nudge"
    work.send(effects.post(number, name, view, facts, collapse=effects.nudging(number)))
    if is_too_late:
        direct = _direct_name(incident, promised)
        for one in asked:
            collapse = effects.nudging(number, one)
            work.send(effects.direct(one, direct, view, facts, collapse=collapse))
    return name


def _whom_to_ask(work: Work, incident: Incident, *, is_too_late: bool) -> tuple[PersonId, ...]:
    """First who writes the updates, later who commands; with neither, the services' owners."""
    order = (Role.COMMANDER, Role.DEPUTY) if is_too_late else (Role.COMMS_LEAD, Role.COMMANDER)
    for role in order:
        holder = roles.holder(work.connection, incident.number, role.value)
        if holder is not None:
            return (holder.person,)
    return commanding.owners(work, incident)[:3] if is_too_late else ()


def _nudge_facts(
    incident: Incident, promised: datetime, asked: tuple[PersonId, ...], *, is_too_late: bool
) -> dict[str, Any]:
    return {
        "key": incident.key,
        "promised_at": promised.isoformat(),
        "asked": list(asked),
        "is_too_late": is_too_late,
        "state": "open",
    }


def _close_nudges(
    work: Work, incident: Incident, promised: datetime, state: str, *, until: datetime | None = None
) -> None:
    """The nudges tell what came of them, in the room and in direct messages; the buttons go."""
    at = f"{state}/{to_micros(work.now)}"
    facts: dict[str, Any] = {
        **_nudge_facts(incident, promised, (), is_too_late=False),
        "state": state,
        "by": work.by.actor,
        "until": until.isoformat() if until else "",
    }
    for index in range(_nudges(work, incident, promised)):
        name = _nudge_name(promised, index + 1)
        if outbox_view.was_heard(work.connection, f"{incident.key}/talk/{name}"):
            work.send(effects.edit(incident.number, name, at, "update_nudge", facts))
    direct = _direct_name(incident, promised)
    held = {one.person for one in roles.history(work.connection, incident.number)}
    for person in sorted(held | set(commanding.owners(work, incident))):
        if outbox_view.was_heard(work.connection, f"dm/{person}/{direct}"):
            work.send(effects.edit_direct(person, direct, at, "update_nudge", facts))


def _nudges(work: Work, incident: Incident, promised: datetime) -> int:
    """How often this promise was asked for."""
    count = 0
    while _was_said(work, incident, _nudge_name(promised, count + 1)):
        count += 1
    return count


def _was_said(work: Work, incident: Incident, name: str) -> bool:
    return outbox_view.state_of(work.connection, f"{incident.key}/talk/{name}") is not None


def _nudge_name(promised: datetime, count: int) -> str:
    return f"nudge/{to_micros(promised)}/{count}"


def _direct_name(incident: Incident, promised: datetime) -> str:
    return f"{incident.key}/update-late/{to_micros(promised)}"
