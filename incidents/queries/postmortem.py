"""Everything a postmortem is made of, read in one consistent look."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.errors import NotFound
from incidents.model import ids
from incidents.model.commands import to_type
from incidents.model.fields import FACT, FieldType, shown
from incidents.model.followups import ActionItem
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.postmortem import Held, Postmortem, Spent, Told, may_name
from incidents.model.text import clean
from incidents.model.timeline import EVIDENCE, Entry, Kind
from incidents.queries.slo import spent_by
from incidents.store import action_items, incidents, people, postmortems, roles, timeline, updates
from incidents.store.types import to_micros

_UNTOLD = EVIDENCE | {Kind.POSTMORTEM_EXPORTED}


def postmortem_of(
    desk: Desk, connection: Connection, number: IncidentNumber, now: datetime
) -> Postmortem:
    """The postmortem of an incident as the record has it, begun or not. Raises `NotFound`.

    ``now`` only matters while the incident lasts: its budgets are then those of the moment.
    """
    incident = incidents.get(connection, number)
    if incident is None:
        raise NotFound(
            f"There is no {ids.key(number)}.", instead=f"See what there is with {to_type('list')}."
        )
    draft = postmortems.get(connection, number)
    written = draft.sections if draft else {}
    entries = tuple(
        entry for entry in timeline.entries(connection, number) if entry.kind not in _UNTOLD
    )
    held, told = _roles(connection, number), _updates(connection, number)
    items = _by_date(action_items.of(connection, number))
    fields = shown(desk.catalog.settings.fields, incident.facts.get(FACT, {}))
    named = {
        *may_name(entries),
        *(value for field, value in fields if field.type is FieldType.USER),
        *(one.person for one in held),
        *(one.sent_by for one in told),
        *(one.owner for one in items),
        *((draft.owner,) if draft else ()),
    }
    return Postmortem(
        incident=incident,
        state=draft.state if draft else "not started",
        owner=draft.owner if draft else None,
        people=people.several(connection, named),
        entries=entries,
        roles=held,
        updates=told,
        actions=items,
        spent=costs_of(desk, connection, incident, entries, now),
        sections={name: clean(text) for name, text in sorted(written.items())},
        fields=fields,
    )


def costs_of(
    desk: Desk,
    connection: Connection,
    incident: Incident,
    entries: Iterable[Entry],
    now: datetime,
) -> tuple[Spent, ...]:
    """What the incident took from error budgets: as the record keeps it, else as counted now.

    Samples are only kept in detail for hours; what was counted while they were there stays true.
    """
    kept = kept_costs(incident, entries)
    return spent_by(desk, connection, incident, now) if kept is None else kept


def kept_costs(incident: Incident, entries: Iterable[Entry]) -> tuple[Spent, ...] | None:
    """The costs on the record for this very span of impact; None if there are none."""
    key = costs_key(incident)
    found = [entry.body for entry in entries if entry.source_key == key]
    return tuple(_spent(one) for one in found[-1]["costs"]) if found else None


def costs_key(incident: Incident) -> str:
    """Names the costs of one span of impact: another start or end has other costs."""
    end = to_micros(incident.resolved_at) if incident.resolved_at else "open"
    return f"costs/{to_micros(incident.started_at)}/{end}"


def as_kept(spent: Spent) -> dict[str, Any]:
    """As plain JSON, without losing a digit."""
    return {
        "slo": spent.slo,
        "target": str(spent.target),
        "window_seconds": int(spent.window.total_seconds()),
        "before": None if spent.before is None else str(spent.before),
        "after": None if spent.after is None else str(spent.after),
        "spent": str(spent.spent),
        "bad": spent.bad,
        "over": spent.over,
        "counted": spent.counted,
        "history": [[at.isoformat(), str(left)] for at, left in spent.history],
    }


def _spent(kept: dict[str, Any]) -> Spent:
    return Spent(
        slo=kept["slo"],
        target=Fraction(kept["target"]),
        window=timedelta(seconds=kept["window_seconds"]),
        before=None if kept["before"] is None else Fraction(kept["before"]),
        after=None if kept["after"] is None else Fraction(kept["after"]),
        spent=Fraction(kept["spent"]),
        bad=kept["bad"],
        history=tuple((datetime.fromisoformat(at), Fraction(x)) for at, x in kept["history"]),
        over=kept.get("over", ""),
        counted=kept.get("counted", "Failed events"),
    )


def _roles(connection: Connection, number: IncidentNumber) -> tuple[Held, ...]:
    return tuple(
        Held(one.role, one.person, one.state, one.offered_at, one.held_at, one.ended_at)
        for one in roles.history(connection, number)
    )


def _updates(connection: Connection, number: IncidentNumber) -> tuple[Told, ...]:
    return tuple(
        Told(one.audience, one.text, one.sent_at, one.sent_by, one.was_due_at)
        for one in updates.of(connection, number)
    )


def _by_date(items: Iterable[ActionItem]) -> tuple[ActionItem, ...]:
    """The soonest due first; without a date last."""
    return tuple(
        sorted(
            items,
            key=lambda one: (one.due_at is None, one.due_at or one.created_at, one.number),
        )
    )
