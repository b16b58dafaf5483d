"""What people enter into blocks: the ``state.values`` of a view or message."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.emulator.entities import AnyJson, Json

VALUE_FIELD: dict[str, tuple[str, str, Any]] = {
    "static_select": ("selected_option", "initial_option", None),
    "external_select": ("selected_option", "initial_option", None),
    "users_select": ("selected_user", "initial_user", None),
    "channels_select": ("selected_channel", "initial_channel", None),
    "conversations_select": ("selected_conversation", "initial_conversation", None),
    "multi_static_select": ("selected_options", "initial_options", []),
    "multi_external_select": ("selected_options", "initial_options", []),
    "multi_users_select": ("selected_users", "initial_users", []),
    "multi_channels_select": ("selected_channels", "initial_channels", []),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", []),
    "datepicker": ("selected_date", "initial_date", None),
    "timepicker": ("selected_time", "initial_time", None),
    "datetimepicker": ("selected_date_time", "initial_date_time", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "checkboxes": ("selected_options", "initial_options", []),
    "plain_text_input": ("value", "initial_value", None),
    "email_text_input": ("value", "initial_value", None),
    "url_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "rich_text_input": ("rich_text_value", "initial_value", None),
    "file_input": ("files", "initial_files", []),
}
"""Element type → the field of its value, the field of its first value, the value when empty."""


class NoSuchElement(LookupError):
    """Nobody could have clicked this: it is not there."""


@dataclass(frozen=True, slots=True)
class Found:
    """An element and the block that holds it."""

    block: Json
    element: Json

    @property
    def kind(self) -> str:
        return str(self.element.get("type"))


def elements(blocks: Iterable[Json]) -> Iterator[Found]:
    """Every interactive element, in reading order."""
    for block in blocks:
        held = [block.get("element"), block.get("accessory"), *(block.get("elements") or [])]
        for one in held:
            if isinstance(one, dict) and "action_id" in one:
                yield Found(block, one)


def find(blocks: Iterable[Json], action_id: str, block_id: str = "") -> Found:
    for found in elements(blocks):
        if found.element["action_id"] == action_id and block_id in ("", found.block["block_id"]):
            return found
    raise NoSuchElement(f"no element {action_id!r} in block {block_id or 'any'!r}")


def initial_values(blocks: Iterable[Json]) -> Json:
    values: Json = {}
    for found in elements(blocks):
        if found.kind in VALUE_FIELD:
            field, initial, empty = VALUE_FIELD[found.kind]
            given = {"type": found.kind, field: found.element.get(initial, empty)}
            values.setdefault(found.block["block_id"], {})[found.element["action_id"]] = given
    return values


def carried(before: Json, blocks: Iterable[Json]) -> Json:
    """The values of new ``blocks``, with what was entered where block and action keep their ids."""
    values = initial_values(blocks)
    for block_id, actions in values.items():
        for action_id, fresh in actions.items():
            old = before.get(block_id, {}).get(action_id)
            if old and old["type"] == fresh["type"]:
                actions[action_id] = old
    return values


def entered(found: Found, given: AnyJson) -> Json:
    """What a person gave (a plain value, or Slack's own form of it) as Slack sends it."""
    if found.kind not in VALUE_FIELD:
        return {"type": found.kind}
    field, _, empty = VALUE_FIELD[found.kind]
    if isinstance(given, dict) and (field in given or "type" in given):
        value = given.get(field, empty)
    else:
        value = given
    if field == "selected_option":
        value = option(found, value)
    elif field == "selected_options":
        value = [option(found, one) for one in value or []]
    elif field == "value" and value == "":
        value = None
    return {"type": found.kind, field: value}


def option(found: Found, given: AnyJson) -> AnyJson:
    """The option that has the value ``given``; a whole option stays as it is."""
    if given in (None, "") or isinstance(given, dict):
        return given or None
    offered = list(found.element.get("options") or [])
    for group in found.element.get("option_groups") or []:
        offered += group["options"]
    for one in offered:
        if one["value"] == given:
            return one
    if "external" in found.kind:
        return {"text": {"type": "plain_text", "text": str(given), "emoji": True}, "value": given}
    values = ", ".join(one["value"] for one in offered)
    raise NoSuchElement(f"no option {given!r}; there are {values}")


def is_empty(value: Json) -> bool:
    return not any(v not in (None, "", []) for name, v in value.items() if name != "type")


def complaint(found: Found, value: Json) -> str:
    """What Slack's own form says about a value before it is sent, or ""."""
    if is_empty(value):
        return "" if found.block.get("optional") else "Please complete this required field."
    text = value.get("value")
    if not isinstance(text, str):
        return ""
    least, most = found.element.get("min_length", 0), found.element.get("max_length", 3000)
    if len(text) < least:
        return f"Must be at least {least} characters."
    if len(text) > most:
        return f"Must be at most {most} characters."
    look = FORMS.get(found.kind)
    return look(found.element, text) if look else ""


def _email_complaint(_element: Json, text: str) -> str:
    return "" if "@" in text else "Enter an email address."


def _link_complaint(_element: Json, text: str) -> str:
    return "" if "://" in text else "Enter a valid URL."


def _number_complaint(element: Json, text: str) -> str:
    try:
        number = float(text) if element["is_decimal_allowed"] else int(text)
    except ValueError:
        return "Enter a number."
    if number < float(element.get("min_value", "-inf")):
        return f"Must be at least {element['min_value']}."
    if number > float(element.get("max_value", "inf")):
        return f"Must be at most {element['max_value']}."
    return ""


FORMS: dict[str, Callable[[Json, str], str]] = {
    "number_input": _number_complaint,
    "email_text_input": _email_complaint,
    "url_text_input": _link_complaint,
}
