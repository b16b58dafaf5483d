"""How far each incident's call for somebody has come, in SQL."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from incidents.model.escalation import Climb, Standing
from incidents.model.ids import IncidentNumber, TeamName
from incidents.store.escalation_tables import climb

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """A climb as it is kept: whose path, of a service of which ``tier``, and since when.

    ``version`` differs after every change; ``because`` says why it stands where it stands.
    """

    incident: IncidentNumber
    team: TeamName
    tier: int
    started_at: datetime
    climb: Climb
    because: str = ""
    version: int = 1


def get(connection: Connection, number: IncidentNumber) -> Kept | None:
    """The climb of an incident; None if it has no path. Hold the incident before you change it."""
    row = connection.execute(select(climb).where(climb.c.incident == number)).first()
    return None if row is None else _kept(row)


def add(connection: Connection, new: Kept) -> None:
    """The first climb of an incident."""
    connection.execute(insert(climb).values(_columns(new)))


def save(connection: Connection, before: Kept, after: Climb, because: str, **more: Any) -> Kept:  # noqa: ANN401
    """The climb as it is now, under its next version."""
    new = replace(before, climb=after, because=because, version=before.version + 1, **more)
    connection.execute(
        update(climb).where(climb.c.incident == before.incident).values(_columns(new))
    )
    return new


def _columns(one: Kept) -> dict[str, Any]:
    return {
        "incident": one.incident,
        "team": one.team,
        "tier": one.tier,
        "started_at": one.started_at,
        "taken": one.climb.taken,
        "gone": one.climb.gone // _MICROSECOND,
        "at": one.climb.at,
        "burn": one.climb.burn,
        "standing": one.climb.standing.value,
        "because": one.because,
        "version": one.version,
    }


def _kept(row: Row[Any]) -> Kept:
    gone = row.gone * _MICROSECOND
    return Kept(
        IncidentNumber(row.incident),
        TeamName(row.team),
        row.tier,
        row.started_at,
        Climb(row.taken, gone, row.at, row.burn, Standing(row.standing)),
        row.because,
        row.version,
    )
