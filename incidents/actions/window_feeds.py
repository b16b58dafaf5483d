"""Windows that others plan: a vendor's maintenances, a calendar's events. Nobody is called here.

What is announced becomes a window, moves with its announcement, and is called off with it. What
lies in the past stays as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidents.actions.desk import CLOCK, Desk, Work
from incidents.model.spans import Span
from incidents.model.windows import Window
from incidents.store import audit, windows

BACK, AHEAD = timedelta(days=1), timedelta(days=60)
"""The span that is read."""

EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Announced:
    """A window as it is announced elsewhere; ``name`` is what it is called there."""

    name: str
    window: Window
    span: Span


def took(desk: Desk, origin: str, announced: Sequence[Announced], now: datetime) -> int:
    """What ``origin`` announces from now on is this. How much of it is new or differs."""
    with desk.look() as connection:
        known = windows.of_origin(connection, f"{origin}/")
    wanted = {f"{origin}/{one.name}"[:200]: one for one in announced}
    new = [(name, one) for name, one in wanted.items() if name not in known]
    moved = [
        (known[name].window, one)
        for name, one in wanted.items()
        if name in known and not _is_same(known[name], one)
    ]
    gone = [
        kept.window
        for name, kept in known.items()
        if name not in wanted and kept.ended_at is None and kept.first.end > now
    ]
    if not (new or moved or gone):
        return 0
    with desk.work(CLOCK, now) as work:
        for name, one in new:
            _begins(work, name, one)
        for before, one in moved:
            window = replace(one.window, id=before.id, made_by=before.made_by)
            windows.change(work.connection, window, one.span)
            _written(work, "window.move", window, one.span)
        for window in gone:
            windows.end(work.connection, window.id, CLOCK.actor, now)
            _written(work, "window.cancel", window, window.span)
    return len(new) + len(moved) + len(gone)


def _is_same(kept: windows.Kept, one: Announced) -> bool:
    window = replace(one.window, id=kept.window.id, made_by=kept.window.made_by)
    return kept.first == one.span and kept.window == window and kept.ended_at is None


def _begins(work: Work, name: str, one: Announced) -> None:
    window = replace(one.window, id=windows.new_id(work.connection), made_by=CLOCK.actor)
    if windows.add(work.connection, window, one.span, work.now, name):
        _written(work, "window.plan", window, one.span)


def _written(work: Work, action: str, window: Window, span: Span | None) -> None:
    detail = {"source": window.source.value, "title": window.title, "kind": window.kind.value}
    if span is not None:
        detail |= {"from": span.start.isoformat(), "until": span.end.isoformat()}
    audit.append(
        work.connection,
        at=work.now,
        actor=work.by.actor,
        action=action,
        thing=window.id,
        detail=detail,
    )
