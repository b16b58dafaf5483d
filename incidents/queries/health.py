"""How the record and the engine are doing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from incidents.actions.desk import Desk
from incidents.errors import Unavailable
from incidents.queries.slo import all_budgets
from incidents.store import deliveries, due, host, incidents, migrate, outbox_view
from incidents.store.host import Replica

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """Whether the database answers, and has the schema this version needs."""

    is_reachable: bool
    is_at_head: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts for a monitoring system. ``oldest`` is how long the oldest effect has waited.

    ``deliveries`` are by source and state.
    """

    incidents: Sequence[tuple[str, str, int]]
    private: int
    effects: Sequence[tuple[str, str, int]]
    deliveries: Sequence[tuple[str, str, int]]
    budgets: Sequence[tuple[str, float]]
    backlog: int
    oldest: timedelta
    late: int


def state_of(desk: Desk) -> State:
    """Ask the database. A failure is an answer too."""
    try:
        return State(is_reachable=True, is_at_head=migrate.is_at_head(desk.store))
    except (SQLAlchemyError, Unavailable) as error:
        log.warning("database_unreachable", because=str(error))
        return State(is_reachable=False, is_at_head=False)


def replicas_of(desk: Desk, now: datetime) -> tuple[Replica, ...]:
    """Who works on the database; nobody if it cannot be asked."""
    try:
        with desk.look() as connection:
            return host.living(connection, now)
    except (SQLAlchemyError, Unavailable) as error:
        log.warning("replicas_unknown", because=str(error))
        return ()


def figures_of(desk: Desk, now: datetime) -> Figures:
    """All of them at one moment."""
    with desk.look() as connection:
        backlog, since = outbox_view.backlog(connection)
        return Figures(
            incidents=incidents.count_by(connection),
            private=incidents.count_private(connection),
            effects=outbox_view.count_by(connection),
            deliveries=deliveries.count_by(connection),
            budgets=[(one.slo, one.remaining) for one in all_budgets(desk, connection, now)],
            backlog=backlog,
            oldest=max(now - since, timedelta()) if since else timedelta(),
            late=due.late(connection, now),
        )
