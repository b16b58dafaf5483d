"""Composition objects and interactive elements, with Slack's sizes (in characters and items)."""

import re
from collections.abc import Mapping

from bot.emulator.blockkit.schema import (
    Check,
    Problems,
    anything,
    boolean,
    by_type,
    either,
    integer,
    listing,
    record,
    string,
    tell,
    word,
)
from bot.emulator.entities import AnyJson

URL = string(3000, starts=("http://", "https://", "slack://", "mailto:", "tel:"))
NAME = string(255)
USER, CHANNEL = string(20), string(20)


def text(most: int, *kinds: str) -> Check:
    """A text object; ``kinds`` defaults to plain text only."""
    allowed = kinds or ("plain_text",)
    shape = record(
        {"type": word(*allowed), "text": string(most)}, {"emoji": boolean, "verbatim": boolean}
    )

    def check(value: AnyJson, at: str, problems: Problems) -> None:
        before = len(problems)
        shape(value, at, problems)
        if len(problems) > before:
            return
        if value["type"] == "mrkdwn" and "emoji" in value:
            tell(problems, "invalid additional property: emoji", at)
        if value["type"] == "plain_text" and "verbatim" in value:
            tell(problems, "invalid additional property: verbatim", at)

    return check


def any_text(most: int) -> Check:
    return text(most, "plain_text", "mrkdwn")


def matching(pattern: str, what: str) -> Check:
    compiled = re.compile(pattern)

    def check(value: AnyJson, at: str, problems: Problems) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            tell(problems, f"must be a valid {what}", at)

    return check


DATE = matching(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "date")
TIME = matching(r"([01]\d|2[0-3]):[0-5]\d", "time")
SECONDS = integer(1_000_000_000, 9_999_999_999)

