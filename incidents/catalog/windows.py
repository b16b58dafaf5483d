"""``windows/*.yaml``: maintenance, freezes, peaks. A file holds one, or a list under ``windows:``.

``windows/*.ics`` are calendars with such windows in their titles; see `bot.feeds`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from incidents.catalog import services as services_files
from incidents.catalog import vendors as vendors_files
from incidents.catalog.checks import twice, unknown
from incidents.catalog.files import Document, Strict, read_as
from incidents.catalog.recurring import at_clock, fault_of, first_fits, normal
from incidents.catalog.values import (
    Day,
    Duration,
    Found,
    Line,
    LocalMoment,
    Sensitivity,
    Word,
    Zone,
    fault,
    in_utc,
)
from incidents.errors import Misconfigured, Problem
from incidents.model.ids import ServiceName, TeamName
from incidents.model.spans import Span
from incidents.model.vendors import VendorName
from incidents.model.windows import LONGEST, Repeats, Scope, Window, WindowId, WindowKind

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Read:
    """The windows, each with its place, and what is wrong with the files."""

    windows: tuple[Found[Window], ...] = ()
    problems: tuple[Problem, ...] = ()


def _rule(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    wrong = fault_of(written) if isinstance(written, str) else "it is no text"
    if wrong:
        expected = "a rule (RFC 5545) like FREQ=WEEKLY;BYDAY=SA"
        raise fault(f"“{str(written)[:80]}” cannot be used: {wrong}", expected)
    return normal(written)


def _one_or_many(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    return (
        [written] if isinstance(written, str | int) and not isinstance(written, bool) else written
    )


def _scope(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    return {"everything": True} if written == "everything" else written


_Words = Annotated[tuple[Word, ...], BeforeValidator(_one_or_many)]
_Tiers = Annotated[tuple[Annotated[int, Field(ge=1, le=4)], ...], BeforeValidator(_one_or_many)]


class _ScopeFile(Strict):
    services: _Words = ()
    teams: _Words = ()
    tiers: _Tiers = ()
    dependencies: _Words = ()
    vendors: _Words = ()
    everything: bool = False

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        named = self.services or self.teams or self.tiers or self.dependencies or self.vendors
        if bool(named) == self.everything:
            expected = "services, teams, tiers, dependencies, vendors, or everything alone"
            raise fault("a window is for something", expected)
        return self


class _WindowFile(Strict):
    name: Word
    kind: WindowKind
    title: Line | None = None
    scope: Annotated[_ScopeFile, BeforeValidator(_scope), Field(alias="for")]
    start: Annotated[LocalMoment, Field(alias="from")]
    end: Annotated[LocalMoment | None, Field(alias="to")] = None
    lasts: Duration | None = None
    zone: Zone = "UTC"
    repeats: Annotated[str, BeforeValidator(_rule)] | None = None
    left_out: Annotated[tuple[Day, ...], Field(alias="except")] = ()
    exclude: bool = False
    sensitivity: Sensitivity | None = None
    because: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.end is None) == (self.lasts is None):
            raise fault("a window has one end", "to: a time, or lasts: a length")
        if self.sensitivity is not None and not self.kind.is_keen:
            raise fault(f"a {self.kind} has no sensitivity", "a peak or marketing window")
        if self.exclude and self.kind is not WindowKind.MAINTENANCE:
            raise fault(f"a {self.kind} excludes nothing", "a maintenance window")
        if self.left_out and self.repeats is None:
            raise fault("a window without repeats has no exceptions", "repeats: a rule")
        return self


class _Lists(Strict):
    windows: tuple[_WindowFile, ...]


def read_windows(documents: Sequence[tuple[str, Document]]) -> Read:
    """What ``documents``, each with its file's name, say. Nothing is looked up elsewhere yet."""
    windows: list[Found[Window]] = []
    problems: list[Problem] = []
    for file, document in documents:
        is_list = "windows" in document
        try:
            written = (
                read_as(document, file, _Lists).windows
                if is_list
                else (read_as(document, file, _WindowFile),)
            )
        except Misconfigured as error:
            problems += error.problems
            continue
        for number, each in enumerate(written):
            path = ("windows", number) if is_list else ()
            found = Found(_window(each), document, file, path)
            wrong = [*_wrong_span(found, each)]
            problems += wrong
            windows += [] if wrong else [found]
    return Read(tuple(windows), tuple(problems))


