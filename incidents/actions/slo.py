"""Watch the budgets of services: the tick that opens rooms by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from incidents.actions.adjusting import adjusted, said_so, set_apart
from incidents.actions.burning import Before, Look, Outcome, before_of, plan_for, settle
from incidents.actions.desk import Desk
from incidents.actions.exclusions import keep_up
from incidents.actions.surrounding import surrounded
from incidents.actions.watching import Watch, catch_up, renew
from incidents.errors import WarroomError
from incidents.failpoints import reach
from incidents.model.budget import NOTICES
from incidents.model.budget_policy import policy_of
from incidents.model.burn import Loudness, guarded, judge, recent
from incidents.model.coverage import freeze
from incidents.model.episode import TICKET_AGAIN, Episode
from incidents.model.guards import FIRST
from incidents.model.objective import NOTHING, SLOName
from incidents.model.spending import budget_of, counted
from incidents.queries.counting import budgets_at, failed_over
from incidents.queries.guarding import second_look
from incidents.queries.windows import surroundings, zone_of
from incidents.store import episodes, exclusions, slo, windows

_LOWEST_TIER = 3  # of a service that nobody described


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a tick came to. ``frozen`` are SLOs with something at stake and too little data."""

    watermark: datetime
    judged: int
    outcomes: tuple[Outcome, ...]
    frozen: tuple[SLOName, ...]


def evaluate(desk: Desk, watching: Watch, now: datetime) -> Evaluated:
    """One tick: count what is new, judge every SLO, and act on what changed.

    Any number of processes may do this at once: what is open is decided in the database. It bears
    being called too often, too late, and after being killed half-way. An SLO that cannot be
    settled does not stop the others: raises ExceptionGroup once all had their turn.
    """
    keep_up(desk, now)
    with watching.lock:
        with desk.look() as connection:
            is_whole = catch_up(connection, watching, now)
        if not is_whole:
            renew(desk, watching, now)
        reach("slo.counted")
        with desk.look() as connection:
            looks, before = _looks(desk, watching, connection)
    reach("slo.judged")
    outcomes: list[Outcome] = []
    frozen: list[SLOName] = []
    failed: list[Exception] = []
    zone = zone_of(desk)
    for look in looks:
        if look.freeze.rules:
            frozen.append(look.slo)
        if not look.freeze.is_stale and not plan_for(look, before[look.slo], zone).is_idle:
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


def _looks(
    desk: Desk, watching: Watch, connection: Connection
) -> tuple[list[Look], dict[SLOName, Before]]:
    """Every SLO where something may have changed, exactly; and what was said of it."""
    running, standing = episodes.running(connection), _standing(watching, connection)
    mutes, nearby = (
        windows.mutes(connection),
        surroundings(desk, connection, watching.rings.watermark),
    )
    away = set_apart(connection, watching)
    at_stake = running.keys() | mutes.keys() | away.keys()
    names = watching.sieve.worth_a_look(watching.rings, at_stake, standing, nearby.keenest)
    before = _what_was_said(watching, connection, names, running, standing)
    before = {name: replace(one, mute=mutes.get(name)) for name, one in before.items()}
    looks = adjusted(connection, [_look(desk, watching, name) for name in names], away)
    looks = [_again(connection, look) for look in looks]
    looks = _guarded(connection, looks)
    return said_so(surrounded(desk, connection, looks, nearby), away), before


def _guarded(connection: Connection, looks: Sequence[Look]) -> list[Look]:
    """Slices that would be told of are looked at again, with the failures they are made of."""
    loud = [one for one in looks if one.objective.slicing is not None and _may_be_told(one)]
    if not loud:
        return list(looks)
    until = loud[0].figures.watermark
    failures: dict[SLOName, dict[timedelta, int]] = {one.slo: {} for one in loud}
    for window in {window for one in loud for window in guarded(one.objective)}:
        these = [one.objective for one in loud if window in guarded(one.objective)]
        for name, bad in failed_over(connection, these, window, until).items():
            failures[name][window] = bad
    events = [replace(one.objective, slicing=None) for one in loud]
    whole = budgets_at(connection, events, until)
    return [
        _anew(one, failures[one.slo], whole[one.slo].counts.bad) if one.slo in failures else one
        for one in looks
    ]


