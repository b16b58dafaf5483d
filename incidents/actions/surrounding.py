"""What a tick finds, seen with the windows that hold: keener, or kept quiet."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from incidents.actions.burning import Look
from incidents.actions.desk import Desk
from incidents.model.burn import guarded, judge
from incidents.model.objective import Objective
from incidents.model.sensitivity import as_page, scaled
from incidents.model.windows import NOTHING_AROUND, Around
from incidents.queries.counting import failed_over
from incidents.queries.windows import Surroundings, zone_of


def surrounded(
    desk: Desk, connection: Connection, looks: Sequence[Look], nearby: Surroundings
) -> list[Look]:
    """The looks, each with what windows make of it."""
    if nearby.is_empty:
        return list(looks)
    return [_surrounded(desk, connection, one, nearby.of(one.objective)) for one in looks]


def _surrounded(desk: Desk, connection: Connection, look: Look, what: Around) -> Look:
    if what is NOTHING_AROUND:
        return look
    objective, verdict = look.objective, look.verdict
    by = what.sensitivity
    if by is not None and by != 1:
        verdict = judge(
            look.figures.counts,
            scaled(look.rules, by, objective.budget),
            budget=objective.budget,
            min_failures=objective.min_failures,
            failures=_failures(connection, objective, look),
            guard=look.second.guard,
        )
        if verdict.rule is not None:
            reason = what.reason or (what.keen.words(zone_of(desk)) if what.keen else "")
            words = f"{verdict.because} ({float(by):g} times the usual: {reason})"
            verdict = replace(verdict, because=words)
    if what.keen is not None:
        verdict = as_page(verdict, what.keen.words(zone_of(desk)))
    return replace(look, verdict=verdict, muted=what.muted)


def _failures(
    connection: Connection, objective: Objective, look: Look
) -> Mapping[timedelta, int] | None:
    """Failures over the windows that may wake somebody, where slices are counted."""
    if objective.slicing is None:
        return None
    until = look.figures.watermark
    return {
        window: failed_over(connection, [objective], window, until)[objective.slo]
        for window in guarded(objective)
    }
