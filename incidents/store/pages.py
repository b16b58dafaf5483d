"""Who was called, by which ways, and what came of it, in SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from incidents.model.access import PUBLIC
from incidents.model.ids import IncidentNumber, PersonId, uuid7
from incidents.model.paging import Way, WayKind
from incidents.store.escalation_tables import page, page_way
from incidents.store.sight import visible_to
from incidents.store.tables import incident


@dataclass(frozen=True, slots=True)
class Page:
    """Somebody was called. ``person`` is an id of Slack's, or a name from the configuration.

    ``purpose`` is command, climb or hand; ``state`` is open, acknowledged or resolved.
    """

    id: str
    incident: IncidentNumber
    person: str
    purpose: str
    because: str
    paged_at: datetime
    state: str = "open"
    ended_at: datetime | None = None
    ended_by: str | None = None
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """One way of a page. ``dedup`` is our name for it outside; pages that ring together share it.

    ``outside`` is the pager's own name, if it has one.
    """

    page: str
    way: Way
    dedup: str
    outside: str = ""


def add(
    connection: Connection,
    number: IncidentNumber,
    person: str,
    now: datetime,
    *,
    purpose: str,
    because: str,
) -> Page:
    """Call somebody."""
    new = Page(uuid7(now), number, person, purpose, because, now)
    values = {name: getattr(new, name) for name in Page.__slots__}
    connection.execute(insert(page).values(**values))
    return new


def ring(connection: Connection, one: Page, way: Way) -> Ring:
    """By this way too. What rings there already for this incident rings on under its name."""
    query = (
        select(page_way.c.dedup)
        .join(page, page.c.id == page_way.c.page)
        .where(page.c.incident == one.incident, page.c.state == "open")
        .where(page_way.c.way == way.kind.value, page_way.c.target == way.target)
        .where(page_way.c.target != "")  # without a target each person is called by name
        .order_by(page.c.paged_at, page.c.id)
        .limit(1)
    )
    dedup = connection.execute(query).scalar() or one.id
    values = {"page": one.id, "way": way.kind.value, "target": way.target, "dedup": dedup}
    connection.execute(insert(page_way).values(**values))
    return Ring(one.id, way, dedup)


def of(connection: Connection, number: IncidentNumber) -> tuple[Page, ...]:
    """Every page of an incident, oldest first."""
    query = select(page).where(page.c.incident == number).order_by(page.c.paged_at, page.c.id)
    return tuple(_page(row) for row in connection.execute(query))


def get(connection: Connection, page_id: str) -> Page | None:
    """A page by its id."""
    row = connection.execute(select(page).where(page.c.id == page_id)).first()
    return None if row is None else _page(row)


def called_at(connection: Connection, since: datetime) -> dict[PersonId, tuple[datetime, ...]]:
    """When each person was called since then, by hand or on an escalation path. No drills.

    Whoever is asked to command is called with that question, and it counts as one: `asked_at`.
    What became of a private incident nobody else is told, so it does not count.
    """
    query = (
        select(page.c.person, page.c.paged_at)
        .join(incident, incident.c.number == page.c.incident)
        .where(
            page.c.purpose != "command",
            page.c.paged_at >= since,
            incident.c.is_drill.is_(False),
            visible_to(PUBLIC),
        )
    )
    found: dict[PersonId, tuple[datetime, ...]] = {}
    for person, at in connection.execute(query):
        found[PersonId(person)] = (*found.get(PersonId(person), ()), at)
    return found


def rings_of(connection: Connection, pages: Iterable[Page]) -> tuple[Ring, ...]:
    """The ways of these pages, each name outside once."""
    query = (
        select(page_way)
        .where(page_way.c.page.in_([one.id for one in pages]))
        .order_by(page_way.c.page, page_way.c.way, page_way.c.target)
    )
    found: dict[tuple[Way, str], Ring] = {}
    for row in connection.execute(query):
        way = Way(WayKind(row.way), row.target)
        found.setdefault((way, row.dedup), Ring(row.page, way, row.dedup, row.outside or ""))
    return tuple(found.values())


def known_as(connection: Connection, way: WayKind, name: str) -> tuple[Page, ...]:
    """The pages that a pager calls ``name``: in our word for them, or in its own."""
    query = (
        select(page)
        .join(page_way, page_way.c.page == page.c.id)
        .where(page_way.c.way == way.value)
        .where((page_way.c.dedup == name) | (page_way.c.outside == name))
        .order_by(page.c.paged_at, page.c.id)
    )
    return tuple(_page(row) for row in connection.execute(query))


def call_outside(connection: Connection, way: WayKind, dedup: str, name: str) -> None:
    """Remember the pager's own name for what it calls ``dedup`` in our word."""
    connection.execute(
        update(page_way)
        .where(page_way.c.way == way.value, page_way.c.dedup == dedup)
        .values(outside=name)
    )


def end(connection: Connection, one: Page, now: datetime, *, state: str, by: str, via: str) -> bool:
    """It was acknowledged or resolved. False if it was that already."""
    before = ("open",) if state == "acknowledged" else ("open", "acknowledged")
    statement = (
        update(page)
        .where(page.c.id == one.id, page.c.state.in_(before))
        .values(state=state, ended_at=now, ended_by=by, via=via)
    )
    return connection.execute(statement).rowcount > 0


def _page(row: Row[Any]) -> Page:
    values = {name: getattr(row, name) for name in Page.__slots__}
    return Page(**{**values, "incident": IncidentNumber(row.incident)})
