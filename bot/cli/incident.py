"""``warroom incident``: everything that must also work while Slack does not."""

from typing import Annotated

import typer

from bot.cli import common
from bot.cli.climbing import escalate, escalation, times
from bot.cli.common import AsJson
from bot.cli.simulate import simulate
from incidents.model import ids
from incidents.model.access import ALL_SEEING

app = typer.Typer(no_args_is_help=True)
for command in (simulate, escalation, escalate, times):
    app.command()(command)


@app.command()
def declare(  # noqa: PLR0913, PLR0917 (each is an option)
    words: Annotated[list[str], typer.Argument(help="checkout 5xx sev2 @checkout")],
    started: Annotated[str, typer.Option(help="When it began: 09:40, yesterday 22:10.")] = "",
    ended: Annotated[str, typer.Option(help="When it was over: only its record is left.")] = "",
    drill: Annotated[bool, typer.Option("--drill", help="Practise: marked everywhere.")] = False,
    page: Annotated[bool, typer.Option("--page", help="In a drill: let pages go out.")] = False,
    field: Annotated[
        list[str] | None, typer.Option(help="name=value, of your own fields; repeat it.")
    ] = None,
    security: Annotated[
        bool, typer.Option("--security", help="Private, and the security team is told.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Declare an incident, as in Slack. The room opens as soon as Slack can be reached.

    Times are UTC unless they name a zone.

    Example: warroom incident declare checkout 5xx sev2 @checkout --started 09:40
    """
    from zoneinfo import ZoneInfo

    from incidents.actions.declare import Declare
    from incidents.actions.declare import declare as act
    from incidents.model.declaring import parse_declaration
    from incidents.model.past import read_past

    desk = common.desk()
    now = common.now(desk)
    flags = (("--started", started), ("--ended", ended))
    text = " ".join([*words, *(f"{name} {value}" for name, value in flags if value)])
    wish = parse_declaration(
        text, desk.catalog.canonical, lambda typed: read_past(typed, now, ZoneInfo("UTC"))
    )
    order = Declare(
        wish.title,
        severity=wish.severity,
        services=wish.services,
        is_drill=wish.is_drill or drill,
        is_private=wish.is_private,
        started_at=wish.started_at,
        ended_at=wish.ended_at,
        drill_pages=page,
        is_security=wish.is_security or security,
        fields={**wish.fields, **dict(one.partition("=")[::2] for one in field or ())},
    )
    incident = act(desk, order, by=common.me(), now=now).incident
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
    rows += [
        ["Team", f"{one.team}: {one.lead or 'nobody'} ({one.state}); {', '.join(one.services)}"]
        for one in card.teams
    ]
    rows += [["Budget", f"{one.slo}: {one.because}"] for one in card.budgets]
    rows += [["Not done", step] for step in card.failed_steps]
    roles = [{"role": r.role, "person": r.person, "state": r.state} for r in card.roles]
    teams = [
        {"team": t.team, "state": t.state, "lead": t.lead, "services": list(t.services)}
        for t in card.teams
    ]
    value = {
        **incident_json(one),
        "roles": roles,
        "teams": teams,
        "failed_steps": list(card.failed_steps),
    }
    common.show(value, rows, as_json=as_json)


@app.command()
def note(key: str, words: Annotated[list[str], typer.Argument()]) -> None:
    """Add a line to an incident's timeline."""
    from incidents.actions import notes
    from incidents.model.text import clean

    desk, number, by, now = common.acting(key)
    entry = notes.note(desk, number, clean(" ".join(words)), by=by, now=now)
    print(f"Noted as entry {entry.seq}.")


@app.command()
def lead(key: str, person: Annotated[str, typer.Argument(help="A handle or an address.")]) -> None:
    """Take command for somebody who works at this terminal or told us so: Slack is not needed."""
    role(key, "commander", person, accepted=True)


@app.command()
def role(
    key: str,
    role: Annotated[str, typer.Argument(help="commander, deputy, comms or scribe.")],
    person: Annotated[str, typer.Argument(help="A handle or an address.")],
    accepted: Annotated[bool, typer.Option(help="They said yes already.")] = False,
) -> None:
    """Give somebody a role; who shall command is asked first, unless they accepted."""
    from incidents.actions import elsewhere

    desk, number, by, now = common.acting(key)
    print(elsewhere.give_role(desk, number, role, person, accepted=accepted, by=by, now=now))


@app.command()
def status(
    key: str,
    status: Annotated[str, typer.Argument(help="investigating, identified or monitoring.")],
    because: Annotated[str, typer.Option(help="What made it so.")] = "",
) -> None:
    """Say how far the work is."""
    from incidents.actions import lifecycle
    from incidents.errors import Refused
    from incidents.model.lifecycle import parse_status
    from incidents.model.text import clean

    desk, number, by, now = common.acting(key)
    wanted = parse_status(status)
    if wanted is None:
        raise Refused(
            f"{status} is no status.", instead="Say investigating, identified or monitoring."
        )
    why = clean(because).raw
    after = lifecycle.set_status(desk, number, wanted, why=why, by=by, now=now)
    print(f"{after.key} is {after.status}.")


@app.command()
def severity(
    key: str,
    severity: Annotated[str, typer.Argument(help="sev1 to sev4.")],
    because: Annotated[str, typer.Option(help="What made it so.")] = "",
) -> None:
    """Say how bad it is."""
    from incidents.actions import lifecycle
    from incidents.errors import Refused
    from incidents.model.severity import parse_severity
    from incidents.model.text import clean

    desk, number, by, now = common.acting(key)
    wanted = parse_severity(severity)
    if wanted is None:
        raise Refused(f"{severity} is no severity.", instead="Say sev1, sev2, sev3 or sev4.")
    why = clean(because).raw
    after = lifecycle.set_severity(desk, number, wanted, why=why, by=by, now=now)
    print(f"{after.key} is {after.severity}.")


@app.command()
def update(
    key: str,
    words: Annotated[list[str], typer.Argument()],
    audience: Annotated[
        str, typer.Option(help="responders, executives or customers.")
    ] = "responders",
) -> None:
    """Tell an audience how it stands."""
    from incidents.actions import updates
    from incidents.model.text import clean

    desk, number, by, now = common.acting(key)
    sent = updates.SendUpdate(audience, clean(" ".join(words)))
    after = updates.send_update(desk, number, sent, by=by, now=now)
    until = (
        f" The next one is promised for {after.promised_at:%H:%M} UTC." if after.promised_at else ""
    )
    print(f"Told {audience}.{until}")


@app.command()
def resolve(
    key: str,
    fix: Annotated[str, typer.Option(help="What fixed it.")],
    ended: Annotated[str, typer.Option(help="When the impact ended: 09:40, yesterday 22:10.")] = "",
) -> None:
    """The impact is over."""
    from incidents.actions import elsewhere
    from incidents.model.text import clean

    desk, number, by, now = common.acting(key)
    end = common.past(ended, now) if ended else None
    after = elsewhere.resolve(desk, number, clean(fix), end, by=by, now=now)
    print(f"{after.key} is resolved.")


@app.command()
def close(key: str) -> None:
    """Everything is done: the postmortem is written, the action items have owners."""
    from incidents.actions import lifecycle

    desk, number, by, now = common.acting(key)
    after = lifecycle.close(desk, number, by=by, now=now)
    print(f"{after.key} is closed.")


@app.command()
def affected(
    key: str, service: str, because: Annotated[str, typer.Option(help="What shows it.")] = ""
) -> None:
    """A service is affected too: its team is brought in."""
    from incidents.actions import teams
    from incidents.model.text import clean

    desk, number, by, now = common.acting(key)
    name, why = desk.catalog.canonical(service) or service, clean(because).raw
    after = teams.join(desk, number, name, why, by=by, now=now)
    print(f"{name} is part of {after.key} now.")


@app.command()
def link(
    key: str,
    other: str,
    because: Annotated[str, typer.Option(help="What they have to do with each other.")] = "",
) -> None:
    """Say that another incident has to do with it."""
    from incidents.actions import merging
    from incidents.model.text import clean

    desk, number, by, now = common.acting(key)
    toward = merging.Toward(common.number(other), clean(because).raw, ALL_SEEING)
    after = merging.link(desk, number, toward, by=by, now=now)
    print(f"{after.key} and {ids.key(toward.other)} are linked.")


@app.command()
def merge(
    key: str,
    into: Annotated[str, typer.Argument(help="The incident that it is a part of.")],
    because: Annotated[str, typer.Option(help="What shows it.")] = "",
) -> None:
    """It is part of another incident: people, alerts and action items go on there."""
    from incidents.actions import merging
    from incidents.model.text import clean

    desk, number, by, now = common.acting(key)
    toward = merging.Toward(common.number(into), clean(because).raw, ALL_SEEING)
    whole = merging.merge(desk, number, toward, by=by, now=now)
    print(f"{ids.key(number)} is part of {whole.key} now.")


@app.command()
def split(
    key: str,
    service: Annotated[str, typer.Option(help="The service that goes its own way.")] = "",
    title: Annotated[str, typer.Option(help="What its incident is called.")] = "",
    because: Annotated[str, typer.Option(help="What shows it.")] = "",
) -> None:
    """Take a service out into an incident of its own; without one, undo the merge of KEY."""
    from incidents.actions import merging
    from incidents.model.text import clean, clean_line

    desk, number, by, now = common.acting(key)
    why = clean(because).raw
    if not service:
        after = merging.unmerge(desk, number, because=why, by=by, now=now)
        print(f"{after.key} is an incident of its own again, and open.")
        return
    name = desk.catalog.canonical(service) or service
    wish = merging.Split(name, clean_line(title, limit=200), why)
    child = merging.split(desk, number, wish, by=by, now=now)
    print(f"{name} is {child.key} now.")
