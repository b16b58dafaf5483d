"""The changes before an incident, from the record: on what fails and on what that needs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.ids import ServiceName
from incidents.model.incident import Incident
from incidents.model.objective import Objective
from incidents.model.suspects import LOOK_BACK, SLACK, Burned, Candidate, Suspect, rank
from incidents.queries.counting import budgets_at
from incidents.store import changes, slo
from incidents.store.changes import Change

_MOST = 200  # changes looked at: a large organisation ships all day
_WEIGHED = 10  # of which it is asked what burned since


def suspects_of(
    desk: Desk, connection: Connection, incident: Incident, now: datetime
) -> tuple[Suspect, ...]:
    """What changed on its services, and on what they need, in the day before it began."""
    near = around(desk, incident.services)
    since, onset = incident.started_at - LOOK_BACK, incident.started_at
    found = [
        one
        for one in changes.since(connection, sorted(near), since, limit=_MOST)
        if one.made_at <= onset + SLACK
    ]
    last = changes.before(connection, sorted({one.service for one in found}), since)
    ranked = rank(_candidates(found, near, last), onset)
    objectives = _objectives(desk, incident)
    weighed = [
        replace(one.change, burned=_burned(connection, objectives, one.change.made_at, now))
        for one in ranked[:_WEIGHED]
    ]
    return rank([*weighed, *(one.change for one in ranked[_WEIGHED:])], onset)


def around(desk: Desk, services: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Each of the services and what they need: how many steps away, and from which of them."""
    names = [desk.catalog.canonical(name) or name for name in services]
    found: dict[str, tuple[int, str]] = dict.fromkeys(names, (0, ""))
    for name in names:
        for other, steps in desk.catalog.services.needed_by(ServiceName(name)).items():
            if other not in found or steps < found[other][0]:
                found[other] = (steps, name)
    return found


def _candidates(
    found: Iterable[Change],
    near: Mapping[str, tuple[int, str]],
    last: Mapping[str, datetime],
) -> list[Candidate]:
    before = dict(last)
    candidates = []
    for one in sorted(found, key=lambda each: each.made_at):
        earlier = before.get(one.service)
        before[one.service] = one.made_at
        steps, needed_by = near[one.service]
        candidates.append(
            Candidate(
                service=one.service,
                title=one.title,
                made_at=one.made_at,
                made_by=one.made_by,
                url=one.url,
                steps=steps,
                needed_by=needed_by,
                is_push=one.source == "github" and one.key.startswith("push/"),
                quiet_for=None if earlier is None else one.made_at - earlier,
            )
        )
    return candidates


def _objectives(desk: Desk, incident: Incident) -> tuple[Objective, ...]:
    opened_by = incident.facts.get("slo")
    services = {desk.catalog.canonical(name) or name for name in incident.services}
    own = tuple(one for one in desk.objectives if one.slo == opened_by)
    return own or tuple(one for one in desk.objectives if one.service in services)


def _burned(
    connection: Connection, objectives: Iterable[Objective], at: datetime, now: datetime
) -> Burned | None:
    """Of the budget that lost most since; None without any failures since."""
    found: list[Burned] = []
    budgets = budgets_at(connection, objectives, now)
    for one in objectives:
        whole = budgets[one.slo]
        since, before = (
            slo.counts_between(connection, [one.series], begin, end, now=now)[one.series].bad
            for begin, end in ((at, now), (at - (now - at), at))
        )
        if since:
            found.append(Burned(one.slo, whole.spent_by(since), whole.spent_by(before)))
    return max(found, key=lambda one: one.since, default=None)
