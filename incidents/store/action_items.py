"""Action items in SQL."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from incidents.errors import Conflict
from incidents.model.access import ALL_SEEING, Reader
from incidents.model.followups import ActionItem, ItemState
from incidents.model.ids import ActionNumber, IncidentNumber, PersonId
from incidents.model.text import UserText
from incidents.store.sight import numbers_visible_to
from incidents.store.sql import locked
from incidents.store.tables import action_item


def add(connection: Connection, new: ActionItem) -> None:
    """A new action item."""
    connection.execute(insert(action_item).values(**_columns(new)))


def get(connection: Connection, number: int, reader: Reader = ALL_SEEING) -> ActionItem | None:
    """One action item; None if there is none, or none that ``reader`` may see."""
    is_visible = action_item.c.incident.in_(numbers_visible_to(reader))
    query = select(action_item).where(action_item.c.number == number, is_visible)
    row = connection.execute(query).first()
    return None if row is None else _item(row)


def incident_of(connection: Connection, number: int) -> IncidentNumber | None:
    """What an action item belongs to; it changes with a merge."""
    query = select(action_item.c.incident).where(action_item.c.number == number)
    return connection.execute(query).scalar()


def move(connection: Connection, items: Collection[int], number: IncidentNumber) -> None:
    """These belong to another incident now."""
    is_one = action_item.c.number.in_(items)
    connection.execute(update(action_item).where(is_one).values(incident=number))


def lock(connection: Connection, number: int) -> ActionItem | None:
    """One action item, held until the transaction ends."""
    query = locked(connection, select(action_item).where(action_item.c.number == number))
    row = connection.execute(query).first()
    return None if row is None else _item(row)


def save(connection: Connection, before: ActionItem, after: ActionItem) -> None:
    """The item as it is now. Raises `Conflict` if it is not the one that was read."""
    statement = (
        update(action_item)
        .where(action_item.c.number == before.number, action_item.c.version == before.version)
        .values(**{**_columns(after), "version": before.version + 1})
    )
    if connection.execute(statement).rowcount != 1:
        raise Conflict("The action item was changed by somebody else at the same moment.")


def of(connection: Connection, number: IncidentNumber) -> tuple[ActionItem, ...]:
    """The action items of an incident, oldest first."""
    query = (
        select(action_item).where(action_item.c.incident == number).order_by(action_item.c.number)
    )
    return tuple(_item(row) for row in connection.execute(query))


def owned_by(
    connection: Connection, owner: PersonId, reader: Reader = ALL_SEEING
) -> tuple[ActionItem, ...]:
    """Somebody's open action items, the most urgent first."""
    is_theirs = (action_item.c.owner == owner) & (action_item.c.state == "open")
    query = (
        select(action_item)
        .where(is_theirs, action_item.c.incident.in_(numbers_visible_to(reader)))
        .order_by(action_item.c.due_at.is_(None), action_item.c.due_at, action_item.c.number)
    )
    return tuple(_item(row) for row in connection.execute(query))


def open_ones(connection: Connection, reader: Reader = ALL_SEEING) -> tuple[ActionItem, ...]:
    """Everything that is not done, the most urgent first."""
    query = (
        select(action_item)
        .where(
            action_item.c.state == "open", action_item.c.incident.in_(numbers_visible_to(reader))
        )
        .order_by(action_item.c.due_at.is_(None), action_item.c.due_at, action_item.c.number)
    )
    return tuple(_item(row) for row in connection.execute(query))


def due_before(connection: Connection, moment: datetime) -> tuple[ActionItem, ...]:
    """Open items that are due before ``moment``."""
    return tuple(one for one in open_ones(connection) if one.due_at and one.due_at < moment)


def _columns(item: ActionItem) -> dict[str, Any]:
    values = {name: getattr(item, name) for name in ActionItem.__slots__}
    return {**values, "title": item.title.raw, "state": str(item.state)}


def _item(row: Row[Any]) -> ActionItem:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
    return ActionItem(
        **{
            **values,
            "number": ActionNumber(row.number),
            "title": UserText(row.title),
            "owner": PersonId(row.owner),
            "state": ItemState(row.state),
        }
    )
