"""A second look at what burns: for how long, by how much traffic, and how it is in other weeks."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import accumulate

from sqlalchemy import Connection

from incidents.model.burn import Loudness, Rule, rules_of
from incidents.model.guards import (
    FIRST,
    Second,
    as_in_other_weeks,
    needs_a_second_look,
    too_quiet,
)
from incidents.model.objective import NOTHING, Counts, Objective
from incidents.model.rolling import FINE, MIDDLE, Tier
from incidents.model.spending import counted, span_of
from incidents.store import slo


def second_look(
    connection: Connection,
    objective: Objective,
    counts: Mapping[timedelta, Counts],
    whole: Counts,
    until: datetime,
) -> Second:
    """What is known of the rules that burn in ``counts``; ``whole`` are those of the budget."""
    if not needs_a_second_look(objective):
        return FIRST
    waiting: dict[Rule, timedelta] = {}
    lowered: dict[Rule, str] = {}
    begin, _ = span_of(objective, until)
    for rule in rules_of(objective).apply:
        if not rule.burns(counts, objective.budget):
            continue
        held = _held(connection, objective, rule, until) if rule.after else rule.after
        if held < rule.after:
            waiting[rule] = held
            continue
        if rule.loudness is not Loudness.PAGE:
            continue
        why = ""
        if objective.weighs_traffic:
            lately = counts[rule.long]
            why = too_quiet(rule, lately, whole, until - begin, budget=objective.budget)
        if objective.knows_seasons and not why:
            why = as_in_other_weeks(rule, _past(connection, objective, until))
        if why:
            lowered[rule] = why
    return Second(waiting, lowered)


def _past(
    connection: Connection, objective: Objective, until: datetime
) -> Callable[[timedelta, timedelta], Counts]:
    """Counts over a window that ended some time ago."""
    name = objective.series

    def held(ago: timedelta, window: timedelta) -> Counts:
        if not ago:
            return slo.counts(connection, [name], window, until)[name]
        # Detail of more than three days ago is gone: both ends are off by up to five minutes.
        end = MIDDLE.start(MIDDLE.number(until - ago))
        return slo.sums(connection, [name], MIDDLE, end - window, end).get(name, NOTHING)

    return held


def _held(connection: Connection, objective: Objective, rule: Rule, until: datetime) -> timedelta:
    """For how long both windows have burnt without a pause; no longer than it has to be.

    Asked of the record and not remembered, so that a restart does not begin anew.
    """
    tier = FINE if rule.long <= FINE.span else MIDDLE
    last = tier.start(tier.number(until))
    steps = -(-rule.after // tier.size)
    sums = _sums(connection, objective, tier, last - rule.long - tier.size * steps, last)
    end = len(sums) - 1
    for back in range(steps + 1):
        moment = last - tier.size * back
        over = {
            window: counted(
                objective,
                _between(sums, end - back - window // tier.size, end - back),
                moment - window,
                moment,
            )
            for window in (rule.long, rule.short)
        }
        if not rule.burns(over, objective.budget):
            return max(tier.size * (back - 1), timedelta(0))
    return rule.after


def _sums(
    connection: Connection, objective: Objective, tier: Tier, since: datetime, until: datetime
) -> list[Counts]:
    """Everything before each bucket, from ``since`` on."""
    kept = dict(slo.history(connection, objective.series, tier, since, until))
    buckets = (
        kept.get(since + tier.size * place, NOTHING)
        for place in range((until - since) // tier.size)
    )
    return list(accumulate(buckets, initial=NOTHING))


def _between(sums: list[Counts], begin: int, end: int) -> Counts:
    return Counts(sums[end].good - sums[begin].good, sums[end].bad - sums[begin].bad)
