"""May a service be changed now? What its budgets, incidents and waivers say, and the rules."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model import calendar_forecast
from incidents.model.access import PUBLIC
from incidents.model.budget_policy import Act
from incidents.model.burn import recent
from incidents.model.forecast import recovers_in
from incidents.model.gate import (
    Gate,
    Ground,
    Reason,
    Rules,
    Verdict,
    decide,
    judge,
    of_budget,
    of_incident,
    of_needed,
    of_window,
)
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective
from incidents.model.rolling import FINE
from incidents.model.waiver import Waiver, covers, in_words
from incidents.model.workdays import say_moment
from incidents.queries.counting import budgets_at, counts_over
from incidents.queries.policies import rulings_of
from incidents.queries.slo import budgets_for, course_of
from incidents.queries.windows import standing_windows
from incidents.store import incidents, people, waivers


def gate_of(
    desk: Desk,
    connection: Connection,
    service: str,
    now: datetime,
    *,
    unknown: Verdict | None = None,
    change: str = "",
) -> Gate:
    """Every reason, and what they come to. Raises `NotFound` for a service nobody knows.

    ``unknown`` is what it means that nobody can tell, instead of what the settings say. ``change``
    is what shall go out: some waivers are for one only.
    """
    name = desk.catalog.find_service(service).name
    rules = desk.catalog.settings.gate.rules_for(name)
    reasons = [
        *_budgets(desk, connection, name, rules, now),
        *_policies(desk, connection, name, rules, now),
        *_incidents(desk, connection, name, rules),
        *(of_window(one, now) for one in standing_windows(desk, connection, [name], now)),
        *_waivers(connection, name, change, now),
    ]
    return decide(reasons, unknown or rules.unknown)


def _budgets(
    desk: Desk, connection: Connection, service: ServiceName, rules: Rules, now: datetime
) -> Iterator[Reason]:
    found = budgets_for(desk, connection, service, now)
    heard = [one for one in found if one.sli is not None]
    if not heard:
        words = "Nothing has been reported for {} yet." if found else "{} has no SLO."
        yield Reason(Verdict.UNKNOWN, Ground.SILENCE, words.format(service))
        return
    for one in found:
        if one.sli is None:  # its neighbours answer: a promise that is new does not stop everything
            says = f"{one.slo} has no data yet."
            yield Reason(Verdict.WARN, Ground.SILENCE, says, one.slo)
    objectives = {one.slo: one for one in desk.objectives}
    exact = budgets_at(connection, [objectives[one.slo] for one in heard], now)
    for one in sorted(heard, key=lambda each: (exact[each.slo].remaining, each.slo)):
        left = exact[one.slo].remaining
        _, mark = judge(left, rules)
        back = None if mark is None else back_above(connection, objectives[one.slo], mark, now)
        yield of_budget(one.slo, left, rules, back, is_silent=one.is_frozen)


def _policies(
    desk: Desk, connection: Connection, service: ServiceName, rules: Rules, now: datetime
) -> Iterator[Reason]:
    """What budget policies say beyond that an empty budget freezes, which the rules say already."""
    for one in rulings_of(desk, connection, service, now):
        if one.act is Act.FREEZE and 1 - one.consumed <= rules.frozen_at:
            continue
        approve = ": a waiver approves one" if one.act is Act.APPROVE else ""
        says = f"{one.slo}: {one.because}{approve}."
        yield Reason(Verdict.FROZEN, Ground.POLICY, says, one.slo)


def _incidents(
    desk: Desk, connection: Connection, service: ServiceName, rules: Rules
) -> Iterator[Reason]:
    """Open incidents that everybody may know of, drills apart, the worst first."""
    needed = desk.catalog.services.needed_by(service)
    found = [one for one in incidents.open_ones(connection, PUBLIC) if not one.is_drill]
    for one in sorted(found, key=lambda each: (each.severity.rank, each.number)):
        names = [desk.catalog.canonical(name) or name for name in one.services]
        if service in names:
            yield of_incident(one, service, rules)
            continue
        through = next((name for name in names if name in needed), None)
        if through is not None:
            yield of_needed(one, service, through, rules)


def _waivers(
    connection: Connection, service: ServiceName, change: str, now: datetime
) -> Iterator[Reason]:
    """What two people agreed to, that which ends last first."""
    found = [one for one in waivers.standing(connection, now, service) if covers(one, change, now)]
    if not found:
        return
    last = max(found, key=lambda one: (one.until, one.id))
    yield Reason(
        Verdict.GO, Ground.WAIVER, waived_words(connection, last, now), lasts=last.until - now
    )


def waived_words(connection: Connection, waiver: Waiver, now: datetime) -> str:
    """Who waived it, who approved it, until when and why."""
    who = (waiver.asked_by, waiver.decided_by or "")
    known = people.several(connection, who)
    names = [known[one].name if one in known else one for one in who]
    is_today = waiver.until.astimezone(UTC).date() == now.astimezone(UTC).date()
    until = f"{waiver.until:%H:%M} UTC" if is_today else say_moment(waiver.until, ZoneInfo("UTC"))
    return in_words(waiver, names[0], names[1], until)


def back_above(
    connection: Connection, objective: Objective, share: Fraction, now: datetime
) -> timedelta | None:
    """The time until more than ``share`` of the budget is left, if the last hour goes on.

    Exact, with what leaves the window; None if it never is. Of a calendar's window it is the time
    until the next one begins, at the latest.
    """
    until = FINE.start(FINE.number(now))
    lasted = recent(objective)
    lately = counts_over(connection, [objective], lasted, until)[objective.slo]
    if objective.calendar is None:
        return recovers_in(course_of(connection, objective, lately, until), back_to=share)
    whole = budgets_at(connection, [objective], until)[objective.slo]
    kept = replace(whole, share=whole.share * (1 - share))
    return calendar_forecast.back_in(calendar_forecast.Rest(kept, lately, lasted))
