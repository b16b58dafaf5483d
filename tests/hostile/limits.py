"""Slack's limits, written down a second time from its documentation, to check what is sent.

It knows nothing of our constructors, nor of the embedded workspace's own checks. Lengths are in
characters. https://docs.slack.dev/reference/block-kit, /reference/views, /reference/methods.
"""

from collections import Counter
from collections.abc import Iterator
from math import isfinite
from typing import Any

Json = dict[str, Any]

TEXT_IN_MESSAGE = 4000  # above it Slack advises against, above 40 000 it cuts
ALL_TEXTS = 13_200  # of all blocks of a message together; refused above it
LONGEST = {
    ("section", "text"): 3000,
    ("section", "fields"): 2000,
    ("header", "text"): 150,
    ("context", "elements"): 3000,
    ("button", "text"): 75,
    ("option", "text"): 75,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
    ("view", "title"): 24,
    ("view", "submit"): 24,
    ("view", "close"): 24,
}
PLACEHOLDER = 150
STRINGS = {
    "block_id": 255,
    "action_id": 255,
    "callback_id": 255,
    "private_metadata": 3000,
    "initial_value": 3000,
    "url": 3000,
}
VALUES = {"button": 2000, "option": 150}
COUNTS = {
    ("section", "fields"): 10,
    ("context", "elements"): 10,
    ("actions", "elements"): 25,
    ("static_select", "options"): 100,
    ("multi_static_select", "options"): 100,
    ("overflow", "options"): 5,
    ("message", "blocks"): 50,
    ("view", "blocks"): 100,
}
NEVER_EMPTY = {"fields", "elements", "options", "series", "data", "categories"}
TABLES_TOGETHER = 10_000  # characters in all cells of all data tables of a message
CHARTS_TOGETHER = 2
CHART = {"title": 50, "x_label": 50, "y_label": 50, "name": 20, "label": 20}
CHART_COUNTS = {"series": 6, "data": 20, "categories": 20}


def faults_of_message(message: Json) -> list[str]:
    """What Slack would not take of a message."""
    found = list(_faults("message", {"blocks": message.get("blocks", [])}, "message"))
    if not 0 < len(message.get("text", "")) <= TEXT_IN_MESSAGE:
        found.append(f"message/text has {len(message.get('text', ''))} characters")
    if (size := sum(map(len, _texts(message.get("blocks", []))))) > ALL_TEXTS:
        found.append(f"the blocks have {size} characters")
    return found + _faults_of_data(message.get("blocks", []))


def _faults_of_data(blocks: list[Json]) -> list[str]:
    """What Slack would not take of tables and charts."""
    tables = [one for one in blocks if one["type"] == "data_table"]
    charts = [one for one in blocks if one["type"] == "data_visualization"]
    found = [fault for one in tables for fault in _table(one)]
    found += [fault for one in charts for fault in _chart(one, one["chart"])]
    if sum(map(len, _cells([one["rows"] for one in tables]))) > TABLES_TOGETHER:
        found.append("the tables have too many characters")
    if len(charts) > CHARTS_TOGETHER:
        found.append(f"there are {len(charts)} charts")
    return found


def _table(block: Json) -> Iterator[str]:
    head, *rows = block["rows"]
    if not block["caption"] or not 1 <= block.get("page_size", 5) <= 100:
        yield "a table has no caption, or no pages"
    if not 1 <= len(rows) <= 100 or not 1 <= len(head) <= 20:
        yield f"a table has {len(rows)} rows of {len(head)} cells"
    if any(len(row) != len(head) for row in rows) or any(c["type"] != "raw_text" for c in head):
        yield "a table is ragged, or its header has more than words"
    if not all(cell["text"] for row in block["rows"] for cell in row if "text" in cell):
        yield "a table has an empty cell"