def _again(connection: Connection, look: Look) -> Look:
    """Whether what burns has burnt for long enough, and is no more than usual."""
    objective, until = look.objective, look.figures.watermark
    found = second_look(connection, objective, look.figures.counts, look.budget.counts, until)
    if found == FIRST:
        return look
    look = replace(look, second=found)
    verdict = judge(
        look.figures.counts,
        look.rules,
        budget=objective.budget,
        min_failures=0 if objective.slicing else objective.min_failures,
        guard=found.guard,
    )
    return replace(look, verdict=verdict)


def _may_be_told(look: Look) -> bool:
    is_spent = look.budget.consumed >= Fraction(NOTICES[0], 100)
    return look.verdict.loudness is Loudness.PAGE or is_spent


def _anew(look: Look, failures: Mapping[timedelta, int], in_all: int) -> Look:
    objective = look.objective
    verdict = judge(
        look.figures.counts,
        look.rules,
        budget=objective.budget,
        min_failures=objective.min_failures,
        failures=failures,
        guard=look.second.guard,
    )
    return replace(look, verdict=verdict, failures=in_all)


def _standing(watching: Watch, connection: Connection) -> dict[SLOName, tuple[int, ...]]:
    """The notices that stand, of the promises that are made now."""
    return {
        name: notices[generation]
        for name, notices in episodes.notices(connection).items()
        if name in watching.objectives and (generation := watching.generation(name)) in notices
    }


def _what_was_said(
    watching: Watch,
    connection: Connection,
    names: Sequence[SLOName],
    running: Mapping[SLOName, Episode],
    standing: Mapping[SLOName, tuple[int, ...]],
) -> dict[SLOName, Before]:
    """What is known beyond their counts of those that are looked at."""
    if not names:
        return {}
    lately = episodes.closed_since(connection, watching.rings.watermark - TICKET_AGAIN)
    return {
        name: before_of(connection, running.get(name), standing.get(name, ()), lately.get(name))
        for name in names
    }


def tidy(desk: Desk, now: datetime) -> int:
    """Drop counts that no question needs any more. How many rows there were."""
    with desk.store.write() as connection:
        return slo.forget(connection, now, exclusions.is_edge)


def _look(desk: Desk, watching: Watch, name: SLOName) -> Look:
    objective, rings = watching.objectives[name], watching.rings
    rules = watching.sieve.rules(name)
    windows = {window for rule in rules for window in (rule.long, rule.short)}
    windows.add(recent(objective))
    if objective.calendar is None:
        windows.add(objective.window)
    figures = rings.figures(objective.series, windows)
    counts = {
        window: counted(objective, held, figures.watermark - window, figures.watermark)
        for window, held in figures.counts.items()
    }
    held = freeze(
        rules,
        rings.reports(objective.series),
        figures.latest,
        figures.watermark,
        watching.anew.get(name),
    )
    verdict = judge(
        counts,
        tuple(rule for rule in rules if rule not in held.rules),
        budget=objective.budget,
        min_failures=0 if objective.slicing else objective.min_failures,
    )
    service = desk.catalog.service(objective.service)
    tier = objective.tier or (service.tier if service else _LOWEST_TIER)
    whole = figures.counts.get(objective.window, NOTHING)
    if objective.calendar is not None:
        whole = rings.since(objective.calendar, objective.series)
    budget = budget_of(objective, whole, figures.watermark)
    return Look(
        objective,
        replace(figures, counts=counts),
        verdict,
        budget,
        tier,
        policy=policy_of(desk.catalog.settings.budget_policies, objective),
        freeze=held,
        lease=watching.lease(name),
    )
