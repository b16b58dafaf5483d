"""Who is on call: the one answer that everybody gets who asks.

Files say whose turn it is; the database knows who stands in for whom, and what calendars,
PagerDuty and GoAlert plan. A rotation that does not come from here is not the whole truth.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from incidents.catalog.catalog import Catalog
from incidents.model.oncall import OnCall, Rotation, RotationName, everyone_on_call
from incidents.model.services import Team
from incidents.store import oncall

Roster = dict[RotationName, Rotation]


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
    found = {name: every[name] for name in wanted if name in every}
    overrides = oncall.overrides(connection, list(found), now)
    plans = oncall.plans(connection, [name for name in found if found[name].feed], now)
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
