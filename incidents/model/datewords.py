"""What the words for a day mean: the rules behind `incidents.model.dates`, one function each.

A rule turns a phrase into a date, or into an instant where the words are that exact ("in 2 hours").
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from incidents.errors import Refused, Unclear
from incidents.model.workdays import WorkingHours, last_working_day, say_day, working_day_after

INSTEAD = "Try friday, tomorrow 17:00, in 3 business days, eow, 2w or 2026-11-27."
"""What a refusal offers."""

_ONE_DAY = timedelta(days=1)
_MONTHS_IN_A_YEAR = 12
_CENTURY = 2000

_DAY_STEMS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH_STEMS = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_UNITS = {
    word: unit
    for unit, words in {
        "minute": "min mins minute minutes",
        "hour": "h hr hrs hour hours",
        "day": "d day days",
        "week": "w wk wks week weeks",
        "month": "mo mos month months",
        "year": "y yr yrs year years",
        "working day": "bd,business day,business days,working day,working days,workday,workdays",
    }.items()
    for word in words.split("," if "," in words else " ")
}
_PERIODS = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}

_DAY = (
    r"(?P<weekday>mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs?|rsday)?|"
    r"fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(_COUNTS) + ")"
_UNIT = "(?P<unit>" + "|".join(sorted(_UNITS, key=len, reverse=True)) + ")"
_PERIOD = r"(?P<period>day|week|month|quarter|year)"
_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?P<year>\d{4}))?"


@dataclass(frozen=True, slots=True)
class Asked:
    """A phrase in its context. ``today`` is the asker's own date."""

    typed: str
    now: datetime
    today: date
    zone: ZoneInfo
    hours: WorkingHours


Meaning = Callable[[re.Match[str], Asked], date | datetime]


def find(phrase: str) -> tuple[re.Match[str], Meaning] | None:
    """The rule for the whole of ``phrase`` (lower case, single spaces); None if there is none.

    Calling the rule may raise `Unclear` or `Refused`.
    """
    for pattern, meaning in RULES:
        if match := pattern.fullmatch(phrase):
            return match, meaning
    return None


def _today(_: re.Match[str], asked: Asked) -> date:
    return asked.today


def _tomorrow(_: re.Match[str], asked: Asked) -> date:
    return asked.today + _ONE_DAY


def _after_tomorrow(_: re.Match[str], asked: Asked) -> date:
    return asked.today + 2 * _ONE_DAY


def _gone(_: re.Match[str], asked: Asked) -> date:
    raise Refused(f"“{asked.typed}” is in the past.", instead=INSTEAD)


def _weekday(match: re.Match[str], asked: Asked) -> date:
    """The next such day after today."""
    ahead = (_weekday_number(match) - asked.today.weekday() - 1) % 7 + 1
    return asked.today + ahead * _ONE_DAY


def _weekday_of_week(match: re.Match[str], asked: Asked) -> date:
    """Friday of the running or of the next week; a week is Monday to Sunday."""
    monday = asked.today - asked.today.weekday() * _ONE_DAY
    weeks = 1 if match["which"] == "next" else 0
    return monday + (7 * weeks + _weekday_number(match)) * _ONE_DAY


def _weekday_and_a_week(match: re.Match[str], asked: Asked) -> date:
    """``friday week``: a week after the next Friday."""
    return _weekday(match, asked) + 7 * _ONE_DAY


def _span(match: re.Match[str], asked: Asked) -> date | datetime:
    """``in 3 days``, ``+2w``: minutes and hours are exact, longer spans mean a day."""
    count = _COUNTS.get(match["count"]) or int(match["count"])
    unit = _UNITS[match["unit"]]
    meanings: dict[str, Callable[[], date | datetime]] = {
        "minute": lambda: asked.now + timedelta(minutes=count),
        "hour": lambda: asked.now + timedelta(hours=count),
        "day": lambda: asked.today + count * _ONE_DAY,
        "week": lambda: asked.today + 7 * count * _ONE_DAY,
        "month": lambda: _add_months(asked.today, count),
        "year": lambda: _add_months(asked.today, _MONTHS_IN_A_YEAR * count),
        "working day": lambda: working_day_after(asked.today, asked.hours, count),
    }
    return meanings[unit]()