def _chart(block: Json, chart: Json) -> Iterator[str]:
    points = [point for line in chart["series"] for point in line["data"]]
    axes = chart["axis_config"]
    for part in (block, axes, *chart["series"], *points):
        for name, most in CHART.items():
            if name in part and not 0 < len(part[name]) <= most:
                yield f"a chart's {name} has {len(part[name])} of {most} characters"
        for name, most in CHART_COUNTS.items():
            if name in part and not 0 < len(part[name]) <= most:
                yield f"a chart has {len(part[name])} of {most} {name}"
    if any([p["label"] for p in one["data"]] != axes["categories"] for one in chart["series"]):
        yield "a chart's labels are not its categories"
    if not all(0 < len(one) <= 20 for one in axes["categories"]):
        yield "a chart's category is too long"
    if len({one["name"] for one in chart["series"]}) < len(chart["series"]):
        yield "two lines of a chart have the same name"
    if not all(isfinite(point["value"]) for point in points):
        yield "a chart has a value that is no number"


def _cells(value: Any) -> Iterator[str]:
    """Every text and every id in the cells of tables."""
    if isinstance(value, list):
        for one in value:
            yield from _cells(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, str) and name not in {"type", "style"}:
                yield one
            else:
                yield from _cells(one)


def faults_of_view(view: Json) -> list[str]:
    """What Slack would not take of a modal or a home tab."""
    return list(_faults("view", view, "view"))


def faults_of_call(method: str, arguments: Json) -> list[str]:
    """What Slack would not take of a call."""
    if method in {"chat.postMessage", "chat.update", "chat.postEphemeral"}:
        return faults_of_message(arguments)
    if method.startswith("views."):
        return faults_of_view(arguments["view"])
    longest = {
        "conversations.setTopic": ("topic", 250),
        "conversations.create": ("name", 80),
        "bookmarks.add": ("title", 100),
        "files.getUploadURLExternal": ("filename", 255),
    }.get(method)
    if longest and not 0 < len(arguments[longest[0]]) <= longest[1]:
        return [f"{method}/{longest[0]} has {len(arguments[longest[0]])} characters"]
    return []


def _faults(kind: str, thing: Json, at: str) -> Iterator[str]:
    """Everything wrong with one thing and with what is in it."""
    yield from _wrong_ids(thing, at)
    for name, value in thing.items():
        where = f"{at}/{name}"
        if isinstance(value, str):
            longest = VALUES.get(kind, 10**9) if name == "value" else STRINGS.get(name, 10**9)
            if len(value) > longest:
                yield f"{where} has {len(value)} of {longest} characters"
        elif isinstance(value, list):
            most = COUNTS.get((kind, name), 100)
            if len(value) > most or (not value and name in NEVER_EMPTY):
                yield f"{where} has {len(value)} of {most} entries"
            for index, one in enumerate(value):
                if isinstance(one, dict):
                    yield from _inside(kind, name, one, f"{where}/{index}")
        elif isinstance(value, dict):
            yield from _inside(kind, name, value, where)


def _inside(kind: str, name: str, value: Json, at: str) -> Iterator[str]:
    if value.get("type") in {"plain_text", "mrkdwn"}:
        longest = PLACEHOLDER if name == "placeholder" else LONGEST[kind, name]
        if not 0 < len(value["text"]) <= longest:
            yield f"{at} has {len(value['text'])} of {longest} characters"
        return
    inner = {"options": "option", "confirm": "confirm"}.get(name) or value.get("type", name)
    yield from _faults("option" if name.startswith("initial_option") else inner, value, at)


def _wrong_ids(thing: Json, at: str) -> Iterator[str]:
    for name, inside in (("block_id", "blocks"), ("action_id", "elements")):
        held = [one for one in thing.get(inside) or [] if isinstance(one, dict)]
        for known, count in Counter(one[name] for one in held if one.get(name)).items():
            if count > 1:
                yield f"{at}/{inside} has {known} {count} times"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name == "text" and isinstance(one, str):
                yield one
            else:
                yield from _texts(one)
