"""Steps of budget policies in SQL."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from incidents.model.ids import IncidentNumber
from incidents.model.objective import SLOName
from incidents.store.policy_tables import policy_step
from incidents.store.sql import insert_if_new


def take(  # noqa: PLR0913 (a step is remembered with this much, all of it named)
    connection: Connection,
    slo: SLOName,
    generation: str,
    step: str,
    now: datetime,
    *,
    because: str,
    incident: IncidentNumber | None = None,
) -> bool:
    """Remember that a step was taken. False if somebody took it in this passage."""
    row = {
        "slo": slo,
        "generation": generation,
        "step": step,
        "at": now,
        "because": because,
        "incident": incident,
    }
    return insert_if_new(connection, policy_step, row)


def leave(connection: Connection, slo: SLOName, generation: str, step: str, now: datetime) -> None:
    """Its passage is over: it may be taken anew."""
    statement = update(policy_step).where(
        policy_step.c.slo == slo,
        policy_step.c.generation == generation,
        policy_step.c.step == step,
        policy_step.c.cleared_at.is_(None),
    )
    connection.execute(statement.values(cleared_at=now))


def standing(connection: Connection) -> dict[SLOName, dict[str, tuple[str, ...]]]:
    """The steps that stand, by SLO and generation."""
    query = select(policy_step).where(policy_step.c.cleared_at.is_(None))
    found: dict[SLOName, dict[str, tuple[str, ...]]] = {}
    for row in connection.execute(query.order_by(policy_step.c.step)):
        of_slo = found.setdefault(SLOName(row.slo), {})
        of_slo[row.generation] = (*of_slo.get(row.generation, ()), str(row.step))
    return found


def standing_of(connection: Connection, slo: SLOName, generation: str) -> tuple[str, ...]:
    """The steps that stand for one definition of one SLO."""
    query = select(policy_step.c.step).where(
        policy_step.c.slo == slo,
        policy_step.c.generation == generation,
        policy_step.c.cleared_at.is_(None),
    )
    return tuple(
        str(one) for one in connection.execute(query.order_by(policy_step.c.step)).scalars()
    )
