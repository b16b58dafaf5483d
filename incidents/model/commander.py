"""Who should command, why that person, and why not the others.

Ownership first: whoever is on call for the team that owns the most affected service. Then the
team's escalation path, then its other members. Within a step the least loaded is asked, then the
best rested. Seniority plays no part: the rules are not even told about it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from incidents.model.ids import PersonId, ServiceName, TeamName
from incidents.model.oncall import Handle, Rotation, RotationName, everyone_on_call
from incidents.model.services import Service, Team
from incidents.model.workdays import say_distance

LOAD_LIMIT = 2
"""Open incidents a person commands before somebody else is asked."""

ACCEPT_WITHIN: Mapping[int, timedelta] = {
    1: timedelta(minutes=5),
    2: timedelta(minutes=10),
    3: timedelta(minutes=15),
    4: timedelta(minutes=30),
}
"""By tier, how long somebody has to accept before the next person is asked."""

NOBODY = (
    "Take it yourself with /incident role commander @you, or page the team that owns the service."
)


class Via(IntEnum):
    """Why somebody is considered at all; lower comes first."""

    ON_CALL = 0
    ESCALATION = 1
    MEMBER = 2


class Asked(StrEnum):
    """What became of an earlier request for the same incident."""

    NOT_YET = "not yet"
    WAITING = "waiting"
    PASSED = "passed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Nominee:
    """Somebody worth considering, as the configuration names them.

    ``step`` orders nominees of the same kind: the order of rotations, or of hops on the path.
    """

    handle: Handle
    via: Via
    step: int = 0
    rotation: RotationName | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A nominee found in the workspace, with what is known about them.

    ``load`` counts the open incidents they command or are asked to command, this one apart.
    ``away`` says why they are unavailable, and is empty if they are not.
    """

    person: PersonId
    name: str
    via: Via
    step: int = 0
    rotation: str = ""
    load: int = 0
    pages_last_night: int = 0
    pages_last_week: int = 0
    last_paged_at: datetime | None = None
    away: str = ""
    asked: Asked = Asked.NOT_YET


@dataclass(frozen=True, slots=True)
class Owned:
    """What is to be commanded: the most affected service, its tier and its owners.

    Any of them may be unknown; ``tier`` then is that of the least important service.
    """

    service: ServiceName | None = None
    tier: int = 4
    team: TeamName | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Who to ask, or None; ``because`` is a whole sentence; ``alternatives`` say why not."""

    person: PersonId | None
    because: str
    alternatives: tuple[tuple[PersonId, str], ...] = ()


def accept_within(tier: int, times: Mapping[int, timedelta] = ACCEPT_WITHIN) -> timedelta:
    """How long the person who is asked has to accept, for a service of ``tier``."""
    return times.get(tier, max(ACCEPT_WITHIN.values()))


def nominees(
    team: Team | None, rotations: Mapping[RotationName, Rotation], at: datetime
) -> tuple[Nominee, ...]:
    """Everybody worth considering for a service of ``team``, each once, at their best place."""
    if team is None:
        return ()
    found: dict[Handle, Nominee] = {}
    own = [rotations[name] for name in team.on_call if name in rotations]
    for step, duty in enumerate(everyone_on_call(own, at)):
        found.setdefault(duty.person, Nominee(duty.person, Via.ON_CALL, step, duty.rotation))
    for step, hop in enumerate(sorted(team.escalation, key=lambda hop: hop.after)):
        for handle in hop.people:
            found.setdefault(handle, Nominee(handle, Via.ESCALATION, step))
        others = [rotations[name] for name in hop.rotations if name in rotations]
        for duty in everyone_on_call(others, at):
            found.setdefault(duty.person, Nominee(duty.person, Via.ESCALATION, step, duty.rotation))
    for handle in team.members:
        found.setdefault(handle, Nominee(handle, Via.MEMBER))
    return tuple(found.values())


def owned(service: Service | None) -> Owned:
    """What there is to command when ``service`` is the most affected one."""
    return Owned(service.name, service.tier, service.team) if service else Owned()


def choose(
    candidates: Sequence[Candidate], what: Owned, now: datetime, *, load_limit: int = LOAD_LIMIT
) -> Choice:
    """The person to ask next.

    Whoever is away, or was asked before, is left out. Whoever is at ``load_limit`` is left out
    while anybody else remains; an overloaded commander is better than none.
    """
    ranked = sorted(_once(candidates), key=_rank)
    able = [each for each in ranked if not _hindrance(each)]
    free = [each for each in able if each.load < load_limit]
    best = free[0] if free else min(able, key=lambda each: (each.load, _rank(each)), default=None)
    others = tuple(
        (each.person, _why_not(each, best, load_limit)) for each in ranked if each is not best
    )
    if best is None:
        return Choice(None, _nobody(ranked, what), others)
    because = _because(best, what, now)
    if not free:
        because += f" Everybody who could is at the limit of {load_limit}, {best.name} has least."
    return Choice(best.person, because, others)


def _rank(each: Candidate) -> tuple[object, ...]:
    """Sorts the one to ask first to the front; the name only makes ties repeatable."""
    never = each.last_paged_at is None
    paged_at = each.last_paged_at.timestamp() if each.last_paged_at else 0.0
    return (
        each.via,
        each.step if each.via is Via.ESCALATION else 0,
        each.load,
        each.pages_last_night,
        each.pages_last_week,
        not never,
        paged_at,
        each.step,
        each.name,
        each.person,
    )


def _once(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Each person at their best place only."""
    best: dict[PersonId, Candidate] = {}
    for each in candidates:
        known = best.get(each.person)
        if known is None or (each.via, each.step) < (known.via, known.step):
            best[each.person] = each
    return list(best.values())


