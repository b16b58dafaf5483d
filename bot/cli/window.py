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


@app.command()
def exclude(
    about: Annotated[str, typer.Argument(help="checkout/availability, a service, or everything.")],
    since: Annotated[str, typer.Option("--from", help="2026-11-21T14:00Z, or “13:40”.")],
    until: Annotated[str, typer.Option("--to", help="Like --from.")],
    because: Annotated[str, typer.Option(help="Why it does not count.")],
    category: Annotated[
        str,
        typer.Option("--as", help="network, dependency, out-of-scope, miscategorised, planned."),
    ] = "miscategorised",
    as_json: AsJson = False,
) -> None:
    """What happened then does not count for budgets. Nothing is deleted: `restore` undoes it.

    Example: warroom window exclude checkout --from 13:40 --to 14:10 --as network --because "a fire"
    """
    from bot.api.shapes_windows import exclusion_json
    from incidents.actions.exclusions import Exempt, category_named
    from incidents.actions.exclusions import exclude as take_out
    from incidents.model.spans import Span
    from incidents.model.text import clean_line

    desk = common.desk()
    now = common.now(desk)
    span = Span(common.past(since, now), common.past(until, now))
    wish = Exempt(about, span, category_named(category), clean_line(because))
    made = take_out(desk, wish, by=common.me(), now=now)
    rows = [[f"{made.id}: {about}, {_when(made.span.start, made.span.end)}, does not count."]]
    common.show({"exclusions": [exclusion_json(made)]}, rows, as_json=as_json)


@app.command()
def restore(
    exclusion: Annotated[str, typer.Argument(help="As `warroom window exclusions` calls it: x7.")],
    because: Annotated[str, typer.Option(help="Why it counts again.")] = "",
    as_json: AsJson = False,
) -> None:
    """What was excluded counts again, exactly as it was."""
    from incidents.actions.exclusions import restore as bring_back
    from incidents.model.text import clean_line

    desk = common.desk()
    now = common.now(desk)
    found = bring_back(desk, exclusion, clean_line(because), by=common.me(), now=now)
    common.show({"restored": found.id}, [[f"{found.id} counts again."]], as_json=as_json)


@app.command()
def exclusions(as_json: AsJson = False) -> None:
    """What does not count for budgets, the newest first; those that were undone too."""
    from bot.api.shapes_windows import exclusion_json
    from incidents.store import exclusions as stored

    desk = common.desk()
    with desk.look() as connection:
        found = stored.listed(connection, limit=200)
    rows = [["EXCLUSION", "OF", "FROM, UNTIL (UTC)", "AS", "COUNTS", "WHY"]]
    rows += [
        [
            one.id,
            one.words,
            _when(one.span.start, one.span.end),
            one.category,
            "no" if one.lifted_at is None else "again",
            one.because,
        ]
        for one in found
    ]
    value = {"exclusions": [exclusion_json(one) for one in found]}
    common.show(value, rows if found else [["Everything counts."]], as_json=as_json)
