"""Somebody stands in for somebody: put on call at once, or asked to swap and agreed to.

Nothing is ever erased: an override ends when it is called off, and what it said of the time before
stays true. Each step is on the audit log, and whoever it is about hears of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import NotFound, Refused
from incidents.model import effects, ids
from incidents.model.commands import to_type
from incidents.model.ids import PersonId
from incidents.model.oncall import Handle, Rotation, RotationName, Shift, shifts
from incidents.model.oncall_history import GONE, definition_of
from incidents.model.people import Person
from incidents.model.spans import Span
from incidents.model.text import UserText
from incidents.model.workdays import say_moment
from incidents.queries.oncall import roster
from incidents.store import audit, oncall, people
from incidents.store.oncall import StandIn

_LONGEST = timedelta(days=366)
_AGAIN = f"See who is on call with {to_type('oncall')}."


@dataclass(frozen=True, slots=True)
class Swap:
    """``mine`` is given to somebody, who gives ``theirs`` in return, if they are asked for it.

    ``giver`` is whose shift it is, where somebody else asks for them; None for the asker's own.
    They hear of it at once, and where it puts them on call they are asked before anybody else is.
    """

    rotation: RotationName
    person: PersonId
    mine: Span
    theirs: Span | None
    because: UserText
    giver: PersonId | None = None


def put_on_call(  # noqa: PLR0913
    desk: Desk,
    name: RotationName,
    person: PersonId,
    when: Span,
    because: UserText,
    *,
    by: Origin,
    now: datetime,
) -> StandIn:
    """``person`` is on call for that time, whoever's turn it is. They and the others hear of it."""
    with desk.work(by, now) as work:
        rotation = _rotation(work, name)
        able = _able(work, person)
        _must_be_ahead(when, now)
        when = Span(max(when.start, now), when.end)  # nobody is relieved of what is over
        relieved = _people_of(work, rotation, when) - {person}
        trade = str(ids.uuid7(now))
        made = _add(work, trade, name, person, when, _Asks(by.actor, None, because.raw))
        _audit(work, "oncall.override", made)
        facts = _facts(work, made)
        if person != by.actor:
            _tell(work, able, f"oncall-{trade}/put", "oncall_put", facts)
        for one in sorted(relieved - {by.actor}):
            known = people.get(work.connection, one)
            if known is not None:
                _tell(work, known, f"oncall-{trade}/off", "oncall_relieved", facts)
        return made


def ask_to_swap(desk: Desk, swap: Swap, *, by: Origin, now: datetime) -> tuple[StandIn, ...]:
    """Ask somebody to take a shift. Nothing changes until whoever is put on call agrees."""
    with desk.work(by, now) as work:
        rotation = _rotation(work, swap.rotation)
        other = _able(work, swap.person)
        me = _able(work, swap.giver or by.actor)
        if other.id == me.id:
            raise Refused("You cannot swap with yourself.", instead="Name somebody else.")
        trade = str(ids.uuid7(now))
        first = me if swap.theirs is not None and me.id != by.actor else other
        for_it = _Asks(me.id, first.id, swap.because.raw)
        asked = [
            _add(work, trade, swap.rotation, to, piece, for_it)
            for giver, to, span in ((me, other.id, swap.mine), (other, me.id, swap.theirs))
            if span is not None
            for piece in _own(rotation, giver, span, now)
        ]
        for one in asked:
            _audit(work, "oncall.swap_ask", one)
        if me.id != by.actor:
            facts = _swap_facts(work, asked, me)
            _tell(work, me, f"oncall-{trade}/plan", "oncall_swap_planned", facts)
        if first is other:
            _ask(work, other, asked)
        return tuple(asked)


def agree(desk: Desk, trade: str, *, by: Origin, now: datetime) -> tuple[StandIn, ...]:
    """The one who was asked says yes: the swap takes force now.

    Unless it was whose shift it is: then the other one is asked now.
    """
    with desk.work(by, now) as work:
        asked = _asked(work, trade)
        maker, other = asked[0].made_by, _other(asked)
        for one in asked:
            giver = people.get(work.connection, maker if one.person == other else other)
            when = Span(max(one.start, now), one.end)
            rotation = _rotation(work, one.rotation)
            if giver is None or _pieces(rotation, giver, when) != (when,):
                raise Refused(
                    "Who is on call then has changed since you were asked.",
                    instead="Ask them to propose the swap again.",
                )
        if by.actor == maker:
            oncall.ask_next(work.connection, trade, other)
            asked = tuple(replace(one, asked=other) for one in asked)
            for one in asked:
                _audit(work, "oncall.swap_agree", one)
            _ask(work, _able(work, other), asked)
            return asked
        oncall.agree(work.connection, trade, now)
        _settle(work, asked, "oncall.swap_agree", "oncall_swap_agreed")
        return asked


