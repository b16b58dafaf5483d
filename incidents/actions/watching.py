"""Hold the counts of many budgets ready to be judged: rings in memory that follow the journal."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.actions.samples import sliced_of
from incidents.model.burn import recent, rules_of
from incidents.model.calendar_window import Calendar
from incidents.model.coverage import LONGEST_RULE
from incidents.model.objective import Objective, SLOName
from incidents.model.rolling import Rings
from incidents.model.shards import Lease, shard_of
from incidents.model.sieve import Sieve
from incidents.store import promises, sli_journal, slo, slo_rings
from incidents.store.slo_slices import Sliced


@dataclass(slots=True)
class Watch:
    """The rings of one process, and how far it has followed the journal. One thread at a time.

    ``sieve`` tells which of all budgets have to be looked at. ``leases`` are the shards whose
    budgets are watched; None if all are, because there is nobody else. ``shards`` are the names in
    the rings by their shard, ``snapped`` those of which there is a snapshot. ``anew`` tells since
    when an SLO measures something else than it did before.
    """

    rings: Rings
    objectives: Mapping[SLOName, Objective]
    sieve: Sieve
    position: int
    leases: Mapping[int, Lease] | None = None
    shards: Mapping[int, tuple[SLOName, ...]] = field(default_factory=dict)
    snapped: dict[int, tuple[SLOName, ...]] = field(default_factory=dict)
    anew: Mapping[SLOName, datetime] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _generations: dict[SLOName, str] = field(default_factory=dict)

    def lease(self, name: SLOName) -> Lease | None:
        """By what right that SLO is watched here; None if nobody else could."""
        return None if self.leases is None else self.leases[shard_of(name)]

    def generation(self, name: SLOName) -> str:
        """Which definition of that SLO is watched."""
        if name not in self._generations:
            self._generations[name] = self.objectives[name].generation
        return self._generations[name]


def watch(desk: Desk, now: datetime, leases: Mapping[int, Lease] | None = None) -> Watch:
    """Rings for the desk's objectives as of ``now``, filled from the record."""
    objectives = desk.objectives
    if leases is not None:
        objectives = tuple(one for one in objectives if shard_of(one.slo) in leases)
    sieve = Sieve(objectives)
    ordered = sieve.objectives  # as they lie beside each other, each group is looked at at once
    sliced = sliced_of(objectives)
    _judge_the_past(desk, sliced, now)
    by_calendar: dict[Calendar, list[SLOName]] = {}
    for one in ordered:
        if one.calendar is not None:
            by_calendar.setdefault(one.calendar, []).append(one.series)
    rings = Rings(
        [one.series for one in ordered],
        _windows(objectives),
        now,
        by_calendar=by_calendar,
        heard={name: series for name, (series, _) in sliced.items()},
    )
    together: dict[int, list[SLOName]] = {}
    for one in ordered:
        together.setdefault(shard_of(one.slo), []).append(one.series)
    shards = {shard: tuple(names) for shard, names in together.items()}
    with desk.look() as connection:
        filled = slo_rings.fill(connection, rings, shards)
        anew = promises.measured_since(connection, now - LONGEST_RULE)
    return Watch(
        rings,
        {one.slo: one for one in objectives},
        sieve,
        filled.position,
        leases,
        shards,
        {shard: tuple(names) for shard, names in filled.snapped.items()},
        anew,
    )


def catch_up(connection: Connection, watching: Watch, now: datetime) -> bool:
    """Follow the journal to its end. False if part of it is gone: then the rings are no good."""
    watching.rings.advance(now)
    while True:
        found = sli_journal.follow(connection, watching.position)
        if not found.is_whole:
            return False
        for cells in found.parts:
            slo_rings.count(watching.rings, cells)
        watching.position = found.position
        if found.is_end:
            return True


def renew(desk: Desk, watching: Watch, now: datetime) -> None:
    """Rings from the record, instead of those that lost track of it or know other budgets."""
    again = watch(desk, now, watching.leases)
    watching.rings, watching.position = again.rings, again.position
    watching.objectives, watching.sieve = again.objectives, again.sieve
    watching.shards, watching.snapped = again.shards, again.snapped
    watching.anew = again.anew


def _windows(objectives: tuple[Objective, ...]) -> set[timedelta]:
    found: set[timedelta] = set()
    every = {id(rules): rules for rules in map(rules_of, objectives)}  # most share theirs
    for rules in every.values():
        found |= rules.windows
    for one in objectives:
        found.add(recent(one))
        if one.calendar is None:
            found.add(one.window)
    return found


def _judge_the_past(desk: Desk, sliced: Sliced, now: datetime) -> None:
    """Slices that are newly promised do not begin with nothing: their events were kept."""
    with desk.look() as connection:
        new = slo.unsliced(connection, sliced)
    for name in sorted(new):
        with desk.store.write() as connection:
            sli_journal.hold(connection)
            slo.slice_past(connection, name, sliced, now)
