"""Updates that were sent, and whether they were on time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.text import UserText
from incidents.store.tables import update_message


@dataclass(frozen=True, slots=True)
class Update:
    """A message to an audience.

    ``was_due_at`` is when it had been promised, ``promised_at`` the next.
    """

    id: str
    incident: IncidentNumber
    audience: str
    text: UserText
    sent_at: datetime
    sent_by: PersonId
    promised_at: datetime | None
    was_due_at: datetime | None

    @property
    def was_late(self) -> bool:
        """Whether people had to wait for it."""
        return self.was_due_at is not None and self.sent_at > self.was_due_at


def add(connection: Connection, new: Update) -> None:
    """Keep an update."""
    values = {name: getattr(new, name) for name in Update.__slots__}
    connection.execute(insert(update_message).values(**{**values, "text": new.text.raw}))


def of(connection: Connection, number: IncidentNumber) -> tuple[Update, ...]:
    """Every update of an incident, oldest first."""
    query = (
        select(update_message)
        .where(update_message.c.incident == number)
        .order_by(update_message.c.sent_at, update_message.c.id)
    )
    return tuple(_update(row) for row in connection.execute(query))


def latest(connection: Connection, number: IncidentNumber, audience: str) -> Update | None:
    """The last update for an audience."""
    query = (
        select(update_message)
        .where(update_message.c.incident == number, update_message.c.audience == audience)
        .order_by(update_message.c.sent_at.desc(), update_message.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else _update(row)


def _update(row: Row[Any]) -> Update:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
    return Update(**{**values, "text": UserText(row.text)})
