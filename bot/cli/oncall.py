"""``warroom oncall``: who is on call, also while Slack is not there."""

import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson
from bot.cli.standing_in import changes, override, swap, undo

if TYPE_CHECKING:
    from incidents.actions.desk import Desk
    from incidents.queries.oncall import Duty

app = typer.Typer(no_args_is_help=True)
for command in (override, swap, changes, undo):
    app.command()(command)

Wanted = Annotated[str, typer.Argument(help="Only this rotation, team or service.")]


@app.command()
def now(wanted: Wanted = "", as_json: AsJson = False) -> None:
    """Who is on call now, and until when."""
    desk = common.desk()
    moment = common.now(desk)
    _show(_duties(desk, moment, moment, wanted), moment, as_json=as_json)


@app.command("next")
def next_(wanted: Wanted = "", as_json: AsJson = False) -> None:
    """Who is on call after that, and from when on."""
    desk = common.desk()
    moment = common.now(desk)
    found = _duties(desk, moment, moment, wanted)
    rows = [["ROTATION", "NEXT", "FROM (UTC)"]]
    rows += [
        [one.rotation.name, ", ".join(one.coming.people), _utc(one.coming.start)]
        if one.coming
        else [one.rotation.name, "nobody else", ""]
        for one in found
    ]
    common.show(_value(found, moment), rows, as_json=as_json)


@app.command()
def at(
    when: Annotated[str, typer.Argument(help="2026-11-21T03:00Z, or friday 9:00 (UTC).")],
    wanted: Wanted = "",
    as_json: AsJson = False,
) -> None:
    """Who was, or will be, on call then. What was, does not change with the configuration.

    Example: warroom oncall at 2026-11-21T03:00Z payments
    """
    desk = common.desk()
    present = common.now(desk)
    moment = common.moment(when, present)
    _show(_duties(desk, moment, present, wanted), moment, as_json=as_json)


@app.command()
def gaps(
    days: Annotated[int, typer.Option(min=1, max=366, help="How far ahead.")] = 30,
    as_json: AsJson = False,
) -> None:
    """When a team that has rotations has nobody on call. Exit 1 if that is ever so."""
    from incidents.queries.oncall import holes

    desk = common.desk()
    moment = common.now(desk)
    with desk.look() as connection:
        found = holes(desk.catalog, connection, moment, timedelta(days=days))
    value = {"gaps": [{"team": one.team, "from": one.start, "until": one.end} for one in found]}
    rows = [[one.team, f"{_utc(one.start)} to {_utc(one.end)}"] for one in found]
    head = [["TEAM", "NOBODY ON CALL (UTC)"], *rows]
    common.show(value, head if rows else [[f"No gaps within {days} days."]], as_json=as_json)
    if found:
        sys.exit(1)


def _duties(desk: "Desk", at: datetime, present: datetime, wanted: str) -> "tuple[Duty, ...]":
    from incidents.queries.oncall import duties, named, roster_at

    with desk.look() as connection:
        names = named(desk.catalog, connection, wanted) if wanted else None
        return duties(connection, roster_at(desk.catalog, connection, at, present, names), at)


def _show(found: "tuple[Duty, ...]", at: datetime, *, as_json: bool) -> None:
    rows = [["ROTATION", "ON CALL", "UNTIL (UTC)", ""]]
    rows += [
        [
            one.rotation.name,
            ", ".join(one.current.people) or "nobody",
            _utc(one.until) if one.until else "no end in sight",
            _remark(one),
        ]
        for one in found
    ]
    common.show(_value(found, at), rows, as_json=as_json)


def _remark(one: "Duty") -> str:
    fetched = one.fetched
    if one.rotation.feed and fetched is None:
        return "never read: warroom serve does it"
    if fetched is not None and fetched.error:
        good = f"as of {_utc(fetched.good_at)}" if fetched.good_at else "never read"
        return f"{good}: {fetched.error}"
    return "stands in" if one.current.is_override else ""


def _value(found: "tuple[Duty, ...]", at: datetime) -> dict[str, object]:
    from bot.api.shapes import duty_json

    return {"at": at, "oncall": [duty_json(one) for one in found]}


def _utc(at: datetime) -> str:
    return f"{at:%a %Y-%m-%d %H:%M}"
