"""Tables that sort and charts: blocks of messages that not every workspace has.

Sizes are those of docs.slack.dev, `data-table-block` and `data-visualization-block`.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from bot.emulator.blockkit.elements import NAME
from bot.emulator.blockkit.schema import (
    Check,
    Problems,
    anything,
    by_type,
    integer,
    listing,
    record,
    string,
    tell,
    word,
)
from bot.emulator.entities import AnyJson

MOST_IN_TABLES = 10_000
"""Characters in all cells of all data tables of one message."""
MOST_CHARTS = 2
_ROWS, _COLUMNS = 101, 20  # the first row is the header
_SERIES, _POINTS, _LABEL, _TITLE = 6, 20, 20, 50


def number(value: AnyJson, at: str, problems: Problems) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        tell(problems, "must be a number", at)


def positive(value: AnyJson, at: str, problems: Problems) -> None:
    before = len(problems)
    number(value, at, problems)
    if len(problems) == before and value <= 0:
        tell(problems, "must be more than 0", at)


def data_table(rich_text: Check) -> Check:
    """A data table whose cells may be ``rich_text``, except in its first row."""
    plain: dict[str, Check] = {
        "raw_text": record({"type": anything, "text": string(MOST_IN_TABLES)}, {}),
        "raw_number": record(
            {"type": anything, "value": number, "text": string(MOST_IN_TABLES)}, {}
        ),
    }
    cells = {**plain, "rich_text": rich_text}
    head = listing(by_type(lambda: plain), 1, _COLUMNS)
    body = listing(by_type(lambda: cells), 1, _COLUMNS)

    def rows(value: AnyJson, at: str, problems: Problems) -> None:
        listing(anything, 2, _ROWS)(value, at, problems)
        if not isinstance(value, list):
            return
        for index, row in enumerate(value[: _ROWS + 1]):
            (body if index else head)(row, f"{at}/{index}", problems)
        lengths = {len(row) for row in value if isinstance(row, list)}
        if len(lengths) > 1:
            tell(problems, "all rows must have the same number of cells", at)

    return record(
        {"type": anything, "rows": rows, "caption": string(MOST_IN_TABLES)},
        {
            "block_id": NAME,
            "page_size": integer(1, 100),
            "row_header_column_index": integer(0, _COLUMNS - 1),
        },
    )


_POINT = record({"label": string(_LABEL), "value": number}, {})
_LINE = record({"name": string(_LABEL), "data": listing(_POINT, 1, _POINTS)}, {})
_SLICE = record({"label": string(_LABEL), "value": positive}, {})
_AXES = record(
    {"categories": listing(string(_LABEL), 1, _POINTS)},
    {"x_label": string(_TITLE), "y_label": string(_TITLE)},
)
_DRAWN = record({"type": anything, "series": listing(_LINE, 1, _SERIES), "axis_config": _AXES}, {})


def _against_axes(value: AnyJson, at: str, problems: Problems) -> None:
    before = len(problems)
    _DRAWN(value, at, problems)
    if len(problems) > before:
        return
    names = [line["name"] for line in value["series"]]
    if len(set(names)) < len(names):
        tell(problems, "series names must be unique", f"{at}/series")
    categories = value["axis_config"]["categories"]
    for index, line in enumerate(value["series"]):
        if [point["label"] for point in line["data"]] != categories:
            tell(problems, "labels must match the categories", f"{at}/series/{index}/data")


_CHARTS: Mapping[str, Check] = {
    "pie": record({"type": word("pie"), "segments": listing(_SLICE, 1, _SERIES)}, {}),
    **dict.fromkeys(("bar", "area", "line"), _against_axes),
}
CHART = record(
    {"type": anything, "title": string(_TITLE), "chart": by_type(lambda: _CHARTS)},
    {"block_id": NAME},
)


def check_together(blocks: Iterable[dict[str, Any]], problems: Problems) -> None:
    """What is limited for a message as a whole."""
    kinds = [block["type"] for block in blocks]
    if kinds.count("data_visualization") > MOST_CHARTS:
        tell(problems, f"no more than {MOST_CHARTS} data_visualization blocks allowed", "/blocks")
    tables = [block for block in blocks if block["type"] == "data_table"]
    if sum(_read(block["rows"]) for block in tables) > MOST_IN_TABLES:
        tell(problems, f"tables must be less than {MOST_IN_TABLES + 1} characters", "/blocks")


def _read(value: AnyJson) -> int:
    """How many characters of cells there are to read; who or what is mentioned counts as well."""
    if isinstance(value, list):
        return sum(map(_read, value))
    if isinstance(value, dict):
        return sum(
            len(one) if isinstance(one, str) else _read(one)
            for name, one in value.items()
            if name not in {"type", "style"}
        )
    return 0
