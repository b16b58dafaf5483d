"""What a tick finds, without what does not count: such budgets are judged from the record.

The rings know of no exclusion. Those few SLOs of which something is excluded are counted anew from
the buckets, from which the rings were filled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.burning import Look
from incidents.actions.watching import Watch
from incidents.model.budget import Budget
from incidents.model.burn import judge, rules_of
from incidents.model.exclusions import length_of
from incidents.model.objective import Counts, Objective, SLOName, in_words
from incidents.model.spans import Span
from incidents.model.spending import span_of
from incidents.queries.counting import Excluded, budgets_at, counts_over, excluded_of
from incidents.store import exclusions

_LONGEST = timedelta(days=366)


def set_apart(connection: Connection, watching: Watch) -> Excluded:
    """What of the window of each budget does not count, of those of which that is anything."""
    until = watching.rings.watermark
    standing = exclusions.standing(connection, until - _LONGEST, until)
    if not standing:
        return {}
    found: dict[SLOName, tuple[Span, ...]] = {}
    for one in watching.objectives.values():
        spans = excluded_of(one, standing, span_of(one, until)[0], until)
        if spans:
            found[one.slo] = spans
    return found


def adjusted(connection: Connection, looks: Sequence[Look], away: Excluded) -> list[Look]:
    """The looks; of SLOs of which something is excluded, by what is left, which they say."""
    apart = [one for one in looks if one.slo in away]
    if not apart:
        return list(looks)
    until = apart[0].figures.watermark
    objectives = [one.objective for one in apart]
    whole = budgets_at(connection, objectives, until)
    counts = _counts(connection, apart, until)
    return [
        _adjusted(one, counts[one.slo], whole[one.slo]) if one.slo in away else one for one in looks
    ]


def _counts(
    connection: Connection, looks: Sequence[Look], until: datetime
) -> Mapping[SLOName, dict[timedelta, Counts]]:
    wanted: dict[timedelta, list[Objective]] = {}
    for one in looks:
        for window in one.figures.counts:
            wanted.setdefault(window, []).append(one.objective)
    found: dict[SLOName, dict[timedelta, Counts]] = {one.slo: {} for one in looks}
    for window, some in wanted.items():
        for name, counts in counts_over(connection, some, window, until).items():
            found[name][window] = counts
    return found


def said_so(looks: Sequence[Look], away: Excluded) -> list[Look]:
    """The looks; those that fire say what they were judged without."""
    found: list[Look] = []
    for one in looks:
        verdict = one.verdict
        if one.slo in away and verdict.rule is not None:
            apart = f"without {in_words(length_of(away[one.slo]))} that do not count"
            verdict = replace(verdict, because=f"{verdict.because}, {apart}")
        found.append(replace(one, verdict=verdict))
    return found


def _adjusted(look: Look, counts: dict[timedelta, Counts], budget: Budget) -> Look:
    objective = look.objective
    verdict = judge(
        counts,
        rules_of(objective).apply,
        budget=objective.budget,
        min_failures=0 if objective.slicing else objective.min_failures,
    )
    figures = replace(look.figures, counts=counts)
    return replace(look, figures=figures, verdict=verdict, budget=budget)
