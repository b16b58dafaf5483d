"""Watch the budgets of services: the tick that opens rooms by itself."""

import threading
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction

import numpy as np
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from incidents.actions.burning import Before, Look, Outcome, before_of, plan_for, settle
from incidents.actions.desk import Desk
from incidents.actions.samples import sliced_of
from incidents.errors import WarroomError
from incidents.model.budget import NOTICES
from incidents.model.burn import Loudness, Rule, guarded, judge, may_fire, recent, rules_of
from incidents.model.calendar_window import Calendar
from incidents.model.episode import TICKET_AGAIN, is_fresh
from incidents.model.objective import NOTHING, Objective, SLOName
from incidents.model.rolling import FINE, Int64s, Rings, Sample
from incidents.model.spending import budget_of, counted, passed_of
from incidents.queries.counting import budgets_at
from incidents.store import episodes, slo
from incidents.store.slo_slices import Sliced

_LOWEST_TIER = 3  # of a service that nobody described
_FIRST_NOTICE = NOTICES[0] / 100 * (1 - 1e-9)  # erring on looking; the exact figures decide

_Group = tuple[timedelta | Calendar, tuple[Rule, ...]]


@dataclass(slots=True)
class Watch:
    """The rings of one process, and how far it has followed the journal. One thread at a time.

    ``groups`` are the objectives that share window and rules, which are looked at in one pass.
    """

    rings: Rings
    objectives: Mapping[SLOName, Objective]
    groups: Mapping[_Group, tuple[Objective, ...]]
    position: int
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a tick came to. ``frozen`` are SLOs with something at stake and no recent data."""

    watermark: datetime
    judged: int
    outcomes: tuple[Outcome, ...]
    frozen: tuple[SLOName, ...]


def watch(desk: Desk, now: datetime) -> Watch:
    """Rings for the desk's objectives as of ``now``, filled from the record."""
    groups: dict[_Group, list[Objective]] = {}
    windows: set[timedelta] = set()
    by_calendar: dict[Calendar, list[SLOName]] = {}
    for objective in desk.objectives:
        rules = rules_of(objective)
        groups.setdefault((objective.calendar or objective.window, rules.apply), []).append(
            objective
        )
        windows |= rules.windows | {recent(objective)}
        if objective.calendar is None:
            windows.add(objective.window)
        else:
            by_calendar.setdefault(objective.calendar, []).append(objective.series)
    sliced = sliced_of(desk.objectives)
    _judge_the_past(desk, sliced, now)
    rings = Rings(
        [objective.series for objective in desk.objectives],
        windows,
        now,
        by_calendar=by_calendar,
        heard={name: series for name, (series, _) in sliced.items()},
    )
    with desk.look() as connection:
        position = slo.fill(connection, rings)
    return Watch(
        rings=rings,
        objectives={objective.slo: objective for objective in desk.objectives},
        groups={shared: tuple(some) for shared, some in groups.items()},
        position=position,
    )


def _judge_the_past(desk: Desk, sliced: Sliced, now: datetime) -> None:
    """Slices that are newly promised do not begin with nothing: their events were kept."""
    with desk.look() as connection:
        new = slo.unsliced(connection, sliced)
    for name in sorted(new):
        with desk.store.write() as connection:
            slo.hold(connection)
            slo.slice_past(connection, name, sliced, now)


def evaluate(desk: Desk, watching: Watch, now: datetime) -> Evaluated:
    """One tick: count what is new, judge every SLO, and act on what changed.

    Any number of processes may do this at once: what is open is decided in the database. It bears
    being called too often, too late, and after being killed half-way. An SLO that cannot be
    settled does not stop the others: raises ExceptionGroup once all had their turn.
    """
    with watching.lock:
        _catch_up(desk, watching, now)
        with desk.look() as connection:
            before = _what_was_said(watching, connection)
        looks = [_look(desk, watching, name) for name in _worth_a_look(watching, before.keys())]
    with desk.look() as connection:
        looks = _guarded(connection, looks)
    outcomes: list[Outcome] = []
    frozen: list[SLOName] = []
    failed: list[Exception] = []
    for look in looks:
        if not is_fresh(look.figures):
            frozen.append(look.slo)
        elif not plan_for(look, before.get(look.slo, Before())).is_idle:
            try:
                outcome = settle(desk, look, now)
            except (WarroomError, SQLAlchemyError) as error:
                error.add_note(f"while settling {look.slo}")
                failed.append(error)
            else:
                outcomes += [outcome] if outcome else []
    if failed:
        raise ExceptionGroup("some budgets could not be settled; the next tick tries again", failed)
    return Evaluated(watching.rings.watermark, len(looks), tuple(outcomes), tuple(frozen))


