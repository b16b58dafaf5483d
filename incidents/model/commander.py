"""Who should command, why that person, and why not the others.

Ownership first: whoever is on call for the team that owns the most affected service. Then the
team's escalation path, then its other members. Within a step the least loaded is asked, then the
best rested, then whoever is trained, then whoever's turn it is: who commanded least of late.
Seniority plays no part: the rules are not even told about it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from incidents.model.ids import PersonId, ServiceName, TeamName
from incidents.model.oncall import Handle, Rotation, RotationName, everyone_on_call
from incidents.model.services import Service, Team
from incidents.model.severity import Severity
from incidents.model.workdays import say_distance

LOAD_LIMIT = 2
"""Open incidents a person commands before somebody else is asked."""

NOT_ALONE = frozenset({Severity.SEV1, Severity.SEV2})
"""What somebody in training is not asked to command: they shadow whoever does."""

ACCEPT_WITHIN: Mapping[int, timedelta] = {
    1: timedelta(minutes=5),
    2: timedelta(minutes=10),
    3: timedelta(minutes=15),
    4: timedelta(minutes=30),
}
"""By tier, how long somebody has to accept before the next person is asked."""


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


class Training(IntEnum):
    """How ready somebody is to command, as their team says; of whom it says nothing, is between."""

    TRAINED = 0
    UNMARKED = 1
    IN_TRAINING = 2


@dataclass(frozen=True, slots=True)
class Rules:
    """What an organisation decides about it.

    ``load_limit`` is how many open incidents a person commands before somebody else is asked.
    Whose turn it is, is counted over ``weeks``. Who is in training has learned enough once they
    were deputy in ``shadows`` incidents.
    """

    load_limit: int = LOAD_LIMIT
    weeks: int = 8
    shadows: int = 3


STANDARD = Rules()


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

    ``load`` counts the open incidents they command or are asked to command, this one apart;
    ``commanded`` those they commanded within the weeks of the `Rules`, and ``last_commanded_at``
    when that last began. ``away`` says why they are unavailable, and is empty if they are not.
    ``is_here`` is true of who is in the room. Drills count for nothing, neither in ``load`` nor in
    ``commanded``; ``is_rehearsing`` is true of who commands one now.
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
    training: Training = Training.UNMARKED
    commanded: int = 0
    last_commanded_at: datetime | None = None
    away: str = ""
    asked: Asked = Asked.NOT_YET
    is_here: bool = False
    is_rehearsing: bool = False


@dataclass(frozen=True, slots=True)
class Owned:
    """What is to be commanded: the most affected service, its tier and its owners.

    Any of them may be unknown; ``tier`` then is that of the least important service. ``because``
    says why it is that service, if there are several.
    """

    service: ServiceName | None = None
    tier: int = 4
    team: TeamName | None = None
    severity: Severity | None = None
    because: str = ""


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


def owned(service: Service | None, severity: Severity | None = None, because: str = "") -> Owned:
    """What there is to command when ``service`` is the most affected one."""
    if service is None:
        return Owned(severity=severity)
    return Owned(service.name, service.tier, service.team, severity, because)


def training_of(marked: Training, shadowed: int, rules: Rules = STANDARD) -> Training:
    """How ready somebody is who is ``marked`` so and was deputy in ``shadowed`` incidents."""
    if marked is Training.IN_TRAINING and shadowed >= rules.shadows:
        return Training.TRAINED
    return marked


def choose(
    candidates: Sequence[Candidate], what: Owned, now: datetime, rules: Rules = STANDARD
) -> Choice:
    """The person to ask next.

    Whoever is away, was asked before, or is in training for something this bad is left out.
    Whoever is at the limit is left out while anybody else remains; an overloaded commander is
    better than none.
    """
    ranked = sorted(once(candidates), key=rank)
    able = [each for each in ranked if not _hindrance(each, what)]
    free = [each for each in able if each.load < rules.load_limit]
    best = free[0] if free else min(able, key=lambda each: (each.load, rank(each)), default=None)
    others = tuple(
        (each.person, _why_not(each, best, what, rules)) for each in ranked if each is not best
    )
    if best is None:
        return Choice(None, _nobody(ranked, what), others)
    because = _because(best, what, now, rules)
    if not free:
        limit = rules.load_limit
        because += f" Everybody who could is at the limit of {limit}, {best.name} has least."
    return Choice(best.person, because, others)


def rank(each: Candidate) -> tuple[object, ...]:
    """Sorts the one to ask first to the front; the name only makes ties repeatable."""
    commanded_at = each.last_commanded_at.timestamp() if each.last_commanded_at else 0.0
    paged_at = each.last_paged_at.timestamp() if each.last_paged_at else 0.0
    return (
        each.via,
        each.step if each.via is Via.ESCALATION else 0,
        each.load,
        each.pages_last_night,
        each.pages_last_week,
        each.training,
        each.commanded,
        commanded_at,
        paged_at,
        each.step,
        each.name,
        each.person,
    )


def once(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Each person at their best place only."""
    best: dict[PersonId, Candidate] = {}
    for each in candidates:
        known = best.get(each.person)
        if known is None or (each.via, each.step) < (known.via, known.step):
            best[each.person] = each
    return list(best.values())


def _hindrance(each: Candidate, what: Owned) -> str:
    """Why this person cannot be asked to command; empty if nothing stands in the way."""
    found = unavailable(each)
    if not found and each.training is Training.IN_TRAINING and what.severity in NOT_ALONE:
        return f"{each.name} is in training, and not asked to command a {what.severity}"
    return found


