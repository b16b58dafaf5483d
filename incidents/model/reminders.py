"""When an action item's owner hears about it, and when their lead does.

A working day ahead, at the due time, then every working day while it is late, and at last the
team lead: always in the owner's own working hours. Every occasion has a key made of the item,
its due time and its kind, so that whatever is planned again, raced or restarted happens once, and
an item with a new date starts afresh.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from incidents.model.ids import ActionNumber
from incidents.model.workdays import (
    OFFICE,
    WorkingHours,
    into_hours,
    local_day,
    next_start,
    say_span,
    wall,
    working_day_after,
)

_PUNCTUAL = timedelta(minutes=10)  # what is sent within this time needs no excuse


class ReminderKind(StrEnum):
    """What a reminder is about, in the order in which they come."""

    BEFORE = "before"
    DUE = "due"
    SNOOZED = "snoozed"
    OVERDUE = "overdue"
    ESCALATION = "escalation"


@dataclass(frozen=True, slots=True)
class Chasing:
    """How an item is chased: working days of warning, then daily reminders, then the lead."""

    days_before: int = 1
    overdue_at_most: int = 3


STANDARD = Chasing()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One reminder: what makes it unique, when it is sent (UTC), and what it is about."""

    key: str
    at: datetime
    kind: ReminderKind

    @property
    def is_for_lead(self) -> bool:
        """Whether it goes to the team lead; every other kind goes to the owner."""
        return self.kind is ReminderKind.ESCALATION


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose clock counts."""

    zone: ZoneInfo
    hours: WorkingHours = OFFICE


@dataclass(frozen=True, slots=True)
class Sending:
    """What to send now, and what was overtaken by it and is only recorded."""

    send: tuple[Occurrence, ...]
    overtaken: tuple[Occurrence, ...]


def occurrences(
    number: ActionNumber,
    due_at: datetime,
    owner: Owner,
    *,
    since: datetime,
    chasing: Chasing = STANDARD,
) -> tuple[Occurrence, ...]:
    """Everything planned for an item that has been due at ``due_at`` since the instant ``since``.

    The warning is left out if its time had gone by when the date was set. In order of time.
    """
    zone, hours = owner.zone, owner.hours
    planned: list[Occurrence] = []
    warn_day = working_day_after(local_day(due_at, zone), hours, -chasing.days_before)
    warn_at = wall(warn_day, hours.start, zone)
    if chasing.days_before > 0 and since < warn_at < due_at:
        planned.append(_occurrence(number, due_at, warn_at, ReminderKind.BEFORE))
    at = into_hours(due_at, hours, zone)
    planned.append(_occurrence(number, due_at, at, ReminderKind.DUE))
    for count in range(1, chasing.overdue_at_most + 1):
        at = next_start(at, hours, zone)
        planned.append(_occurrence(number, due_at, at, ReminderKind.OVERDUE, count))
    at = next_start(at, hours, zone)
    planned.append(_occurrence(number, due_at, at, ReminderKind.ESCALATION))
    return tuple(planned)


def snooze(
    planned: Sequence[Occurrence],
    number: ActionNumber,
    due_at: datetime,
    until: datetime,
    owner: Owner,
) -> tuple[Occurrence, ...]:
    """``planned`` with nothing for the owner before ``until``, and one reminder then.

    The due date does not move, and neither does the lead's notice: a snooze is quiet, not time.
    """
    at = into_hours(until, owner.hours, owner.zone)
    woken = _occurrence(number, due_at, at, ReminderKind.SNOOZED, int(at.timestamp()))
    kept = [each for each in planned if each.is_for_lead or each.at > at]
    return tuple(sorted([*kept, woken], key=lambda each: (each.at, each.key)))


def snooze_until(now: datetime, working_days: int, owner: Owner) -> datetime:
    """The start of the owner's work ``working_days`` working days from now."""
    day = working_day_after(local_day(now, owner.zone), owner.hours, max(working_days, 1))
    return wall(day, owner.hours.start, owner.zone)


def to_send(planned: Iterable[Occurrence], settled: frozenset[str], now: datetime) -> Sending:
    """Of everything that has come due and is not in ``settled``, what is worth sending.

    After days offline the owner gets the latest reminder, not one for every day missed; the
    lead's notice always goes out.
    """
    due = sorted(
        (each for each in planned if each.at <= now and each.key not in settled),
        key=lambda each: (each.at, each.key),
    )
    for_lead = [each for each in due if each.is_for_lead]
    for_owner = [each for each in due if not each.is_for_lead]
    return Sending(tuple(for_owner[-1:] + for_lead), tuple(for_owner[:-1]))


def late_label(planned_at: datetime, now: datetime) -> str:
    """``late by 3 d`` if a reminder goes out noticeably after its time; otherwise empty."""
    return f"late by {say_span(now - planned_at)}" if now - planned_at > _PUNCTUAL else ""


def overdue_label(due_at: datetime, now: datetime) -> str:
    """``due in 2 d``, ``due now`` or ``overdue by 3 d``."""
    if now > due_at + _PUNCTUAL:
        return f"overdue by {say_span(now - due_at)}"
    return "due now" if now >= due_at - _PUNCTUAL else f"due in {say_span(due_at - now)}"


def _occurrence(
    number: ActionNumber, due_at: datetime, at: datetime, kind: ReminderKind, count: int = 0
) -> Occurrence:
    tail = f"-{count}" if count else ""
    return Occurrence(f"todo-{number}/{due_at:%Y%m%dT%H%M%SZ}/{kind.value}{tail}", at, kind)
