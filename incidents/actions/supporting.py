"""Deputy, comms lead and scribe: asked for by rule once somebody commands.

The severity says which roles an incident should have. Each is asked of one person at a time, by
direct message; the card shows who was asked. Whoever takes a role ends the asking.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from incidents.actions import commanding, secrecy
from incidents.actions.desk import Work
from incidents.model import effects
from incidents.model.commander import nominees
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.oncall import Handle
from incidents.model.people import Person
from incidents.model.roles import Role
from incidents.model.severity import MEANINGS
from incidents.model.supporting import SUPPORTING, choose_for
from incidents.model.timeline import Kind
from incidents.queries.choosing import (
    Matter,
    Outage,
    asked_for,
    candidates,
    facts_of,
    for_role,
    matter_of,
    standing_of,
)
from incidents.queries.oncall import roster_of
from incidents.store import outbox_view, people, roles
from incidents.store.due import Due
from incidents.store.roles import Assignment

_SOON = timedelta(minutes=1)


def fill(work: Work, incident: Incident) -> None:
    """Ask for the roles that this severity should have and that nobody was ever asked for."""
    commander = roles.holder(work.connection, incident.number, Role.COMMANDER.value)
    if not incident.is_open or commander is None:
        return
    known = {one.role for one in roles.history(work.connection, incident.number)}
    for role in work.desk.catalog.settings.roles_for(incident.severity):
        if role in SUPPORTING and role.value not in known:
            ask_next(work, incident, role)


def fill_soon(work: Work, incident: Incident) -> None:
    """The same in a moment: a severity that is taken back at once asks nobody."""
    if roles.holder(work.connection, incident.number, Role.COMMANDER.value) is not None:
        key = f"{incident.key}/fill/{incident.version}"
        work.later(key, "roles_due", work.now + _SOON, incident=incident.number)


def fill_due(work: Work, due: Due) -> None:
    """The moment has passed."""
    incident = work.incident(IncidentNumber(due.incident or 0))
    fill(work, incident)
    work.refresh(incident)


def ask_next(work: Work, incident: Incident, role: Role) -> None:
    """Ask the next person to be ``role``; say so, once, when nobody is left."""
    matter = _matter(work, incident, role)
    standing = standing_of(work.desk, work.connection, incident.number, work.now)
    catalog = work.desk.catalog
    roster = roster_of(catalog, work.connection, matter.team, work.now)
    named = nominees(matter.team, roster, work.now)

    def known(handle: Handle) -> Person | None:
        found = people.named(work.connection, handle)
        if found is None or not incident.is_private:
            return found
        return found if secrecy.sees(work, incident.number, found.id) else None

    found = [
        replace(one, away="", asked=asked_for(standing.of(one.person), role))
        for one in candidates(work.desk, named, standing, known, work.now)
    ]
    taken: dict[PersonId, tuple[Role, ...]] = {}
    for one in roles.current(work.connection, incident.number):
        taken[one.person] = (*taken.get(one.person, ()), Role(one.role))
    rules = catalog.settings.policies.command
    choice = choose_for(role, found, matter.what, taken, work.now, rules=rules)
    if choice.person is None:
        _nobody(work, incident, role, choice.because)
        return
    facts = {
        "alternatives": [{"person": who, "because": why} for who, why in choice.alternatives],
        "inputs": {"team": matter.what.team, "candidates": [facts_of(one) for one in found]},
    }
    _ask(work, incident, role, choice.person, choice.because, facts)


def expire(work: Work, due: Due) -> None:
    """Nobody answered in time: the next one is asked."""
    incident = work.incident(IncidentNumber(due.incident or 0))
    role = Role(due.args["role"])
    offer = roles.offered(work.connection, incident.number, role.value)
    if offer is None or offer.id != due.args["assignment"]:
        return
    work.log(incident.number, Kind.EXPIRED, {"role": offer.role, "person": offer.person})
    roles.end(work.connection, offer, work.now, "expired")
    close_question(work, incident, offer, "expired")
    if incident.is_open:
        ask_next(work, incident, role)
    work.refresh(incident)


def close_question(work: Work, incident: Incident, asked: Assignment, state: str) -> None:
    """What was asked is answered: the buttons and the timer go away."""
    name = _name(incident, asked)
    work.never_mind(name)
    if outbox_view.state_of(work.connection, f"dm/{asked.person}/{name}") is None:
        return
    facts = {"key": incident.key, "role": asked.role, "state": state}
    view = "role_question_closed"
    work.send(effects.edit_direct(asked.person, name, state, view, facts))


def _ask(
    work: Work,
    incident: Incident,
    role: Role,
    person: PersonId,
    because: str,
    facts: dict[str, Any],
) -> None:
    number = incident.number
    offer = roles.offer(
        work.connection, number, role.value, person, work.now, because=because, facts=facts
    )
    body = {"role": role.value, "person": person, "because": because}
    work.log(number, Kind.OFFERED, body)
    until = work.now + commanding.within(work, incident)
    said = {
        **body,
        "key": incident.key,
        "title": incident.title.raw,
        "severity": MEANINGS[incident.severity].label,
        "others": [one["because"] for one in facts["alternatives"]],
        "until": until.isoformat(),
    }
    name = _name(incident, offer)
    work.send(
        effects.invite(number, (person,), why=f"ask-{offer.id}"),
        effects.direct(person, name, "role_asked", said),
    )
    args = {"assignment": offer.id, "role": role.value}
    work.later(name, "support_due", until, args, incident=number)


def _name(incident: Incident, offer: Assignment) -> str:
    return f"{incident.key}/support/{offer.id}"


def _matter(work: Work, incident: Incident, role: Role) -> Matter:
    """Whose people are asked: the team that is set for the role, or the owners."""
    matter = matter_of(work.desk, Outage.of(incident), {})
    return for_role(work.desk, matter, role, incident.severity)


def _nobody(work: Work, incident: Incident, role: Role, because: str) -> None:
    body = {"role": role.value, "because": because}
    work.log(incident.number, Kind.UNASSIGNED, body, source_key=f"unfilled/{role.value}")
    facts = {"key": incident.key, **body}
    work.send(effects.post(incident.number, f"unfilled/{role.value}", "role_unfilled", facts))
