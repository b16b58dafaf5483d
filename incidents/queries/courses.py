"""How error budgets went over a time, for a chart."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.budget import Budget
from incidents.model.objective import Objective, SLOName
from incidents.model.rolling import FINE
from incidents.store import slo

POINTS = 16
_SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Courses:
    """What was left of budgets at ``moments``: shares of the whole, signed and not clamped.

    A budget is whole before its first event.
    """

    moments: tuple[datetime, ...]
    left: Mapping[SLOName, tuple[float, ...]]


def courses_of(
    desk: Desk, connection: Connection, names: Collection[SLOName], since: datetime, now: datetime
) -> Courses:
    """From ``since`` to ``now``, at no more than `POINTS` moments a minute apart or more."""
    step = max((now - since) / (POINTS - 1), _SHORTEST)
    moments = tuple(sorted(now - step * place for place in range(int((now - since) / step) + 1)))
    objectives = [one for one in desk.objectives if one.slo in names]
    columns = [_left(connection, objectives, at) for at in moments]
    return Courses(
        moments, {one.slo: tuple(column[one.slo] for column in columns) for one in objectives}
    )


def _left(
    connection: Connection, objectives: Collection[Objective], at: datetime
) -> dict[SLOName, float]:
    until = FINE.start(FINE.number(at))
    found: dict[SLOName, float] = {}
    for window in {one.window for one in objectives}:
        alike = [one for one in objectives if one.window == window]
        counted = slo.counts(connection, [one.slo for one in alike], window, until)
        for one in alike:
            found[one.slo] = float(Budget(one.budget, window, counted[one.slo]).remaining)
    return found
