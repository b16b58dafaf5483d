"""Bearer tokens in SQL: only their hashes are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from incidents.store.tables import token


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token. The secret itself is not.

    ``source`` is the only webhook it may deliver to, ``services`` the only services it may speak
    for; None means any.
    """

    id: str
    name: str
    hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    source: str | None = None
    services: tuple[str, ...] | None = None


def add(connection: Connection, new: Token) -> None:
    """A new token."""
    values = {name: getattr(new, name) for name in Token.__slots__}
    values |= {"scopes": list(new.scopes), "services": new.services and list(new.services)}
    connection.execute(insert(token).values(**values))


def with_hash(connection: Connection, digest: str) -> Token | None:
    """The token that is not revoked and has this hash."""
    query = select(token).where(token.c.hash == digest, token.c.revoked_at.is_(None))
    row = connection.execute(query).first()
    return None if row is None else _token(row)


def named(connection: Connection, name: str) -> Token | None:
    """A token by its name."""
    row = connection.execute(select(token).where(token.c.name == name)).first()
    return None if row is None else _token(row)


def every(connection: Connection) -> tuple[Token, ...]:
    """All tokens, the revoked ones too, oldest first."""
    query = select(token).order_by(token.c.created_at, token.c.id)
    return tuple(_token(row) for row in connection.execute(query))


def use(connection: Connection, token_id: str, now: datetime, *, unless_since: datetime) -> None:
    """It was used, unless that is known to be so since then already."""
    is_stale = or_(token.c.used_at.is_(None), token.c.used_at <= unless_since)
    connection.execute(update(token).where(token.c.id == token_id, is_stale).values(used_at=now))


def revoke(connection: Connection, token_id: str, now: datetime) -> None:
    """From now on it opens nothing."""
    connection.execute(update(token).where(token.c.id == token_id).values(revoked_at=now))


def _token(row: Row[Any]) -> Token:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
    services = None if row.services is None else tuple(row.services)
    return Token(**{**values, "scopes": tuple(row.scopes), "services": services})
