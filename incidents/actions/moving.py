"""What follows an incident into another one, and back: alerts, names of outages, action items."""

from typing import Any

from incidents.actions import teams
from incidents.actions.desk import Work
from incidents.model.alerts import service_of
from incidents.model.ids import ServiceName
from incidents.model.incident import Incident
from incidents.store import action_items, affected, alerts, due, outages


def everything(work: Work, part: Incident, whole: Incident) -> dict[str, Any]:
    """Move it from the part to the whole; what moved, so that it can move back.

    The ``keys`` are those that the whole did not have, ``had`` the services it was about before.
    """
    connection = work.connection
    had = {*outages.of(connection, whole.number), whole.open_key}
    own = (part.open_key, part.facts.get("outage"), *outages.of(connection, part.number))
    keys = [name for name in dict.fromkeys(own) if name and name not in had]
    for name in keys:
        outages.add(connection, name, whole.number, work.now)
    fired = [(one.source, one.fingerprint) for one in alerts.of(connection, part.number)]
    items = [one.number for one in action_items.of(connection, part.number)]
    alerts.move(connection, fired, whole.number)
    action_items.move(connection, items, whole.number)
    due.move(connection, [f"todo-{one}/" for one in items], whole.number)
    return {
        "keys": keys,
        "alerts": [list(one) for one in fired],
        "items": items,
        "had": list(whole.services),
    }


def everything_back(work: Work, part: Incident, whole: Incident, facts: dict[str, Any]) -> None:
    """Move back what came from the part."""
    connection = work.connection
    outages.remove(connection, facts.get("keys", ()), whole.number)
    fired = [(source, fingerprint) for source, fingerprint in facts.get("alerts", ())]
    items = facts.get("items", [])
    alerts.move(connection, fired, part.number)
    action_items.move(connection, items, part.number)
    due.move(connection, [f"todo-{one}/" for one in items], part.number)


def lose_services(work: Work, whole: Incident, services: tuple[str, ...]) -> Incident:
    """These are not its affair any more, nor that of teams that own nothing else in it."""
    stays = tuple(one for one in whole.services if one not in services)
    after = work.change(whole, services=stays)
    catalog = work.desk.catalog
    owners = {team.name for name in stays if (team := catalog.team_of(ServiceName(name)))}
    for one in affected.of(work.connection, whole.number):
        if one.team not in owners:
            teams.leave(work, after, one)
    return after


def keys_and_alerts_of_service(work: Work, whole: Incident, child: Incident, service: str) -> None:
    """What fires for the service, and the names of its outages, are the child's."""
    connection = work.connection
    names = {name for name in (whole.open_key, *outages.of(connection, whole.number)) if name}
    theirs = sorted(name for name in names if name.split("/")[1:2] == [service])
    outages.remove(connection, theirs, whole.number)
    for name in theirs:
        outages.add(connection, name, child.number, work.now)
    if whole.open_key in theirs:
        work.change(whole, open_key=None)
    known = work.desk.catalog.canonical
    fired = [
        (one.source, one.fingerprint)
        for one in alerts.of(connection, whole.number)
        if service_of(one.labels, known).service == service
    ]
    alerts.move(connection, fired, child.number)
