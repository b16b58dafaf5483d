"""The page of one error budget, and its pictures. Nothing of private incidents is marked."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from bot import pictures
from bot.pictures import Format
from bot.web.pages import budget_row, postmortem_of
from incidents.actions.desk import Desk
from incidents.errors import NotFound
from incidents.model.access import PUBLIC
from incidents.model.burn_down import BurnDown
from incidents.model.ids import IncidentNumber
from incidents.model.objective import in_words
from incidents.model.pictures import Picture
from incidents.model.postmortem import Postmortem
from incidents.model.text import html
from incidents.queries.seasonal import seasonal_named
from incidents.queries.slo import budget_named
from incidents.render.chart import HEIGHT, WIDTH, svg
from incidents.render.pictures import budget_chart
from incidents.render.raster import can_draw
from incidents.render.slo_charts import chart_of, cost_chart, incidents_of, rows_of

_SPANS = (("6h", timedelta(hours=6)), ("1d", timedelta(days=1)), ("7d", timedelta(days=7)))


def slo(desk: Desk, name: str, over: str, now: datetime) -> dict[str, Any]:
    """What the page shows. Raises `NotFound`."""
    shown = pictures.course(desk, name, now, reader=PUBLIC, over=over)
    with desk.look() as connection:
        budget = budget_named(desk, connection, name, now)
        usual = seasonal_named(desk, connection, name, now)
    if budget is None or usual is None:
        raise NotFound(f"There is no SLO called {name}.", instead="All of them are at /slos.")
    window = budget.window
    return {
        "one": budget_row(budget),
        "usual_week": usual.says,
        "spans": [
            *((in_words(length), text) for text, length in _SPANS if length < window),
            (f"{in_words(window)}, its window", ""),
        ],
        "shown": over,
        "pictures": [_picture(one, shown, over) for one in Picture],
        "rows": rows_of(shown),
        "marks": incidents_of(shown),
    }


def _picture(picture: Picture, shown: BurnDown, over: str) -> dict[str, str]:
    slo_name = shown.objective.slo
    address = f"/slos/{quote(slo_name)}/{picture}"
    query = f"?over={quote(over)}" if over else ""
    return {
        "title": picture.caption,
        "words": chart_of(picture, shown).describes,
        "svg": f"{address}.svg{query}",
        "png": f"{address}.png{query}" if can_draw() else "",
        "file": f"{slo_name.replace('/', '-')}-{picture}",
    }


def picture(
    desk: Desk, name: str, asked: Mapping[str, str], over: str, now: datetime
) -> tuple[bytes, Format]:
    """One picture as a file, and how it is written. Raises `NotFound`."""
    try:
        which, kind = Picture(asked["picture"]), Format(asked["kind"])
    except ValueError:
        raise NotFound("There is no such picture.", instead=f"See /slos/{name}.") from None
    shown = pictures.course(desk, name, now, reader=PUBLIC, over=over)
    return pictures.drawn(which, kind, shown), kind


def drawn_for(postmortem: Postmortem) -> dict[str, str]:
    """Where the picture is that stands for a diagram of a postmortem, as a page has it.

    What is drawn is what stands in the document, so the page and the file cannot disagree.
    """
    key = postmortem.incident.key
    found = {}
    for spent in postmortem.spent:
        chart = cost_chart(spent, key)
        if chart is not None:
            address = f"/incidents/{key}/budgets/{quote(spent.slo)}.svg"
            found[budget_chart(spent)] = (
                f'<figure class="drawing budget-drawing"><img src="{html(address)}"'
                f' alt="{html(chart.describes)}" width="{WIDTH}" height="{HEIGHT}"></figure>\n'
            )
    return found


def cost(desk: Desk, number: IncidentNumber, name: str, now: datetime) -> bytes:
    """What an incident took from one budget, as its postmortem tells it. Raises `NotFound`."""
    value = postmortem_of(desk, number, now)
    spent = next((one for one in value.spent if one.slo == name), None)
    chart = cost_chart(spent, value.incident.key) if spent else None
    if chart is None:
        raise NotFound(
            "There is no such picture.", instead=f"See /incidents/{value.incident.key}/postmortem."
        )
    return svg(chart).encode()