def place_of(found: Found[Window]) -> tuple[str, int, int]:
    """The file, the line and the column where its sensitivity stands."""
    there = found.problem("", "", "sensitivity")
    return there.file, there.line, there.column


def _window(written: _WindowFile) -> Window:
    zone, scope = ZoneInfo(written.zone), written.scope
    start = _clock(written.start, zone)
    wall, exact = _length(written, start, zone)
    span = Span(at_clock(start, zone), at_clock(start + wall, zone) + exact)
    rule = written.repeats
    return Window(
        id=WindowId(written.name),
        kind=written.kind,
        title=written.title or "",
        scope=Scope(
            services=tuple(ServiceName(one) for one in scope.services),
            teams=tuple(TeamName(one) for one in scope.teams),
            tiers=tuple(sorted(set(scope.tiers))),
            dependencies=tuple(ServiceName(one) for one in scope.dependencies),
            vendors=tuple(VendorName(one) for one in scope.vendors),
            everything=scope.everything,
        ),
        span=None if rule else span,
        repeats=Repeats(rule, start, zone, wall, exact, written.left_out) if rule else None,
        excludes=written.exclude,
        sensitivity=written.sensitivity,
        because=written.because.strip(),
    )


def _clock(moment: datetime | date, zone: ZoneInfo) -> datetime:
    """As the clocks of the zone show it; a day begins at midnight."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    return in_utc(moment).astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment


def _length(written: _WindowFile, start: datetime, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """How long on the clocks, and exactly. A last day belongs to the window as a whole."""
    if written.end is None:
        return timedelta(), written.lasts or timedelta()
    end = _clock(written.end, zone)
    if not isinstance(written.end, datetime):
        end += _ONE_DAY
    return end - start, timedelta()


def _wrong_span(found: Found[Window], written: _WindowFile) -> Iterator[Problem]:
    one, key = found.value, "to" if written.end is not None else "lasts"
    repeats = one.repeats
    length = one.span.end - one.span.start if one.span else timedelta()
    if repeats is not None:
        length = repeats.wall + repeats.exact
    if length <= timedelta():
        yield found.problem("the window ends before it begins", "a later end", key)
    elif length > LONGEST:
        yield found.problem("the window is too long", "at most 366 days", key)
    elif repeats is not None and not first_fits(repeats):
        what = "the rule does not fit the first time"
        yield found.problem(what, "a from on one of the days of the rule", "repeats")


def problems(
    read: Read, services: services_files.Read, vendors: vendors_files.Read
) -> Iterator[Problem]:
    """Names that lead nowhere, and windows that share one."""
    known = {str(one.value.name) for one in services.services} | services.unread
    is_known = bool(known)  # without a catalogue, the SLOs alone name services
    known |= {alias for one in services.services for alias in one.value.aliases}
    teams = {str(one.value.name) for one in services.teams} | services.unread
    sold_by = {str(one.value.name) for one in vendors.vendors} | vendors.unread
    yield from twice(read.windows, "window")
    for found in read.windows:
        scope = found.value.scope
        if is_known:
            yield from _missing(found, "services", "service", scope.services, known)
            yield from _missing(found, "dependencies", "service", scope.dependencies, known)
        yield from _missing(found, "teams", "team", scope.teams, teams)
        yield from _missing(found, "vendors", "vendor", scope.vendors, sold_by)


def _missing(
    found: Found[Window], key: str, kind: str, named: Iterable[str], known: set[str]
) -> Iterator[Problem]:
    for number, name in enumerate(named):
        if name not in known:
            yield found.problem(*unknown(kind, name, known), "for", key, number)
