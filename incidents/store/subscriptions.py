"""Who wants to hear what, in SQL."""

from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select

from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.severity import Severity
from incidents.model.subscriptions import Detail, Subscription, Target
from incidents.store.quiet_tables import subscription
from incidents.store.sql import insert_or_replace


def keep(connection: Connection, wish: Subscription) -> None:
    """Somebody wants to hear this much from now on, instead of what they wanted before."""
    row = {
        "person": wish.person,
        "target": wish.target.name,
        "incident": wish.target.incident,
        "service": wish.target.service,
        "severity": wish.target.severity.value if wish.target.severity else None,
        "detail": wish.detail.value,
        "since": wish.since,
    }
    insert_or_replace(connection, subscription, row, keys=("person", "target"))


def drop(connection: Connection, person: PersonId, target: str) -> bool:
    """They do not want to hear of it any more. False if they never wanted to."""
    statement = delete(subscription).where(
        subscription.c.person == person, subscription.c.target == target
    )
    return connection.execute(statement).rowcount == 1


def of_person(connection: Connection, person: PersonId) -> tuple[Subscription, ...]:
    """Everything somebody wants to hear of, the newest first."""
    query = (
        select(subscription)
        .where(subscription.c.person == person)
        .order_by(subscription.c.since.desc(), subscription.c.target)
    )
    return tuple(_subscription(row) for row in connection.execute(query))


def about(connection: Connection, number: IncidentNumber) -> tuple[Subscription, ...]:
    """All that may be about an incident: what names it, and every standing wish, by person."""
    query = (
        select(subscription)
        .where(or_(subscription.c.incident == number, subscription.c.incident.is_(None)))
        .order_by(subscription.c.person, subscription.c.target)
    )
    return tuple(_subscription(row) for row in connection.execute(query))


def _subscription(row: Row[Any]) -> Subscription:
    severity = Severity(row.severity) if row.severity else None
    number = None if row.incident is None else IncidentNumber(row.incident)
    target = Target(number, row.service, severity)
    return Subscription(PersonId(row.person), target, Detail(row.detail), row.since)
