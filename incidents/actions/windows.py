"""Windows that people plan and call off: each step is audited, and told to who runs the bot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.ops import tell_ops
from incidents.catalog.catalog import Catalog
from incidents.catalog.recurring import fault_of, first_fits, normal, occurrences
from incidents.catalog.scopes import reach
from incidents.errors import NotFound, Refused
from incidents.model.commands import to_type
from incidents.model.ids import ServiceName, TeamName
from incidents.model.sensitivity import LARGEST, SMALLEST, out_of_reach
from incidents.model.spans import Span
from incidents.model.text import UserText
from incidents.model.vendors import VendorName
from incidents.model.windows import (
    LONGEST,
    Repeats,
    Scope,
    Window,
    WindowId,
    WindowKind,
    WindowSource,
)
from incidents.model.workdays import say_moment
from incidents.queries.windows import zone_of
from incidents.store import audit, windows

_AGAIN = f"See them with {to_type('window list')}."
_YEAR = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A window as somebody wants it: once, or by a rule."""

    kind: WindowKind
    scope: Scope
    span: Span | None = None
    repeats: Repeats | None = None
    title: UserText
    because: UserText
    excludes: bool = False
    sensitivity: Fraction | None = None


def plan_window(desk: Desk, plan: Plan, *, by: Origin, now: datetime) -> Window:
    """The window that holds from now on. Raises `Refused` and `NotFound`."""
    first = _checked(desk, plan, now)
    with desk.work(by, now) as work:
        window = Window(
            id=windows.new_id(work.connection),
            kind=plan.kind,
            title=plan.title.raw,
            scope=plan.scope,
            span=None if plan.repeats else first,
            repeats=plan.repeats,
            excludes=plan.excludes,
            sensitivity=plan.sensitivity,
            source=WindowSource.HAND,
            made_by=by.actor,
            because=plan.because.raw,
        )
        windows.add(work.connection, window, first, now)
        _written(work, "window.plan", window, first)
        return window


def cancel(desk: Desk, name: str, *, by: Origin, now: datetime) -> Window:
    """Call a window off: what it did so far stays. Raises `NotFound`, `Refused`."""
    known = name.strip().lower()
    if known in desk.catalog.windows:
        raise Refused(f"{known} stands in a file.", instead="Change it in windows/*.yaml.")
    with desk.work(by, now) as work:
        kept = windows.get(work.connection, known)
        if kept is None:
            raise NotFound(f"There is no window called {name.strip()[:80]}.", instead=_AGAIN)
        window = kept.window
        if window.source is not WindowSource.HAND:
            where = "the calendar" if window.source is WindowSource.CALENDAR else "the vendor"
            raise Refused(f"{known} comes from {where}.", instead="Change it there.")
        is_over = window.span is not None and window.span.end <= now
        if is_over or not windows.end(work.connection, window.id, by.actor, now):
            raise Refused(f"{known} is over already.", instead=_AGAIN)
        _written(work, "window.cancel", window, kept.first)
        return window


def scope_named(catalog: Catalog, words: str) -> Scope:
    """``checkout``, ``team payments``, ``tier 1``, ``dependency redis``, ``everything``.

    Several are divided by commas. Raises `NotFound` with the nearest names.
    """
    services: list[ServiceName] = []
    teams: list[TeamName] = []
    tiers: list[int] = []
    dependencies: list[ServiceName] = []
    vendors: list[VendorName] = []
    for part in (one.strip().lower() for one in words.split(",")):
        kind, _, rest = part.partition(" ")
        name = (rest or part).strip().removeprefix("@")
        if part in {"everything", "all"}:
            return Scope(everything=True)
        if kind == "tier" and name in {"1", "2", "3", "4"}:
            tiers.append(int(name))
        elif kind == "dependency" and rest:
            dependencies.append(_service(catalog, name))
        elif kind == "vendor" or (not rest and _only(catalog.vendors, catalog, name)):
            vendors.append(VendorName(_among(catalog.vendors, name, "vendor")))
        elif kind == "team" or (not rest and _only(catalog.teams, catalog, name)):
            teams.append(TeamName(_among(catalog.teams, name, "team")))
        else:
            services.append(_service(catalog, name))
    return Scope(tuple(services), tuple(teams), tuple(tiers), tuple(dependencies), tuple(vendors))


def _only(names: Any, catalog: Catalog, name: str) -> bool:  # noqa: ANN401 (a table of names)
    return name in names and catalog.service(name) is None


