"""Slack's own tables and charts, where the workspace takes them.

They are newer than most workspaces' clients, and only in messages. Where Slack refuses one, the
plain blocks of the same message say the same; both come with a ``text`` that says it all.

Limits: docs.slack.dev, `data-table-block` and `data-visualization-block`; in characters.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from bot.slack.abilities import Abilities
from bot.slack.blocks import Block, Element, Message
from bot.slack.client import SlackSays
from bot.slack.errors import INVALID_BLOCKS
from incidents.model.text import shorten

log = structlog.get_logger(__name__)

TABLE_ROWS, TABLE_COLUMNS, TABLE_TEXT = 100, 20, 10_000
SERIES, POINTS, CHART_LABEL, CHART_TITLE = 6, 20, 20, 50
_CELL = 200
_PAGE = 10  # rows that are shown before somebody turns the page


def words(text: str) -> Element:
    """A cell that is read as it is: nothing in it is markup."""
    return {"type": "raw_text", "text": shorten(" ".join(text.split()), _CELL) or "-"}


def person(user: str) -> Element:
    """A cell that names somebody, as a mention if Slack knows them; nobody is told."""
    is_id = user[:1] in {"U", "W"} and user.isalnum() and user.isupper()
    return _rich({"type": "user", "user_id": user}) if is_id else words(user)


def channel(room: str) -> Element:
    """A cell that leads to a channel."""
    return _rich({"type": "channel", "channel_id": room})


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[Element]]) -> Block:
    """Rows under a header, which readers can sort, filter and turn over.

    ``rows`` are one at least, as wide as ``head``. Those beyond what one message takes are left out
    from the end: `fitting` says how many there is room for.
    """
    kept = rows[: fitting(head, rows)]
    return {
        "type": "data_table",
        "caption": caption,
        "rows": [[words(one) for one in head], *(list(row) for row in kept)],
        "page_size": _PAGE,
        "row_header_column_index": 0,
    }


def fitting(head: Sequence[str], rows: Sequence[Sequence[Element]]) -> int:
    """How many of ``rows`` a message has room for."""
    room = TABLE_TEXT - sum(map(len, head))
    for place, row in enumerate(rows[:TABLE_ROWS]):
        room -= sum(map(_length, row))
        if room < 0:
            return place
    return min(len(rows), TABLE_ROWS)


def lines(
    title: str, categories: Sequence[str], series: Mapping[str, Sequence[float]], *, y_label: str
) -> Block:
    """A line chart: one value of each of ``series`` for each of ``categories``.

    At most 6 series and 20 categories, both beyond 20 characters are cut, and told apart
    by a number.
    """
    return _chart("line", title, categories, series, y_label)


def bars(
    title: str, categories: Sequence[str], series: Mapping[str, Sequence[float]], *, y_label: str
) -> Block:
    """The same as bars."""
    return _chart("bar", title, categories, series, y_label)


def _chart(
    kind: str,
    title: str,
    categories: Sequence[str],
    series: Mapping[str, Sequence[float]],
    y_label: str,
) -> Block:
    axis = _told_apart(categories[:POINTS])
    shown = list(series.items())[:SERIES]
    names = _told_apart([name for name, _ in shown])
    return {
        "type": "data_visualization",
        "title": shorten(title, CHART_TITLE),
        "chart": {
            "type": kind,
            "series": [
                {
                    "name": name,
                    "data": [
                        {"label": label, "value": value}
                        for label, value in zip(axis, values, strict=False)
                    ],
                }
                for name, (_, values) in zip(names, shown, strict=True)
            ],
            "axis_config": {"categories": axis, "y_label": shorten(y_label, CHART_TITLE)},
        },
    }


def say(message: Message, abilities: Abilities, send: Callable[[dict[str, Any]], None]) -> None:
    """Send what Slack has of its own, else, where that is refused, the plain blocks.

    ``send`` is called with the arguments of a message. Raises what it raises for the plain ones.
    """
    kinds = {block["type"] for block in message.native} & _KINDS
    if not kinds or not all(map(abilities.has, kinds)):
        send(message.as_arguments())
        return
    try:
        send({**message.as_arguments(), "blocks": message.native})
    except SlackSays as refusal:
        if refusal.code not in INVALID_BLOCKS:
            raise
        log.info("native_blocks_refused", kinds=sorted(kinds), because=str(refusal))
        for kind in kinds:
            abilities.lacks(kind)
        send(message.as_arguments())


_KINDS = frozenset({"data_table", "data_visualization"})


def _rich(leaf: Element) -> Element:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [leaf]}],
    }


def _length(cell: Element) -> int:
    """Characters, with those of an id that is shown as a name: names are rarely longer than 30."""
    return len(cell["text"]) if cell["type"] == "raw_text" else 30


def _told_apart(names: Sequence[str]) -> list[str]:
    """Names within the limit, none of them twice."""
    found: list[str] = []
    for name in names:
        short = shorten(name, CHART_LABEL) or "-"
        number = 2
        while short in found:
            mark = f" {number}"
            short = shorten(name, CHART_LABEL - len(mark)) + mark
            number += 1
        found.append(short)
    return found
