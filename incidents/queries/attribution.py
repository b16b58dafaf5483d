"""What incidents took from error budgets: each failure once, and only what a reader may know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.access import ALL_SEEING, PUBLIC, Reader
from incidents.model.attribution import (
    ENDS_AND_AGAIN,
    Claim,
    Stretch,
    divided,
    pauses,
    together,
    without,
)
from incidents.model.budget import is_felt, took
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.objective import NOTHING, Counts, Objective, SLOName
from incidents.queries.counting import budgets_at, excluded, less_of
from incidents.store import incidents, slo_spans, timeline


@dataclass(frozen=True, slots=True)
class Cost:
    """What an incident took from one budget: how many bad events or slices, and its share."""

    slo: SLOName
    bad: int
    spent: Fraction
    over: str

    @property
    def is_felt(self) -> bool:
        """Whether it is worth a line where room is short."""
        return is_felt(self.spent)

    @property
    def says(self) -> str:
        """``13 % of the 28 d budget``."""
        return f"{took(self.spent)} of the {self.over} budget"


@dataclass(frozen=True, slots=True)
class Outage:
    """An incident with all that was merged into it: when it hurt, whom, and what opened it."""

    incident: Incident
    stretches: tuple[Stretch, ...]
    services: frozenset[str]
    opened_by: frozenset[str]

    def is_about(self, objective: Objective) -> bool:
        """Whether failures of that SLO may be its own."""
        return objective.slo in self.opened_by or objective.service in self.services

    def claim(self, objective: Objective, now: datetime) -> Claim:
        """On the failures of that SLO, in whole buckets."""
        stretches = (slo_spans.in_buckets(one, now) for one in self.stretches)
        is_its_own = objective.slo in self.opened_by
        return Claim(self.incident.number, together(stretches), is_its_own)


def objectives_of(desk: Desk, incident: Incident) -> tuple[Objective, ...]:
    """Those that an incident is about: the one that opened it, and those of its services."""
    opened_by = incident.facts.get("slo")
    services = {desk.catalog.canonical(name) or name for name in incident.services}
    return tuple(one for one in desk.objectives if one.slo == opened_by or one.service in services)


def outages(
    desk: Desk,
    connection: Connection,
    span: Stretch,
    now: datetime,
    *,
    reader: Reader = PUBLIC,
    also: IncidentNumber | None = None,
) -> tuple[Outage, ...]:
    """Those that reach into ``span``, which ``reader`` may see; and the one that is asked about.

    What a reader may not know takes nothing from what they see: the others' figures do not betray
    it.
    """
    found = {
        one.number: one for one in incidents.reaching(connection, span.start, span.end, reader)
    }
    if also is not None and also not in found:
        mine = incidents.get(connection, also, ALL_SEEING)
        if mine is not None and not mine.is_drill and mine.status is not Status.CANCELLED:
            found[mine.number] = mine
    parts: dict[IncidentNumber, list[Incident]] = {}
    for one in found.values():
        root = one.number if one.merged_into is None else incidents.root_of(connection, one.number)
        parts.setdefault(root if root in found else one.number, []).append(one)
    return tuple(
        _outage(desk, connection, found[number], some, now)
        for number, some in sorted(parts.items())
    )


def _outage(
    desk: Desk,
    connection: Connection,
    whole: Incident,
    parts: Sequence[Incident],
    now: datetime,
) -> Outage:
    names = (name for one in parts for name in one.services)
    return Outage(
        incident=whole,
        stretches=together(s for one in parts for s in _stretches(connection, one, now)),
        services=frozenset(desk.catalog.canonical(name) or name for name in names),
        opened_by=frozenset(str(one.facts["slo"]) for one in parts if one.facts.get("slo")),
    )


def _stretches(connection: Connection, one: Incident, now: datetime) -> tuple[Stretch, ...]:
    """When its impact was going on: a part that was merged goes on as its whole."""
    end = one.resolved_at or one.closed_at or now
    whole = Stretch(one.started_at, max(end, one.started_at))
    return without(whole, pauses(timeline.of_kinds(connection, one.number, ENDS_AND_AGAIN)))


def taken(
    connection: Connection,
    objectives: Iterable[Objective],
    found: Sequence[Outage],
    now: datetime,
    *,
    within: Stretch | None = None,
    only: IncidentNumber | None = None,
) -> dict[SLOName, dict[IncidentNumber, Counts]]:
    """What came of each SLO during each outage that it is about, every event in one of them.

    ``within`` is in whole buckets; ``only`` is the one that matters.
    """
    pieces: dict[Stretch, list[tuple[Objective, IncidentNumber]]] = {}
    shared: dict[SLOName, dict[IncidentNumber, Counts]] = {}
    for one in objectives:
        mine = divided([outage.claim(one, now) for outage in found if outage.is_about(one)])
        shared[one.slo] = {number: NOTHING for number in mine if only is None or number == only}
        for number in shared[one.slo]:
            for piece in mine[number]:
                inside = _inside(piece, within)
                pieces.setdefault(inside, []).append((one, number))
    for piece, some in pieces.items():
        if piece.start < piece.end:
            counts = slo_spans.counts_in(connection, [one.series for one, _ in some], piece)
            begin, end = piece.start, piece.end
            away = excluded(connection, [one for one, _ in some], begin, end)
            for one, number in some:
                spans = away.get(one.slo, ())
                shared[one.slo][number] += less_of(connection, one, counts[one.series], spans)
    return shared


def _inside(piece: Stretch, within: Stretch | None) -> Stretch:
    if within is None:
        return piece
    return replace(piece, start=max(piece.start, within.start), end=min(piece.end, within.end))


def taken_by(
    desk: Desk, connection: Connection, incident: Incident, now: datetime
) -> Mapping[SLOName, Counts]:
    """What came during one incident, of each SLO that it is about, and belongs to no other.

    Of private ones only it itself is reckoned with: its own record is not read by the others'.
    """
    number = incidents.root_of(connection, incident.number)
    whole = incidents.get(connection, number) or incident
    if not objectives_of(desk, whole):
        return {}
    began = min([whole.started_at, *(p.started_at for p in incidents.parts_of(connection, number))])
    found = outages(desk, connection, Stretch(began, now), now, also=number)
    mine = next((one for one in found if one.incident.number == number), None)
    if mine is None:
        return {}
    about = [one for one in desk.objectives if mine.is_about(one)]
    shared = taken(connection, about, found, now, only=number)
    return {name: counts.get(number, NOTHING) for name, counts in shared.items()}


def costs_now(
    desk: Desk, connection: Connection, incident: Incident, now: datetime
) -> tuple[Cost, ...]:
    """What it has taken so far from the budgets it is about, the most first."""
    during = {
        name: counts
        for name, counts in taken_by(desk, connection, incident, now).items()
        if counts.bad
    }
    objectives = [one for one in desk.objectives if one.slo in during]
    whole = budgets_at(
        connection, objectives, max(incident.resolved_at or now, incident.started_at)
    )
    found = [
        Cost(
            one.slo,
            max(round(Fraction(during[one.slo].bad, one.unit.per)), 1),
            whole[one.slo].spent_by(during[one.slo].bad),
            one.over,
        )
        for one in objectives
    ]
    return tuple(sorted(found, key=lambda one: (-one.spent, one.slo)))
