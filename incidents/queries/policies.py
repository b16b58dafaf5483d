"""What budget policies say now: of a service that somebody wants to change, and of an incident."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.attribution import Stretch
from incidents.model.budget_policy import (
    FOUR_WEEKS,
    QUARTER,
    Owed,
    Ruling,
    class_name,
    policy_of,
    rulings,
)
from incidents.model.fields import FACT
from incidents.model.ids import ServiceName
from incidents.model.incident import Incident
from incidents.model.objective import Objective, SLOName
from incidents.model.postmortem import factors
from incidents.model.text import UserText
from incidents.queries.attribution import Outage, outages, taken, taken_by
from incidents.queries.counting import budgets_at
from incidents.store import postmortems, slo_spans

CLASS_FIELD = "class"  # of an organisation's own fields: the kind of outage, where it has one


def rulings_of(
    desk: Desk, connection: Connection, service: ServiceName, now: datetime
) -> tuple[Ruling, ...]:
    """What the policies say about changing a service, the emptiest budget first, with reasons."""
    policies = desk.catalog.settings.budget_policies
    mine = [one for one in desk.objectives if one.service == service]
    budgets = budgets_at(connection, mine, now)
    ordered = sorted(mine, key=lambda one: (budgets[one.slo].remaining, one.slo))
    return tuple(
        ruling
        for one in ordered
        for ruling in rulings(policy_of(policies, one), one, budgets[one.slo].consumed)
    )


def owed_by(
    desk: Desk, connection: Connection, incident: Incident, now: datetime
) -> tuple[Owed, ...]:
    """The budgets that an incident took too much of, the most first; nothing of a drill."""
    if incident.is_drill or not desk.objectives:
        return ()
    policies = desk.catalog.settings.budget_policies
    found: list[Owed] = []
    during = taken_by(desk, connection, incident, now)
    felt = [one for one in desk.objectives if one.slo in during and during[one.slo].bad]
    end = max(incident.resolved_at or now, incident.started_at)
    whole = budgets_at(connection, [lasting(one, FOUR_WEEKS) for one in felt], end)
    for one in felt:
        policy, share = policy_of(policies, one), whole[one.slo].spent_by(during[one.slo].bad)
        if policy.postmortem_over is not None and share > policy.postmortem_over:
            found.append(Owed(policy.name, one.slo, share, policy.postmortem_over))
    return tuple(sorted(found, key=lambda one: (-one.share, one.slo)))


def lasting(objective: Objective, window: timedelta) -> Objective:
    """The same promise, over another window that rolls along."""
    return replace(objective, window=window, calendar=None)


def classes_of(
    desk: Desk, connection: Connection, now: datetime
) -> Mapping[SLOName, Mapping[str, tuple[int, Incident]]]:
    """Per SLO, the failures that each kind of outage took in a quarter, and its last incident."""
    span = slo_spans.in_buckets(Stretch(now - QUARTER, now), now)
    kinds = {
        one.incident.number: (kind, one)
        for one in outages(desk, connection, span, now)
        if (kind := class_of(connection, one.incident))
    }
    found: dict[SLOName, dict[str, tuple[int, Incident]]] = {}
    if not kinds:
        return found
    classed = [one for _, one in kinds.values()]
    for name, shared in taken(
        connection, _about(desk.objectives, classed), classed, now, within=span
    ).items():
        of_slo = found.setdefault(name, {})
        for number, counts in shared.items():
            kind, outage = kinds[number]
            before, last = of_slo.get(kind, (0, outage.incident))
            newest = max(last, outage.incident, key=lambda one: one.number)
            of_slo[kind] = before + counts.bad, newest
    return found


def class_of(connection: Connection, incident: Incident) -> str:
    """The kind of outage, in the organisation's own field ``class``; empty if nobody said.

    Else what the first contributing factor of the postmortem begins with: "dependency: …".
    """
    own = str(incident.facts.get(FACT, {}).get(CLASS_FIELD, ""))
    if own:
        return class_name(own)
    draft = postmortems.get(connection, incident.number)
    written = UserText(draft.sections.get("factors", "")) if draft else UserText("")
    return next((one.kind for one in factors(written) if one.kind), "")


def _about(objectives: Iterable[Objective], found: list[Outage]) -> list[Objective]:
    return [one for one in objectives if any(outage.is_about(one) for outage in found)]
