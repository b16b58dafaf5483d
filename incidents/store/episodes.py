"""What was said about budgets: episodes of burning, and notices of how much is spent."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from incidents.model.burn import Loudness
from incidents.model.episode import Episode
from incidents.model.ids import IncidentNumber, uuid7
from incidents.model.objective import SLOName
from incidents.model.severity import Severity
from incidents.store.slo_tables import depletion, episode
from incidents.store.sql import insert_if_new, locked

# What every tick asks is put together once.
_RUNNING = select(episode).where(episode.c.closed_at.is_(None))
_CLOSED = (
    select(episode.c.slo, func.max(episode.c.closed_at))
    .where(episode.c.closed_at > bindparam("since"))
    .group_by(episode.c.slo)
)
_NOTICES = select(depletion).where(depletion.c.cleared_at.is_(None)).order_by(depletion.c.notice)


def begin(  # noqa: PLR0913 (an episode begins with this much, all of it named)
    connection: Connection,
    slo: SLOName,
    now: datetime,
    *,
    generation: str,
    loudness: Loudness,
    peak_burn: float,
    because: str,
) -> Episode | None:
    """A new open episode; None if one is open for that SLO already."""
    new = Episode(uuid7(now), slo, generation, now, loudness, peak_burn, because)
    return new if insert_if_new(connection, episode, _columns(new)) else None


def save(connection: Connection, before: Episode, **changes: Any) -> Episode:  # noqa: ANN401
    """The episode with ``changes``."""
    after = replace(before, **changes)
    columns = _columns(after)
    statement = update(episode).where(episode.c.id == before.id)
    connection.execute(statement.values({name: columns[name] for name in changes}))
    return after


def running(connection: Connection) -> dict[SLOName, Episode]:
    """Every open episode, by its SLO."""
    return {row.slo: _episode(row) for row in connection.execute(_RUNNING)}


def running_of(connection: Connection, slo: SLOName) -> Episode | None:
    """The open episode of an SLO, held until the transaction ends."""
    query = select(episode).where(episode.c.slo == slo, episode.c.closed_at.is_(None))
    row = connection.execute(locked(connection, query)).first()
    return None if row is None else _episode(row)


def closed_since(connection: Connection, since: datetime) -> dict[SLOName, datetime]:
    """When the last episode of each SLO ended, of those that ended after ``since``."""
    return {SLOName(slo): at for slo, at in connection.execute(_CLOSED, {"since": since})}


def last_closed(connection: Connection, slo: SLOName) -> datetime | None:
    """When the last episode of an SLO ended, if there was one."""
    query = select(func.max(episode.c.closed_at)).where(episode.c.slo == slo)
    found: datetime | None = connection.execute(query).scalar()
    return found


def last_incident(connection: Connection, slo: SLOName) -> IncidentNumber | None:
    """The incident that the newest episode of an SLO led to, of those that led to one."""
    query = (
        select(episode.c.incident)
        .where(episode.c.slo == slo, episode.c.incident.is_not(None))
        .order_by(episode.c.opened_at.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def of_incident(connection: Connection, number: IncidentNumber) -> tuple[Episode, ...]:
    """The episodes that led to an incident, oldest first."""
    query = select(episode).where(episode.c.incident == number).order_by(episode.c.opened_at)
    return tuple(_episode(row) for row in connection.execute(query))


def notices(connection: Connection) -> dict[SLOName, dict[str, tuple[int, ...]]]:
    """The notices that stand, by SLO and generation."""
    found: dict[SLOName, dict[str, tuple[int, ...]]] = {}
    for row in connection.execute(_NOTICES):
        of_slo = found.setdefault(SLOName(row.slo), {})
        of_slo[row.generation] = (*of_slo.get(row.generation, ()), int(row.notice))
    return found


def notices_of(connection: Connection, slo: SLOName, generation: str) -> tuple[int, ...]:
    """The notices that stand for one definition of one SLO."""
    query = (
        select(depletion.c.notice)
        .where(
            depletion.c.slo == slo,
            depletion.c.generation == generation,
            depletion.c.cleared_at.is_(None),
        )
        .order_by(depletion.c.notice)
    )
    return tuple(int(notice) for notice in connection.execute(query).scalars())


def notify(
    connection: Connection, slo: SLOName, generation: str, notice: int, now: datetime
) -> bool:
    """Remember that ``notice`` percent was said. False if somebody else said it."""
    row = {"slo": slo, "generation": generation, "notice": notice, "at": now}
    return insert_if_new(connection, depletion, row)


def clear(
    connection: Connection, slo: SLOName, generation: str, notice: int, now: datetime
) -> None:
    """The budget is well above that notice again: it may be said anew."""
    statement = update(depletion).where(
        depletion.c.slo == slo,
        depletion.c.generation == generation,
        depletion.c.notice == notice,
        depletion.c.cleared_at.is_(None),
    )
    connection.execute(statement.values(cleared_at=now))


def _columns(value: Episode) -> dict[str, Any]:
    raw = {name: getattr(value, name) for name in Episode.__slots__}
    severity = value.severity.value if value.severity else None
    return {**raw, "loudness": value.loudness.value, "severity": severity}


def _episode(row: Row[Any]) -> Episode:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
    severity = Severity(row.severity) if row.severity else None
    return Episode(**{**values, "loudness": Loudness(row.loudness), "severity": severity})
