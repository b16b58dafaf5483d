"""Reads what others plan: maintenances on vendors' status pages, and calendars of windows.

A status page of Atlassian's Statuspage says ``scheduled_maintenances`` as JSON; other pages have
the same. Calendars name a window in the title of an event: ``maintenance checkout: new version``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog

from bot.outgoing import Answer, Outgoing
from incidents.actions import window_feeds
from incidents.actions.deliver import Ambiguous, Dead, NotSent
from incidents.actions.desk import Desk
from incidents.actions.window_feeds import AHEAD, BACK, Announced
from incidents.actions.window_words import sensitivity_of
from incidents.actions.windows import scope_named
from incidents.catalog.calendars import Titled, Unreadable, read_titles
from incidents.errors import Refused, WarroomError
from incidents.model.spans import Span
from incidents.model.text import clean_line
from incidents.model.vendors import Vendor
from incidents.model.window_words import parse_window
from incidents.model.windows import Scope, Window, WindowId, WindowKind, WindowSource
from incidents.queries.windows import zone_of

log = structlog.get_logger(__name__)

_SECONDS = 20.0
_LARGEST = 2 * 1024 * 1024  # bytes
_MOST = 500
_FINE = 200
_OVER = frozenset({"completed", "resolved", "postmortem"})


class NoPlan(WarroomError):
    """What was answered is no plan; the words say why."""


def read_window_feeds(desk: Desk, outgoing: Outgoing, clock: Callable[[], datetime]) -> int:
    """Read them all. How many windows are new or differ."""
    changed = 0
    for vendor in desk.catalog.vendors.values():
        if vendor.maintenances:
            read = partial(_vendor, vendor, outgoing, clock())
            changed += _kept(desk, f"vendor/{vendor.name}", clock, read)
    for name, text in desk.catalog.window_calendars.items():
        read = partial(_calendar, desk, name, text, clock())
        changed += _kept(desk, f"calendar/{name}", clock, read)
    return changed


def _kept(
    desk: Desk, origin: str, clock: Callable[[], datetime], read: Callable[[], list[Announced]]
) -> int:
    """What was read last goes on to count while it cannot be read."""
    try:
        found = read()
    except (NoPlan, Unreadable, NotSent, Ambiguous, Dead) as error:
        log.warning("window_feed_failed", origin=origin, because=str(error))
        return 0
    return window_feeds.took(desk, origin, found, clock())


def _vendor(vendor: Vendor, outgoing: Outgoing, now: datetime) -> list[Announced]:
    answer = outgoing.fetch(
        vendor.maintenances,
        headers={"Accept": "application/json"},
        seconds=_SECONDS,
        largest=_LARGEST,
    )
    return list(maintenances(vendor, _json(answer), now))


def maintenances(vendor: Vendor, said: Mapping[str, Any], now: datetime) -> Iterator[Announced]:
    """What a status page announces that is not over. Raises `NoPlan`."""
    written = said.get("scheduled_maintenances")
    if not isinstance(written, list) or len(written) > _MOST:
        raise NoPlan("the status page answered without scheduled_maintenances")
    for one in written:
        try:
            if one["status"] in _OVER:
                continue
            start, end = (_instant(one[key]) for key in ("scheduled_for", "scheduled_until"))
            name, title = str(one["id"]), clean_line(str(one["name"]), limit=120).raw
        except (KeyError, TypeError, ValueError):
            raise NoPlan("a maintenance on the status page has no time") from None
        if not now - BACK < end <= now + AHEAD * 6 or start >= end:
            continue
        window = Window(
            id=WindowId(""),
            kind=WindowKind.MAINTENANCE,
            title=f"{vendor.title}: {title}",
            scope=Scope(vendors=(vendor.name,)),
            span=Span(start, end),
            source=WindowSource.VENDOR,
            because=f"{vendor.title} announces it on their status page",
        )
        yield Announced(name, window, Span(start, end))


def _calendar(desk: Desk, name: str, text: str, now: datetime) -> list[Announced]:
    found: list[Announced] = []
    for one in read_titles(text, now - BACK, now + AHEAD, zone=zone_of(desk)):
        try:
            found.append(_event(desk, name, one))
        except Refused as error:
            log.warning("window_event_unclear", calendar=name, line=one.line, because=error.why)
    return found


def _event(desk: Desk, calendar: str, one: Titled) -> Announced:
    """Raises `Refused` for an event that names no window."""
    head, _, title = one.title.partition(":")
    typed = parse_window(head)
    if typed.kind is None or not typed.target or typed.when:
        raise Refused(f"“{one.title[:60]}” is no window.", instead="maintenance checkout: why")
    span = Span(one.start, one.end)
    window = Window(
        id=WindowId(""),
        kind=typed.kind,
        title=clean_line(title, limit=150).raw,
        scope=scope_named(desk.catalog, typed.target),
        span=span,
        excludes=typed.excludes and typed.kind is WindowKind.MAINTENANCE,
        sensitivity=sensitivity_of(typed.sensitivity) if typed.kind.is_keen else None,
        source=WindowSource.CALENDAR,
        because=f"it stands in {calendar}",
    )
    return Announced(f"{one.uid[:90]}@{one.start:%Y%m%dT%H%M%S}", window, span)


def _instant(written: str) -> datetime:
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError(written)
    return at.astimezone(UTC)


def _json(answer: Answer) -> Mapping[str, Any]:
    if answer.status != _FINE:
        raise NoPlan(f"the status page answered {answer.status}")
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise NoPlan("the status page answered with something that is no plan")
    return said
