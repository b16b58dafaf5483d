"""The record in SQL: entries are appended and read, never changed."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from incidents.model.ids import IncidentNumber, PersonId, uuid7
from incidents.model.timeline import Broken, Entry, Kind, digest, verify
from incidents.store.sql import insert_if_new, locked
from incidents.store.tables import incident, timeline
from incidents.store.types import canonical, to_micros

_HEAD = select(incident.c.entries, incident.c.head).where(incident.c.number == bindparam("of"))
_NEW_HEAD = (
    update(incident)
    .where(incident.c.number == bindparam("of"))
    .values(entries=bindparam("new_entries"), head=bindparam("new_head"))
)


def append(  # noqa: PLR0913 (an entry has this many parts, all of them named)
    connection: Connection,
    number: IncidentNumber,
    *,
    kind: Kind,
    body: dict[str, Any],
    actor: PersonId,
    source: str,
    occurred_at: datetime,
    now: datetime,
    source_key: str | None = None,
    corrects: int | None = None,
) -> Entry | None:
    """The new last entry; None if ``source_key`` is already in this incident's record."""
    entries, head = connection.execute(locked(connection, _HEAD), {"of": number}).one()
    values: dict[str, Any] = {
        "incident": number,
        "seq": entries + 1,
        "id": uuid7(now),
        "occurred_at": occurred_at,
        "recorded_at": now,
        "actor": actor,
        "source": source,
        "kind": kind.value,
        "body": body,
        "source_key": source_key,
        "corrects": corrects,
        "prev_hash": head,
    }
    values["hash"] = digest(head, _content(values))
    if not insert_if_new(connection, timeline, values, keys=("incident", "source_key")):
        return None
    connection.execute(
        _NEW_HEAD, {"of": number, "new_entries": entries + 1, "new_head": values["hash"]}
    )
    return Entry(**{**values, "kind": kind})


def entries(connection: Connection, number: IncidentNumber) -> tuple[Entry, ...]:
    """The whole record, in the order it was written."""
    return tuple(_entry(row) for row in _rows(connection, number))


def latest(
    connection: Connection,
    number: IncidentNumber,
    *,
    limit: int,
    without: Collection[Kind] = (),
) -> tuple[Entry, ...]:
    """The last ``limit`` entries that are of no kind in ``without``, the oldest of them first."""
    query = (
        select(timeline)
        .where(timeline.c.incident == number, timeline.c.kind.not_in(without))
        .order_by(timeline.c.seq.desc())
        .limit(limit)
    )
    return tuple(_entry(row) for row in reversed(connection.execute(query).all()))


def of_kinds(
    connection: Connection, number: IncidentNumber, kinds: Collection[Kind]
) -> tuple[Entry, ...]:
    """The entries of these kinds, in the order they were written."""
    query = (
        select(timeline)
        .where(timeline.c.incident == number, timeline.c.kind.in_(sorted(kinds)))
        .order_by(timeline.c.seq)
    )
    return tuple(_entry(row) for row in connection.execute(query))


def find(connection: Connection, number: IncidentNumber, seq: int) -> Entry | None:
    """One entry."""
    query = select(timeline).where(timeline.c.incident == number, timeline.c.seq == seq)
    row = connection.execute(query).first()
    return None if row is None else _entry(row)


def by_source_key(connection: Connection, number: IncidentNumber, source_key: str) -> Entry | None:
    """The entry that came from this place."""
    query = select(timeline).where(
        timeline.c.incident == number, timeline.c.source_key == source_key
    )
    row = connection.execute(query).first()
    return None if row is None else _entry(row)


def standing(connection: Connection, number: IncidentNumber, source_key: str) -> Entry | None:
    """The newest entry from this place, or from below it, that no later entry corrects."""
    later = timeline.alias("later")
    is_corrected = (
        select(later.c.seq)
        .where(later.c.incident == number, later.c.corrects == timeline.c.seq)
        .exists()
    )
    query = (
        select(timeline)
        .where(
            timeline.c.incident == number,
            (timeline.c.source_key == source_key)
            | timeline.c.source_key.startswith(f"{source_key}/", autoescape=True),
            ~is_corrected,
        )
        .order_by(timeline.c.seq.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else _entry(row)


def corrected(connection: Connection, number: IncidentNumber) -> frozenset[int]:
    """The numbers of entries that a later entry takes back or corrects."""
    query = select(timeline.c.corrects).where(
        timeline.c.incident == number, timeline.c.corrects.is_not(None)
    )
    return frozenset(int(seq) for seq in connection.execute(query).scalars() if seq is not None)


def check(connection: Connection, number: IncidentNumber) -> tuple[int, Broken | None]:
    """How many entries the incident counts, and the first break in their chain."""
    query = select(incident.c.entries, incident.c.head).where(incident.c.number == number)
    count, head = connection.execute(query).one()
    pairs = ((_entry(row), _content(row._mapping)) for row in _rows(connection, number))  # noqa: SLF001 (SQLAlchemy's public name)
    return int(count), verify(pairs, count=count, head=head)


def _rows(connection: Connection, number: IncidentNumber) -> Iterator[Row[Any]]:
    query = select(timeline).where(timeline.c.incident == number).order_by(timeline.c.seq)
    yield from connection.execute(query)


def _content(row: Any) -> str:  # noqa: ANN401 (a mapping of columns, from Python or from SQL)
    """Everything an entry says, in one spelling; the hashes themselves are left out."""
    return canonical(
        {
            "incident": row["incident"],
            "seq": row["seq"],
            "id": row["id"],
            "occurred_at": to_micros(row["occurred_at"]),
            "recorded_at": to_micros(row["recorded_at"]),
            "actor": row["actor"],
            "source": row["source"],
            "kind": row["kind"],
            "body": row["body"],
            "source_key": row["source_key"],
            "corrects": row["corrects"],
        }
    )


def _entry(row: Row[Any]) -> Entry:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
    values["kind"] = Kind(values["kind"])
    return Entry(**values)
