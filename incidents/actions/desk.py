"""What every action is given, and the transaction it works in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from incidents.catalog.catalog import Catalog
from incidents.errors import NotFound, Repeated
from incidents.failpoints import reach
from incidents.model import effects, ids
from incidents.model.commands import to_type
from incidents.model.effects import Planned
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.objective import Objective
from incidents.model.people import BOT
from incidents.model.recent import Recent
from incidents.model.timeline import Entry, Kind
from incidents.model.triage import Tree
from incidents.store import due, inbox, incidents, outbox, outbox_view, timeline, wake
from incidents.store.engine import Store
from incidents.store.sql import next_number


def _asleep() -> None:
    """Nobody to wake: whoever carries effects will look by themselves."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """How people are reached whom Slack does not reach.

    ``media`` are those that are set: email, webhook. ``ops_email`` is told of what is wrong with
    the bot itself.
    """

    media: tuple[str, ...] = ()
    ops_email: str = ""


NO_FALLBACK = Fallback()
_FIGURES = 500  # objectives: those that open incidents are about


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything an action may use.

    ``wake`` is called after a commit that left effects to carry. ``public_url`` is where the web
    console is reached, without a slash at its end; ``templates`` the folder of an organisation's
    own. ``figures`` are those of error budgets that were asked for lately.
    """

    store: Store
    catalog: Catalog
    trees: tuple[Tree, ...] = ()
    objectives: tuple[Objective, ...] = ()
    public_url: str = ""
    templates: Path | None = None
    wake: Callable[[], None] = _asleep
    fallback: Fallback = NO_FALLBACK
    figures: Recent[Objective, Any] = field(
        default_factory=lambda: Recent(_FIGURES), init=False, compare=False, repr=False
    )

    @contextmanager
    def work(self, by: "Origin", now: datetime) -> Iterator["Work"]:
        """One transaction. Raises `Repeated` if ``by.key`` was ever worked on before."""
        with self.store.write() as connection:
            work = Work(self, connection, by, now)
            if by.key and not inbox.receive(connection, by.source, by.key, now):
                raise Repeated(inbox.incident_of(connection, by.source, by.key))
            yield work
            if work.planned:
                wake.tell(connection)
            reach("work.committing")
        reach("work.committed")
        if work.planned:
            self.wake()

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A consistent view of the record, for queries."""
        with self.store.read() as connection:
            yield connection


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wants it, through what, and the input's own name if the sender may repeat it.

    ``source`` is slack, cli, api, alert, slo or clock.
    """

    actor: PersonId
    source: str
    key: str | None = None


CLOCK = Origin(BOT, "clock")


@dataclass(slots=True)
class Work:
    """A transaction under way: the facts, the record, the effects and the deadlines in one."""

    desk: Desk
    connection: Connection
    by: Origin
    now: datetime
    planned: int = field(default=0)

    def incident(self, number: IncidentNumber) -> Incident:
        """The incident, held until the end of the transaction. Raises `NotFound`."""
        found = incidents.lock(self.connection, number)
        if found is None:
            raise NotFound(
                f"There is no {ids.key(number)}.",
                instead=f"See what is open with {to_type('list')}.",
            )
        self.about(found.number)
        return found

    @contextmanager
    def as_of(self, moment: datetime) -> Iterator[None]:
        """Meanwhile it is ``moment``: for what came in earlier than it is worked on."""
        self.now, now = moment, self.now
        try:
            yield
        finally:
            self.now = now

    def about(self, number: IncidentNumber) -> None:
        """Remember which incident the input was about."""
        if self.by.key:
            inbox.led_to(self.connection, self.by.source, self.by.key, number)

    def change(self, before: Incident, **changes: Any) -> Incident:  # noqa: ANN401
        """The incident with ``changes``, and everything that shows it made true again."""
        after = incidents.save(self.connection, before, **changes)
        self.refresh(after)
        return after

    def refresh(self, incident: Incident) -> None:
        """Make the card, the topic and the announcement true again."""
        at = str(next_number(self.connection, "change"))
        self.send(effects.edit_card(incident.number, at))
        self.send(effects.set_topic(incident.number, at))
        if outbox_view.state_of(self.connection, effects.announcement_key(incident.number)):
            self.send(effects.edit_announcement(incident.number, at))

    def log(
        self,
        number: IncidentNumber,
        kind: Kind,
        body: dict[str, Any] | None = None,
        *,
        occurred_at: datetime | None = None,
        source_key: str | None = None,
        corrects: int | None = None,
    ) -> Entry | None:
        """A new entry in the record; None if what ``source_key`` names is in it already."""
        return timeline.append(
            self.connection,
            number,
            kind=kind,
            body=body or {},
            actor=self.by.actor,
            source=self.by.source,
            occurred_at=occurred_at or self.now,
            now=self.now,
            source_key=source_key,
            corrects=corrects,
        )

    def send(self, *plans: Planned) -> None:
        """Effects to carry once this transaction is committed."""
        for plan in plans:
            self.planned += outbox.add(self.connection, plan, self.now)

    def later(
        self,
        key: str,
        kind: str,
        at: datetime,
        args: dict[str, Any] | None = None,
        incident: IncidentNumber | None = None,
    ) -> None:
        """Something to do at a time. The key is used once: the same thing is never due twice."""
        due.add(self.connection, due.Due(key, kind, args or {}, incident, at, 0), self.now)

    def never_mind(self, prefix: str) -> None:
        """Call off what is pending under a key that begins with ``prefix``."""
        due.cancel(self.connection, prefix, self.now)
