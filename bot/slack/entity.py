"""Slack's own incident (a work object), where the workspace has it.

Slack shows it with its own look, finds it in search and keeps one for all messages about the same
incident. It comes with the announcement as metadata; where work objects are not switched on for the
app, Slack refuses the metadata, and the plain blocks say the same.
Source: docs.slack.dev/messaging/work-objects-implementation, `slack_sdk.models.metadata`.
"""

from typing import Any

from incidents.model.roles import Role
from incidents.model.severity import MEANINGS
from incidents.model.text import plain, shorten
from incidents.queries.card import Card

REFUSED = frozenset(
    {"invalid_metadata_format", "invalid_metadata_schema", "invalid_entity", "feature_not_enabled"}
)
"""What Slack says to a work object that it does not take."""

_TITLE, _TEXT = 150, 500


def incident_entity(card: Card) -> dict[str, Any] | None:
    """The incident as Slack knows it; None for one that is private, or has no page to link to."""
    incident = card.incident
    if incident.is_private or not card.console:
        return None
    holder = card.holder(Role.COMMANDER)
    fields: dict[str, Any] = {
        "status": {"value": str(incident.status)},
        "priority": {"value": MEANINGS[incident.severity].label},
        "created_by": _user(incident.declared_by),
        "assigned_to": _user(holder.person) if holder else None,
        "date_created": _moment(incident.declared_at.timestamp()),
        "date_updated": _moment(card.now.timestamp()),
        "description": {"value": shorten(plain(incident.impact), _TEXT)},
        "service": {"value": shorten(", ".join(incident.services), _TEXT)},
    }
    return {
        "entity_type": "slack#/entities/incident",
        "external_ref": {"id": incident.key, "type": "incident"},
        "url": card.console,
        "entity_payload": {
            "attributes": {
                "title": {"text": shorten(plain(incident.title), _TITLE) or incident.key},
                "display_id": incident.key,
                "display_type": "Drill" if incident.is_drill else "Incident",
                "product_name": "warroom",
            },
            "fields": {name: value for name, value in fields.items() if _says_something(value)},
        },
    }


def _user(who: str) -> dict[str, Any] | None:
    is_id = who[:1] in {"U", "W"} and who.isalnum() and who.isupper()
    return {"type": "slack#/types/user", "user": {"user_id": who}} if is_id else None


def _moment(seconds: float) -> dict[str, Any]:
    return {"type": "slack#/types/timestamp", "value": int(seconds)}


def _says_something(value: dict[str, Any] | None) -> bool:
    return value is not None and value.get("value") != ""
