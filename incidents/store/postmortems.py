"""Postmortems in SQL: what people wrote. Everything else in one comes from the record."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from incidents.model.ids import IncidentNumber, PersonId
from incidents.store.sql import insert_if_new
from incidents.store.tables import postmortem


@dataclass(frozen=True, slots=True)
class Draft:
    """The part of a postmortem that people write.

    ``sections`` maps a section's name to its text.
    """

    incident: IncidentNumber
    state: str
    owner: PersonId
    sections: dict[str, str]
    created_at: datetime
    changed_at: datetime
    version: int


def start(connection: Connection, number: IncidentNumber, owner: PersonId, now: datetime) -> bool:
    """Begin a postmortem. False if there is one."""
    row = {
        "incident": number,
        "state": "draft",
        "owner": owner,
        "sections": {},
        "created_at": now,
        "changed_at": now,
        "version": 1,
    }
    return insert_if_new(connection, postmortem, row)


def get(connection: Connection, number: IncidentNumber) -> Draft | None:
    """What people wrote so far."""
    row = connection.execute(select(postmortem).where(postmortem.c.incident == number)).first()
    return None if row is None else Draft(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)


def write(connection: Connection, number: IncidentNumber, now: datetime, **changes: object) -> None:
    """Keep ``sections``, ``state`` or ``owner``."""
    connection.execute(
        update(postmortem)
        .where(postmortem.c.incident == number)
        .values(**changes, changed_at=now, version=postmortem.c.version + 1)
    )
