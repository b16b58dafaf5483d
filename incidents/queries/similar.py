"""Has somebody declared this already?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.model.access import Reader
from incidents.model.alike import are_alike
from incidents.model.incident import Incident
from incidents.model.services import Services
from incidents.queries.kin import in_order, kin_of
from incidents.store import incidents

NO_SERVICES = Services()

SIMILAR_FOR = timedelta(hours=6)
"""For how long after it was declared an open incident is taken for the same outage."""


@dataclass(frozen=True, slots=True)
class Similar:
    """An open incident that may be the same outage, and what they have in common.

    ``is_kin``: it is about other services, which hang together with the ones in question.
    """

    incident: Incident
    because: str
    is_kin: bool = False


def similar_to(
    connection: Connection,
    title: str,
    services: Iterable[str],
    reader: Reader,
    now: datetime,
    among: Services = NO_SERVICES,
) -> Similar | None:
    """The open incident about one of the ``services``, or what hangs together, or a title alike.

    ``among`` says which services hang together. A title alike says nothing where both name services
    and none is the same. Only what the ``reader`` may see is compared, and a drill never is.
    """
    named = frozenset(services)
    fresh = [
        one
        for one in incidents.open_ones(connection, reader)
        if now - one.declared_at < SIMILAR_FOR and not one.is_drill
    ]
    for one in fresh:
        if named & set(one.services):
            return Similar(one, "for the same service")
    kin = (kin_of(among, connection, name, now) for name in sorted(named))
    closest = min((one for one in kin if one is not None), key=in_order, default=None)
    if closest is not None:
        why = f"and may be the same outage: {closest.kinship.because}"
        return Similar(closest.incident, why, is_kin=True)
    for one in fresh:
        if not (named and one.services) and are_alike(title, one.title.raw):
            return Similar(one, "with a title alike")
    return None
