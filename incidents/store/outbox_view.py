"""What became of effects: read by the rules, the timeline, and whoever runs warroom."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from incidents.model.effects import EffectKind, Planned
from incidents.model.ids import IncidentNumber
from incidents.store.outbox import EDIT_PAUSE, READY, SETTLED, told_of
from incidents.store.tables import effect


@dataclass(frozen=True, slots=True)
class Listed:
    """An effect as an operator sees it."""

    id: str
    key: str
    kind: EffectKind
    args: dict[str, Any]
    incident: IncidentNumber | None
    state: str
    attempts: int
    created_at: datetime
    not_before: datetime
    error: str | None


def result_of(connection: Connection, key: str) -> dict[str, Any] | None:
    """What an effect that is done gave back."""
    query = select(effect.c.result).where(effect.c.key == key, effect.c.state == "done")
    return connection.execute(query).scalar()


def results_of(
    connection: Connection, number: IncidentNumber, kind: EffectKind
) -> tuple[dict[str, Any], ...]:
    """What the effects of one kind about an incident gave back, the oldest first."""
    query = (
        select(effect.c.result)
        .where(effect.c.incident == number, effect.c.kind == kind.value, effect.c.state == "done")
        .order_by(effect.c.seq)
    )
    return tuple(one for one in connection.execute(query).scalars() if one)


def last_result(connection: Connection, lane: str) -> dict[str, Any] | None:
    """What the newest effect of a lane that is done gave back."""
    query = (
        select(effect.c.result)
        .where(effect.c.lane == lane, effect.c.state == "done")
        .order_by(effect.c.seq.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def state_of(connection: Connection, key: str) -> str | None:
    """The state of the effect with this key."""
    return connection.execute(select(effect.c.state).where(effect.c.key == key)).scalar()


def was_heard(connection: Connection, key: str) -> bool:
    """Whether the effect reached somebody, or still will unless something goes wrong."""
    return state_of(connection, key) in {"pending", "inflight", "done"}


def was_planned(connection: Connection, collapse: str) -> bool:
    """Whether there ever was an effect of this ``collapse``."""
    query = select(effect.c.id).where(effect.c.collapse == collapse).limit(1)
    return connection.execute(query).first() is not None


def waits(connection: Connection, plan: Planned) -> bool:
    """Whether an effect of the same kind and lane is still to be carried."""
    query = select(effect.c.id).where(
        effect.c.lane == plan.lane,
        effect.c.kind == plan.kind.value,
        effect.c.state.not_in(SETTLED),
    )
    return connection.execute(query.limit(1)).first() is not None


def is_unfinished(connection: Connection, lane: str) -> bool:
    """Whether something of a lane is still to be carried, or could not be."""
    unfinished = effect.c.state.not_in(("done", "superseded"))
    query = select(effect.c.id).where(effect.c.lane == lane, unfinished).limit(1)
    return connection.execute(query).first() is not None


def directs_about(
    connection: Connection, number: IncidentNumber, since: datetime
) -> tuple[Listed, ...]:
    """Direct messages about an incident that arrived, or may have, of those written ``since``."""
    begun = and_(effect.c.state == "pending", effect.c.intent_at.is_not(None))
    query = (
        select(effect)
        .where(effect.c.kind == EffectKind.DIRECT.value, effect.c.created_at >= since)
        .where(or_(effect.c.state.in_(("done", "inflight")), begun))
        .order_by(effect.c.seq)
    )
    rows = connection.execute(query)
    return tuple(_listed(row) for row in rows if told_of(row.args) == number)


def dead_of(connection: Connection, number: IncidentNumber) -> tuple[Listed, ...]:
    """What could not be carried for an incident."""
    query = (
        select(effect)
        .where(effect.c.incident == number, effect.c.state == "dead")
        .order_by(effect.c.seq)
    )
    return tuple(_listed(row) for row in connection.execute(query))


def listed(connection: Connection, *, states: Sequence[str], limit: int) -> tuple[Listed, ...]:
    """Effects in the given states, the newest first."""
    query = (
        select(effect).where(effect.c.state.in_(states)).order_by(effect.c.seq.desc()).limit(limit)
    )
    return tuple(_listed(row) for row in connection.execute(query))


def backlog(connection: Connection) -> tuple[int, datetime | None]:
    """How many effects wait, and since when the oldest does."""
    query = select(func.count(), func.min(effect.c.created_at)).where(
        effect.c.state.in_(("pending", "inflight"))
    )
    count, oldest = connection.execute(query).one()
    return int(count), oldest


def behind(
    connection: Connection, kinds: Collection[EffectKind], before: datetime
) -> tuple[int, datetime | None]:
    """How many effects of these kinds wait since ``before`` or longer, and the oldest's moment."""
    query = select(func.count(), func.min(effect.c.created_at)).where(
        effect.c.state.in_(("pending", "inflight")),
        effect.c.kind.in_(kinds),
        effect.c.created_at <= before,
    )
    count, oldest = connection.execute(query).one()
    return int(count), oldest


def count_by(connection: Connection) -> list[tuple[str, str, int]]:
    """Kind, state and how many there are of it."""
    query = select(effect.c.kind, effect.c.state, func.count()).group_by(
        effect.c.kind, effect.c.state
    )
    return [(str(a), str(b), int(c)) for a, b, c in connection.execute(query)]


def ready(connection: Connection, now: datetime) -> int:
    """How many effects are being carried or could be, apart from those that wait for another."""
    pending = and_(effect.c.state == "pending", effect.c.not_before <= now + EDIT_PAUSE, READY)
    query = select(func.count()).where(or_(effect.c.state == "inflight", pending))
    return int(connection.execute(query.select_from(effect)).scalar_one())


def next_at(connection: Connection) -> datetime | None:
    """When the next waiting effect may be tried."""
    query = select(func.min(effect.c.not_before)).where(effect.c.state == "pending")
    return connection.execute(query).scalar()


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        row.id,
        row.key,
        EffectKind(row.kind),
        row.args,
        row.incident,
        row.state,
        row.attempts,
        row.created_at,
        row.not_before,
        row.error,
    )