def _guarded(connection: Connection, looks: Sequence[Look]) -> list[Look]:
    """Slices that would be told of are looked at again, with the failures they are made of."""
    loud = [one for one in looks if one.objective.slicing is not None and _may_be_told(one)]
    if not loud:
        return list(looks)
    until = loud[0].figures.watermark
    failures: dict[SLOName, dict[timedelta, int]] = {one.slo: {} for one in loud}
    for window in {window for one in loud for window in guarded(one.objective)}:
        these = [one.slo for one in loud if window in guarded(one.objective)]
        for name, counts in slo.counts(connection, these, window, until).items():
            failures[name][window] = counts.bad
    events = [replace(one.objective, slicing=None) for one in loud]
    whole = budgets_at(connection, events, until)
    return [
        _anew(one, failures[one.slo], whole[one.slo].counts.bad) if one.slo in failures else one
        for one in looks
    ]


def _may_be_told(look: Look) -> bool:
    is_spent = look.budget.consumed >= Fraction(NOTICES[0], 100)
    return look.verdict.loudness is Loudness.PAGE or is_spent


def _anew(look: Look, failures: Mapping[timedelta, int], in_all: int) -> Look:
    objective = look.objective
    verdict = judge(
        look.figures.counts,
        rules_of(objective).apply,
        budget=objective.budget,
        min_failures=objective.min_failures,
        failures=failures,
    )
    return replace(look, verdict=verdict, failures=in_all)


def _what_was_said(watching: Watch, connection: Connection) -> dict[SLOName, Before]:
    """Every SLO that something is known of beyond its counts."""
    running = episodes.running(connection)
    standing = episodes.notices(connection)
    lately = episodes.closed_since(connection, watching.rings.watermark - TICKET_AGAIN)
    names = running.keys() | standing.keys() | lately.keys()
    return {
        name: before_of(
            connection,
            running.get(name),
            standing.get(name, {}).get(watching.objectives[name].generation, ()),
            lately.get(name),
        )
        for name in names
        if name in watching.objectives
    }


def tidy(desk: Desk, now: datetime) -> int:
    """Drop counts that no question needs any more. How many rows there were."""
    with desk.store.write() as connection:
        return slo.forget(connection, now)


def _catch_up(desk: Desk, watching: Watch, now: datetime) -> None:
    """Follow the journal to its end; rebuild if part of it is gone."""
    watching.rings.advance(now)
    while True:
        with desk.look() as connection:
            found = slo.follow(connection, watching.position)
        if not found.is_whole:
            again = watch(desk, now)
            watching.rings, watching.position = again.rings, again.position
            return
        if not found.samples:
            return
        _count(watching.rings, found.samples)
        watching.position = found.position


def _count(rings: Rings, samples: Sequence[Sample]) -> None:
    """What the record took is never refused here, or the two would differ."""
    newest = {one.slo: FINE.number(one.at) for one in samples if one.slo in rings.heard}
    rings.hear(newest)
    rows = [
        (rings.column[one.slo], FINE.number(one.at), one.good, one.bad)
        for one in samples
        if one.slo in rings.column
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    rings.add_arrays(table[0], table[1], table[2:])


def _worth_a_look(watching: Watch, at_stake: AbstractSet[SLOName]) -> tuple[SLOName, ...]:
    """SLOs where something may have changed: all others are settled in one vectorised pass."""
    rings = watching.rings
    found = {name for name in at_stake if name in watching.objectives}
    for (span, rules), objectives in watching.groups.items():
        columns = [rings.column[objective.series] for objective in objectives]
        budgets = np.array([float(objective.budget) for objective in objectives])
        bad, total = {}, {}
        for window in {window for rule in rules for window in (rule.long, rule.short)}:
            good, failed = rings.sums(window)
            bad[window] = failed[columns]
            total[window] = (good + failed)[columns]
        good, failed = _spent(rings, span)
        passed = float(passed_of(span, rings.watermark))
        spent = failed[columns]
        notice = spent * passed >= _FIRST_NOTICE * budgets * (good[columns] + spent)
        hits = may_fire(bad, total, rules, budgets) | (notice & (spent > 0))
        found |= {objectives[place].slo for place in np.flatnonzero(hits)}
    return tuple(sorted(found))


def _spent(rings: Rings, span: timedelta | Calendar) -> tuple[Int64s, Int64s]:
    """Good and bad over the window of a budget, of every SLO."""
    return rings.sums_since(span) if isinstance(span, Calendar) else rings.sums(span)


def _look(desk: Desk, watching: Watch, name: SLOName) -> Look:
    objective, rings = watching.objectives[name], watching.rings
    windows = rules_of(objective).windows | {recent(objective)}
    if objective.calendar is None:
        windows |= {objective.window}
    figures = rings.figures(objective.series, windows, history=recent(objective))
    counts = {
        window: counted(objective, held, figures.watermark - window, figures.watermark)
        for window, held in figures.counts.items()
    }
    verdict = judge(
        counts,
        rules_of(objective).apply,
        budget=objective.budget,
        min_failures=0 if objective.slicing else objective.min_failures,
    )
    service = desk.catalog.service(objective.service)
    tier = objective.tier or (service.tier if service else _LOWEST_TIER)
    whole = figures.counts.get(objective.window, NOTHING)
    if objective.calendar is not None:
        whole = rings.since(objective.calendar, objective.series)
    budget = budget_of(objective, whole, figures.watermark)
    return Look(objective, replace(figures, counts=counts), verdict, budget, tier)
