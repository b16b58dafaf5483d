"""What does not count for a budget: said by people, or planned by a window. All can be undone.

Each step is on the audit log. What was counted stays as it was; only what is read differs.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.ops import tell_ops
from incidents.catalog.scopes import reach
from incidents.errors import NotFound, Refused
from incidents.model.commands import to_type
from incidents.model.exclusions import Category, Exclusion, outward
from incidents.model.objective import SLOName
from incidents.model.people import BOT
from incidents.model.rolling import FINE, MIDDLE
from incidents.model.spans import Span
from incidents.model.text import UserText
from incidents.model.windows import Standing
from incidents.model.workdays import say_moment
from incidents.queries.windows import occurring, zone_of
from incidents.store import audit, exclusions
from incidents.store.slo import kept_for

_BACK = timedelta(days=7)  # in which a window that nobody saw begin is still taken note of
_LONGEST = timedelta(days=90)
_CLOCK = Origin(BOT, "clock")
_AGAIN = f"See them with {to_type('window exclusions')}."


@dataclass(frozen=True, slots=True)
class Exempt:
    """What is not to count: of ``about``, an SLO or a service, or of everything."""

    about: str
    span: Span
    category: Category
    because: UserText


def exclude(desk: Desk, wish: Exempt, *, by: Origin, now: datetime) -> Exclusion:
    """From now on that does not count. Raises `Refused`, `NotFound`."""
    about = _about(desk, wish.about)
    if not wish.because.raw:
        raise Refused("What does not count needs a reason.", instead="Add: because …")
    if wish.span.start >= now:
        raise Refused(
            "That has not happened yet.", instead="Plan a maintenance window with exclude."
        )
    if wish.span.end - wish.span.start > _LONGEST:
        raise Refused("That is longer than 90 days.", instead="Name a shorter time.")
    is_old = wish.span.start < now - kept_for(FINE)
    span = outward(
        Span(wish.span.start, min(wish.span.end, now)), (MIDDLE if is_old else FINE).size
    )
    with desk.work(by, now) as work:
        name = exclusions.new_id(work.connection)
        made = Exclusion(name, (about,), span, wish.category, wish.because.raw, by.actor, now)
        exclusions.add(work.connection, made)
        _written(work, "budget.exclude", made)
        return made


def restore(desk: Desk, name: str, because: UserText, *, by: Origin, now: datetime) -> Exclusion:
    """It counts again, as if it had never been excluded. Raises `NotFound`, `Refused`."""
    with desk.work(by, now) as work:
        found = exclusions.get(work.connection, name.strip())
        if found is None:
            raise NotFound(f"There is no exclusion called {name.strip()[:80]}.", instead=_AGAIN)
        if not exclusions.lift(work.connection, found.id, by.actor, because.raw, now):
            raise Refused(f"{found.id} counts again already.", instead=_AGAIN)
        _written(work, "budget.restore", found, because.raw)
        return found


def keep_up(desk: Desk, now: datetime) -> int:
    """Write down what windows exclude, once they have begun, so that no file can change the past.

    How many were new or changed.
    """
    with desk.look() as connection:
        new, changed = _differing(desk, connection, now)
    if not new and not changed:
        return 0
    with desk.work(_CLOCK, now) as work:
        for one in new:
            if exclusions.add_planned(work.connection, one):
                _written(work, "budget.exclude", one)
        for one, end in changed:
            exclusions.ends(work.connection, one.id, end)
    return len(new) + len(changed)


def _differing(
    desk: Desk, connection: Connection, now: datetime
) -> tuple[list[Exclusion], list[tuple[Exclusion, datetime]]]:
    planned = {
        one.key: one
        for one in occurring(desk, connection, now - _BACK, now)
        if one.window.excludes and one.span.start <= now
    }
    known = {
        one.id: one
        for one in exclusions.standing(connection, now - _BACK, now + _BACK)
        if one.window is not None
    }
    new = [
        _planned(desk, one, now)
        for name, one in planned.items()
        if name not in known and exclusions.get(connection, name) is None
    ]
    changed: list[tuple[Exclusion, datetime]] = []
    for name, one in known.items():
        there = planned.get(name)
        end = outward(there.span, FINE.size).end if there else min(one.span.end, _up(now))
        if end != one.span.end:
            changed.append((one, max(end, one.span.start)))
    return [one for one in new if one.about], changed


def _up(now: datetime) -> datetime:
    return outward(Span(now, now), FINE.size).end


def _planned(desk: Desk, one: Standing, now: datetime) -> Exclusion:
    reached = reach(desk.catalog, one.window.scope)
    about = ("*",) if reached is None else tuple(f"service:{each}" for each in sorted(reached))
    span = outward(one.span, FINE.size)
    why = one.window.because or one.window.called
    return Exclusion(one.key, about, span, Category.PLANNED, why, BOT, now, one.window.id)


def category_named(word: str) -> Category:
    """``network``, ``dependency``, … Raises `Refused`."""
    found = next((one for one in Category if one.value == word.strip().lower()), None)
    if found is None:
        known = ", ".join(one.value for one in Category)
        raise Refused(f"{word[:40]} is no reason of ours.", instead=f"One of {known}.")
    return found


def _about(desk: Desk, word: str) -> str:
    """``slo:…``, ``service:…`` or ``*``. Raises `NotFound`."""
    name = word.strip().lower()
    if name in {"everything", "all"}:
        return "*"
    if any(one.slo == SLOName(word.strip()) for one in desk.objectives):
        return f"slo:{word.strip()}"
    if "/" in name:
        raise NotFound(f"There is no SLO called {word[:80]}.", instead=f"See {to_type('slo')}.")
    if not len(desk.catalog.services) and any(one.service == name for one in desk.objectives):
        return f"service:{name}"
    return f"service:{desk.catalog.find_service(name).name}"


def _written(work: Work, action: str, one: Exclusion, lifted: str = "") -> None:
    """On the audit log, and in words to whoever runs the bot."""
    detail = {
        "about": list(one.about),
        "from": one.span.start.isoformat(),
        "until": one.span.end.isoformat(),
        "category": one.category.value,
        "because": lifted or one.because,
        "through": work.by.source,
    }
    audit.append(
        work.connection,
        at=work.now,
        actor=work.by.actor,
        action=action,
        thing=one.id,
        detail=detail,
    )
    zone = zone_of(work.desk)
    when = f"{say_moment(one.span.start, zone)} to {say_moment(one.span.end, zone)}"
    does = "does not count" if action == "budget.exclude" else "counts again"
    what = ", ".join(each.partition(":")[2] or "everything" for each in one.about[:5])
    headline = f"{what}: {when} {does} ({one.id})"
    tell_ops(work, f"{action}/{one.id}", headline, f"Why: {lifted or one.because}")
