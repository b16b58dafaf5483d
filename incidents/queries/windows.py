"""Which windows there are, and what they come to for a service at a moment."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.catalog.catalog import Catalog
from incidents.catalog.recurring import occurrences
from incidents.catalog.scopes import canonical, reach
from incidents.model.access import PUBLIC
from incidents.model.objective import Objective, in_words
from incidents.model.spans import Span
from incidents.model.windows import NOTHING_AROUND, Around, Standing, Window, around
from incidents.store import incidents, windows
from incidents.store.windows import Kept


@dataclass(frozen=True, slots=True)
class Listed:
    """A window, with the occurrence that holds now or comes next, if there is one."""

    window: Window
    next: Standing | None
    is_on: bool


def standing_windows(
    desk: Desk, connection: Connection, services: Collection[str], at: datetime
) -> tuple[Standing, ...]:
    """The windows that hold at ``at`` for any of ``services``, those that end first first."""
    known = {canonical(desk.catalog, one) for one in services}
    return tuple(
        one
        for one in all_standing(desk, connection, at)
        if (reached := reach(desk.catalog, one.window.scope)) is None or reached & known
    )


def all_standing(desk: Desk, connection: Connection, at: datetime) -> tuple[Standing, ...]:
    """Every window that holds at ``at``, those that end first first."""
    found = occurring(desk, connection, at, at)
    return tuple(one for one in found if one.is_on(at))


def occurring(
    desk: Desk, connection: Connection, since: datetime, until: datetime
) -> tuple[Standing, ...]:
    """Every occurrence that touches ``[since, until]``, by its end."""
    found = [
        Standing(window, span)
        for window in desk.catalog.windows.values()
        for span in occurrences(window, since, _after(until))
    ]
    for kept in windows.within(connection, since, _after(until)):
        found += _of_kept(kept, since, _after(until))
    return tuple(sorted(found, key=lambda one: (one.span.end, one.window.id)))


def _of_kept(kept: Kept, since: datetime, until: datetime) -> Iterable[Standing]:
    """What was called off ends then; what would have begun later never did."""
    for span in occurrences(kept.window, since, until):
        if kept.ended_at is None:
            yield Standing(kept.window, span)
        elif span.start < kept.ended_at:
            cut = Span(span.start, min(span.end, kept.ended_at))
            if cut.end > since:
                yield Standing(kept.window, cut)


def _after(until: datetime) -> datetime:
    return until + datetime.resolution


def listed(desk: Desk, connection: Connection, now: datetime) -> tuple[Listed, ...]:
    """Every window that holds or comes within a year: those that hold first, then by beginning."""
    ahead = occurring(desk, connection, now, now.replace(year=now.year + 1, day=min(now.day, 28)))
    first: dict[str, Standing] = {}
    for one in sorted(ahead, key=lambda each: each.span.start):
        if one.span.end > now:
            first.setdefault(one.window.id, one)
    return tuple(
        Listed(one.window, one, one.is_on(now))
        for one in sorted(first.values(), key=lambda each: (not each.is_on(now), each.span.start))
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What holds at a moment for each service; asked once, for all SLOs.

    ``wide`` hold for every service. ``after`` are the services of incidents that ended lately.
    """

    catalog: Catalog
    wide: tuple[Standing, ...] = ()
    by_service: Mapping[str, tuple[Standing, ...]] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing holds anywhere."""
        return not (self.wide or self.by_service or self.after)

    def of(self, objective: Objective) -> Around:
        """What holds for one SLO."""
        if self.is_empty:
            return NOTHING_AROUND
        service = canonical(self.catalog, objective.service)
        rule = self.catalog.settings.after_incident
        reason = self.after.get(service)
        return around(
            (*self.wide, *self.by_service.get(service, ())),
            (rule.sensitivity, reason) if rule and reason else None,
        )

    @property
    def keenest(self) -> Fraction:
        """The lowest sensitivity that holds for anything, at most 1: who it may concern is near."""
        every = (*self.wide, *(one for some in self.by_service.values() for one in some))
        found = [around([one]).sensitivity for one in every]
        rule = self.catalog.settings.after_incident
        found += [rule.sensitivity] if rule and self.after else []
        return min([Fraction(1), *(one for one in found if one is not None)])


def surroundings(desk: Desk, connection: Connection, at: datetime) -> Surroundings:
    """What holds at ``at``, everywhere."""
    wide: list[Standing] = []
    by_service: dict[str, list[Standing]] = {}
    for one in all_standing(desk, connection, at):
        reached = reach(desk.catalog, one.window.scope)
        if reached is None:
            wide.append(one)
            continue
        for service in reached:
            by_service.setdefault(service, []).append(one)
    return Surroundings(
        desk.catalog,
        tuple(wide),
        {service: tuple(some) for service, some in by_service.items()},
        _after_incidents(desk, connection, at),
    )


def _after_incidents(desk: Desk, connection: Connection, at: datetime) -> dict[str, str]:
    """Services whose incident ended lately, and the words for it. Private ones leave no trace."""
    rule = desk.catalog.settings.after_incident
    if rule is None:
        return {}
    found: dict[str, str] = {}
    for one in incidents.ended_since(connection, at - rule.lasts, PUBLIC):
        if one.is_drill or one.resolved_at is None or one.resolved_at > at:
            continue
        words = f"{one.key} ended {in_words(at - one.resolved_at)} ago"
        for service in one.services:
            found.setdefault(canonical(desk.catalog, service), words)
    return found


def zone_of(desk: Desk) -> ZoneInfo:
    """On whose clocks the record tells times."""
    return ZoneInfo(desk.catalog.settings.zone)


def words_around(desk: Desk, what: Around) -> str:
    """``muted by “Upgrade” (maintenance w7, until …)``; empty if nothing differs."""
    zone, parts = zone_of(desk), []
    if what.muted is not None:
        parts.append(f"muted by {what.muted.words(zone)}")
    if what.sensitivity is not None and what.sensitivity != 1:
        why = what.reason or (what.keen.words(zone) if what.keen else "")
        parts.append(f"alerts at {float(what.sensitivity):g} times the usual rates: {why}")
    parts += [f"frozen by {one.words(zone)}" for one in what.frozen]
    return "; ".join(parts)


def renamed(one: Standing, title: str) -> Standing:
    """With another title, for who may not read its own."""
    return replace(one, window=replace(one.window, title=title))
