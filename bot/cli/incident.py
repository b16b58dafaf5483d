"""``warroom incident``: everything that must also work while Slack does not."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

app = typer.Typer(no_args_is_help=True)


@app.command()
def declare(
    words: Annotated[list[str], typer.Argument(help="checkout 5xx sev2 @checkout")],
    as_json: AsJson = False,
) -> None:
    """Declare an incident, as /incident would. The room opens as soon as Slack can be reached.

    Example: warroom incident declare checkout 5xx sev2 @checkout
    """
    from incidents.actions.declare import Declare
    from incidents.actions.declare import declare as act
    from incidents.model.declaring import parse_declaration

    desk = common.desk()
    wish = parse_declaration(" ".join(words), desk.catalog.canonical)
    order = Declare(
        wish.title,
        severity=wish.severity,
        services=wish.services,
        is_drill=wish.is_drill,
        is_private=wish.is_private,
    )
    incident = act(desk, order, by=common.me(), now=common.now(desk)).incident
    value = {"key": incident.key, "title": incident.title.raw, "severity": incident.severity}
    common.show(value, [[incident.key, incident.severity, incident.title.raw]], as_json=as_json)


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Not only open ones.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open incidents, the worst first; with --all the newest of any status."""
    from bot.api.shapes import incident_json
    from incidents.store import incidents

    with common.desk().look() as connection:
        found = (
            incidents.recent(connection, limit=200) if every else incidents.open_ones(connection)
        )
    rows = [["KEY", "SEVERITY", "STATUS", "DECLARED (UTC)", "TITLE"]]
    rows += [
        [one.key, one.severity, one.status, f"{one.declared_at:%Y-%m-%d %H:%M}", common.title(one)]
        for one in found
    ]
    common.show({"incidents": [incident_json(one) for one in found]}, rows, as_json=as_json)


@app.command()
def show(key: str, as_json: AsJson = False) -> None:
    """One incident: what, who, since when."""
    from bot.api.shapes import incident_json
    from incidents.errors import NotFound
    from incidents.queries.card import card_of

    desk, number = common.desk(), common.number(key)
    now = common.now(desk)
    with desk.look() as connection:
        card = card_of(desk, connection, number, now)
    if card is None:
        raise NotFound(f"There is no {key}.", instead="See them: warroom incident list --all")
    one = card.incident
    rows = [
        ["Key", one.key],
        ["Title", common.title(one)],
        ["Severity", f"{one.severity} ({one.facts.get('severity_because', '')})"],
        ["Status", one.status],
        ["Services", ", ".join(one.services) or "none"],
        ["Declared", f"{one.declared_at:%Y-%m-%d %H:%M} UTC by {one.declared_by}"],
        ["Room", one.room_name if one.room else "not open yet"],
    ]
    rows += [[role.role.capitalize(), f"{role.person} ({role.state})"] for role in card.roles]
    rows += [["Budget", f"{one.slo}: {one.because}"] for one in card.budgets]
    rows += [["Not done", step] for step in card.failed_steps]
    roles = [{"role": r.role, "person": r.person, "state": r.state} for r in card.roles]
    value = {**incident_json(one), "roles": roles, "failed_steps": list(card.failed_steps)}
    common.show(value, rows, as_json=as_json)


@app.command()
def note(key: str, words: Annotated[list[str], typer.Argument()]) -> None:
    """Add a line to an incident's timeline."""
    from incidents.actions import notes
    from incidents.model.text import clean

    desk = common.desk()
    entry = notes.note(
        desk,
        common.number(key),
        clean(" ".join(words)),
        by=common.me(),
        now=common.now(desk),
    )
    print(f"Noted as entry {entry.seq}.")


@app.command()
def lead(key: str, person: Annotated[str, typer.Argument(help="A handle or an address.")]) -> None:
    """Take command for somebody who works at this terminal or told us so: Slack is not needed."""
    from incidents.actions import roles
    from incidents.actions.desk import Origin
    from incidents.errors import NotFound
    from incidents.store import people

    desk, number = common.desk(), common.number(key)
    with desk.look() as connection:
        found = people.named(connection, person)
    if found is None:
        raise NotFound(
            f"I know nobody called {person}.",
            instead="Slack's people are known once it has been reached; note who leads: "
            f'warroom incident note {key} "{person} leads".',
        )
    by, now = Origin(found.id, "cli"), common.now(desk)
    roles.assign(desk, number, "commander", found.id, by=by, now=now)
    print(f"{found.name} commands {key.upper()}.")


@app.command()
def resolve(
    key: str,
    fix: Annotated[str, typer.Option(help="What fixed it.")],
    ended: Annotated[str, typer.Option(help="When the impact ended: 2026-11-21T10:00Z.")] = "",
) -> None:
    """The impact is over."""
    from incidents.actions import lifecycle
    from incidents.errors import NotFound, Refused
    from incidents.model.text import NOTHING, clean
    from incidents.store import incidents

    desk, number = common.desk(), common.number(key)
    now = common.now(desk)
    with desk.look() as connection:
        incident = incidents.get(connection, number)
    if incident is None:
        raise NotFound(f"There is no {key}.", instead="See them: warroom incident list")
    try:
        end = datetime.fromisoformat(ended) if ended else now - timedelta(seconds=1)
    except ValueError:
        raise Refused(f"{ended} is not a time.", instead="Write 2026-11-21T10:00Z.") from None
    if end.tzinfo is None:
        raise Refused(f"{ended} has no time zone.", instead="Add a Z for UTC.")
    resolution = lifecycle.Resolution(
        clean(fix), min(incident.started_at, end), end, incident.impact or NOTHING
    )
    after = lifecycle.resolve(desk, number, resolution, by=common.me(), now=now)
    print(f"{after.key} is resolved.")
