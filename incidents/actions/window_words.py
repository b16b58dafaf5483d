"""What somebody typed about a window, as a plan; for every place where things are typed."""

from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from incidents.actions.windows import Plan, scope_named
from incidents.catalog.catalog import Catalog
from incidents.errors import Refused
from incidents.model.sensitivity import sensitivity_in
from incidents.model.text import clean_line
from incidents.model.window_words import EXAMPLE, Words, parse_window, repeats_of, span_of


def plan_of(catalog: Catalog, text: str, title: str, now: datetime, zone: ZoneInfo) -> Plan:
    """``maintenance checkout tonight 22:00-23:30``. Raises `Refused`, `NotFound`, `Unclear`."""
    return plan_from(catalog, parse_window(text), title, now, zone)


def plan_from(catalog: Catalog, typed: Words, title: str, now: datetime, zone: ZoneInfo) -> Plan:
    """Like `plan_of`, for what was taken apart already."""
    if typed.kind is None:
        raise Refused(
            "A window is a maintenance, a freeze, a peak or a marketing event.",
            instead=f"Like this: {EXAMPLE}",
        )
    if not typed.target:
        raise Refused("A window is for something.", instead=f"Like this: {EXAMPLE}")
    scope = scope_named(catalog, typed.target)
    repeats = repeats_of(typed.when, now, zone)
    return Plan(
        kind=typed.kind,
        scope=scope,
        span=None if repeats else span_of(typed.when, now, zone),
        repeats=repeats,
        title=clean_line(title, limit=150),
        because=clean_line(typed.because, limit=300),
        excludes=typed.excludes,
        sensitivity=sensitivity_of(typed.sensitivity),
    )


def sensitivity_of(typed: str) -> Fraction | None:
    """``0.5`` or ``1/2``; None for nothing. Raises `Refused`."""
    if not typed:
        return None
    found = sensitivity_in(typed)
    if found is None:
        raise Refused(
            f"{typed[:20]} is not a sensitivity.", instead="Use one like 0.5, twice as sensitive."
        )
    return found
