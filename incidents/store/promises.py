"""What SLOs promised, in SQL."""

from collections.abc import Collection, Iterable
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
