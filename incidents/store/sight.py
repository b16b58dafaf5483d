"""Which incidents somebody may see: the one place that decides it, as a condition in SQL.

A private incident is seen by its insiders: whoever holds or was asked for a role, whoever is in the
room, and whoever was added, for as long as they were. A public one is seen by everybody.
"""

from sqlalchemy import ColumnElement, exists, or_, select, true

from incidents.model.access import Reader
from incidents.model.ids import IncidentNumber
from incidents.store.tables import incident, insider, responder, role


def visible_to(reader: Reader) -> ColumnElement[bool]:
    """A condition on the table of incidents."""
    if reader.sees_private:
        return true()
    is_public = incident.c.is_private.is_(False)
    if reader.person is None:
        return is_public
    return or_(is_public, _has_role(reader), _is_in_room(reader), _was_added(reader))


def numbers_visible_to(reader: Reader) -> ColumnElement[IncidentNumber]:
    """The same for rows of other tables: their incident has to be one of these."""
    return select(incident.c.number).where(visible_to(reader)).scalar_subquery()


def _has_role(reader: Reader) -> ColumnElement[bool]:
    return exists().where(
        role.c.incident == incident.c.number,
        role.c.person == reader.person,
        role.c.state.in_(("offered", "held")),
    )


def _is_in_room(reader: Reader) -> ColumnElement[bool]:
    return exists().where(
        responder.c.incident == incident.c.number,
        responder.c.person == reader.person,
        responder.c.left_at.is_(None),
    )


def _was_added(reader: Reader) -> ColumnElement[bool]:
    still: ColumnElement[bool] = insider.c.until.is_(None)
    if reader.now is not None:
        still = or_(still, insider.c.until > reader.now)
    return exists().where(
        insider.c.incident == incident.c.number, insider.c.person == reader.person, still
    )
