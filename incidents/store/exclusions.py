"""What does not count for budgets, in SQL: read with them, never taken out of what was counted."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    exists,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from incidents.model.exclusions import Category, Exclusion, pieces
from incidents.model.objective import NOTHING, Counts, SLOName
from incidents.model.rolling import FINE, MIDDLE, Tier
from incidents.model.spans import Span
from incidents.store import slo
from incidents.store.sli_journal import HOURLY, TIERS
from incidents.store.slo_tables import sli_bucket
from incidents.store.sql import insert_if_new, next_number
from incidents.store.window_tables import exclusion

_MICRO = timedelta(microseconds=1)
_STANDING = (  # asked by every tick, so put together once
    select(exclusion)
    .where(
        exclusion.c.lifted_at.is_(None),
        exclusion.c.end_at > bindparam("since"),
        exclusion.c.start_at < bindparam("until"),
    )
    .order_by(exclusion.c.start_at.desc(), exclusion.c.id, exclusion.c.about)
)


def new_id(connection: Connection) -> str:
    """``x7``: short enough to be typed."""
    return f"x{next_number(connection, 'exclusion')}"


def add(connection: Connection, one: Exclusion) -> None:
    """From now on it does not count."""
    connection.execute(insert(exclusion), [_columns(one, about) for about in one.about])


def add_planned(connection: Connection, one: Exclusion) -> bool:
    """Like `add`, unless it is known already; also if it was lifted since."""
    made = [insert_if_new(connection, exclusion, _columns(one, about)) for about in one.about]
    return any(made)


def ends(connection: Connection, name: str, at: datetime) -> None:
    """What was planned ended at another time."""
    connection.execute(update(exclusion).where(exclusion.c.id == name).values(end_at=at))


def lift(connection: Connection, name: str, by: str, because: str, now: datetime) -> bool:
    """It counts again. False if it did already."""
    statement = update(exclusion).where(exclusion.c.id == name, exclusion.c.lifted_at.is_(None))
    changes = {"lifted_at": now, "lifted_by": by, "lifted_because": because}
    return connection.execute(statement.values(**changes)).rowcount > 0


def get(connection: Connection, name: str) -> Exclusion | None:
    """The one that is called so."""
    query = select(exclusion).where(exclusion.c.id == name).order_by(exclusion.c.about)
    return next(iter(_joined(connection.execute(query))), None)


def standing(connection: Connection, since: datetime, until: datetime) -> tuple[Exclusion, ...]:
    """What does not count of ``[since, until)``, the last first."""
    return _joined(connection.execute(_STANDING, {"since": since, "until": until}))


def listed(connection: Connection, *, limit: int) -> tuple[Exclusion, ...]:
    """The newest, those that were lifted too."""
    newest = select(exclusion.c.id, func.max(exclusion.c.made_at).label("at"))
    newest = newest.group_by(exclusion.c.id).order_by(func.max(exclusion.c.made_at).desc())
    some = newest.limit(limit).subquery()
    query = (
        select(exclusion)
        .join(some, some.c.id == exclusion.c.id)
        .order_by(exclusion.c.made_at.desc(), exclusion.c.id, exclusion.c.about)
    )
    return _joined(connection.execute(query))


def version(connection: Connection) -> tuple[int, ...]:
    """Another one whenever anything here changes."""
    micros = [type_coerce(one, BigInteger) for one in (exclusion.c.lifted_at, exclusion.c.end_at)]
    query = select(func.count(), func.max(micros[0]), func.sum(micros[1] / 1_000_000))
    row = connection.execute(query).one()
    return tuple(int(one or 0) for one in row)


def exactly(
    connection: Connection, slos: Sequence[SLOName], spans: Iterable[Span]
) -> dict[SLOName, Counts]:
    """Events in all of ``spans``, whose ends are whole buckets of 10 seconds; each has an entry."""
    found = dict.fromkeys(slos, NOTHING)
    for span in spans:
        for tier, part in pieces(span, TIERS):
            more = slo.sums(connection, slos, tier, part.start, part.end)
            for name, counts in more.items():
                found[name] += counts
    return found


def is_edge(tier: Tier) -> ColumnElement[bool]:
    """Of buckets of a fine ``tier``: those beside an end of an exclusion, which are kept longer.

    So it stays exact when all others are kept in coarser buckets only.
    """
    size = to_span(MIDDLE if tier == FINE else HOURLY)
    at = type_coerce(sli_bucket.c.at, BigInteger)
    edges = [type_coerce(one, BigInteger) for one in (exclusion.c.start_at, exclusion.c.end_at)]
    near = [and_(edge > at - size, edge < at + size) for edge in edges]
    return exists(select(exclusion.c.id).where(near[0] | near[1]))


def to_span(tier: Tier) -> int:
    """The length of a bucket in microseconds."""
    return tier.size // _MICRO


def _columns(one: Exclusion, about: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "about": about,
        "start_at": one.span.start,
        "end_at": one.span.end,
        "category": one.category.value,
        "window_id": one.window,
        "because": one.because,
        "made_by": one.made_by,
        "made_at": one.made_at,
    }


def _joined(rows: Iterable[Row[Any]]) -> tuple[Exclusion, ...]:
    together: dict[str, list[Row[Any]]] = {}
    for row in rows:
        together.setdefault(row.id, []).append(row)
    return tuple(_exclusion(some) for some in together.values())


def _exclusion(rows: Sequence[Row[Any]]) -> Exclusion:
    row = rows[0]
    return Exclusion(
        row.id,
        tuple(one.about for one in rows),
        Span(row.start_at, row.end_at),
        Category(row.category),
        row.because,
        row.made_by,
        row.made_at,
        row.window_id,
        row.lifted_at,
        row.lifted_by,
        row.lifted_because,
    )