def unavailable(each: Candidate) -> str:
    """Why this person cannot be asked for anything; empty if nothing stands in the way."""
    if each.away:
        return f"{each.name} is unavailable: {each.away}"
    return {
        Asked.NOT_YET: "",
        Asked.WAITING: f"{each.name} has been asked and may still answer",
        Asked.PASSED: f"{each.name} passed",
        Asked.TIMED_OUT: f"{each.name} was asked and did not answer in time",
    }[each.asked]


def _because(best: Candidate, what: Owned, now: datetime, rules: Rules) -> str:
    """``Bo is on call for payments, which owns checkout (tier 1); commands nothing else, …``."""
    said = f"{best.name} {standing(best, what)}; {state(best, now, rules)}."
    return f"{said} {what.because}." if what.because else said


def standing(best: Candidate, what: Owned) -> str:
    """``is on call for payments, which owns checkout (tier 1)``."""
    owns = f", which owns {what.service} (tier {what.tier})" if what.service and what.team else ""
    team = what.team or "the team"
    named = f" ({best.rotation})" if best.rotation and best.rotation != what.team else ""
    return {
        Via.ON_CALL: f"is on call for {team}{named}{owns}",
        Via.ESCALATION: f"is next on the escalation path of {team}{owns}",
        Via.MEMBER: f"is a member of {team}{owns}, and nobody on its on-call or path can",
    }[best.via]


def state(each: Candidate, now: datetime, rules: Rules) -> str:
    """``commands nothing else, not paged lately, trained, commanded 2 in the last 8 weeks``."""
    said = [_burden(each), _rest(each, now)]
    if each.training is not Training.UNMARKED:
        said.append("trained" if each.training is Training.TRAINED else "in training")
    if each.commanded:
        said.append(f"commanded {each.commanded} in the last {rules.weeks} weeks")
    return ", ".join(said)


def _burden(each: Candidate) -> str:
    if each.load == 0:
        return "commands nothing but a drill" if each.is_rehearsing else "commands nothing else"
    drill = " and a drill, which does not count" if each.is_rehearsing else ""
    return f"commands {each.load} other incident{'s' if each.load > 1 else ''}{drill}"


def _rest(each: Candidate, now: datetime) -> str:
    if each.last_paged_at is None:
        return "not paged lately"
    nights = f" ({_times(each.pages_last_night)} last night)" if each.pages_last_night else ""
    return f"last paged {say_distance(min(each.last_paged_at, now), now + _BLINK)}{nights}"


_BLINK = timedelta(microseconds=1)  # so that "now" reads as "0 s ago" and never as "in 0 s"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _why_not(each: Candidate, best: Candidate | None, what: Owned, rules: Rules) -> str:
    """Why somebody else was preferred, with the first thing that differs."""
    if hindrance := _hindrance(each, what):
        return hindrance
    if best is None:  # pragma: no cover (nobody able means everybody has a hindrance)
        return ""
    if each.load >= rules.load_limit > best.load:
        return f"{each.name} commands {each.load} incidents, the limit is {rules.load_limit}"
    if best.load >= rules.load_limit and each.load != best.load:
        return f"{each.name} commands {each.load}, {best.name} {best.load}"
    if each.via is not best.via:
        return _LATER[each.via].format(name=each.name)
    return less_suited(each, best, rules)


_LATER = {
    Via.ON_CALL: "{name} is on call too",
    Via.ESCALATION: "{name} is on the escalation path, which comes after the on-call",
    Via.MEMBER: "{name} is in the team, but neither on call nor on the path",
}


def less_suited(each: Candidate, best: Candidate, rules: Rules) -> str:
    """The first thing in which ``best``, who is found in the same way, differs from ``each``."""
    week = f"{each.name} was paged {_times(each.pages_last_week)} in the last week"
    turns = f"{each.name} commanded {each.commanded} in the last {rules.weeks} weeks"
    climbs = each.via is Via.ESCALATION and each.step != best.step
    differs = (
        (climbs, f"{each.name} is further along the escalation path"),
        (each.load != best.load, f"{each.name} commands {each.load}, {best.name} {best.load}"),
        (
            each.pages_last_night != best.pages_last_night,
            f"{each.name} was paged {_times(each.pages_last_night)} last night",
        ),
        (
            each.pages_last_week != best.pages_last_week,
            f"{week}, {best.name} {best.pages_last_week or 'not at all'}",
        ),
        (
            each.training is not best.training,
            _TRAINING[each.training].format(name=each.name, best=best.name),
        ),
        (each.commanded != best.commanded, f"{turns}, {best.name} {best.commanded or 'none'}"),
        (
            each.last_commanded_at != best.last_commanded_at,
            f"{each.name} commanded more recently than {best.name}",
        ),
        (
            each.last_paged_at != best.last_paged_at,
            f"{each.name} was paged more recently than {best.name}",
        ),
    )
    as_well = f"{each.name} would do as well; {best.name} comes first in the order of asking"
    return next((why for is_so, why in differs if is_so), as_well)


_TRAINING = {
    Training.TRAINED: "{name} is trained already, {best} is to learn",
    Training.UNMARKED: "{name} is not marked as trained, {best} is",
    Training.IN_TRAINING: "{name} is in training, {best} is not",
}


def _nobody(ranked: Sequence[Candidate], what: Owned) -> str:
    """Why there is no choice."""
    if what.service is None:
        return "No service we know is affected, so nobody owns it."
    if what.team is None:
        return f"No team owns {what.service}."
    if not ranked:
        return f"{what.team}, which owns {what.service}, has nobody we can reach."
    reasons = "; ".join(_hindrance(each, what) for each in ranked)
    return f"Nobody in {what.team}, which owns {what.service}, is left to ask: {reasons}."
