"""Up to which entry of an incident's record somebody knows, in SQL."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from incidents.model.ids import IncidentNumber, PersonId
from incidents.store.quiet_tables import caught_up
from incidents.store.sql import insert_or_replace
from incidents.store.tables import incident


@dataclass(frozen=True, slots=True)
class Known:
    """They know everything up to the entry ``seq``, as of ``at``."""

    seq: int
    at: datetime


def get(connection: Connection, number: IncidentNumber, person: PersonId) -> Known | None:
    """What somebody knows; None if they never were there."""
    query = select(caught_up.c.seq, caught_up.c.at).where(
        caught_up.c.incident == number, caught_up.c.person == person
    )
    row = connection.execute(query).first()
    return None if row is None else Known(row.seq, row.at)


def keep(connection: Connection, number: IncidentNumber, person: PersonId, now: datetime) -> None:
    """They know all that is on the record at this moment."""
    query = select(incident.c.entries).where(incident.c.number == number)
    entries = connection.execute(query).scalar_one()
    row = {"incident": number, "person": person, "seq": entries, "at": now}
    insert_or_replace(connection, caught_up, row, keys=("incident", "person"))
