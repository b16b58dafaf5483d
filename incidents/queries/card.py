"""Everything the card, the topic and the announcement of an incident show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.access import ALL_SEEING, PUBLIC, Reader
from incidents.model.blast import Blast
from incidents.model.budget_policy import Owed
from incidents.model.effects import STEP_NAMES
from incidents.model.fields import FACT, Field, shown
from incidents.model.followups import ActionItem
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.objective import SLOName
from incidents.model.vendors import Vendor
from incidents.queries.attribution import Cost
from incidents.queries.blast import blast_of_incident
from incidents.queries.company import Companion, company_of
from incidents.queries.costs import costs_shown
from incidents.queries.escalation import Ascent, ascent_of
from incidents.queries.policies import owed_by
from incidents.queries.roster import Line, roster_of
from incidents.queries.slo import Budget, budgets_of
from incidents.store import action_items, incidents, outbox_view, pages, people, roles, updates
from incidents.store.outbox_view import Listed
from incidents.store.pages import Page
from incidents.store.roles import Assignment
from incidents.store.updates import Update


@dataclass(frozen=True, slots=True)
class Card:
    """An incident as people see it at ``now``.

    ``failed`` are steps outside that gave up; ``budgets`` the error budgets of the services it is
    about; ``latest`` the last update for responders; ``blast`` what its services take with them;
    ``teams`` those that an outage affects, if it is the affair of several; ``company`` the public
    incidents that have to do with it; ``ascent`` how far its escalation has come; ``costs`` what it
    took from error budgets, and ``owed`` what a budget policy asks for because of that.
    """

    incident: Incident
    now: datetime
    roles: tuple[Assignment, ...]
    failed: tuple[Listed, ...]
    actions: tuple[ActionItem, ...]
    budgets: tuple[Budget, ...]
    latest: Update | None
    console: str
    blast: Blast
    teams: tuple[Line, ...] = ()
    fields: tuple[tuple[Field, str], ...] = ()  # of this organisation's own
    away: frozenset[PersonId] = frozenset()  # who was in the room and has left it
    company: tuple[Companion, ...] = ()
    ascent: Ascent | None = None
    pages: tuple[Page, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    costs: Mapping[SLOName, Cost] = field(default_factory=dict)
    owed: tuple[Owed, ...] = ()

    def holder(self, role: str) -> Assignment | None:
        """Who holds a role."""
        return self._with(role, "held")

    def asked(self, role: str) -> Assignment | None:
        """Who was asked to take a role and has not answered."""
        return self._with(role, "offered")

    @property
    def failed_steps(self) -> tuple[str, ...]:
        """What could not be done outside, in words."""
        return tuple(f"{STEP_NAMES[one.kind]}: {one.error}" for one in self.failed)

    @property
    def open_actions(self) -> int:
        """How many action items are not done."""
        return sum(1 for one in self.actions if one.state == "open")

    @property
    def is_update_late(self) -> bool:
        """Whether the promised update is overdue."""
        due = self.incident.next_update_at
        return due is not None and due <= self.now

    def _with(self, role: str, state: str) -> Assignment | None:
        return next((one for one in self.roles if one.role == role and one.state == state), None)


def card_of(
    desk: Desk,
    connection: Connection,
    number: IncidentNumber,
    now: datetime,
    reader: Reader = ALL_SEEING,
) -> Card | None:
    """The card of an incident; None if there is none, or none that ``reader`` may see."""
    incident = incidents.get(connection, number, reader)
    if incident is None:
        return None
    costs = costs_shown(desk, connection, incident, now)
    return Card(
        incident=incident,
        now=now,
        roles=roles.current(connection, number),
        failed=outbox_view.dead_of(connection, number),
        actions=action_items.of(connection, number),
        budgets=budgets_of(desk, connection, incident, now),
        latest=updates.latest(connection, number, "responders"),
        console=_console(desk, incident),
        blast=blast_of_incident(desk, incident),
        teams=roster_of(desk, connection, incident),
        fields=shown(desk.catalog.settings.fields, incident.facts.get(FACT, {})),
        away=_away(connection, number),
        company=company_of(connection, incident, PUBLIC),
        ascent=ascent_of(desk, connection, number),
        pages=pages.of(connection, number),
        vendors=desk.catalog.vendors_of(incident.services),
        costs=costs,
        owed=owed_by(desk, connection, incident, now) if costs else (),
    )


def _console(desk: Desk, incident: Incident) -> str:
    """Its page; nobody signs in to the console, so a private incident has none."""
    if not desk.public_url or incident.is_private:
        return ""
    return f"{desk.public_url}/incidents/{incident.key}"


def _away(connection: Connection, number: IncidentNumber) -> frozenset[PersonId]:
    stays = people.stays(connection, number)
    return frozenset(person for person, stay in stays.items() if stay.left_at is not None)