def _minutes_or_months(match: re.Match[str], asked: Asked) -> date:
    count = match["count"]
    readings = ((f"{count}min", f"{count} minutes"), (f"{count}mo", f"{count} months"))
    raise Unclear(f"“{asked.typed}” could be minutes or months.", readings=readings)


def _some_day_of(match: re.Match[str], asked: Asked) -> date:
    """``next week`` names no day: the choice is between its first and its last working day."""
    period = match["period"]
    last = _period_end(period, asked.today, 1)
    first = _period_end(period, asked.today, 0) + _ONE_DAY
    opening = working_day_after(first - _ONE_DAY, asked.hours)
    closing = last_working_day(last, asked.hours)
    readings = tuple((day.isoformat(), say_day(day)) for day in (closing, opening))
    raise Unclear(f"“{asked.typed}” could be any day of it.", readings=readings)


def _end_of_period(match: re.Match[str], asked: Asked) -> date:
    """``eow``, ``end of next month``: the last working day, of the next period once it is over."""
    groups = match.groupdict()
    period = groups.get("period") or _PERIODS[match["letter"]]
    ahead = 1 if groups.get("which") == "next" else 0
    if period == "day":
        return asked.today + ahead * _ONE_DAY
    day = last_working_day(_period_end(period, asked.today, ahead), asked.hours)
    if day < asked.today:
        return last_working_day(_period_end(period, asked.today, ahead + 1), asked.hours)
    return day


def _quarter(match: re.Match[str], asked: Asked) -> date:
    """``q1``: the last working day of that quarter, the next one to come without a year."""
    year, last_month = int(match["year"] or asked.today.year), 3 * int(match["quarter"])
    day = last_working_day(_month_end(year, last_month), asked.hours)
    if match["year"] is None and day < asked.today:
        return last_working_day(_month_end(year + 1, last_month), asked.hours)
    return day


def _year_first(match: re.Match[str], asked: Asked) -> date:
    return _day_on_calendar(int(match["year"]), int(match["number"]), int(match["day"]), asked)


def _named_month(match: re.Match[str], asked: Asked) -> date:
    month = _MONTH_STEMS.index(match["month"][:3]) + 1
    return _with_or_without_year(match["year"], month, int(match["day"]), asked)


def _dotted(match: re.Match[str], asked: Asked) -> date:
    """``27.11.``: wherever dates are written with dots, the day comes first."""
    return _with_or_without_year(match["year"], int(match["number"]), int(match["day"]), asked)


def _slashed(match: re.Match[str], asked: Asked) -> date:
    """``27/11`` has one reading, ``1/12`` has two and is refused with both."""
    one, other = int(match["one"]), int(match["other"])
    pairs = {(month, day) for day, month in ((one, other), (other, one)) if 1 <= month <= 12}  # noqa: PLR2004 (December)
    if not pairs:
        raise Refused(f"“{asked.typed}” is not on any calendar.", instead=INSTEAD)
    days = sorted(_with_or_without_year(match["year"], *pair, asked) for pair in pairs)
    if len(days) == 1:
        return days[0]
    readings = tuple((day.isoformat(), say_day(day)) for day in days)
    raise Unclear(f"“{asked.typed}” has two readings.", readings=readings)


def _day_of_month(match: re.Match[str], asked: Asked) -> date:
    """``the 27th``: the next one to come; today if it is today."""
    wanted = int(match["day"])
    first = asked.today.replace(day=1)
    for months in range(_MONTHS_IN_A_YEAR):
        month = _add_months(first, months)
        if wanted <= _month_end(month.year, month.month).day:
            day = month + (wanted - 1) * _ONE_DAY
            if wanted >= 1 and day >= asked.today:
                return day
    raise Refused(f"“{asked.typed}” is not on any calendar.", instead=INSTEAD)


