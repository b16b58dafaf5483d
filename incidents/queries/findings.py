"""What a decision tree can find out from the record itself, and how findings are kept."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.incident import Incident
from incidents.model.triage_facts import (
    SOURCES,
    Check,
    CheckKind,
    Fact,
    Finding,
    Unknown,
    parse_duration,
    words,
)
from incidents.queries import slo as budgets
from incidents.queries.suspects import suspects_of
from incidents.store import changes

_HOUR = timedelta(hours=1)


def look_up(
    desk: Desk, connection: Connection, incident: Incident, check: Check, now: datetime
) -> Finding:
    """What the error budgets or the list of changes say about an incident's services."""
    window = parse_duration(check.param("window", "1h")) or _HOUR
    if check.kind is CheckKind.CHANGES:
        if check.reads == "changes.suspect.gap":
            return _likeliest(desk, connection, incident, now)
        return _changes(connection, incident, check, now - window, now)
    return _slo(desk, connection, incident, check, window, now)


def to_json(finding: Finding) -> dict[str, Any]:
    """A finding as plain JSON; a duration becomes seconds under a name of its own."""
    if isinstance(finding.value, Unknown):
        return {"unknown": finding.value.reason, "detail": finding.detail}
    if isinstance(finding.value, timedelta):
        return {"seconds": finding.value.total_seconds(), "detail": finding.detail}
    return {"value": finding.value, "detail": finding.detail}


def from_json(kept: dict[str, Any]) -> Finding:
    """The inverse of `to_json`."""
    detail = str(kept.get("detail", ""))
    if "unknown" in kept:
        return Finding(Unknown(str(kept["unknown"])), detail)
    if "seconds" in kept:
        return Finding(timedelta(seconds=float(kept["seconds"])), detail)
    return Finding(kept["value"], detail)


def in_words(fact: Fact, finding: Finding) -> str:
    """``the burn rate is 14.4``, or why nobody can tell."""
    says = SOURCES[fact.check.reads].says
    if isinstance(finding.value, Unknown):
        return f"{says} is not known: {finding.value.reason}"
    detail = f" ({finding.detail})" if finding.detail else ""
    return f"{says} is {words(finding.value, fact.type)}{detail}"


def _changes(
    connection: Connection, incident: Incident, check: Check, since: datetime, now: datetime
) -> Finding:
    if not incident.services:
        return Finding(Unknown("the incident names no service"))
    if check.reads == "changes.count":
        return Finding(float(changes.count_since(connection, incident.services, since)))
    latest = changes.latest(connection, incident.services)
    if latest is None:
        return Finding(Unknown("no change of the affected services is recorded"))
    return Finding(now - latest.made_at, f"{latest.service}: {latest.title.raw}")


def _likeliest(desk: Desk, connection: Connection, incident: Incident, now: datetime) -> Finding:
    """Of the changes on its services and on what they need, the one to look at first."""
    found = suspects_of(desk, connection, incident, now)
    if not found:
        return Finding(Unknown("nothing near was changed in the day before"))
    change = found[0].change
    gap = max(incident.started_at - change.made_at, timedelta(0))
    return Finding(gap, f"{change.service}: {change.title.raw}")


def _slo(
    desk: Desk,
    connection: Connection,
    incident: Incident,
    check: Check,
    window: timedelta,
    now: datetime,
) -> Finding:
    worst = budgets.worst_reading(desk, connection, incident, window, now)
    if worst is None:
        return Finding(Unknown("no SLO of the affected services has data"))
    if check.reads == "slo.budget.remaining":
        return Finding(worst.remaining, worst.slo)
    if check.reads == "slo.burn":
        return Finding(worst.burn, worst.slo)
    return Finding(worst.error_ratio, worst.slo)
