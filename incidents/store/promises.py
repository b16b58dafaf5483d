"""What SLOs promised, in SQL."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import Connection, insert, select

from incidents.model.budget_report import Promise
from incidents.model.objective import Objective, SLOName
from incidents.store.promise_tables import slo_promise


def generations(connection: Connection) -> dict[SLOName, str]:
    """The newest definition of each SLO that was ever promised."""
    query = select(slo_promise.c.slo, slo_promise.c.generation).order_by(slo_promise.c.since_at)
    return {SLOName(slo): str(generation) for slo, generation in connection.execute(query)}


def add(connection: Connection, new: Iterable[Objective], now: datetime) -> None:
    """From ``now`` on this is promised."""
    rows = [
        {
            "slo": one.slo,
            "since_at": now,
            "generation": one.generation,
            "target": str(one.target),
            "measure": measure_of(one),
            "lasts": one.over,
            "counts": one.unit.many,
        }
        for one in new
    ]
    if rows:
        connection.execute(insert(slo_promise), rows)


def history(
    connection: Connection, slos: Collection[SLOName]
) -> dict[SLOName, tuple[Promise, ...]]:
    """What each SLO ever promised, the oldest first."""
    found: dict[SLOName, list[Promise]] = {slo: [] for slo in slos}
    query = select(slo_promise).order_by(slo_promise.c.since_at)
    for row in connection.execute(query):
        if row.slo in found:
            found[SLOName(row.slo)].append(Promise(row.since_at, Fraction(row.target)))
    return {slo: tuple(some) for slo, some in found.items()}


@dataclass(frozen=True, slots=True)
class Definition:
    """A promise, and since when it counted. What was not kept in earlier times is empty."""

    since: datetime
    target: Fraction
    generation: str
    lasts: str
    counts: str


def definitions(connection: Connection, slo: SLOName) -> tuple[Definition, ...]:
    """Every definition of an SLO, the oldest first."""
    query = select(slo_promise).where(slo_promise.c.slo == slo).order_by(slo_promise.c.since_at)
    return tuple(
        Definition(
            row.since_at, Fraction(row.target), row.generation, row.lasts or "", row.counts or ""
        )
        for row in connection.execute(query)
    )


def of_day(known: Sequence[Definition], at: datetime) -> Definition | None:
    """The one that counted at ``at``; None before the first."""
    return next((one for one in reversed(known) if one.since <= at), None)


def measured_since(connection: Connection, after: datetime) -> dict[SLOName, datetime]:
    """Since when each SLO measures what it does, of those that measured something else before.

    Only changes ``after`` that moment are told.
    """
    lately = select(slo_promise.c.slo).where(slo_promise.c.since_at > after)
    query = (
        select(slo_promise.c.slo, slo_promise.c.since_at, slo_promise.c.measure)
        .where(slo_promise.c.slo.in_(lately), slo_promise.c.measure.is_not(None))
        .order_by(slo_promise.c.slo, slo_promise.c.since_at)
    )
    found: dict[SLOName, datetime] = {}
    known: dict[SLOName, str] = {}
    for slo, since, measure in connection.execute(query):
        if known.get(slo, measure) != measure and since > after:
            found[slo] = since
        known[slo] = measure
    return found


def measure_of(objective: Objective) -> str:
    """Names what tells good from bad: other counts come of another one."""
    written = f"{objective.kind}\x1f{objective.indicator}"
    return hashlib.sha256(written.encode()).hexdigest()[:16]
