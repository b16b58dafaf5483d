"""Opening a frozen gate: one asks, another one approves, and it ends by itself.

Each step is on the audit log, and on the record of the open incidents of the service. Whoever asked
hears what came of it; the request itself shows it to everybody else.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import Forbidden, NotFound, Refused
from incidents.model import effects, ids
from incidents.model.access import PUBLIC, Standing
from incidents.model.commands import to_type
from incidents.model.effects import EffectKind, Planned
from incidents.model.ids import PersonId, ServiceName
from incidents.model.people import BOT
from incidents.model.text import UserText
from incidents.model.timeline import Kind
from incidents.model.waiver import (
    PENDING,
    No,
    State,
    Waiver,
    not_approved_by,
    not_asked_like_this,
)
from incidents.queries.access import owns, standings_of
from incidents.queries.contacts import on_duty
from incidents.store import audit, incidents, people, waivers
from incidents.store.due import Due

_LONGEST_CHANGE = 300


@dataclass(frozen=True, slots=True)
class WaiverWish:
    """Let ``change``, or any if it is empty, go out until ``until`` although it is frozen."""

    service: str
    until: datetime
    because: UserText
    change: str = ""


def ask(desk: Desk, wish: WaiverWish, *, by: Origin, now: datetime) -> Waiver:
    """Ask for a waiver. Nothing opens until somebody else approves it. Raises `Refused`."""
    service = desk.catalog.find_service(wish.service)
    with desk.work(by, now) as work:
        _raise(not_asked_like_this(wish.because.raw, wish.until, now))
        new = Waiver(
            id=str(ids.uuid7(now)),
            service=service.name,
            change=wish.change.strip()[:_LONGEST_CHANGE],
            because=wish.because,
            asked_by=by.actor,
            asked_at=now,
            until=wish.until,
            told=_owner(work, service.name),
        )
        waivers.add(work.connection, new)
        work.later(f"gate/{new.id}/lapse", "waiver_lapses", new.lapses_at, {"waiver": new.id})
        _audit(work, "gate.waive_ask", new)
        _say(work, new)
        return new


def approve(desk: Desk, name: str, *, by: Origin, now: datetime) -> Waiver:
    """A second person lets it through: the gate is open from now on. Raises `Refused`."""
    with desk.work(by, now) as work:
        waiver = _found(work, name)
        answers = [_answers(work, one, waiver) for one in (waiver.asked_by, by.actor)]
        _raise(not_approved_by(waiver, by.actor, now, one_answers=any(answers)))
        waivers.decide(work.connection, name, State.ACTIVE, by.actor, now)
        done = replace(waiver, state=State.ACTIVE, decided_by=by.actor, decided_at=now)
        work.never_mind(f"gate/{name}/lapse")
        work.later(f"gate/{name}/expire", "waiver_expires", waiver.until, {"waiver": name})
        _record(work, done)
        _tell(work, "gate.waive_approve", done)
        return done


def decline(desk: Desk, name: str, *, by: Origin, now: datetime) -> Waiver:
    """A second person says no. Raises `Refused`."""
    with desk.work(by, now) as work:
        waiver = _found(work, name)
        if waiver.state is not State.ASKED:
            raise Refused(f"That request is {waiver.state} already.")
        if waiver.asked_by == by.actor:
            raise Refused("You asked for it yourself.", instead="Take it back instead.")
        waivers.decide(work.connection, name, State.DECLINED, by.actor, now)
        work.never_mind(f"gate/{name}/")
        done = replace(waiver, state=State.DECLINED, decided_by=by.actor, decided_at=now)
        _tell(work, "gate.waive_decline", done)
        return done


def revoke(desk: Desk, name: str, *, by: Origin, now: datetime) -> Waiver:
    """Close the gate again, or take a request back. Anybody may: it is the careful thing to do."""
    with desk.work(by, now) as work:
        waiver = _found(work, name)
        if waiver.state not in PENDING or waiver.until <= now:
            raise Refused(f"That waiver is {waiver.state} already.")
        _end(work, waiver, State.REVOKED, "gate.waive_revoke")
        return replace(waiver, state=State.REVOKED, ended_by=by.actor, ended_at=now)


def close(desk: Desk, service: str, *, by: Origin, now: datetime) -> tuple[Waiver, ...]:
    """Like `revoke`, all that stands for a service. Raises `Refused` if nothing does."""
    name = desk.catalog.find_service(service).name
    with desk.work(by, now) as work:
        found = waivers.standing(work.connection, now, name)
        held = [one for each in found if (one := waivers.lock(work.connection, each.id))]
        pending = tuple(one for one in held if one.state in PENDING)
        if not pending:
            raise Refused(f"There is no waiver for {name}.")
        for one in pending:
            _end(work, one, State.REVOKED, "gate.waive_revoke")
        return pending


def lapse(work: Work, due: Due) -> None:
    """Nobody answered the request in time."""
    waiver = waivers.lock(work.connection, due.args["waiver"])
    if waiver is not None and waiver.state is State.ASKED:
        _end(work, waiver, State.LAPSED, "gate.waive_lapse")


def expire(work: Work, due: Due) -> None:
    """Its time is over: the gate says again what it says."""
    waiver = waivers.lock(work.connection, due.args["waiver"])
    if waiver is not None and waiver.state is State.ACTIVE:
        _end(work, waiver, State.EXPIRED, "gate.waive_expire")


def _end(work: Work, waiver: Waiver, state: State, action: str) -> None:
    waivers.end(work.connection, waiver.id, state, work.by.actor, work.now)
    work.never_mind(f"gate/{waiver.id}/")
    done = replace(waiver, state=state, ended_by=work.by.actor, ended_at=work.now)
    if waiver.state is State.ACTIVE:
        _record(work, done)
    _tell(work, action, done)


def _found(work: Work, name: str) -> Waiver:
    found = waivers.lock(work.connection, name)
    if found is None:
        raise NotFound(
            "There is no such waiver.", instead=f"See what there is with {to_type('gate')}."
        )
    return found


def _raise(no: No | None) -> None:
    if no is not None:
        raise Refused(no.why, instead=no.instead)


def _answers(work: Work, person: PersonId, waiver: Waiver) -> bool:
    """Whether somebody answers for the service, or is an administrator. Raises `Forbidden`."""
    known = people.get(work.connection, person)
    if known is None or known.is_bot or known.is_guest or not known.is_active:
        raise Forbidden(
            "A waiver needs two members of the workspace.", instead="Ask for it in Slack."
        )
    team = work.desk.catalog.team_of(waiver.service)
    has = standings_of(work.desk, work.connection, known, None, work.now, is_here=False)
    return team is None or Standing.ADMIN in has or owns(work.desk, known, (waiver.service,))


def _owner(work: Work, service: ServiceName) -> PersonId | None:
    """Who is on call for it or leads its team, but for the one who asks."""
    handles = on_duty(work.desk.catalog, work.connection, service, work.now)
    found = (people.named(work.connection, handle) for handle in handles)
    return next((one.id for one in found if one and one.id != work.by.actor), None)


def _record(work: Work, waiver: Waiver) -> None:
    """On the record of what is open on the service."""
    body = {name: value for name, value in _facts(waiver).items() if name != "id"}
    for one in incidents.open_ones(work.connection, PUBLIC):
        names = {work.desk.catalog.canonical(name) or name for name in one.services}
        if waiver.service in names and not one.is_drill:
            source = f"gate/{waiver.id}/{waiver.state}"
            work.log(one.number, Kind.GATE_WAIVER, body, source_key=source)


def _say(work: Work, new: Waiver) -> None:
    """To those who run the bot, and to who is on call for the service: both have the buttons."""
    args = {"channel": work.desk.catalog.settings.ops, "view": "waiver_asked", "facts": _facts(new)}
    lane = f"gate/{new.id}"
    work.send(Planned(f"{lane}/asked", EffectKind.POST, lane, args))
    if new.told is not None:
        work.send(effects.direct(new.told, f"{lane}/asked", "waiver_asked", _facts(new)))


def _tell(work: Work, action: str, waiver: Waiver) -> None:
    """On the audit log, where it was asked for, and to whoever asked unless they did it."""
    _audit(work, action, waiver)
    lane, at, facts = f"gate/{waiver.id}", waiver.state.value, _facts(waiver)
    asked = f"{lane}/asked"
    args = {"of": asked, "view": "waiver_asked", "facts": facts}
    work.send(Planned(f"{lane}/{at}", EffectKind.EDIT, lane, args, needs=asked))
    if waiver.told is not None:
        work.send(effects.edit_direct(waiver.told, asked, at, "waiver_asked", facts))
    known = people.get(work.connection, waiver.asked_by)
    if known is not None and work.by.actor != waiver.asked_by:
        work.send(effects.direct(waiver.asked_by, f"{lane}/{at}", "waiver_told", facts))


def _facts(waiver: Waiver) -> dict[str, str]:
    return {
        "id": waiver.id,
        "service": waiver.service,
        "change": waiver.change,
        "because": waiver.because.raw,
        "asked_by": waiver.asked_by,
        "until": waiver.until.isoformat(),
        "lapses": waiver.lapses_at.isoformat(),
        "state": waiver.state.value,
        "by": waiver.ended_by or waiver.decided_by or BOT,
        "approved_by": waiver.decided_by or "",
    }


def _audit(work: Work, action: str, waiver: Waiver) -> None:
    audit.append(
        work.connection,
        at=work.now,
        actor=work.by.actor,
        action=action,
        thing=waiver.service,
        detail={
            "waiver": waiver.id,
            "change": waiver.change,
            "because": waiver.because.raw,
            "until": waiver.until.isoformat(),
            "asked_by": waiver.asked_by,
            "approved_by": waiver.decided_by or "",
            "through": work.by.source,
        },
    )
