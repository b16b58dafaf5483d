"""Who hears of an error budget: its owner, or whoever is on call for its service."""

from incidents.actions.desk import Work
from incidents.model import effects
from incidents.model.ids import PersonId, TeamName
from incidents.model.objective import OWNER, Objective, SLOName
from incidents.model.oncall import Handle
from incidents.queries.oncall import on_call_for
from incidents.store import people


def owner_of(work: Work, objective: Objective) -> PersonId | None:
    """Whoever the SLO names as its owner, or else the team of its service: on call, or its lead."""
    catalog = work.desk.catalog
    named = objective.annotations.get(OWNER, "").removeprefix("@")
    somebody = people.named(work.connection, Handle(named)) if named else None
    if somebody is not None:
        return somebody.id
    team = catalog.teams.get(TeamName(named)) or catalog.team_of(objective.service)
    if team is None:
        return None
    handles = [duty.person for duty in on_call_for(catalog, work.connection, team, work.now)]
    handles += [team.lead] if team.lead else []
    found = (people.named(work.connection, handle) for handle in handles)
    return next((person.id for person in found if person is not None), None)


def tell_owner(work: Work, objective: Objective, name: str, because: str) -> None:
    """One direct message; ``name`` is what tells it from all others."""
    person = owner_of(work, objective)
    if person is not None:
        slo: SLOName = objective.slo
        facts = {"slo": slo, "because": because}
        work.send(effects.direct(person, f"slo/{name}", "slo_alert", facts))