def _service(catalog: Catalog, name: str) -> ServiceName:
    return catalog.find_service(name).name if len(catalog.services) else ServiceName(name)


def _among(names: Any, name: str, kind: str) -> str:  # noqa: ANN401 (a table of names)
    if name in names:
        return name
    near = " or ".join(get_close_matches(name, list(names), n=2))
    instead = f"Did you mean {near}?" if near else "See the catalogue for its names."
    raise NotFound(f"There is no {kind} called {name[:80]}.", instead=instead)


def known_scope(catalog: Catalog, scope: Scope) -> Scope:
    """The scope by the names of the catalogue. Raises `NotFound` with the nearest ones."""
    return Scope(
        tuple(_service(catalog, one) for one in scope.services),
        tuple(TeamName(_among(catalog.teams, one, "team")) for one in scope.teams),
        scope.tiers,
        tuple(_service(catalog, one) for one in scope.dependencies),
        tuple(VendorName(_among(catalog.vendors, one, "vendor")) for one in scope.vendors),
        scope.everything,
    )


def rule_of(text: str) -> str:
    """A rule of recurrence in the one spelling that is kept. Raises `Refused`."""
    wrong = fault_of(text)
    if wrong:
        raise Refused(
            f"That rule cannot be used: {wrong}.", instead="One like FREQ=WEEKLY;BYDAY=SA"
        )
    return normal(text)


def _checked(desk: Desk, plan: Plan, now: datetime) -> Span:
    """The first occurrence that is not over. Raises `Refused`."""
    if plan.scope == Scope():
        raise Refused("A window is for something.", instead="Name a service, or everything.")
    first = plan.span
    if plan.repeats is not None:
        if not first_fits(plan.repeats):
            raise Refused(
                "The rule does not fit the first time.", instead="Begin on one of its days."
            )
        window = Window(
            id=WindowId(""), kind=plan.kind, title="", scope=plan.scope, repeats=plan.repeats
        )
        first = next(iter(occurrences(window, now, now + _YEAR)), None)
    if first is None or first.end <= max(first.start, now):
        raise Refused(
            "That is over already, or ends before it begins.", instead="Give a later end."
        )
    if first.end - first.start > LONGEST:
        raise Refused("That is longer than a year.", instead="Give an earlier end.")
    if plan.excludes and plan.kind is not WindowKind.MAINTENANCE:
        raise Refused(f"A {plan.kind} excludes nothing.", instead="Only a maintenance does.")
    if plan.sensitivity is not None:
        _check_sensitivity(desk, plan, plan.sensitivity)
    return first


def _check_sensitivity(desk: Desk, plan: Plan, by: Fraction) -> None:
    if not plan.kind.is_keen:
        instead = "Only a peak or a marketing event has one."
        raise Refused(f"A {plan.kind} has no sensitivity.", instead=instead)
    if not SMALLEST <= by <= LARGEST:
        instead = "Use one like 0.5 (twice as sensitive) or 2."
        raise Refused(f"{float(by):g} is not a sensitivity.", instead=instead)
    reached = reach(desk.catalog, plan.scope)
    for objective in desk.objectives:
        service = desk.catalog.canonical(objective.service) or objective.service
        wrong = out_of_reach(objective, by) if reached is None or service in reached else ""
        if wrong:
            raise Refused(f"{wrong}.", instead="Use a lower sensitivity.")


def _written(work: Work, action: str, window: Window, first: Span) -> None:
    """On the audit log, and in words to whoever runs the bot."""
    detail = {
        "kind": window.kind.value,
        "scope": windows.scope_json(window.scope),
        "from": first.start.isoformat(),
        "until": first.end.isoformat(),
        "repeats": window.repeats.rule if window.repeats else "",
        "exclude": window.excludes,
        "sensitivity": str(window.sensitivity or ""),
        "because": window.because,
        "through": work.by.source,
    }
    audit.append(
        work.connection,
        at=work.now,
        actor=work.by.actor,
        action=action,
        thing=window.id,
        detail=detail,
    )
    done = "is planned" if action == "window.plan" else "is called off"
    zone = zone_of(work.desk)
    when = f"{say_moment(first.start, zone)} to {say_moment(first.end, zone)}"
    again = f", again by {window.repeats.rule}" if window.repeats else ""
    headline = f"A {window.kind} window {done}: {window.scope.words}, {when}{again}"
    told = [f"Why: {window.because}"] if window.because else []
    tell_ops(work, f"{action}/{window.id}", headline, *told)