def _weekday_number(match: re.Match[str]) -> int:
    return _DAY_STEMS.index(match["weekday"][:3])


def _with_or_without_year(year: str | None, month: int, day: int, asked: Asked) -> date:
    """Without a year it is the next such day to come, at most eight years on for 29 February."""
    if year is not None:
        full = int(year) if len(year) > 2 else _CENTURY + int(year)  # noqa: PLR2004 (digits)
        return _day_on_calendar(full, month, day, asked)
    for ahead in range(9):
        try:
            found = date(asked.today.year + ahead, month, day)
        except ValueError:
            continue
        if found >= asked.today:
            return found
    raise Refused(f"“{asked.typed}” is not on any calendar.", instead=INSTEAD)


def _day_on_calendar(year: int, month: int, day: int, asked: Asked) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Refused(f"“{asked.typed}” is not on any calendar.", instead=INSTEAD) from None


def _add_months(day: date, months: int) -> date:
    """The same day of the month, or that month's last: 31 January and a month is 28 February."""
    years, month = divmod(day.month - 1 + months, _MONTHS_IN_A_YEAR)
    end = _month_end(day.year + years, month + 1)
    return end.replace(day=min(day.day, end.day))


def _month_end(year: int, month: int) -> date:
    first_after = date(year + month // _MONTHS_IN_A_YEAR, month % _MONTHS_IN_A_YEAR + 1, 1)
    return first_after - _ONE_DAY


def _period_end(period: str, today: date, ahead: int) -> date:
    """The last day of the week, month, quarter or year that is ``ahead`` after today's."""
    if period == "week":
        return today + (6 - today.weekday() + 7 * ahead) * _ONE_DAY
    months = _MONTHS_IN[period]
    opening = (today.month - 1) // months * months  # months before the period, in today's year
    last = _add_months(today.replace(month=opening + 1, day=1), months * (ahead + 1) - 1)
    return _month_end(last.year, last.month)


RULES: tuple[tuple[re.Pattern[str], Meaning], ...] = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (r"today|tonight|", _today),
        (r"tomorrow|tmrw?|tmw", _tomorrow),
        (r"(?:the )?day after tomorrow", _after_tomorrow),
        (r"yesterday|last [a-z]+|.{1,30} ago", _gone),
        (rf"(?P<which>this|next) {_DAY}", _weekday_of_week),
        (rf"(?:(?:the )?coming )?{_DAY}", _weekday),
        (rf"{_DAY} week", _weekday_and_a_week),
        (rf"(?:in |\+ ?)?{_COUNT} ?{_UNIT}(?: from now)?", _span),
        (r"(?:in |\+ ?)?(?P<count>\d{1,3}) ?m", _minutes_or_months),
        (rf"next (?!day){_PERIOD}", _some_day_of),
        (r"cob|eob|close of business", _today),
        (r"eo(?P<letter>[dwmqy])", _end_of_period),
        (
            rf"(?:the )?end of (?:the |(?P<which>this|next) )?{_PERIOD}",
            _end_of_period,
        ),
        (r"(?:the )?(?:end of )?q(?P<quarter>[1-4])(?: (?P<year>\d{4}))?", _quarter),
        (r"(?P<year>\d{4})[-/](?P<number>\d{1,2})[-/](?P<day>\d{1,2})", _year_first),
        (rf"(?:the )?{_ORDINAL} (?:of )?{_MONTH}{_YEAR}", _named_month),
        (rf"{_MONTH} (?:the )?{_ORDINAL}{_YEAR}", _named_month),
        (r"(?P<day>\d{1,2})\.(?P<number>\d{1,2})(?:\.(?P<year>\d{4}|\d\d)?)?", _dotted),
        (r"(?P<one>\d{1,2})[/-](?P<other>\d{1,2})(?:[/-](?P<year>\d{4}|\d\d))?", _slashed),
        (r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)", _day_of_month),
    )
)
"""Patterns for whole phrases, the first that fits decides. No words at all mean today."""
