"""The card keeps up with what its incident costs, without a word more than that."""

import hashlib
from datetime import datetime

from incidents.actions.desk import CLOCK, Desk
from incidents.model import effects
from incidents.queries.costs import costs_shown
from incidents.store import incidents


def keep_up(desk: Desk, now: datetime) -> int:
    """Edit the cards whose figures are others by now. How many; whoever asks twice edits once."""
    if not desk.objectives:
        return 0
    found: dict[int, str] = {}
    with desk.look() as connection:
        for incident in incidents.open_ones(connection):
            costs = costs_shown(desk, connection, incident, now)
            if costs:
                found[incident.number] = "; ".join(
                    f"{name} {one.says}" for name, one in costs.items()
                )
    if not found:
        return 0
    with desk.work(CLOCK, now) as work:
        for incident in incidents.open_ones(work.connection):
            if incident.number in found:
                work.send(effects.edit_card(incident.number, _shown(found[incident.number], now)))
        return work.planned


def _shown(says: str, now: datetime) -> str:
    """Names what the card says: the same words are not edited in twice within the hour."""
    digest = hashlib.sha256(says.encode()).hexdigest()[:12]
    return f"cost/{now:%d%H}/{digest}"
