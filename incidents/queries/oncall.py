"""Who is on call: the one answer that everybody gets who asks.

Files say whose turn it is; the database knows who stands in for whom, and what calendars,
PagerDuty and GoAlert plan. A rotation that does not come from here is not the whole truth.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.catalog.catalog import Catalog
from incidents.errors import NotFound, Refused
from incidents.model.ids import TeamName
from incidents.model.oncall import (
    OnCall,
    Rotation,
    RotationName,
    Shift,
    everyone_on_call,
    gaps,
    next_shift,
    shift_at,
)
from incidents.model.oncall_history import in_force, rotation_of
from incidents.model.services import Team
from incidents.store import oncall
from incidents.store.oncall import Fetched

_FARTHEST = timedelta(days=10 * 365)

Roster = dict[RotationName, Rotation]


@dataclass(frozen=True, slots=True)
class Duty:
    """A rotation at one moment: the shift it falls into, and the next one of somebody else.

    ``until`` is None if no end is in sight. ``fetched`` says how it went with
    the calendar or schedule it is read from.
    """

    rotation: Rotation
    current: Shift
    until: datetime | None
    coming: Shift | None
    fetched: Fetched | None = None


@dataclass(frozen=True, slots=True)
class Hole:
    """A span in which a team has nobody on call."""

    team: TeamName
    start: datetime
    end: datetime


def roster(
    catalog: Catalog,
    connection: Connection,
    now: datetime,
    names: Iterable[RotationName] | None = None,
) -> Roster:
    """The rotations called ``names``, or all, as they stand from ``now`` on.

    In the order of ``names``; those that do not exist are left out.
    """
    every = catalog.rotations
    wanted = list(dict.fromkeys(every if names is None else names))
    return _with_facts(connection, {name: every[name] for name in wanted if name in every}, now)


def roster_at(
    catalog: Catalog,
    connection: Connection,
    at: datetime,
    now: datetime,
    names: Iterable[RotationName] | None = None,
) -> Roster:
    """Like `roster`, for ``at``, which may be past: files, feeds and people as they were then.

    A change of files counts from the moment a process that serves read it. What was before the
    first such moment is answered with what the files said first. Raises `Refused` for a time that
    is absurdly far.
    """
    if abs(at - now) > _FARTHEST:
        years = _FARTHEST.days // 365
        raise Refused(f"That is more than {years} years away.", instead="Name a nearer time.")
    if at >= now:
        return roster(catalog, connection, at, names)
    generations = oncall.generations(connection, names)
    wanted = names if names is not None else [*catalog.rotations, *sorted(generations)]
    found: Roster = {}
    for name in dict.fromkeys(wanted):
        said = in_force(generations.get(name, ()), at)
        if said:
            found[name] = rotation_of(name, said)
        elif said is None and name in catalog.rotations:
            found[name] = catalog.rotations[name]
    return _with_facts(connection, found, at)


def _with_facts(connection: Connection, found: Roster, since: datetime) -> Roster:
    """With who stands in for whom, and what feeds plan, from ``since`` on."""
    overrides = oncall.overrides(connection, list(found), since)
    plans = oncall.plans(connection, [name for name in found if found[name].feed], since)
    return {
        name: replace(
            rotation,
            overrides=(*rotation.overrides, *overrides.get(name, ())),
            plan=plans.get(name, ()),
        )
        if name in overrides or name in plans
        else rotation
        for name, rotation in found.items()
    }


def duties(connection: Connection, rotations: Roster, at: datetime) -> tuple[Duty, ...]:
    """What each of these rotations says of ``at``."""
    fetched = oncall.feeds(connection)
    return tuple(
        Duty(one, *shift_at(one, at), next_shift(one, at), fetched.get(name) if one.feed else None)
        for name, one in rotations.items()
    )


def holes(
    catalog: Catalog, connection: Connection, now: datetime, ahead: timedelta
) -> tuple[Hole, ...]:
    """When, from ``now`` on, a team that has rotations has nobody on call, the first one first."""
    every = roster(catalog, connection, now)
    found = [
        Hole(team.name, start, end)
        for team in catalog.teams.values()
        if team.on_call
        for start, end in gaps(
            [every[one] for one in team.on_call if one in every], now, now + ahead
        )
    ]
    return tuple(sorted(found, key=lambda one: (one.start, one.team)))


def named(catalog: Catalog, connection: Connection, word: str) -> list[RotationName]:
    """The rotations somebody means: one by its own name, or those of a team or a service's team.

    All of them without a word. Raises `NotFound` with the nearest names.
    """
    wanted = word.strip().lower().lstrip("@")
    if not wanted:
        return list(catalog.rotations)
    if wanted in catalog.rotations or oncall.generations(connection, [RotationName(wanted)]):
        return [RotationName(wanted)]
    team = catalog.team_of(wanted) or catalog.teams.get(TeamName(wanted))
    if team is None:
        catalog.find_service(wanted)
    return list(team.on_call) if team else []


def the_one(catalog: Catalog, connection: Connection, word: str) -> RotationName:
    """The only rotation that somebody means. Raises `NotFound`, `Refused`."""
    found = named(catalog, connection, word)
    if not found:
        raise NotFound(
            f"{word[:80]} has no rotation.", instead="Name a rotation, or a team that has one."
        )
    if len(found) > 1:
        raise Refused("For which rotation?", instead=f"Name one of: {', '.join(found)}.")
    return found[0]


def rotations_of(
    catalog: Catalog, connection: Connection, team: Team, now: datetime
) -> tuple[Rotation, ...]:
    """The rotations of a team, in the order of asking, as they stand from ``now`` on."""
    return tuple(roster(catalog, connection, now, team.on_call).values())


def roster_of(catalog: Catalog, connection: Connection, team: Team | None, now: datetime) -> Roster:
    """Every rotation that a team or its escalation path names, as it stands from ``now`` on."""
    if team is None:
        return {}
    path = [name for hop in team.escalation for name in hop.rotations]
    return roster(catalog, connection, now, [*team.on_call, *path])


def on_call_for(
    catalog: Catalog, connection: Connection, team: Team, now: datetime
) -> tuple[OnCall, ...]:
    """Who is on call for a team at ``now``, in the order of asking, each person once."""
    return everyone_on_call(rotations_of(catalog, connection, team, now), now)
