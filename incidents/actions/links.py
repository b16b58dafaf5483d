"""The links at the top of a room."""

from incidents.actions.desk import Work
from incidents.model.incident import Incident


def bookmarks_of(work: Work, incident: Incident) -> list[tuple[str, str, str]]:
    """Title, link and emoji: bridge, console, runbooks and dashboards of the services."""
    found: list[tuple[str, str, str]] = []
    if incident.bridge:
        found.append(("Bridge call", incident.bridge, ":telephone_receiver:"))
    if work.desk.public_url and not incident.is_private:
        found.append(("Console", f"{work.desk.public_url}/incidents/{incident.key}", ":ledger:"))
    for name in incident.services[:3]:
        service = work.desk.catalog.service(name)
        if service is None:
            continue
        found += [(f"Runbook {one.name}", one.url, ":books:") for one in service.runbooks[:2]]
        found += [
            (f"Dashboard {one.name}", one.url, ":bar_chart:") for one in service.dashboards[:2]
        ]
    return [(title, link, emoji) for title, link, emoji in found if link.startswith("http")][:8]
