"""People come into a room and leave it: the record follows, and who comes late is helped."""

from bot.slack import catchup
from bot.slack.router import SILENT, Answer, Ask, Routes
from incidents.actions import movements
from incidents.model.ids import IncidentNumber, PersonId
from incidents.store import incidents

routes = Routes()


@routes.event("member_joined_channel", needs="be noted")
def joined(ask: Ask) -> Answer:
    """Somebody came into a room; if they missed something, they are offered to catch up."""
    number = _moved(ask, came=True)
    if number is not None:
        catchup.offer(ask, number)
    return SILENT


@routes.event("member_left_channel", needs="be noted")
def left(ask: Ask) -> Answer:
    """Somebody left a room."""
    _moved(ask, came=False)
    return SILENT


def _moved(ask: Ask, *, came: bool) -> IncidentNumber | None:
    """Which incident's room they moved into or out of, if that is news."""
    event = ask.payload["event"]
    if ask.person.is_bot:
        return None
    with ask.desk.look() as connection:
        if incidents.in_room(connection, event["channel"]) is None:
            return None
    person = PersonId(event["user"])
    return movements.person_moved(
        ask.desk, event["channel"], person, came=came, by=ask.by, now=ask.now
    )
