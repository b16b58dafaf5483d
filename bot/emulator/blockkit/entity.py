"""Work objects in a message's metadata, checked as far as Slack documents them."""

from bot.emulator.blockkit.elements import URL
from bot.emulator.blockkit.schema import Check, Problems, anything, integer, listing, record, string
from bot.emulator.blockkit.schema import word as one_of
from bot.emulator.core import Core
from bot.emulator.entities import AnyJson
from bot.emulator.errors import SlackError

_STRING = record({"value": string(3000)}, {"label": string(100), "format": anything})
_USER = record(
    {"type": one_of("slack#/types/user"), "user": record({"user_id": string(20)}, {})},
    {"label": string(100)},
)
_MOMENT = record({"value": integer(0, 9_999_999_999)}, {"type": anything, "label": string(100)})
_FIELDS: dict[str, Check] = {
    **dict.fromkeys(("status", "priority", "urgency", "description", "service"), _STRING),
    **dict.fromkeys(("created_by", "assigned_to"), _USER),
    **dict.fromkeys(("date_created", "date_updated"), _MOMENT),
}
_ATTRIBUTES = record(
    {"title": record({"text": string(3000)}, {})},
    {
        "display_id": string(100),
        "display_type": string(100),
        "product_name": string(100),
        "locale": string(20),
    },
)
INCIDENT = record(
    {
        "entity_type": one_of("slack#/entities/incident"),
        "external_ref": record({"id": string(500)}, {"type": string(100)}),
        "url": URL,
        "entity_payload": record({"attributes": _ATTRIBUTES}, {"fields": record({}, _FIELDS)}),
    },
    {"app_unfurl_url": URL},
)
_ENTITIES = listing(INCIDENT, 1, 100)


def check_entities(core: Core, entities: AnyJson) -> None:
    """Raises `SlackError` where work objects are not switched on, or are not well formed."""
    problems: Problems = []
    _ENTITIES(entities, "/entities", problems)
    if problems or "entities" in core.lacks:
        raise SlackError("invalid_metadata_format")
