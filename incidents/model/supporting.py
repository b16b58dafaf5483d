"""Who should be deputy, comms lead and scribe of an incident that has a commander.

Nobody is woken for these who need not be: who is in the room already comes first, then who is on
call, then the escalation path. Who is in training is asked to be deputy first: that is how one
learns to command.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from incidents.model.commander import (
    STANDARD,
    Candidate,
    Choice,
    Owned,
    Rules,
    Training,
    Via,
    less_suited,
    once,
    rank,
    standing,
    state,
    unavailable,
)
from incidents.model.ids import PersonId
from incidents.model.roles import Role

SUPPORTING = (Role.DEPUTY, Role.COMMS_LEAD, Role.SCRIBE)
"""The roles that are filled once somebody commands, in the order of asking."""

Taken = Mapping[PersonId, tuple[Role, ...]]
"""Who has or is asked for which roles of this incident."""


def choose_for(
    role: Role,
    candidates: Sequence[Candidate],
    what: Owned,
    taken: Taken,
    now: datetime,
    *,
    rules: Rules = STANDARD,
) -> Choice:
    """The person to ask next to be ``role``; None if nobody is left."""
    ranked = sorted(once(candidates), key=lambda each: _rank(role, each))
    able = [each for each in ranked if not _hindrance(role, each, taken)]
    best = able[0] if able else None
    others = tuple(
        (each.person, _hindrance(role, each, taken) or _later(role, each, able[0], rules))
        for each in ranked
        if each is not best
    )
    if best is None:
        return Choice(None, _nobody(others, what), others)
    return Choice(best.person, _because(role, best, what, now, rules), others)


def _rank(role: Role, each: Candidate) -> tuple[object, ...]:
    learns = role is Role.DEPUTY and each.training is Training.IN_TRAINING
    return (not learns, not each.is_here, *rank(each))


def _hindrance(role: Role, each: Candidate, taken: Taken) -> str:
    if has := taken.get(each.person):
        return f"{each.name} has something to do already ({has[0].title})"
    if found := unavailable(each):
        return found
    if each.via is Via.MEMBER and not each.is_here:
        return f"{each.name} is not in the room, and nobody is woken to be {role.title}"
    return ""


def _later(role: Role, each: Candidate, best: Candidate, rules: Rules) -> str:
    if _rank(role, each)[0] != _rank(role, best)[0]:
        return f"{each.name} is not in training, {best.name} is"
    if each.is_here is not best.is_here:
        return f"{each.name} is not in the room, {best.name} is"
    if each.via is not best.via:
        return f"{each.name} is further from it than {best.name}: {_VIA[each.via]}"
    return less_suited(each, best, rules)


_VIA = {
    Via.ON_CALL: "on call",
    Via.ESCALATION: "on the escalation path",
    Via.MEMBER: "a member of the team",
}


def _because(role: Role, best: Candidate, what: Owned, now: datetime, rules: Rules) -> str:
    """``Chen is in training and learns from whoever commands; …``."""
    if role is Role.DEPUTY and best.training is Training.IN_TRAINING:
        place = "is in training, and learns next to whoever commands"
    elif best.is_here:
        place = f"is in the room already, and {_VIA[best.via]} of {what.team or 'the team'}"
        if best.via is Via.ON_CALL:
            place = f"is in the room already, and on call for {what.team or 'the team'}"
    else:
        place = standing(best, what)
    return f"{best.name} {place}; {state(best, now, rules)}."


def _nobody(others: Sequence[tuple[PersonId, str]], what: Owned) -> str:
    if not others:
        return f"Nobody of {what.team or 'the team'} is known here."
    return f"{'; '.join(why for _, why in others)}."
