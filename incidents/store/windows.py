"""Windows that are not in files, and what they muted, in SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from incidents.model.burn import Loudness
from incidents.model.ids import ServiceName, TeamName, uuid7
from incidents.model.muting import Suppression
from incidents.model.objective import SLOName
from incidents.model.spans import Span
from incidents.model.vendors import VendorName
from incidents.model.windows import (
    Repeats,
    Scope,
    Standing,
    Window,
    WindowId,
    WindowKind,
    WindowSource,
)
from incidents.store.sql import insert_if_new, locked, next_number
from incidents.store.window_tables import service_window, suppression

_SECOND = timedelta(seconds=1)

# What every tick asks is put together once.
_OVER = service_window.c
_WITHIN = (
    select(service_window)
    .where(
        or_(_OVER.ended_at.is_(None), _OVER.ended_at > bindparam("since")),
        or_(_OVER.repeats.is_not(None), _OVER.end_at > bindparam("since")),
        _OVER.start_at < bindparam("until"),
    )
    .order_by(_OVER.made_at, _OVER.id)
)
_MUTES = select(suppression).where(suppression.c.closed_at.is_(None))


@dataclass(frozen=True, slots=True)
class Kept:
    """A window as the record has it; ``ended_at`` is when it was called off."""

    window: Window
    first: Span
    made_at: datetime
    origin: str | None = None
    ended_at: datetime | None = None


def new_id(connection: Connection) -> WindowId:
    """``w7``: short enough to be typed."""
    return WindowId(f"w{next_number(connection, 'window')}")


def add(
    connection: Connection, window: Window, first: Span, now: datetime, origin: str | None = None
) -> bool:
    """A new one. False if what it is called where it comes from is known already."""
    return insert_if_new(connection, service_window, _columns(window, first, now, origin))


def change(connection: Connection, window: Window, first: Span) -> None:
    """It is another time now, or about something else: where it comes from says so."""
    columns = _columns(window, first, first.start, None)
    kept = {"id", "made_at", "made_by", "origin", "source"}
    changes = {name: value for name, value in columns.items() if name not in kept}
    statement = update(service_window).where(service_window.c.id == window.id)
    connection.execute(statement.values(**changes, ended_at=None, ended_by=None))


def end(connection: Connection, name: WindowId, by: str, now: datetime) -> bool:
    """Called off from ``now`` on. False if it was already, or there is none."""
    statement = update(service_window).where(
        service_window.c.id == name, service_window.c.ended_at.is_(None)
    )
    return connection.execute(statement.values(ended_at=now, ended_by=by)).rowcount == 1


def get(connection: Connection, name: str) -> Kept | None:
    """The one that is called so, held until the transaction ends."""
    query = select(service_window).where(service_window.c.id == name)
    row = connection.execute(locked(connection, query)).first()
    return None if row is None else _kept(row)


def within(connection: Connection, since: datetime, until: datetime) -> tuple[Kept, ...]:
    """All that may hold at some moment of ``[since, until)``, by when they were made."""
    span = {"since": since, "until": until}
    return tuple(_kept(row) for row in connection.execute(_WITHIN, span))


def of_origin(connection: Connection, prefix: str) -> dict[str, Kept]:
    """Those that come from one place, by their names there."""
    query = select(service_window).where(
        service_window.c.origin.startswith(prefix, autoescape=True)
    )
    return {str(row.origin): _kept(row) for row in connection.execute(query)}


def muted(
    connection: Connection,
    slo: SLOName,
    standing: Standing,
    now: datetime,
    *,
    loudness: Loudness,
    because: str,
) -> Suppression | None:
    """Remember an alert that is kept quiet; None if one of this SLO is already."""
    window = standing.window
    found = Suppression(
        uuid7(now), slo, window.id, window.called, standing.span, loudness, because, now
    )
    row = {
        "id": found.id,
        "slo": slo,
        "window_id": window.id,
        "title": window.called,
        "start_at": standing.span.start,
        "end_at": standing.span.end,
        "loudness": loudness.value,
        "because": because,
        "opened_at": now,
        "became": "muted",
    }
    return found if insert_if_new(connection, suppression, row) else None


def unmuted(connection: Connection, one: Suppression, became: str, now: datetime) -> None:
    """It is over: ``became`` is alert or calm."""
    statement = update(suppression).where(suppression.c.id == one.id)
    connection.execute(statement.values(closed_at=now, became=became))


def mutes(connection: Connection) -> dict[SLOName, Suppression]:
    """What is kept quiet, by SLO."""
    return {row.slo: _suppression(row) for row in connection.execute(_MUTES)}


def mute_of(connection: Connection, slo: SLOName) -> Suppression | None:
    """What is kept quiet of one SLO, held until the transaction ends."""
    query = select(suppression).where(suppression.c.slo == slo, suppression.c.closed_at.is_(None))
    row = connection.execute(locked(connection, query)).first()
    return None if row is None else _suppression(row)


def muted_since(connection: Connection, since: datetime) -> tuple[Suppression, ...]:
    """What windows kept quiet after ``since``, oldest first."""
    query = (
        select(suppression)
        .where(suppression.c.opened_at >= since)
        .order_by(suppression.c.opened_at, suppression.c.id)
    )
    return tuple(_suppression(row) for row in connection.execute(query))


def scope_json(scope: Scope) -> dict[str, Any]:
    """As it is kept, and as the API tells it; empty parts are left out."""
    found = {
        "services": list(scope.services),
        "teams": list(scope.teams),
        "tiers": list(scope.tiers),
        "dependencies": list(scope.dependencies),
        "vendors": list(scope.vendors),
        "everything": scope.everything,
    }
    return {name: value for name, value in found.items() if value}


def _columns(window: Window, first: Span, now: datetime, origin: str | None) -> Mapping[str, Any]:
    return {
        "id": window.id,
        "kind": window.kind.value,
        "title": window.title,
        "scope": scope_json(window.scope),
        "start_at": first.start,
        "end_at": first.end,
        "repeats": _repeats_json(window.repeats),
        "excludes": window.excludes,
        "sensitivity": None if window.sensitivity is None else str(window.sensitivity),
        "source": window.source.value,
        "origin": origin,
        "because": window.because,
        "made_by": window.made_by,
        "made_at": now,
    }


def _repeats_json(one: Repeats | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "rule": one.rule,
        "first": one.first.isoformat(),
        "zone": one.zone.key,
        "wall": one.wall // _SECOND,
        "exact": one.exact // _SECOND,
        "left_out": [day.isoformat() for day in one.left_out],
    }


def _kept(row: Row[Any]) -> Kept:
    raw, scope = row.repeats, row.scope
    first = Span(row.start_at, row.end_at)
    repeats = raw and Repeats(
        raw["rule"],
        datetime.fromisoformat(raw["first"]),
        ZoneInfo(raw["zone"]),
        timedelta(seconds=raw["wall"]),
        timedelta(seconds=raw["exact"]),
        tuple(date.fromisoformat(day) for day in raw["left_out"]),
    )
    window = Window(
        id=WindowId(row.id),
        kind=WindowKind(row.kind),
        title=row.title,
        scope=Scope(
            tuple(ServiceName(one) for one in scope.get("services", ())),
            tuple(TeamName(one) for one in scope.get("teams", ())),
            tuple(scope.get("tiers", ())),
            tuple(ServiceName(one) for one in scope.get("dependencies", ())),
            tuple(VendorName(one) for one in scope.get("vendors", ())),
            bool(scope.get("everything")),
        ),
        span=None if repeats else first,
        repeats=repeats or None,
        excludes=bool(row.excludes),
        sensitivity=None if row.sensitivity is None else Fraction(row.sensitivity),
        source=WindowSource(row.source),
        made_by=row.made_by,
        because=row.because,
    )
    return Kept(window, first, row.made_at, row.origin, row.ended_at)


def _suppression(row: Row[Any]) -> Suppression:
    return Suppression(
        row.id,
        SLOName(row.slo),
        WindowId(row.window_id),
        row.title,
        Span(row.start_at, row.end_at),
        Loudness(row.loudness),
        row.because,
        row.opened_at,
        row.closed_at,
        row.became,
    )
