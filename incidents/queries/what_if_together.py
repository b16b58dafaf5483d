"""What would become of a composite if the traffic and errors of all its members changed now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.errors import Refused
from incidents.model.objective import Objective, SLOName
from incidents.model.what_if import Window
from incidents.model.what_if_calendar import CalendarWindow
from incidents.queries.what_if import Question, foreseen_window

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SHOWN = (timedelta(0), _HOUR, 6 * _HOUR, _DAY, 7 * _DAY)


@dataclass(frozen=True, slots=True)
class Share:
    """A member: its weight, and what of the composite's budget it has spent at each moment."""

    slo: SLOName
    weight: Fraction
    takes: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """The answer for a composite. ``left`` is what would remain of it at some moments.

    ``silent`` are members of which nothing was ever counted: they take nothing.
    """

    slo: SLOName
    left: tuple[tuple[timedelta, Fraction], ...]
    members: tuple[Share, ...]
    silent: tuple[SLOName, ...]
    runs_out_in: timedelta | None
    back_in: timedelta | None


@dataclass(frozen=True, slots=True)
class _Member:
    objective: Objective
    weight: Fraction
    whole: Window | CalendarWindow

    def takes(self, moment: timedelta) -> Fraction:
        return self.weight * self.whole.consumed(moment, self.objective.budget)


def together(
    desk: Desk, connection: Connection, name: str, question: Question, now: datetime
) -> Together | None:
    """What would happen to a composite; None if there is none of that name."""
    parts = [one for one in desk.objectives if one.part_of and one.part_of.slo == name]
    if not parts:
        return None
    members: list[_Member] = []
    silent: list[SLOName] = []
    for one in parts:
        try:
            whole = foreseen_window(connection, one, question, now)
        except Refused:
            silent.append(one.slo)
            continue
        weight = one.part_of.weight if one.part_of else Fraction(1)
        members.append(_Member(one, weight, whole))
    horizon = max(one.window for one in parts)
    moments = [*(at for at in _SHOWN if at < horizon), horizon]
    runs_out = _first(members, horizon, timedelta(0), lambda spent: spent >= 1)
    back = None
    if runs_out is not None:
        back = _first(members, horizon, runs_out, lambda spent: spent < 1)
    return Together(
        slo=SLOName(name),
        left=tuple((at, 1 - _spent(members, at)) for at in moments),
        members=tuple(
            Share(one.objective.slo, one.weight, tuple(one.takes(at) for at in moments))
            for one in members
        ),
        silent=tuple(silent),
        runs_out_in=runs_out,
        back_in=back,
    )


def _spent(members: Sequence[_Member], moment: timedelta) -> Fraction:
    return sum((one.takes(moment) for one in members), Fraction(0))


def _first(
    members: Sequence[_Member],
    horizon: timedelta,
    since: timedelta,
    is_so: Callable[[Fraction], bool],
) -> timedelta | None:
    """When it is first so, to the second: looked for at each hour, and then between two of them."""
    before = since
    while not is_so(_spent(members, before)):
        after = min(before + _HOUR, horizon)
        if after == before:
            return None
        if is_so(_spent(members, after)):
            return _between(members, before, after, is_so)
        before = after
    return before


def _between(
    members: Sequence[_Member],
    before: timedelta,
    after: timedelta,
    is_so: Callable[[Fraction], bool],
) -> timedelta:
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        before, after = (before, middle) if is_so(_spent(members, middle)) else (middle, after)
    return after