def decline(desk: Desk, trade: str, *, by: Origin, now: datetime) -> tuple[StandIn, ...]:
    """The one who was asked says no."""
    with desk.work(by, now) as work:
        asked = _asked(work, trade)
        oncall.end(work.connection, trade, "declined", by.actor, now)
        _settle(work, asked, "oncall.swap_decline", "oncall_swap_declined")
        return asked


def call_off(desk: Desk, trade: str, *, by: Origin, now: datetime) -> tuple[StandIn, ...]:
    """It is off from now on, whether it was agreed to or not. Everybody it is about hears of it."""
    with desk.work(by, now) as work:
        found = _standing(work, trade)
        oncall.end(work.connection, trade, "cancelled", by.actor, now)
        about = {person for one in found for person in (one.person, one.made_by, one.asked)}
        if found[0].asked == found[0].made_by:
            about = {found[0].made_by}  # the other one was not asked yet
        for one in found:
            _audit(work, "oncall.call_off", one)
        facts = {**_facts(work, found[0]), "by": by.actor}
        for person in sorted({one for one in about if one} - {by.actor}):
            known = people.get(work.connection, person)
            if known is not None:
                _tell(work, known, f"oncall-{trade}/called-off", "oncall_called_off", facts)
        return found


def remember(desk: Desk, now: datetime) -> int:
    """Keep what the files say from now on, where it differs. How many rotations changed.

    Past answers come from what was kept: they do not change when files do.
    """
    with desk.store.write() as connection:
        known = oncall.generations(connection)
        said = {name: definition_of(one) for name, one in desk.catalog.rotations.items()}
        said |= {name: GONE for name in known if name not in said}
        changed = [name for name in said if name not in known or known[name][-1][1] != said[name]]
        for name in changed:
            oncall.add_generation(connection, name, now, said[name])
    return len(changed)


@dataclass(frozen=True, slots=True)
class _Asks:
    """Who wants it, who has to agree to it first, if anybody, and why."""

    maker: PersonId
    asked: PersonId | None
    because: str


def _add(
    work: Work, trade: str, name: RotationName, person: PersonId, when: Span, asks: _Asks
) -> StandIn:
    made = StandIn(
        id=str(ids.uuid7(work.now)),
        trade=trade,
        rotation=name,
        person=person,
        start=max(when.start, work.now),
        end=when.end,
        state="asked" if asks.asked else "active",
        asked=asks.asked,
        made_by=asks.maker,
        made_at=work.now,
        because=asks.because,
        since=None if asks.asked else work.now,
    )
    oncall.add(work.connection, made)
    return made


def _rotation(work: Work, name: RotationName) -> Rotation:
    found = roster(work.desk.catalog, work.connection, work.now, [name])
    if name not in found:
        raise NotFound(f"There is no rotation called {name[:80]}.", instead=_AGAIN)
    return found[name]


def _able(work: Work, person: PersonId) -> Person:
    """Somebody who can be on call. Raises `Refused`."""
    known = people.get(work.connection, person)
    if known is None or known.is_bot or known.is_guest or not known.is_active:
        who = known.name if known else "They"
        why = f"{who} cannot be on call: only members of the workspace can."
        raise Refused(why, instead="Name somebody else.")
    return known


def _must_be_ahead(when: Span, now: datetime) -> None:
    if when.end <= max(when.start, now):
        raise Refused("That is over already.", instead="Name an end that is to come.")
    if when.end - now > _LONGEST:
        raise Refused("That is more than a year ahead.", instead="Change the rotation's file.")


def _people_of(work: Work, rotation: Rotation, when: Span) -> set[PersonId]:
    """Everybody who is on call at some time within it."""
    handles = {one for shift in shifts(rotation, *_ends(when)) for one in shift.people}
    found = (people.named(work.connection, one) for one in sorted(handles))
    return {one.id for one in found if one is not None}


