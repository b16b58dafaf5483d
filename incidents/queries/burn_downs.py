"""How one error budget went, read from the record for a picture."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.errors import NotFound, Refused
from incidents.model.access import Reader
from incidents.model.burn_down import BurnDown, Grid, grid, marks_of, points_of
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.objective import Counts, Objective, in_words
from incidents.model.rolling import FINE, Tier
from incidents.model.spending import span_of
from incidents.store import incidents, sli_journal, slo

SHORTEST = timedelta(minutes=10)
_LONG_AGO = timedelta(days=30)  # an incident that began before and ended within is rarer than this


def burn_down_of(
    desk: Desk,
    connection: Connection,
    name: str,
    now: datetime,
    *,
    reader: Reader,
    over: timedelta | None = None,
) -> BurnDown:
    """The course of a budget ``over`` a time, its own window unless said, up to the last 10 s.

    Of private incidents only those that ``reader`` may see are marked. Raises `NotFound` and, for a
    time that is too short or too long, `Refused`.
    """
    objective = next((one for one in desk.objectives if one.slo == name), None)
    if objective is None:
        raise NotFound(f"There is no SLO called {name[:160]}.", instead="See warroom slo status.")
    until = FINE.start(FINE.number(now))
    wanted = grid(until, _fitting(objective, over))
    points = points_of(
        objective,
        wanted,
        before=_before(connection, objective, wanted.since),
        entering=slo.buckets(
            connection, objective.series, _fine_enough(objective, wanted), wanted.since, until
        ),
        leaving=_leaving(connection, objective, wanted),
    )
    about = _about(desk, connection, objective, wanted, reader)
    return BurnDown(objective, wanted, points, marks_of(objective, points, about, wanted))


def _fitting(objective: Objective, over: timedelta | None) -> timedelta:
    wanted = objective.window if over is None else over
    longest = slo.longest_past(objective.window)
    if SHORTEST <= wanted <= longest:
        return wanted
    raise Refused(
        f"{in_words(wanted)} cannot be drawn of {objective.slo}.",
        instead=f"Ask for {in_words(SHORTEST)} to {in_words(longest)}.",
    )


def _before(connection: Connection, objective: Objective, at: datetime) -> Counts:
    """What the window held that ended there."""
    if objective.calendar is not None:
        begin, _ = objective.calendar.window(at)
        return slo.since(connection, [objective.series], begin, at)[objective.series]
    return slo.counts(connection, [objective.series], objective.window, at)[objective.series]


def _fine_enough(objective: Objective, wanted: Grid) -> Tier:
    """The longest buckets that fit into a step, and between the windows of a calendar."""
    fitting = [one for one in sli_journal.TIERS if one.size <= wanted.step]
    begin, _ = span_of(objective, wanted.until)
    if objective.calendar is not None:
        fitting = [one for one in fitting if one.start(one.number(begin)) == begin]
    return fitting[-1]


def _leaving(
    connection: Connection, objective: Objective, wanted: Grid
) -> tuple[tuple[datetime, Counts], ...]:
    """What a rolling window loses meanwhile."""
    if objective.calendar is not None:
        return ()
    window, tier = objective.window, slo.tier_of(objective.window)
    first = tier.start(tier.number(wanted.since - timedelta(microseconds=1)) + 1) - window
    return slo.history(connection, objective.series, tier, first, wanted.until - window)


def _about(
    desk: Desk, connection: Connection, objective: Objective, wanted: Grid, reader: Reader
) -> Iterable[Incident]:
    """Real incidents of its service, or opened by it, each outage once."""
    seen = {
        one.number: one
        for one in (
            *incidents.between(connection, wanted.since - _LONG_AGO, wanted.until, reader),
            *incidents.open_ones(connection, reader),
        )
    }
    return [
        one
        for one in seen.values()
        if not one.is_drill
        and one.merged_into is None
        and one.status is not Status.CANCELLED
        and (
            one.facts.get("slo") == objective.slo
            or objective.service in {desk.catalog.canonical(name) or name for name in one.services}
        )
    ]
