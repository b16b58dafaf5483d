"""What calendars and other tools plan, kept: the last good copy answers while they do not.

Nobody is called here. Whoever reads a feed claims it first, and brings what it said afterwards;
what was planned for the past stays as it was, whatever the feed says of it now.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidents.actions.desk import Desk
from incidents.catalog.calendars import Names, names_of
from incidents.model.oncall import Feed, FeedKind, Planned, Rotation, RotationName, replan
from incidents.store import oncall, people
from incidents.store.oncall import Fetched

EVERY = timedelta(minutes=5)
BACK, AHEAD = timedelta(days=7), timedelta(days=60)
"""The span a feed is asked for. What lies before counts when it is read for the first time."""

_LONGEST = 300  # characters of what went wrong


@dataclass(frozen=True, slots=True)
class Wanted:
    """A feed to read now."""

    rotation: Rotation
    feed: Feed


def claim(desk: Desk, now: datetime) -> tuple[Wanted, ...]:
    """The feeds whose turn it is; each is somebody else's turn only after a while."""
    own = [Wanted(one, one.feed) for one in desk.catalog.rotations.values() if one.feed]
    if not own:
        return ()
    with desk.store.write() as connection:
        known = oncall.feeds(connection)
        due = [one for one in own if _is_due(known.get(one.rotation.name), one.feed, now)]
        for one in due:
            before = known.get(one.rotation.name)
            fresh = Fetched(one.rotation.name, one.feed.kind, now, None, "it was never read")
            oncall.note_feed(connection, replace(before or fresh, kind=one.feed.kind, tried_at=now))
    return tuple(due)


def took(
    desk: Desk, name: RotationName, plan: Sequence[Planned], now: datetime, *, remark: str = ""
) -> None:
    """The feed answered: from now on this is the plan. ``remark`` is what to look at in it."""
    with desk.store.write() as connection:
        before = oncall.feeds(connection).get(name)
        known = oncall.plans(connection, [name], now - BACK).get(name, ())
        is_first = before is None or before.good_at is None
        whole = tuple(plan) if is_first else replan(known, plan, now)
        if whole != known:
            oncall.keep_plan(connection, name, whole, now - BACK)
        kind = before.kind if before else FeedKind.FILE
        oncall.note_feed(connection, Fetched(name, kind, now, now, remark[:_LONGEST]))


def failed(desk: Desk, name: RotationName, why: str, now: datetime) -> None:
    """The feed did not answer, or not sensibly: what it said last goes on to count."""
    with desk.store.write() as connection:
        before = oncall.feeds(connection).get(name)
        if before is not None:
            oncall.note_feed(connection, replace(before, tried_at=now, error=why[:_LONGEST]))


def names(desk: Desk) -> Names:
    """What people may be called in calendars, and their handles: Slack's and the catalogue's."""
    known = {
        str(member): ("", "") for team in desk.catalog.teams.values() for member in team.members
    }
    known |= {str(one.handle): (one.name, one.email) for one in desk.catalog.people.values()}
    with desk.look() as connection:
        met = {
            one.handle: (one.name, one.email)
            for one in people.everybody(connection)
            if one.is_active and not one.is_bot
        }
    return names_of({**met, **known})


def _is_due(before: Fetched | None, feed: Feed, now: datetime) -> bool:
    return before is None or before.kind != feed.kind or now - before.tried_at >= EVERY
