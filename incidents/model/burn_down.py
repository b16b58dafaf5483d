"""How one error budget went, moment by moment: what a picture of it is drawn from.

The budget at each moment is that of the window that ends there: events come in at one end and leave
at the other, so the line may rise while nothing is repaired; a calendar's budget begins anew with
each window. Without a single event there is no budget to speak of, which is drawn as a gap and not
as a promise kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from incidents.model.burn import burn_rate
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.objective import NOTHING, Counts, Objective
from incidents.model.spending import budget_of, counted, span_of

POINTS = 200  # at most, beside the first: more cannot be told apart on a screen

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
_STEPS = (
    *(_SECOND * n for n in (10, 30)),
    *(_MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * n for n in (1, 2, 3, 4, 6, 12, 24, 48)),
)

Bucket = tuple[datetime, Counts]  # when it begins, and what happened in it


@dataclass(frozen=True, slots=True)
class Grid:
    """The moments of a picture: ``since``, whole steps after it, and ``until``."""

    since: datetime
    until: datetime
    step: timedelta

    @property
    def moments(self) -> tuple[datetime, ...]:
        """The ends of its stretches; the last stretch may be shorter."""
        whole = (self.until - self.since) // self.step
        inner = [self.since + self.step * place for place in range(1, whole + 1)]
        return tuple(dict.fromkeys((*inner, self.until)))


def grid(until: datetime, over: timedelta) -> Grid:
    """The finest grid of at most `POINTS` stretches that covers ``over`` before ``until``.

    It begins at a whole step, at most one before that.
    """
    step = next((one for one in _STEPS if over <= one * (POINTS - 1)), _STEPS[-1])
    since = until - over
    return Grid(since - (since - _EPOCH) % step, until, step)


@dataclass(frozen=True, slots=True)
class Point:
    """The budget at a moment, and the stretch that ends there.

    ``left`` is the share of the budget that remains, signed; None if its window has no events.
    ``burn`` is how fast the stretch spent, None if it had no events, which are ``during``.
    """

    at: datetime
    left: Fraction | None
    burn: Fraction | None
    during: Counts


class MarkKind(StrEnum):
    """What is pointed out in a picture."""

    INCIDENT = "incident"
    SPENT = "spent"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to point out. ``until`` is None for a moment, and for what goes on."""

    kind: MarkKind
    at: datetime
    until: datetime | None = None
    words: str = ""
    number: IncidentNumber | None = None


@dataclass(frozen=True, slots=True)
class BurnDown:
    """Everything that is drawn of one budget."""

    objective: Objective
    grid: Grid
    points: tuple[Point, ...]
    marks: tuple[Mark, ...]

    @property
    def last(self) -> Point:
        """How it is at the end of the picture."""
        return self.points[-1]

    @property
    def whole(self) -> Counts:
        """What happened in the picture."""
        return sum((one.during for one in self.points), NOTHING)


def points_of(
    objective: Objective,
    wanted: Grid,
    *,
    before: Counts,
    entering: Iterable[Bucket],
    leaving: Iterable[Bucket],
) -> tuple[Point, ...]:
    """The course of a budget over a grid, with the grid's beginning as the first point.

    ``before`` is what the window held that ended there. ``entering`` are the buckets since, none
    longer than a step; ``leaving`` those of the window's own kind, from its first bucket on. A
    bucket belongs to a rolling window until it began a whole window ago, as in `store.slo.counts`;
    to a calendar's, until the next begins.
    """
    coming = sorted(entering, key=_begins)
    going = [] if objective.calendar else sorted(leaving, key=_begins)
    held, last = before, wanted.since
    points = [_point(objective, last, held, NOTHING)]
    came = went = 0
    for moment in wanted.moments:
        begin = span_of(objective, moment)[0]
        if objective.calendar is not None and begin > last:
            held = NOTHING
        during = NOTHING
        while came < len(coming) and coming[came][0] < moment:
            at, counts = coming[came]
            during += counts
            if objective.calendar is None or at >= begin:
                held += counts
            came += 1
        while went < len(going) and going[went][0] + objective.window < moment:
            held = _without(held, going[went][1])
            went += 1
        points.append(_point(objective, moment, held, counted(objective, during, last, moment)))
        last = moment
    return tuple(points)


def marks_of(
    objective: Objective, points: Sequence[Point], incidents: Iterable[Incident], wanted: Grid
) -> tuple[Mark, ...]:
    """Incidents that ran meanwhile, the window's edge, and each time that nothing was left."""
    found = [
        Mark(MarkKind.INCIDENT, max(one.started_at, wanted.since), one.resolved_at, one.key,
             one.number)
        for one in incidents
        if one.started_at < wanted.until and (one.resolved_at or wanted.until) > wanted.since
    ]  # fmt: skip
    found += [
        Mark(MarkKind.WINDOW, edge)
        for edge in _edges(objective, wanted)
        if edge > wanted.since + wanted.step
    ]
    found += [Mark(MarkKind.SPENT, after.at) for before, after in pairwise(points)
              if _is_left(before) and after.left is not None and after.left <= 0]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.at, one.kind, one.words)))


def _edges(objective: Objective, wanted: Grid) -> Iterator[datetime]:
    """Where windows begin: the one that ends with the picture, and those of a calendar before."""
    edge = span_of(objective, wanted.until)[0]
    while edge > wanted.since:
        yield edge
        if objective.calendar is None:
            return
        edge = span_of(objective, edge - _SECOND)[0]


def sampled(burn_down: BurnDown, most: int) -> tuple[Point, ...]:
    """At most ``most`` of its points, evenly taken, the first and the last among them.

    A stretch that is kept has the events of those before it that are not, so nothing is lost.
    """
    points = burn_down.points
    if len(points) <= most:
        return points
    step = (len(points) - 1) / (most - 1)
    kept = [round(place * step) for place in range(most)]
    found = [points[0]]
    for first, last in pairwise(kept):
        during = sum((one.during for one in points[first + 1 : last + 1]), NOTHING)
        burn = burn_rate(during, burn_down.objective.budget)
        found.append(Point(points[last].at, points[last].left, burn, during))
    return tuple(found)


def _point(objective: Objective, at: datetime, held: Counts, during: Counts) -> Point:
    budget = budget_of(objective, held, at)
    left = budget.remaining if budget.counts.total else None
    return Point(at, left, burn_rate(during, objective.budget), during)


def _is_left(point: Point) -> bool:
    return point.left is None or point.left > 0


def _without(whole: Counts, part: Counts) -> Counts:
    return Counts(whole.good - part.good, whole.bad - part.bad)


def _begins(bucket: Bucket) -> datetime:
    return bucket[0]