def _hindrance(each: Candidate) -> str:
    """Why this person cannot be asked at all; empty if nothing stands in the way."""
    if each.away:
        return f"{each.name} is unavailable: {each.away}"
    return {
        Asked.NOT_YET: "",
        Asked.WAITING: f"{each.name} has been asked and may still answer",
        Asked.PASSED: f"{each.name} passed",
        Asked.TIMED_OUT: f"{each.name} was asked and did not answer in time",
    }[each.asked]


def _because(best: Candidate, what: Owned, now: datetime) -> str:
    """``Bo is on call for payments, which owns checkout (tier 1); commands nothing else, …``."""
    owns = f", which owns {what.service} (tier {what.tier})" if what.service and what.team else ""
    team = what.team or "the team"
    named = f" ({best.rotation})" if best.rotation and best.rotation != what.team else ""
    standing = {
        Via.ON_CALL: f"is on call for {team}{named}{owns}",
        Via.ESCALATION: f"is next on the escalation path of {team}{owns}",
        Via.MEMBER: f"is a member of {team}{owns}, and nobody on its on-call or path can",
    }[best.via]
    return f"{best.name} {standing}; {_burden(best)}, {_rest(best, now)}."


def _burden(each: Candidate) -> str:
    if each.load == 0:
        return "commands nothing else"
    return f"commands {each.load} other incident{'s' if each.load > 1 else ''}"


def _rest(each: Candidate, now: datetime) -> str:
    if each.last_paged_at is None:
        return "not paged lately"
    nights = f" ({_times(each.pages_last_night)} last night)" if each.pages_last_night else ""
    return f"last paged {say_distance(min(each.last_paged_at, now), now + _BLINK)}{nights}"


_BLINK = timedelta(microseconds=1)  # so that "now" reads as "0 s ago" and never as "in 0 s"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _why_not(each: Candidate, best: Candidate | None, load_limit: int) -> str:
    """Why somebody else was preferred, with the first thing that differs."""
    if hindrance := _hindrance(each):
        return hindrance
    if best is None:  # pragma: no cover (nobody able means everybody has a hindrance)
        return ""
    if each.load >= load_limit:
        return f"{each.name} commands {each.load} incidents, the limit is {load_limit}"
    if each.via is not best.via:
        return _LATER[each.via].format(name=each.name)
    return _less_suited(each, best)


_LATER = {
    Via.ON_CALL: "{name} is on call too",
    Via.ESCALATION: "{name} is on the escalation path, which comes after the on-call",
    Via.MEMBER: "{name} is in the team, but neither on call nor on the path",
}


def _less_suited(each: Candidate, best: Candidate) -> str:
    if each.via is Via.ESCALATION and each.step != best.step:
        return f"{each.name} is further along the escalation path"
    if each.load != best.load:
        return f"{each.name} commands {each.load}, {best.name} {best.load}"
    if each.pages_last_night != best.pages_last_night:
        return f"{each.name} was paged {_times(each.pages_last_night)} last night"
    if each.pages_last_week != best.pages_last_week:
        week = f"{each.name} was paged {_times(each.pages_last_week)} in the last week"
        return f"{week}, {best.name} {best.pages_last_week or 'not at all'}"
    if each.last_paged_at != best.last_paged_at:
        return f"{each.name} was paged more recently than {best.name}"
    return f"{each.name} would do as well; {best.name} comes first in the order of asking"


def _nobody(ranked: Sequence[Candidate], what: Owned) -> str:
    """Why there is no choice, and what to do about it."""
    if what.service is None:
        return f"No service we know is affected, so nobody owns it. {NOBODY}"
    if what.team is None:
        return f"No team owns {what.service}. {NOBODY}"
    if not ranked:
        return f"{what.team}, which owns {what.service}, has nobody we can reach. {NOBODY}"
    reasons = "; ".join(_hindrance(each) for each in ranked)
    return f"Nobody in {what.team}, which owns {what.service}, is left to ask: {reasons}. {NOBODY}"
