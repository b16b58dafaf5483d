"""What may go wrong on call although the files are right: two who think it is them, or nobody."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from incidents.catalog import oncall as oncall_files
from incidents.catalog import services as services_files
from incidents.catalog.calendars import Unreadable, names_of, read_calendar
from incidents.catalog.values import Found
from incidents.errors import Problem
from incidents.model.oncall import FeedKind, Rotation, gaps, overlaps
from incidents.model.workdays import say_moment

_AHEAD = timedelta(days=60)
_NEEDS_ON_CALL = 2  # services up to this tier must reach somebody at any hour
_UTC = ZoneInfo("UTC")


def warnings_of(
    services: services_files.Read, oncall: oncall_files.Read, today: date
) -> Iterator[Problem]:
    """Overlaps within a rotation; calendars that are none; hours that calendars leave out."""
    start = datetime.combine(today, time(), UTC)
    planned: dict[str, Rotation] = {}
    for found in oncall.rotations:
        yield from _overrides(found)
        yield from _layers(found, start)
        feed = found.value.feed
        if feed is None:
            planned[found.value.name] = found.value
        elif feed.kind is FeedKind.FILE:
            whole, problems = _calendar(found, services, start)
            planned[found.value.name] = whole
            yield from problems
    yield from _holes(services, planned, start)


def _overrides(found: Found[Rotation]) -> Iterator[Problem]:
    """Two overrides of different people for the same time: the one written last wins."""
    for (_, one), (number, other) in combinations(enumerate(found.value.overrides), 2):
        start, end = max(one.start, other.start), min(one.end, other.end)
        if start < end and one.person != other.person:
            what = f"{one.person} and {other.person} both stand in from {_say(start)}"
            expected = f"one of them; {other.person}, who is written last, is on call"
            yield found.warning(what, expected, "overrides", number)


def _layers(found: Found[Rotation], start: datetime) -> Iterator[Problem]:
    """Layers for certain hours that overlap; a layer for all hours is there to catch the rest."""
    partial = [
        (number, layer)
        for number, layer in enumerate(found.value.layers)
        if not layer.coverage.is_always
    ]
    hits = overlaps([layer for _, layer in partial], start, start + _AHEAD)
    said: set[tuple[int, int]] = set()
    for begin, _, first, second in hits:
        if (first, second) not in said:
            said.add((first, second))
            one, other = partial[first][0], partial[second][0]
            what = f"layers {one + 1} and {other + 1} overlap, first on {_say(begin)}"
            yield found.warning(
                what, f"hours of their own; layer {one + 1} decides", "layers", other
            )


def _calendar(
    found: Found[Rotation], services: services_files.Read, start: datetime
) -> tuple[Rotation, list[Problem]]:
    feed, file = found.value.feed, found.file
    where = f"oncall/{feed.where}" if feed else file
    members = {str(one): ("", "") for team in services.teams for one in team.value.members}
    listed = {str(one.value.handle): (one.value.name, one.value.email) for one in services.people}
    names = names_of(members | listed)
    zone = found.value.zone
    try:
        read = read_calendar(feed.text if feed else "", names, start, start + _AHEAD, zone=zone)
    except Unreadable as error:
        return found.value, [Problem(where, 1, 1, str(error), "an iCalendar file")]
    problems = [
        Problem(where, one.line, 1, one.what, "one person at a time", is_warning=True)
        for one in read.troubles
    ]
    return replace(found.value, plan=read.plan), problems


def _holes(
    services: services_files.Read, planned: Mapping[str, Rotation], start: datetime
) -> Iterator[Problem]:
    """Teams of important services whose calendars leave hours to nobody in the coming weeks."""
    important = {one.value.team for one in services.services if one.value.tier <= _NEEDS_ON_CALL}
    for found in services.teams:
        team = found.value
        own = [planned[name] for name in team.on_call if name in planned]
        if team.name not in important or len(own) != len(team.on_call):
            continue
        if not any(one.feed for one in own):  # what files alone say is a fault, and checked before
            continue
        holes = gaps(own, start, start + _AHEAD)
        if holes:
            begin, end = holes[0]
            what = f"nobody is on call for {team.name} from {_say(begin)} to {_say(end)}"
            more = f", and {len(holes) - 1} more times within {_AHEAD.days} days"
            what += more if len(holes) > 1 else ""
            yield found.warning(what, "an event for any hour", "on_call")


def _say(at: datetime) -> str:
    return say_moment(at, _UTC)
