"""What two versions of a service served, as the record counted it, and which of them is worse."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.errors import NotFound, Refused
from incidents.model.canary import STANDARD, Comparison, Rules, compared
from incidents.model.gate import Gate
from incidents.model.objective import Counts, SLOName
from incidents.model.rolling import FINE, misfit
from incidents.store import slo


@dataclass(frozen=True, slots=True)
class Canary:
    """Two versions side by side, each as counts or as the SLO that counts it."""

    baseline: Counts | SLOName
    canary: Counts | SLOName
    over: timedelta = timedelta(minutes=30)
    rules: Rules = STANDARD


def canary_gate(
    desk: Desk, connection: Connection, service: str, asked: Canary, now: datetime
) -> tuple[Gate, Comparison]:
    """What the comparison means, and its figures. Raises `NotFound`, `Refused`."""
    name = desk.catalog.find_service(service).name
    sides = [
        _counts(desk, connection, name, side, asked.over, now)
        for side in (asked.baseline, asked.canary)
    ]
    return compared(sides[0], sides[1], asked.rules)


def _counts(
    desk: Desk,
    connection: Connection,
    service: str,
    side: Counts | SLOName,
    over: timedelta,
    now: datetime,
) -> Counts:
    if isinstance(side, Counts):
        return side
    known = {one.slo: one for one in desk.objectives if one.service == service}
    if side not in known:
        names = ", ".join(known) or "none"
        raise NotFound(f"{service} has no SLO called {side[:160]}.", instead=f"Its SLOs: {names}.")
    why = misfit(over)
    if why:
        raise Refused(f"That time cannot be counted: {why}.", instead="Say 1800 seconds, or 30m.")
    return slo.counts(connection, [side], over, FINE.start(FINE.number(now)))[side]
