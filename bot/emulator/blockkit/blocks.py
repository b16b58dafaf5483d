"""Blocks and the rich text inside them. Sizes are in characters and items."""

from bot.emulator.blockkit.data import CHART, data_table
from bot.emulator.blockkit.elements import (
    IMAGE,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    NAME,
    URL,
    any_text,
    element,
    text,
)
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

_ID = {"type": anything}
_NAMED: dict[str, Check] = {"block_id": NAME}

STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
MARKED = {"style": STYLE}
INLINE: dict[str, Check] = {
    "text": record({**_ID, "text": string(40_000)}, MARKED),
    "link": record(
        {**_ID, "url": string(3000)}, {**MARKED, "text": string(40_000, 0), "unsafe": boolean}
    ),
    "emoji": record(
        {**_ID, "name": string(100)}, {**MARKED, "unicode": anything, "skin_tone": anything}
    ),
    "user": record({**_ID, "user_id": string(20)}, MARKED),
    "usergroup": record({**_ID, "usergroup_id": string(20)}, MARKED),
    "channel": record({**_ID, "channel_id": string(20)}, MARKED),
    "team": record({**_ID, "team_id": string(20)}, MARKED),
    "broadcast": record({**_ID, "range": word("here", "channel", "everyone")}, MARKED),
    "date": record(
        {**_ID, "timestamp": integer(0, 9_999_999_999), "format": string(200)},
        {**MARKED, "url": URL, "fallback": string(3000)},
    ),
    "color": record({**_ID, "value": string(7)}, MARKED),
}
INLINES = listing(by_type(lambda: INLINE), 0, 1000)
_BORDER = {"border": integer(0, 1)}
RICH: dict[str, Check] = {
    "rich_text_section": record({**_ID, "elements": INLINES}, {}),
    "rich_text_quote": record({**_ID, "elements": INLINES}, _BORDER),
    "rich_text_preformatted": record(
        {**_ID, "elements": INLINES}, {**_BORDER, "language": string(40)}
    ),
    "rich_text_list": record(
        {
            **_ID,
            "style": word("bullet", "ordered"),
            "elements": listing(by_type(lambda: RICH, frozenset({"rich_text_section"})), 1, 1000),
        },
        {**_BORDER, "indent": integer(0, 8), "offset": integer(0, 100_000)},
    ),
}
RICH_TEXT = record({**_ID, "elements": listing(by_type(lambda: RICH), 1, 1000)}, _NAMED)


def section(value: AnyJson, at: str, problems: Problems) -> None:
    _SECTION(value, at, problems)
    if value.get("text") is None and value.get("fields") is None:
        tell(problems, "missing required field: text or fields", at)


_SECTION = record(
    _ID,
    {
        **_NAMED,
        "text": any_text(3000),
        "fields": listing(any_text(2000), 1, 10),
        "accessory": element(IN_SECTION),
        "expand": boolean,
    },
)

_CONTEXT_TEXT = any_text(3000)


def context_item(value: AnyJson, at: str, problems: Problems) -> None:
    is_image = isinstance(value, dict) and value.get("type") == "image"
    (IMAGE if is_image else _CONTEXT_TEXT)(value, at, problems)


def cell(value: AnyJson, at: str, problems: Problems) -> None:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind in {"raw_text", "raw_number"}:
        record({**_ID}, {"text": string(3000, 0), "value": anything})(value, at, problems)
    elif kind == "rich_text":
        RICH_TEXT(value, at, problems)
    else:
        tell(problems, f"unsupported type: {kind}", f"{at}/type")


_COLUMN = record({}, {"align": word("left", "center", "right"), "is_wrapped": boolean})

BLOCKS: dict[str, Check] = {
    "section": section,
    "divider": record(_ID, _NAMED),
    "header": record({**_ID, "text": text(150)}, {**_NAMED, "level": integer(1, 4)}),
    "context": record({**_ID, "elements": listing(context_item, 1, 10)}, _NAMED),
    "actions": record({**_ID, "elements": listing(element(IN_ACTIONS), 1, 25)}, _NAMED),
    "context_actions": record(
        {
            **_ID,
            "elements": listing(element(frozenset({"feedback_buttons", "icon_button"})), 1, 5),
        },
        _NAMED,
    ),
    "input": record(
        {**_ID, "label": text(2000), "element": element(IN_INPUT)},
        {**_NAMED, "hint": text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "image": either(
        record(
            {**_ID, "image_url": URL, "alt_text": string(2000)}, {**_NAMED, "title": text(2000)}
        ),
        record(
            {**_ID, "slack_file": anything, "alt_text": string(2000)},
            {**_NAMED, "title": text(2000)},
        ),
    ),
    "rich_text": RICH_TEXT,
    "markdown": record({**_ID, "text": string(12_000)}, _NAMED),
    "table": record(
        {**_ID, "rows": listing(listing(cell, 1, 20), 1, 100)},
        {**_NAMED, "column_settings": listing(_COLUMN, 0, 20)},
    ),
    "data_table": data_table(RICH_TEXT),
    "data_visualization": CHART,
    "video": record(
        {
            **_ID,
            "alt_text": string(2000),
            "title": text(200),
            "thumbnail_url": URL,
            "video_url": URL,
        },
        {
            **_NAMED,
            "author_name": string(50),
            "description": text(200),
            "provider_icon_url": URL,
            "provider_name": string(50),
            "title_url": URL,
        },
    ),
    "file": record(
        {**_ID, "external_id": string(255), "source": word("remote")}, {**_NAMED, "file_id": NAME}
    ),
    "alert": record(
        {**_ID, "text": any_text(3000)},
        {**_NAMED, "level": word("default", "info", "warning", "error", "success")},
    ),
}

_IN_MESSAGES = frozenset(
    {"table", "data_table", "data_visualization", "file", "context_actions", "markdown"}
)
_COMMON = frozenset(BLOCKS) - _IN_MESSAGES - {"alert"}
SURFACES: dict[str, frozenset[str]] = {
    "message": _COMMON | _IN_MESSAGES,
    "modal": _COMMON | {"alert"},
    "home": _COMMON,
}
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}


def blocks_of(surface: str) -> Check:
    item = by_type(lambda: BLOCKS, SURFACES[surface])
    return listing(item, 1 if surface == "modal" else 0, MOST_BLOCKS[surface])


MODAL = record(
    {"type": anything, "title": text(24), "blocks": blocks_of("modal")},
    {
        "submit": text(24),
        "close": text(24),
        "private_metadata": string(3000, 0),
        "callback_id": string(255, 0),
        "external_id": string(255, 0),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
HOME = record(
    {"type": anything, "blocks": blocks_of("home")},
    {
        "private_metadata": string(3000, 0),
        "callback_id": string(255, 0),
        "external_id": string(255, 0),
    },
)
