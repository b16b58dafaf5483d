"""Which incident is meant, for a token that may see it."""

from fastapi import HTTPException

from incidents.actions.desk import Desk
from incidents.model import ids
from incidents.model.access import ALL_SEEING, PUBLIC, Reader
from incidents.model.incident import Incident
from incidents.store import incidents
from incidents.store.tokens import Token


def reader_of(token: Token) -> Reader:
    """What a token may read: private incidents only with the scope for it."""
    return ALL_SEEING if "private" in token.scopes else PUBLIC


def incident_named(desk: Desk, key: str, reader: Reader) -> Incident:
    """The incident. Raises the 404 for one that is not there, or not theirs to see."""
    number = ids.parse_key(key)
    with desk.look() as connection:
        found = incidents.get(connection, number, reader) if number is not None else None
    if found is None:
        raise HTTPException(404, f"There is no incident {key[:40]}.")
    return found
