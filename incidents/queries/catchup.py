"""Where an incident stands, for somebody who comes late or comes back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.timeline import EVIDENCE, Entry, Kind
from incidents.queries.card import Card, card_of
from incidents.store import caught_up, timeline, walks

_NOISE = EVIDENCE | {
    Kind.JOINED,
    Kind.LEFT,
    Kind.ROOM_OPENED,
    Kind.RETRACTED,
    Kind.UNDONE,
    Kind.ACTION_REMINDED,
}
_TRIED = (Kind.TREE_ENDED, Kind.CHANGE, Kind.NOTE, Kind.MESSAGE)
_EARLY = timedelta(minutes=10)  # who comes this early has missed nothing


@dataclass(frozen=True, slots=True)
class Catchup:
    """The card, and the rest of the story.

    ``since`` is when they were last there, None if they never were; ``news`` what is on the record
    since then. ``tried`` is what was found and done, ``walking`` the trees that are being walked.
    """

    card: Card
    since: datetime | None
    news: tuple[Entry, ...]
    tried: tuple[Entry, ...]
    walking: tuple[str, ...]


def catchup_of(
    desk: Desk, connection: Connection, number: IncidentNumber, person: PersonId, now: datetime
) -> Catchup | None:
    """The story for one person; None if there is no such incident."""
    card = card_of(desk, connection, number, now)
    if card is None:
        return None
    known = caught_up.get(connection, number, person)
    gone = timeline.corrected(connection, number)
    told = tuple(
        entry
        for entry in timeline.entries(connection, number)
        if entry.kind not in _NOISE and entry.seq not in gone
    )
    trees = {one.id: one.title for one in desk.trees}
    return Catchup(
        card=card,
        since=known.at if known else None,
        news=tuple(one for one in told if known and one.seq > known.seq),
        tried=tuple(one for one in told if one.kind in _TRIED),
        walking=tuple(
            trees.get(one.tree, one.tree)
            for one in walks.of(connection, number)
            if one.ended_at is None
        ),
    )


def is_worth_offering(
    desk: Desk, connection: Connection, number: IncidentNumber, person: PersonId, now: datetime
) -> bool:
    """Whether somebody who comes in now has missed something."""
    story = catchup_of(desk, connection, number, person, now)
    if story is None or not story.card.incident.is_open:
        return False
    if story.since is not None:
        return bool(story.news)
    return now - story.card.incident.declared_at >= _EARLY
