"""A stretch of burning, from the first alert until it has been calm for a while.

What happens next is decided here from what the budget says now and what was said before, so that
one outage is one episode: it grows louder in place, it is not over because of a quiet minute, and
silence of the metrics neither starts nor ends it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from incidents.model.budget import Budget, newly_crossed
from incidents.model.burn import Loudness, Verdict
from incidents.model.burn_severity import severity_from_burn
from incidents.model.ids import IncidentNumber
from incidents.model.objective import Objective, SLOName, percent
from incidents.model.severity import Severity, is_worse

STALE = timedelta(minutes=5)  # without data for this long, nothing is known
CALM_FOR = timedelta(minutes=5)  # before an episode is over; the short windows look back as far
TICKET_AGAIN = timedelta(hours=6)  # the longest short window still sees what was paged about
NOT_FIXED = timedelta(minutes=45)  # past the end of the impact; the page windows are 30 min at most
_ALL_SPENT = 100
_MUCH = 1.2  # a peak that is this much higher is worth writing down


@dataclass(frozen=True, slots=True)
class Episode:
    """One stretch of burning of one SLO.

    ``severity`` is the worst that the burn itself asked for, whatever people made of it since.
    ``calm_since`` is set while it no longer burns, before the episode is over.
    """

    id: str
    slo: SLOName
    generation: str
    opened_at: datetime
    loudness: Loudness
    peak_burn: float
    because: str
    severity: Severity | None = None
    incident: IncidentNumber | None = None
    calm_since: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """What an SLO asks for now. ``burn`` is a multiple of the sustainable rate, for showing."""

    loudness: Loudness
    because: str
    severity: Severity
    severity_because: str
    burn: float
    is_exhausted: bool
    crossed: tuple[int, ...]


class Step(StrEnum):
    """What becomes of an episode."""

    NOTHING = "nothing"
    OPEN = "open"
    LOUDER = "louder"
    WORSE = "worse"
    PEAK = "peak"
    CALM = "calm"
    BURNS_AGAIN = "burns again"
    CLOSE = "close"
    ANEW = "anew"


def alarm(
    objective: Objective,
    tier: int,
    verdict: Verdict,
    budget: Budget,
    announced: tuple[int, ...],
    *,
    failures: int | None = None,
) -> Alarm:
    """What the verdict and the budget ask for, given the notices that were given.

    ``failures`` are the bad events of the budget's window, where the budget counts slices.

    Running out of budget is a page at the moment it happens; afterwards only the burn counts, or a
    spent budget would open a room a day until it comes back. Too few failures announce nothing.
    """
    failed = budget.counts.bad if failures is None else failures
    enough = failed >= max(objective.min_failures, 1)
    crossed = newly_crossed(budget.consumed, announced) if enough else ()
    runs_out = _ALL_SPENT in crossed
    severity, severity_because = severity_from_burn(
        verdict,
        tier=tier,
        window=objective.window,
        is_exhausted=enough and budget.is_exhausted,
        over=objective.over,
    )
    because = verdict.because
    if runs_out:
        spent = f"{percent(budget.consumed)} of the {budget.called} budget is spent"
        because = spent if verdict.rule is None else f"{spent}; {because}"
    return Alarm(
        loudness=Loudness.PAGE if runs_out else verdict.loudness,
        because=because,
        severity=severity,
        severity_because=severity_because,
        burn=float(verdict.burn or 0),
        is_exhausted=budget.is_exhausted,
        crossed=crossed,
    )


def next_step(
    now: Alarm,
    before: Episode | None,
    *,
    at: datetime,
    last_closed: datetime | None = None,
    over_since: datetime | None = None,
    is_held: bool = False,
) -> Step:
    """What follows at the watermark ``at``.

    ``is_held``: not enough was measured lately to say that it is calm. ``last_closed`` is when the
    last episode of the SLO ended, ``over_since`` when the impact of the episode's incident is said
    to have ended, if it is resolved.
    """
    if before is None:
        lately = last_closed is not None and at - last_closed < TICKET_AGAIN
        is_new = now.loudness is Loudness.PAGE or (now.loudness is Loudness.TICKET and not lately)
        return Step.OPEN if is_new else Step.NOTHING
    if now.loudness.is_louder_than(before.loudness):
        return Step.LOUDER
    if before.loudness.is_louder_than(now.loudness):
        return Step.NOTHING if is_held else _calmer(before, at)
    return _still_burning(now, before, at=at, over_since=over_since)


def _calmer(before: Episode, at: datetime) -> Step:
    if before.calm_since is None:
        return Step.CALM
    return Step.CLOSE if at - before.calm_since >= CALM_FOR else Step.NOTHING


def _still_burning(
    now: Alarm, before: Episode, *, at: datetime, over_since: datetime | None
) -> Step:
    if over_since is not None and at - over_since >= NOT_FIXED:
        return Step.ANEW
    if before.calm_since is not None:
        return Step.BURNS_AGAIN
    if before.severity is None or is_worse(now.severity, before.severity):
        return Step.WORSE
    return Step.PEAK if now.burn > before.peak_burn * _MUCH else Step.NOTHING


def notice_in_words(notice: int, budget: Budget) -> str:
    """What people read when a notice is due."""
    left = budget.remaining
    tail = f"{percent(left)} is left" if left > 0 else "nothing is left"
    return (
        f"{notice} % of the {budget.called} budget is spent, {tail} "
        f"({percent(budget.consumed)} of {int(budget.allowed)} allowed {budget.unit.bad})"
    )