def _own(rotation: Rotation, giver: Person, when: Span, now: datetime) -> tuple[Span, ...]:
    """What is theirs to give. Raises `Refused` if nothing is."""
    _must_be_ahead(when, now)
    found = _pieces(rotation, giver, Span(max(when.start, now), when.end))
    if not found:
        start, end = (say_moment(one, giver.tz) for one in _ends(when))
        raise Refused(
            f"{giver.name} is not on call for {rotation.name} from {start} to {end}.",
            instead=_AGAIN,
        )
    return found


def _pieces(rotation: Rotation, giver: Person, when: Span) -> tuple[Span, ...]:
    """The parts of a span in which somebody is on call, as few as it takes."""
    names = {giver.handle.lower(), giver.email.lower()} - {""}
    found: list[Span] = []
    for shift in shifts(rotation, *_ends(when)):
        if not _is_of(shift, names):
            continue
        if found and found[-1].end == shift.start:
            found[-1] = Span(found[-1].start, shift.end)
        else:
            found.append(Span(shift.start, shift.end))
    return tuple(found)


def _is_of(shift: Shift, names: set[str]) -> bool:
    return any(Handle(one).lower() in names for one in shift.people)


def _ends(when: Span) -> tuple[datetime, datetime]:
    return when.start, when.end


def _standing(work: Work, trade: str) -> tuple[StandIn, ...]:
    """What stands under that name and is not over. Raises `NotFound`, `Refused`."""
    found = oncall.lock_trade(work.connection, trade)
    if not found:
        raise NotFound("There is no such change of the on-call.", instead=_AGAIN)
    if any(one.state not in {"asked", "active"} for one in found):
        raise Refused("That was declined or called off already.", instead=_AGAIN)
    if all(one.end <= work.now for one in found):
        raise Refused("That is over already.", instead=_AGAIN)
    return found


def _asked(work: Work, trade: str) -> tuple[StandIn, ...]:
    """What the actor is asked to agree to. Raises `NotFound`, `Refused`."""
    found = _standing(work, trade)
    if any(one.state != "asked" for one in found):
        raise Refused("That is agreed to already.", instead=_AGAIN)
    if any(one.asked != work.by.actor for one in found):
        raise Refused("That is not for you to answer.", instead="They who were asked have to.")
    return found


def _other(asked: Sequence[StandIn]) -> PersonId:
    """With whom whoever's shift it is swaps it."""
    return next(one.person for one in asked if one.person != one.made_by)


def _ask(work: Work, other: Person, asked: Sequence[StandIn]) -> None:
    name = f"oncall-{asked[0].trade}/ask"
    _tell(work, other, name, "oncall_swap_asked", _swap_facts(work, asked, other))


def _settle(work: Work, asked: tuple[StandIn, ...], action: str, view: str) -> None:
    for one in asked:
        _audit(work, action, one)
    maker = people.get(work.connection, asked[0].made_by)
    if maker is not None and maker.id != work.by.actor:
        facts = _swap_facts(work, asked, maker)
        _tell(work, maker, f"oncall-{asked[0].trade}/answered", view, facts)


def _tell(work: Work, person: Person, name: str, view: str, facts: dict[str, object]) -> None:
    """By direct message, in their own time zone."""
    ends = {key: facts[key] for key in ("start", "end") if key in facts}
    own = dict(facts)
    for key, at in ends.items():
        own[key] = say_moment(datetime.fromisoformat(str(at)), person.tz)
    work.send(effects.direct(person.id, name, view, own))


def _facts(work: Work, one: StandIn) -> dict[str, object]:
    return {
        "trade": one.trade,
        "rotation": one.rotation,
        "person": one.person,
        "start": one.start.isoformat(),
        "end": one.end.isoformat(),
        "by": work.by.actor,
        "because": one.because,
    }


def _swap_facts(work: Work, asked: Sequence[StandIn], reader: Person) -> dict[str, object]:
    first = asked[0]
    return {
        "trade": first.trade,
        "rotation": first.rotation,
        "asker": first.made_by,
        "asked": first.asked,
        "other": _other(asked),
        "by": work.by.actor,
        "because": first.because,
        "parts": [
            {
                "person": one.person,
                "start": say_moment(one.start, reader.tz),
                "end": say_moment(one.end, reader.tz),
            }
            for one in asked
        ],
    }


def _audit(work: Work, action: str, one: StandIn) -> None:
    audit.append(
        work.connection,
        at=work.now,
        actor=work.by.actor,
        action=action,
        thing=one.rotation,
        detail={
            "person": one.person,
            "start": one.start.isoformat(),
            "end": one.end.isoformat(),
            "trade": one.trade,
            "because": one.because,
        },
    )
