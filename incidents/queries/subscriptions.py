"""What somebody subscribed to, as far as they may still see it."""

from sqlalchemy import Connection

from incidents.model.access import Reader
from incidents.model.ids import PersonId
from incidents.model.subscriptions import Subscription
from incidents.store import incidents, subscriptions


def subscriptions_of(
    connection: Connection, person: PersonId, reader: Reader
) -> tuple[Subscription, ...]:
    """Their wishes, the newest first, without incidents that are none of theirs to see."""
    mine = subscriptions.of_person(connection, person)
    named = [one.target.incident for one in mine if one.target.incident is not None]
    seen = incidents.visible(connection, named, reader)
    return tuple(one for one in mine if one.target.incident is None or one.target.incident in seen)
