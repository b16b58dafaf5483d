"""How error budgets went over a time, for a chart."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.objective import Objective, SLOName
from incidents.queries.counting import budgets_at

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
    found = budgets_at(connection, objectives, at)
    return {name: float(budget.remaining) for name, budget in found.items()}
