"""A month or a quarter of error budgets, as a reader may know it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.errors import Refused
from incidents.model.access import Reader
from incidents.model.attribution import Stretch
from incidents.model.budget_report import (
    Line,
    Part,
    Period,
    Report,
    Share,
    promised_in,
    read_period,
    stretches_of,
)
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.objective import Counts, Objective, SLOName
from incidents.model.rolling import FINE
from incidents.model.spending import counted
from incidents.queries.attribution import outages, taken
from incidents.queries.counting import excluded, less_of
from incidents.store import promises, slo_spans


def report_named(
    desk: Desk, connection: Connection, written: str, now: datetime, *, reader: Reader
) -> Report:
    """The report of ``2026-10`` or ``2026-Q4``. Raises `Refused`."""
    try:
        period = read_period(written)
    except ValueError as error:
        raise Refused(
            f"{error}.", instead="A month is one like 2026-10, a quarter one like 2026-Q4."
        ) from None
    if period.span.start > now:
        raise Refused(
            f"{period.name} has not begun.", instead="Ask for one that has: its figures so far."
        )
    return report_of(desk, connection, period, now, reader=reader)


def report_of(
    desk: Desk, connection: Connection, period: Period, now: datetime, *, reader: Reader
) -> Report:
    """What each SLO promised and attained in ``period`` so far, and what took its budget."""
    until = min(period.span.end, FINE.start(FINE.number(now)))
    span = Stretch(period.span.start, max(until, period.span.start))
    found = outages(desk, connection, span, now, reader=reader)
    shared = taken(connection, desk.objectives, found, now, within=span)
    titles = {one.incident.number: one.incident for one in found}
    parts = _parts(connection, desk.objectives, span, now)
    lines = tuple(
        _line(one, parts[one.slo], shared[one.slo], titles)
        for one in sorted(desk.objectives, key=lambda one: one.slo)
    )
    return Report(period, until, lines)


def _parts(
    connection: Connection, objectives: Sequence[Objective], span: Stretch, now: datetime
) -> dict[SLOName, tuple[Part, ...]]:
    """One question for each stretch that SLOs share, not for each SLO."""
    said = promises.history(connection, [one.slo for one in objectives])
    wanted: dict[Stretch, list[tuple[Objective, Part]]] = {}
    for one in objectives:
        for piece, target in stretches_of(span, promised_in(span, said[one.slo], one.target)):
            whole = slo_spans.begun_in_buckets(piece, span, now)
            part = Part(whole, target, Counts(0, 0))
            wanted.setdefault(whole, []).append((one, part))
    found: dict[SLOName, list[Part]] = {one.slo: [] for one in objectives}
    for piece, some in sorted(wanted.items()):
        counts = slo_spans.counts_in(connection, [one.series for one, _ in some], piece)
        away = excluded(connection, [one for one, _ in some], piece.start, piece.end)
        for one, part in some:
            raw = counts[one.series]
            held = counted(one, raw, piece.start, piece.end)
            spans = away.get(one.slo, ())
            if spans:
                less = less_of(connection, one, raw, spans)
                left = counted(one, less, piece.start, piece.end, spans)
                found[one.slo].append(Part(piece, part.target, left, raw=held))
            else:
                found[one.slo].append(Part(piece, part.target, held))
    return {slo: tuple(some) for slo, some in found.items()}


def _line(
    objective: Objective,
    parts: tuple[Part, ...],
    shared: Mapping[IncidentNumber, Counts],
    incidents: Mapping[IncidentNumber, Incident],
) -> Line:
    allowed = sum(one.allowed for one in parts)
    shares = [
        Share(number, incidents[number].title, counts.bad, counts.bad / allowed)
        for number, counts in shared.items()
        if counts.bad and allowed
    ]
    shares.sort(key=lambda one: (-one.bad, one.incident))
    return Line(
        slo=objective.slo,
        title=objective.name,
        service=objective.service,
        unit=objective.unit,
        parts=parts,
        by_incident=tuple(shares),
    )