CONFIRM = record(
    {"title": text(100), "text": any_text(300), "confirm": text(30), "deny": text(30)},
    {"style": word("primary", "danger")},
)
OPTION = record({"text": text(75), "value": string(150)}, {"description": text(75), "url": URL})
RICH_OPTION = record({"text": any_text(75), "value": string(150)}, {"description": any_text(75)})
GROUP = record({"label": text(75), "options": listing(OPTION, 1, 100)}, {})
FILTER = record(
    {},
    {
        "include": listing(word("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
DISPATCH = record(
    {},
    {"trigger_actions_on": listing(word("on_enter_pressed", "on_character_entered"), 1, 2)},
)

_ID: Mapping[str, Check] = {"type": anything}
_ACTION: Mapping[str, Check] = {"action_id": NAME, "confirm": CONFIRM}
_ASKING: Mapping[str, Check] = {
    "action_id": NAME,
    "placeholder": text(150),
    "focus_on_load": boolean,
}
_PICK: Mapping[str, Check] = {**_ASKING, "confirm": CONFIRM}
_MANY: Mapping[str, Check] = {**_PICK, "max_selected_items": integer(1, 100)}


def _static(initial: Mapping[str, Check], base: Mapping[str, Check]) -> Check:
    """Options or groups of options: exactly one of the two."""
    shape = record(
        _ID,
        {
            **base,
            **initial,
            "options": listing(OPTION, 1, 100),
            "option_groups": listing(GROUP, 1, 100),
        },
    )

    def check(value: AnyJson, at: str, problems: Problems) -> None:
        shape(value, at, problems)
        if ("options" in value) == ("option_groups" in value):
            tell(problems, "must define either `options` or `option_groups`", at)

    return check


def _conversations(initial: Mapping[str, Check], base: Mapping[str, Check]) -> Check:
    more = {
        "default_to_current_conversation": boolean,
        "response_url_enabled": boolean,
        "filter": FILTER,
    }
    return record(_ID, {**base, **initial, **more})


IMAGE = either(
    record({"type": anything, "image_url": URL, "alt_text": string(2000)}, {}),
    record({"type": anything, "slack_file": anything, "alt_text": string(2000)}, {}),
)

ELEMENTS: dict[str, Check] = {
    "button": record(
        {**_ID, "text": text(75)},
        {
            **_ACTION,
            "url": URL,
            "value": string(2000),
            "style": word("primary", "danger"),
            "accessibility_label": string(75),
        },
    ),
    "static_select": _static({"initial_option": OPTION}, _PICK),
    "multi_static_select": _static({"initial_options": listing(OPTION, 1, 100)}, _MANY),
    "external_select": record(
        _ID, {**_PICK, "initial_option": OPTION, "min_query_length": integer(0, 100)}
    ),
    "multi_external_select": record(
        _ID,
        {
            **_MANY,
            "initial_options": listing(OPTION, 1, 100),
            "min_query_length": integer(0, 100),
        },
    ),
    "users_select": record(_ID, {**_PICK, "initial_user": USER}),
    "multi_users_select": record(_ID, {**_MANY, "initial_users": listing(USER, 1, 100)}),
    "channels_select": record(
        _ID, {**_PICK, "initial_channel": CHANNEL, "response_url_enabled": boolean}
    ),
    "multi_channels_select": record(_ID, {**_MANY, "initial_channels": listing(CHANNEL, 1, 100)}),
    "conversations_select": _conversations({"initial_conversation": CHANNEL}, _PICK),
    "multi_conversations_select": _conversations(
        {"initial_conversations": listing(CHANNEL, 1, 100)}, _MANY
    ),
    "overflow": record({**_ID, "options": listing(OPTION, 1, 5)}, _ACTION),
    "datepicker": record(_ID, {**_PICK, "initial_date": DATE}),
    "timepicker": record(_ID, {**_PICK, "initial_time": TIME, "timezone": string(100)}),
    "datetimepicker": record(
        _ID, {**_ACTION, "initial_date_time": SECONDS, "focus_on_load": boolean}
    ),
    "radio_buttons": record(
        {**_ID, "options": listing(RICH_OPTION, 1, 10)},
        {**_ACTION, "initial_option": RICH_OPTION, "focus_on_load": boolean},
    ),
    "checkboxes": record(
        {**_ID, "options": listing(RICH_OPTION, 1, 10)},
        {**_ACTION, "initial_options": listing(RICH_OPTION, 1, 10), "focus_on_load": boolean},
    ),
    "plain_text_input": record(
        _ID,
        {
            **_ASKING,
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
            "dispatch_action_config": DISPATCH,
        },
    ),
    "email_text_input": record(
        _ID,
        {**_ASKING, "initial_value": string(3000, 0), "dispatch_action_config": DISPATCH},
    ),
    "url_text_input": record(
        _ID,
        {**_ASKING, "initial_value": string(3000, 0), "dispatch_action_config": DISPATCH},
    ),
    "number_input": record(
        {**_ID, "is_decimal_allowed": boolean},
        {
            **_ASKING,
            "initial_value": string(3000, 0),
            "min_value": string(100),
            "max_value": string(100),
            "dispatch_action_config": DISPATCH,
        },
    ),
    "rich_text_input": record(
        _ID, {**_ASKING, "initial_value": anything, "dispatch_action_config": DISPATCH}
    ),
    "file_input": record(
        _ID,
        {"action_id": NAME, "filetypes": listing(string(20), 1, 20), "max_files": integer(1, 10)},
    ),
    "image": IMAGE,
    "feedback_buttons": record(
        {**_ID, "positive_button": anything, "negative_button": anything}, {"action_id": NAME}
    ),
    "icon_button": record(
        {**_ID, "icon": word("trash"), "text": text(75)},
        {**_ACTION, "value": string(2000), "visible_to_user_ids": listing(USER, 0, 100)},
    ),
}

SELECTS = frozenset(name for name in ELEMENTS if name.endswith("_select"))
PICKERS = frozenset({"datepicker", "timepicker", "datetimepicker"})
CHOICES = frozenset({"radio_buttons", "checkboxes"})
TYPED = frozenset(
    {"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"}
)
IN_ACTIONS = SELECTS | PICKERS | CHOICES | {"button", "overflow"}
IN_INPUT = SELECTS | PICKERS | CHOICES | TYPED | {"file_input"}
IN_SECTION = IN_ACTIONS | {"image"}


def element(allowed: frozenset[str]) -> Check:
    return by_type(lambda: ELEMENTS, allowed)
