"""Probes in SQL: whose turn it was, what was seen, and since when we may be blind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from incidents.store.probe_tables import probe
from incidents.store.sql import insert_if_new


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one probe from one place; ``at`` is None before its first look."""

    name: str
    place: str
    slot: int
    at: datetime | None
    outcome: str | None
    said: str
    is_counted: bool
    blind_since: datetime | None


def take(connection: Connection, name: str, place: str, slot: int) -> bool:
    """Take a slot of a probe; False if it, or a later one, was taken."""
    is_it = (probe.c.name == name) & (probe.c.place == place)
    later = update(probe).where(is_it, probe.c.slot < slot).values(slot=slot)
    if connection.execute(later).rowcount:
        return True
    row = {"name": name, "place": place, "slot": slot, "said": "", "is_counted": False}
    return insert_if_new(connection, probe, row)


def note(connection: Connection, seen: Kept) -> None:
    """Keep what was seen, unless something later is known."""
    is_it = (probe.c.name == seen.name) & (probe.c.place == seen.place)
    is_older = probe.c.at.is_(None) | (probe.c.at <= seen.at)
    connection.execute(
        update(probe)
        .where(is_it, is_older)
        .values(
            at=seen.at,
            outcome=seen.outcome,
            said=seen.said,
            is_counted=seen.is_counted,
            blind_since=seen.blind_since,
        )
    )


def blind(connection: Connection, place: str, since: datetime) -> dict[str, datetime]:
    """What was looked at ``since`` then and is not counted, each with the time from which on."""
    query = select(probe.c.name, probe.c.blind_since).where(
        probe.c.place == place, probe.c.blind_since.is_not(None), probe.c.at >= since
    )
    return {row.name: row.blind_since for row in connection.execute(query)}


def known(connection: Connection) -> Sequence[Kept]:
    """Everything that is known, by name and place."""
    rows = connection.execute(select(probe).order_by(probe.c.name, probe.c.place))
    return [Kept(**row) for row in rows.mappings()]
