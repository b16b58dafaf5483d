"""Which change is it? Those before an incident, the likeliest first, each with its reasons.

Three things are asked of a change: how long before the onset it came, how far from what fails it is
made, and whether the budget burns faster since. The answers multiply, so that a change has to be
near in each respect to be high up. Nothing is proven by this: it is the order in which to look.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from incidents.model.objective import SLOName, in_words, percent
from incidents.model.text import UserText

LOOK_BACK = timedelta(hours=24)  # a change from before that is not called out
SLACK = timedelta(minutes=2)  # clocks differ, and the onset is known to a bucket
_HALF_LIFE = timedelta(minutes=30)  # of suspicion
_QUIET = timedelta(days=7)  # without a change: the first after it is worth a second look
_FIRST_AGAIN = 1.25
_ONLY_PUSHED = 0.5  # a push is not running anywhere yet
_FASTER = 3  # times as much burned as in as long before
_BURNS_SINCE = 1.5
_FELT = Fraction(1, 1000)  # of a budget: less is not worth a word


@dataclass(frozen=True, slots=True)
class Burned:
    """The share of a budget that was burned since a change, and in as long before it."""

    slo: SLOName
    since: Fraction
    before: Fraction

    @property
    def is_faster(self) -> bool:
        """Whether much more is burned since than before."""
        return self.since >= _FELT and self.since > _FASTER * self.before


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change. ``steps`` away is its service: 0 is one that fails, 1 one that it needs directly.

    ``needed_by`` is the failing service that leads there. ``quiet_for`` is how long its service had
    not been changed before, None if it never was.
    """

    service: str
    title: UserText
    made_at: datetime
    made_by: str
    url: str
    steps: int
    needed_by: str = ""
    is_push: bool = False
    quiet_for: timedelta | None = None
    burned: Burned | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """A change, how likely it looks beside the others, and why."""

    change: Candidate
    score: float
    reasons: tuple[str, ...]


def rank(candidates: Iterable[Candidate], onset: datetime) -> tuple[Suspect, ...]:
    """Those that may be it, the likeliest first. What came after the onset is not the cause."""
    found = [
        _suspect(one, onset)
        for one in candidates
        if onset - LOOK_BACK <= one.made_at <= onset + SLACK
    ]
    return tuple(sorted(found, key=lambda one: (-one.score, -one.change.made_at.timestamp())))


def _suspect(one: Candidate, onset: datetime) -> Suspect:
    gap = max(onset - one.made_at, timedelta(0))
    score = 0.5 ** (gap / _HALF_LIFE) / (1 + one.steps)
    reasons = [f"{in_words(gap)} before it began" if gap else "as it began", _where(one)]
    if one.is_push:
        score *= _ONLY_PUSHED
        reasons.append("pushed, and nobody told that it was deployed")
    if one.quiet_for is not None and one.quiet_for >= _QUIET:
        score *= _FIRST_AGAIN
        reasons.append(f"the first change of it in {one.quiet_for.days} d")
    if one.burned is not None and one.burned.since >= _FELT:
        score *= _BURNS_SINCE if one.burned.is_faster else 1
        reasons.append(_burned(one.burned, one.made_at))
    return Suspect(one, score, tuple(reasons))


def _where(one: Candidate) -> str:
    if not one.steps:
        return f"on {one.service} itself"
    if one.steps == 1:
        return f"on {one.service}, which {one.needed_by} needs"
    return f"on {one.service}, {one.steps} steps below {one.needed_by}"


def _burned(burned: Burned, since: datetime) -> str:
    said = f"{percent(burned.since)} of the budget of {burned.slo} burned since {since:%H:%M} UTC"
    return f"{said}, {percent(burned.before)} in as long before"
