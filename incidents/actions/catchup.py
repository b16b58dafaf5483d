"""Late joiners: told where it stands, once they ask, and from where they know it."""

from dataclasses import replace
from datetime import datetime

from incidents.actions.access import missing
from incidents.actions.desk import Desk, Origin
from incidents.model.ids import IncidentNumber
from incidents.queries.catchup import Catchup, catchup_of
from incidents.store import caught_up


def catch_up(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> Catchup:
    """The story for whoever asks; from here on they know it. Raises `NotFound`."""
    with desk.work(replace(by, key=None), now) as work:  # who asks twice is told twice
        story = catchup_of(desk, work.connection, number, by.actor, now)
        if story is None:
            raise missing(number)
        caught_up.keep(work.connection, number, by.actor, now)
        return story
