"""What follows when a budget is spent: an organisation's own promise of what it does then.

The policy that ships is the example of the SRE Workbook (Appendix B): a budget that is spent stops
releases until the service keeps its promise again, an incident that takes over 20 % of a four-week
budget is written up, with a top-priority action item, and so is a kind of outage that takes over
20 % of a quarter's.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction

from incidents.model.burn import Loudness
from incidents.model.episode import Alarm
from incidents.model.objective import Objective, SLOName, percent
from incidents.model.severity import Severity

STANDARD_NAME = "standard"
NAMED_BY = "warroom.dev/policy"  # the annotation of an SLO
FOUR_WEEKS, QUARTER = timedelta(days=28), timedelta(days=90)
_FIFTH = Fraction(20, 100)


class Act(StrEnum):
    """What is done at a step."""

    NOTIFY = "notify"
    TICKET = "ticket"
    ROOM = "room"
    PAGE = "page"
    APPROVE = "approve"
    FREEZE = "freeze"


@dataclass(frozen=True, slots=True)
class Step:
    """Once ``at`` percent of the budget are spent, which is one of the `NOTICES`."""

    at: int
    acts: tuple[Act, ...]

    @property
    def name(self) -> str:
        """What it is remembered by."""
        return step_name(self.at)


@dataclass(frozen=True, slots=True)
class BudgetPolicy:
    """Steps, and shares above which an incident, or a kind of outage, has to be answered for.

    ``postmortem_over`` is of a four-week budget, ``class_over`` of a quarter's; None: never.
    """

    name: str
    steps: tuple[Step, ...] = ()
    postmortem_over: Fraction | None = None
    class_over: Fraction | None = None


STANDARD = BudgetPolicy(
    STANDARD_NAME, (Step(100, (Act.FREEZE,)),), postmortem_over=_FIFTH, class_over=_FIFTH
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a policy says about one SLO now, and why."""

    act: Act
    slo: SLOName
    consumed: Fraction
    because: str


def step_name(notice: int) -> str:
    """What the step at that share is remembered by."""
    return f"step {notice}"


def policy_of(policies: Mapping[str, BudgetPolicy], objective: Objective) -> BudgetPolicy:
    """The one that the SLO names, or else the standard one."""
    named = objective.annotations.get(NAMED_BY, STANDARD_NAME)
    return policies.get(named) or policies.get(STANDARD_NAME, STANDARD)


def steps_at(policy: BudgetPolicy, notices: Collection[int]) -> tuple[Step, ...]:
    """The steps that are due with these notices, lowest first."""
    return tuple(step for step in policy.steps if step.at in notices)


def rulings(policy: BudgetPolicy, objective: Objective, consumed: Fraction) -> tuple[Ruling, ...]:
    """What holds while so much is spent, for whoever asks whether a service may be changed.

    Without slack: a service that keeps its promise again may be changed again.
    """
    return tuple(
        Ruling(
            act,
            objective.slo,
            consumed,
            f"{step_words(policy, step, objective)}, {spent(consumed)}",
        )
        for step in policy.steps
        if consumed >= Fraction(step.at, 100)
        for act in step.acts
        if act in {Act.FREEZE, Act.APPROVE}
    )


def in_force(policy: BudgetPolicy, objective: Objective, consumed: Fraction) -> str:
    """What stands beside a budget; empty if nothing but what an empty one means anyway."""
    said = [
        step_words(policy, step, objective)
        for step in policy.steps
        if consumed >= Fraction(step.at, 100)
        and {Act.FREEZE, Act.APPROVE} & set(step.acts)
        and not (consumed >= 1 and Act.FREEZE in step.acts)
    ]
    return said[-1] if said else ""


def spent(consumed: Fraction) -> str:
    """``104 % is spent``."""
    return f"{percent(consumed)} is spent"


def step_words(policy: BudgetPolicy, step: Step, objective: Objective) -> str:
    """``by the policy standard, at 100 %, deploys of checkout are frozen``."""
    words = [_SAYS[act].format(objective.service) for act in step.acts]
    return f"by the policy {policy.name}, at {step.at} %, {' and '.join(words)}"


_SAYS = {
    Act.NOTIFY: "its owner is told",
    Act.TICKET: "there is an action item",
    Act.ROOM: "a room is opened",
    Act.PAGE: "somebody is paged",
    Act.APPROVE: "deploys of {} need approval",
    Act.FREEZE: "deploys of {} are frozen",
}


def louder(
    found: Alarm, policy: BudgetPolicy, steps: Iterable[Step], objective: Objective
) -> Alarm:
    """The alarm that a policy makes of it at the moment it wants a room, or somebody awake."""
    wanted = [step for step in steps if {Act.PAGE, Act.ROOM} & set(step.acts)]
    if not wanted or found.loudness is Loudness.PAGE:
        return found
    words = step_words(policy, wanted[-1], objective)
    because = words if found.loudness is Loudness.QUIET else f"{words}; {found.because}"
    if any(Act.PAGE in step.acts for step in wanted):
        return replace(found, loudness=Loudness.PAGE, because=because)
    return replace(
        found,
        loudness=Loudness.PAGE,
        because=because,
        severity=Severity.SEV4,
        severity_because=f"sev4: {words}, and nothing burns fast enough to page",
    )


@dataclass(frozen=True, slots=True)
class Owed:
    """An incident that took so much of a four-week budget that it has to be written up."""

    policy: str
    slo: SLOName
    share: Fraction
    limit: Fraction

    @property
    def because(self) -> str:
        """``it took 34 % of the four-week budget of …, and over 20 % has to be written up``."""
        return (
            f"it took {percent(self.share)} of the four-week budget of {self.slo}, and by the "
            f"policy {self.policy} over {percent(self.limit)} is written up"
        )


def is_top(title: str) -> bool:
    """Whether an action item is of top priority: its words begin with P0."""
    return bool(_TOP.match(title))


def class_name(written: str) -> str:
    """A kind of outage, however it is spelt."""
    return " ".join(written.lower().split())[:60]


_TOP = re.compile(r"\W*p0\b", re.IGNORECASE)
