"""May they? Asked of the record at the moment of the wish, and every no is put on the audit log."""

from datetime import datetime

from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import Forbidden, NotFound
from incidents.model import access, ids
from incidents.model.commands import to_type
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.queries.access import standings_of
from incidents.store import audit, people


def require(  # noqa: PLR0913
    desk: Desk,
    verb: str,
    person: Person,
    incident: Incident | None,
    *,
    is_here: bool,
    by: Origin,
    now: datetime,
) -> None:
    """Raises `Forbidden` unless ``person`` may do ``verb``.

    Of an incident they may not even see, it raises what is raised for one that does not exist.
    """
    with desk.look() as connection:
        has = standings_of(desk, connection, person, incident, now, is_here=is_here)
    verdict = access.permit(verb, has)
    if verdict.allowed:
        return
    denied(desk, verb, incident.key if incident else "", by=by, now=now)
    if incident is not None and incident.is_private and access.Standing.VIEWER not in has:
        raise missing(incident.number)
    raise Forbidden(verdict.because, instead=verdict.instead)


def may(work: Work, verb: str, person: PersonId, incident: Incident) -> bool:
    """Whether somebody who does not ask now may do ``verb``: what they did is found later."""
    known = people.get(work.connection, person)
    if known is None:
        return False
    has = standings_of(work.desk, work.connection, known, incident, work.now, is_here=False)
    return access.permit(verb, has).allowed


def missing(number: IncidentNumber) -> NotFound:
    """The words for an incident that does not exist, and for one that is none of theirs."""
    return NotFound(
        f"There is no {ids.key(number)}.", instead=f"See what is open with {to_type('list')}."
    )


def denied(desk: Desk, verb: str, thing: str, *, by: Origin, now: datetime) -> None:
    """Somebody tried what they may not do: that is kept, whoever it was (ASVS 16.3.2)."""
    with desk.store.write() as connection:
        audit.append(
            connection,
            at=now,
            actor=by.actor,
            action="access.denied",
            thing=thing or "workspace",
            detail={"verb": verb, "through": by.source},
        )
