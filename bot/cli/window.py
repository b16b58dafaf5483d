"""``warroom window``: maintenance, freezes, peaks, and what does not count for budgets."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli import common
from bot.cli.common import AsJson

if TYPE_CHECKING:
    from incidents.actions.desk import Desk

app = typer.Typer(no_args_is_help=True)

_UTC = ZoneInfo("UTC")


@app.command("list")
def list_(
    service: Annotated[str, typer.Argument(help="Only those of this service.")] = "",
    as_json: AsJson = False,
) -> None:
    """Every window that holds or comes within a year. Times are UTC."""
    from bot.api.shapes_windows import window_json
    from incidents.catalog.scopes import reach
    from incidents.queries.windows import listed

    desk = common.desk()
    now = common.now(desk)
    name = desk.catalog.find_service(service).name if service else ""
    with desk.look() as connection:
        found = [
            one
            for one in listed(desk, connection, now)
            if not name
            or (reached := reach(desk.catalog, one.window.scope)) is None
            or name in reached
        ]
    rows = [["WINDOW", "KIND", "FOR", "FROM, UNTIL (UTC)", "NOW", "WHY"]]
    rows += [
        [
            one.window.id,
            one.window.kind,
            one.window.scope.words,
            _when(one.next.span.start, one.next.span.end) if one.next else "",
            "holds" if one.is_on else "comes",
            one.window.because or one.window.title,
        ]
        for one in found
    ]
    value = {"windows": [window_json(one) for one in found]}
    common.show(value, rows if found else [["There is no window."]], as_json=as_json)


@app.command()
def add(
    words: Annotated[list[str], typer.Argument(help="maintenance checkout tonight 22:00-23:30")],
    title: Annotated[str, typer.Option(help="What people read.")] = "",
    zone: Annotated[str, typer.Option(help="On whose clocks: Europe/Berlin.")] = "UTC",
    as_json: AsJson = False,
) -> None:
    """Plan a window: maintenance, freeze, peak or marketing, once or again and again.

    With "exclude" what fails in a maintenance does not count; with "sensitivity 0.5" a peak alerts
    at half the usual burn rates.

    Example: warroom window add maintenance checkout tonight 22:00-23:30 because of an upgrade
    """
    from incidents.actions.window_words import plan_of
    from incidents.actions.windows import plan_window

    desk = common.desk()
    now = common.now(desk)
    plan = plan_of(desk.catalog, " ".join(words), title, now, _zone(zone))
    window = plan_window(desk, plan, by=common.me(), now=now)
    _show(desk, window.id, now, as_json=as_json)


@app.command()
def cancel(
    window: Annotated[str, typer.Argument(help="As `warroom window list` calls it: w7.")],
    as_json: AsJson = False,
) -> None:
    """Call a window off. What it did so far stays; what burns is an alert from now on."""
    from incidents.actions.windows import cancel as call_off

    desk = common.desk()
    found = call_off(desk, window, by=common.me(), now=common.now(desk))
    rows = [[f"Called off: {found.kind} {found.id} for {found.scope.words}"]]
    common.show({"called_off": found.id}, rows, as_json=as_json)


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfoNotFoundError

    from incidents.errors import Refused

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(f"{name} is no time zone.", instead="One like Europe/Berlin.") from None


def _show(desk: "Desk", name: str, now: datetime, *, as_json: bool) -> None:
    from bot.api.shapes_windows import window_json
    from incidents.queries.windows import listed

    with desk.look() as connection:
        found = [one for one in listed(desk, connection, now) if one.window.id == name]
    rows = [
        [f"{one.window.id}: {one.window.kind} for {one.window.scope.words}, {when}"]
        for one in found
        if one.next and (when := _when(one.next.span.start, one.next.span.end))
    ]
    common.show({"windows": [window_json(one) for one in found]}, rows, as_json=as_json)


def _when(start: datetime, end: datetime) -> str:
    return f"{start:%a %Y-%m-%d %H:%M} to {end:%a %Y-%m-%d %H:%M}"
