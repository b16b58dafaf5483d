"""The three pictures of an error budget: what is left, how fast it goes, and what failed.

Each says in its headline what there is to see, and has everything that is drawn in words.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from incidents.model.burn import burn_rate
from incidents.model.burn_down import BurnDown, Mark, MarkKind, Point, sampled
from incidents.model.objective import NOTHING, Counts, Objective, in_words, percent
from incidents.model.pictures import Picture
from incidents.model.postmortem import Spent
from incidents.model.slicing import Unit
from incidents.render.chart import Band, Chart, Flag, Limit

UTC_ZONE = ZoneInfo("UTC")
_ROWS = 12  # of the table in words
_LONGEST_ZONE = 64  # characters
_HOUR = timedelta(hours=1)
_BAD = {"events": "failed"}  # slices were bad


def zone_called(name: str) -> ZoneInfo:
    """A time zone like Europe/Berlin; UTC if none is said. Raises ValueError."""
    try:
        return ZoneInfo(name[:_LONGEST_ZONE] or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("There is no such time zone: they are named like Europe/Berlin") from None


def chart_of(picture: Picture, course: BurnDown, zone: ZoneInfo = UTC_ZONE) -> Chart:
    """The picture of a budget's course; ``zone`` is the reader's."""
    return _CHARTS[picture](course, zone)


def rows_of(
    course: BurnDown, zone: ZoneInfo = UTC_ZONE, most: int = _ROWS
) -> list[tuple[str, str, str, str]]:
    """The same as a table: when, what was left, how fast it went, and what failed of how many."""
    unit = course.objective.unit
    first, *rest = sampled(course, most)
    return [
        (_moment(first.at, zone), _left(first), "", ""),
        *((_moment(one.at, zone), _left(one), _rate(one.burn), _failed(one, unit)) for one in rest),
    ]


def cost_chart(spent: Spent, incident: str, zone: ZoneInfo = UTC_ZONE) -> Chart | None:
    """What was left of a budget over an incident, as the record keeps it.

    None without data, and where it took too little to be seen. ``incident`` is its key.
    """
    history = spent.history
    if len(history) <= 1 or spent.after is None or not spent.is_felt:
        return None
    (since, first), (until, last) = history[0], history[-1]
    whole = f"{percent(spent.target, digits=4)} over {spent.called}"
    step = max((len(history) - 1) // (_ROWS - 1), 1)
    rows = [*history[:-1:step], history[-1]]
    table = "; ".join(f"{_moment(at, zone)} {_share(left)} left" for at, left in rows)
    return Chart(
        name=Picture.BURN_DOWN.value,
        headline=f"{incident} used {spent.took} of the error budget",
        subject=f"{spent.slo} · {whole} · {_days(since, until, zone)}, {_zone(until, zone)}",
        describes=(
            f"Error budget left of {spent.slo}, {whole}, over {incident}: from {_share(first)} to "
            f"{_share(last)}. Times are {_zone(until, zone)}. {table}."
        ),
        since=since,
        until=until,
        values=[(at, float(left * 100)) for at, left in history],
        limit=Limit(0, "nothing left", is_floor=True),
        write=_percent,
        high=100,
        zone=zone,
    )


def incidents_of(course: BurnDown, zone: ZoneInfo = UTC_ZONE) -> list[tuple[str, str]]:
    """The incidents in the picture: their keys, and when they were."""
    return [(one.words, _mark(one, zone)) for one in course.marks if one.kind is MarkKind.INCIDENT]


def _burn_down(course: BurnDown, zone: ZoneInfo) -> Chart:
    left = course.last.left
    if left is None:
        headline = f"No {course.objective.unit.many}, so no budget to spend"
    elif left > 0:
        headline = f"{_share(left)} of the error budget left"
    else:
        headline = f"Error budget spent, {_share(-left)} over" if left else "Error budget spent"
    return _chart(
        Picture.BURN_DOWN,
        course,
        zone,
        headline=headline,
        values=[(one.at, _number(one.left, 100)) for one in course.points],
        limit=Limit(0, "nothing left", is_floor=True),
        write=_percent,
        high=100,
    )


def _burn_rate(course: BurnDown, zone: ZoneInfo) -> Chart:
    whole = burn_rate(_recent(course), course.objective.budget)
    lasted = max(_HOUR, course.grid.step)
    over = "hour" if lasted == _HOUR else in_words(lasted)
    headline = f"No {course.objective.unit.many} in the last {over}"
    if whole is not None:
        headline = f"Burning {_rate(whole)} in the last {over}"
    return _chart(
        Picture.BURN_RATE,
        course,
        zone,
        headline=headline,
        values=[(one.at, _number(one.burn, 1)) for one in course.points[1:]],
        limit=Limit(1, "1x spends all of it"),
        write=lambda rate: f"{_plain(rate)}x",
        high=2,
    )


def _errors(course: BurnDown, zone: ZoneInfo) -> Chart:
    whole, allowed = course.whole, course.objective.budget
    many = course.objective.unit.many
    headline = f"No {many}"
    if whole.total:
        share = _fine(Fraction(whole.bad, whole.total))
        headline = f"{share} of {many} {_BAD.get(many, 'were bad')}"
    failed = [
        (
            one.at,
            float(100 * Fraction(one.during.bad, one.during.total)) if one.during.total else None,
        )
        for one in course.points[1:]
    ]
    return _chart(
        Picture.ERRORS,
        course,
        zone,
        headline=headline,
        values=failed,
        limit=Limit(float(100 * allowed), f"{percent(allowed, digits=4)} may fail"),
        write=_percent,
        high=float(200 * allowed),
    )


_CHARTS: dict[Picture, Callable[[BurnDown, ZoneInfo], Chart]] = {
    Picture.BURN_DOWN: _burn_down,
    Picture.BURN_RATE: _burn_rate,
    Picture.ERRORS: _errors,
}


def _chart(  # noqa: PLR0913 (what differs from picture to picture, all of it named)
    picture: Picture,
    course: BurnDown,
    zone: ZoneInfo,
    *,
    headline: str,
    values: Sequence[tuple[datetime, float | None]],
    limit: Limit,
    write: Callable[[float], str],
    high: float,
) -> Chart:
    objective, shown = course.objective, course.grid
    return Chart(
        name=picture.value,
        headline=headline,
        subject=f"{objective.slo} · {_promise(objective)} · {_zone(shown.until, zone)}",
        describes=_in_words(picture, course, zone),
        since=shown.since,
        until=shown.until,
        values=values,
        limit=limit,
        write=write,
        high=high,
        is_bars=picture is not Picture.BURN_DOWN,
        bands=[
            Band(one.at, one.until or shown.until, one.words)
            for one in course.marks
            if one.kind is MarkKind.INCIDENT
        ],
        flags=_flags(picture, course.marks),
        zone=zone,
    )


def _flags(picture: Picture, marks: Iterable[Mark]) -> list[Flag]:
    found = []
    for one in marks:
        if one.kind is MarkKind.SPENT and picture is Picture.BURN_DOWN:
            found.append(Flag(one.at, "spent", is_bad=True))
        if one.kind is MarkKind.WINDOW:
            found.append(Flag(one.at, "window begins"))
    return found


def _in_words(picture: Picture, course: BurnDown, zone: ZoneInfo) -> str:
    """Everything in the picture, for those who do not see it."""
    objective, shown = course.objective, course.grid
    what = f"{picture.caption} of {objective.slo}, {_promise(objective)}"
    since, until = _moment(shown.since, zone), _moment(shown.until, zone)
    parts = [f"{what}, from {since} to {until} {_zone(shown.until, zone)}."]
    parts += [_mark(one, zone) for one in course.marks]
    say = _SAYS[picture]
    table = "; ".join(
        f"{_moment(one.at, zone)} {say(one, objective.unit)}" for one in sampled(course, _ROWS)[1:]
    )
    return " ".join([*parts, f"{table}."])


def _mark(mark: Mark, zone: ZoneInfo) -> str:
    at = _moment(mark.at, zone)
    if mark.kind is MarkKind.SPENT:
        return f"Spent by {at}."
    if mark.kind is MarkKind.WINDOW:
        return f"What is left of {at} no longer counts."
    until = "and goes on" if mark.until is None else f"to {_moment(mark.until, zone)}"
    return f"{mark.words} from {at} {until}."


def _recently(course: BurnDown) -> datetime:
    """Where the last hour of the picture begins, or its last step if that is longer."""
    return course.grid.until - max(_HOUR, course.grid.step)


def _recent(course: BurnDown) -> Counts:
    since = _recently(course)
    return sum((one.during for one in course.points if one.at > since), NOTHING)


def _promise(objective: Objective) -> str:
    return f"{percent(objective.target, digits=4)} over {objective.over}"


def _left(point: Point) -> str:
    return "no data" if point.left is None else f"{_share(point.left)} left"


def _failed(point: Point, unit: Unit) -> str:
    counts = point.during
    if not counts.total:
        return "no data"
    share = _fine(Fraction(counts.bad, counts.total))
    return f"{share}, {_told(counts.bad, unit)} of {_told(counts.total, unit)}"


_SAYS: dict[Picture, Callable[[Point, Unit], str]] = {
    Picture.BURN_DOWN: lambda one, _: _left(one),
    Picture.BURN_RATE: lambda one, _: _rate(one.burn),
    Picture.ERRORS: _failed,
}


def _share(share: Fraction) -> str:
    """With a decimal only where it tells something: 13 %, 0.4 %."""
    return percent(share, digits=0 if abs(share) >= Fraction(1, 10) else 1)


def _fine(share: Fraction) -> str:
    """Small shares keep two figures that count."""
    digits = 1
    while digits < 4 and 0 < share * 100 < Fraction(1, 10**digits) * 10:  # noqa: PLR2004
        digits += 1
    return percent(share, digits=digits)


def _rate(rate: Fraction | None) -> str:
    return "no data" if rate is None else f"{_plain(float(rate))}x"


def _percent(value: float) -> str:
    return f"{_plain(value)} %"


def _plain(value: float) -> str:
    """At most two decimals of small numbers, none of large ones: 0.13, 14.4, 300."""
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.01 or not size else 4  # noqa: PLR2004
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def _told(kept: int, unit: Unit) -> str:
    """``12 345``: how many of the unit are kept; parts of a slice as decimals."""
    if unit.per == 1:
        return f"{kept:,}".replace(",", " ")
    return f"{kept / unit.per:,.2f}".rstrip("0").rstrip(".").replace(",", " ")


def _number(share: Fraction | None, times: int) -> float | None:
    return None if share is None else float(share * times)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%-d %b %H:%M}"


def _days(since: datetime, until: datetime, zone: ZoneInfo) -> str:
    """``18 Nov``, or ``18 to 19 Nov``: the axis may have hours alone."""
    first, last = since.astimezone(zone), until.astimezone(zone)
    if first.date() == last.date():
        return f"{last:%-d %b}"
    begin = (
        f"{first:%-d}"
        if (first.year, first.month) == (last.year, last.month)
        else f"{first:%-d %b}"
    )
    return f"{begin} to {last:%-d %b}"


def _zone(at: datetime, zone: ZoneInfo) -> str:
    """Its short name then: CET."""
    return f"{at.astimezone(zone):%Z}"
