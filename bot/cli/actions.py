"""``warroom actions``: what was promised after incidents."""

from typing import Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    owner: Annotated[str, typer.Option(help="Only this person's: a handle or an e-mail.")] = "",
    as_json: AsJson = False,
) -> None:
    """Open action items, the most urgent first."""
    from incidents.errors import NotFound
    from incidents.store import action_items, people

    desk = common.desk()
    with desk.look() as connection:
        known = {one.id: one for one in people.everybody(connection)}
        person = people.named(connection, owner) if owner else None
        if owner and person is None:
            raise NotFound(f"I know nobody called {owner}.")
        found = action_items.open_ones(connection)
    found = tuple(one for one in found if person is None or one.owner == person.id)
    now = common.now(desk)
    rows = [["#", "INCIDENT", "OWNER", "DUE (UTC)", "LATE", "ACTION"]]
    value = []
    for one in found:
        who = known[one.owner].handle if one.owner in known else one.owner
        due = f"{one.due_at:%Y-%m-%d %H:%M}" if one.due_at else "-"
        late = "late" if one.is_overdue(now) else ""
        rows.append([str(one.number), f"INC-{one.incident}", who, due, late, one.title.raw])
        value.append(
            {"number": one.number, "incident": f"INC-{one.incident}", "owner": one.owner,
             "due_at": one.due_at, "overdue": one.is_overdue(now), "title": one.title.raw}
        )  # fmt: skip
    common.show({"actions": value}, rows, as_json=as_json)


@app.command()
def remind() -> None:
    """Do now what is due: send the reminders whose time has come. Serving does this by itself."""
    from incidents.actions import deadlines, housekeeping

    desk = common.desk()
    done = deadlines.tick(desk, housekeeping.HANDLERS, common.now(desk))
    print(f"{done} things were due.")
