"""The brief of a hand-over: what somebody has to know who takes command now, from the record."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.actions.triage import context_of
from incidents.model.incident import Incident
from incidents.model.roles import Role
from incidents.model.severity import MEANINGS
from incidents.model.timeline import Kind
from incidents.model.triage import fill
from incidents.model.triage_walk import Walk
from incidents.queries.card import Card, card_of
from incidents.store import timeline, walks

_NOTES = 3
_TOLD = frozenset({Kind.NOTE, Kind.MESSAGE})
_UNTOLD = frozenset(Kind) - _TOLD


def brief_of(
    desk: Desk, connection: Connection, incident: Incident, now: datetime
) -> dict[str, Any]:
    """What is known, open, promised and held, and where triage stands: plain JSON, ISO moments."""
    card = card_of(desk, connection, incident.number, now)
    if card is None:  # pragma: no cover (it is held by the transaction)
        return {}
    return {
        "known": _known(connection, card),
        "open": {
            "actions": [
                {
                    "number": one.number,
                    "title": one.title.raw,
                    "owner": one.owner,
                    "due_at": one.due_at.isoformat() if one.due_at else None,
                }
                for one in card.actions
                if one.state == "open"
            ],
            "failed": list(card.failed_steps),
        },
        "promised": {
            "at": incident.next_update_at.isoformat() if incident.next_update_at else None,
            "is_late": card.is_update_late,
        },
        "holds": [_held(card, role) for role in Role],
        "triage": _triage(desk, connection, incident),
    }


def _known(connection: Connection, card: Card) -> dict[str, Any]:
    incident, latest = card.incident, card.latest
    gone = timeline.corrected(connection, incident.number)
    notes = timeline.latest(connection, incident.number, limit=4 * _NOTES, without=_UNTOLD)
    return {
        "severity": MEANINGS[incident.severity].label,
        "status": incident.status.value,
        "since": incident.started_at.isoformat(),
        "services": list(incident.services),
        "impact": incident.impact.raw,
        "update": {"text": latest.text.raw, "at": latest.sent_at.isoformat()} if latest else None,
        "notes": [
            {"text": str(one.body.get("text", "")), "at": one.occurred_at.isoformat()}
            for one in notes
            if one.seq not in gone
        ][-_NOTES:],
    }


def _held(card: Card, role: Role) -> dict[str, str | None]:
    holder, asked = card.holder(role), card.asked(role)
    return {
        "role": role.value,
        "person": holder.person if holder else None,
        "asked": asked.person if asked else None,
    }


def _triage(desk: Desk, connection: Connection, incident: Incident) -> dict[str, Any] | None:
    """The newest walk: its tree and the question it waits at, or how it ended."""
    stored = next(iter(reversed(walks.of(connection, incident.number))), None)
    tree = next((one for one in desk.trees if stored and one.id == stored.tree), None)
    if stored is None or tree is None:
        return None
    at = Walk.from_json(stored.state["walk"])
    node = None if at.outcome else tree.nodes.get(at.node)
    text = fill(node.verify or node.text, context_of(desk, incident, stored)) if node else ""
    return {"tree": tree.title, "question": text, "outcome": stored.outcome}
