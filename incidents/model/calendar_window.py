"""Windows that begin anew on a calendar: each day, week, month, quarter or year, in a time zone.

They are counted from an anchor in both directions, on the wall clock of the zone, so that a quarter
begins at noon before and after the clocks change. An anchor on the 31st begins on the last day of a
shorter month, and on the 31st again in the next: it never slips.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_YEAR = 12  # months


class Unit(StrEnum):
    """What a calendar counts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: _YEAR}


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every ``count`` of ``unit``, one of them beginning at ``anchor`` on the clocks of ``zone``.

    ``anchor`` is naive: a time on the wall.
    """

    unit: Unit
    anchor: datetime
    zone: ZoneInfo
    count: int = 1

    @property
    def words(self) -> str:
        """``calendar month``, ``2 calendar weeks``."""
        return f"{self.count} calendar {self.unit}s" if self.count > 1 else f"calendar {self.unit}"

    def window(self, at: datetime) -> tuple[datetime, datetime]:
        """The window that holds ``at``: its beginning, and its end, which is the next beginning."""
        number = self._guess(at.astimezone(self.zone).replace(tzinfo=None))
        while self.begins(number) > at:
            number -= 1
        while self.begins(number + 1) <= at:
            number += 1
        return self.begins(number), self.begins(number + 1)

    def begins(self, number: int) -> datetime:
        """When the window so many after the anchor's begins, in UTC; before it if negative."""
        steps = number * self.count
        if self.unit in _DAYS:
            wall = self.anchor + timedelta(days=steps * _DAYS[self.unit])
        else:
            wall = _months_later(self.anchor, steps * _MONTHS[self.unit])
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def _guess(self, wall: datetime) -> int:
        """Off by one at most."""
        if self.unit in _DAYS:
            return (wall - self.anchor).days // (self.count * _DAYS[self.unit])
        months = (wall.year - self.anchor.year) * _YEAR + wall.month - self.anchor.month
        return months // (self.count * _MONTHS[self.unit])


def _months_later(wall: datetime, months: int) -> datetime:
    year, month = divmod(wall.year * _YEAR + wall.month - 1 + months, _YEAR)
    last = monthrange(year, month + 1)[1]
    return wall.replace(year=year, month=month + 1, day=min(wall.day, last))
