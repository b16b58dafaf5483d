"""An incident run from a terminal or over the API: names, not mentions; words, not forms."""

from datetime import datetime, timedelta

from incidents.actions import lifecycle, roles
from incidents.actions.desk import Desk, Origin
from incidents.errors import NotFound, Refused
from incidents.model import ids
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.roles import Role, parse_role
from incidents.model.text import NOTHING, UserText
from incidents.store import incidents, people


def somebody(desk: Desk, name: str) -> Person:
    """Who is called that: a handle or an e-mail address. Raises `NotFound`."""
    with desk.look() as connection:
        found = people.named(connection, name)
    if found is None:
        raise NotFound(
            f"I know nobody called {name}.",
            instead="Slack's people are known once it was reached; until then, note who it is.",
        )
    return found


def give_role(  # noqa: PLR0913
    desk: Desk,
    number: IncidentNumber,
    role: str,
    name: str,
    *,
    accepted: bool,
    by: Origin,
    now: datetime,
) -> str:
    """Give ``role`` to who is called ``name``. What happened, in words.

    A commander is asked, unless they ``accepted`` already: on the telephone, say.
    """
    wanted = parse_role(role)
    if wanted is None:
        raise Refused(f"{role} is no role.", instead=f"Roles are {', '.join(Role)}.")
    person = somebody(desk, name)
    giver = Origin(person.id, by.source, by.key) if accepted else by
    done = roles.assign(desk, number, wanted.value, person.id, by=giver, now=now)
    if done == "asked":
        return f"{person.name} is asked to be {wanted.title} of {ids.key(number)}."
    return f"{person.name} is {wanted.title} of {ids.key(number)}."


def resolve(
    desk: Desk,
    number: IncidentNumber,
    fix: UserText,
    ended: datetime | None,
    *,
    by: Origin,
    now: datetime,
) -> Incident:
    """The impact is over, since ``ended`` or just now, and began when the record says."""
    with desk.look() as connection:
        incident = incidents.get(connection, number)
    if incident is None:
        raise NotFound(f"There is no {ids.key(number)}.", instead="See what is open.")
    end = ended or now - timedelta(seconds=1)
    impact = incident.impact or NOTHING
    resolution = lifecycle.Resolution(fix, min(incident.started_at, end), end, impact)
    return lifecycle.resolve(desk, number, resolution, by=by, now=now)
