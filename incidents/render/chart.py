"""One series over time as an SVG that needs nothing else: no script, no font, no style sheet.

It is read in grey and by those who see colours differently: what is bad is hatched, the limit is
dashed, the end carries its number, and marks carry their words. The same file is drawn for a screen
and for a phone, and shows the one that fits the width it is given; its colours follow the
reader's. What a picture says stands in its description, too, for those who listen to it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from incidents.model.text import html, shorten
from incidents.render import ticks

WIDTH, HEIGHT = 720, 400  # units of the drawing; the reader decides how large one is
_EDGE = 16  # kept free around it
_THIN = 4  # of a band that would hardly be seen
_PHONE = 540  # pixels: narrower than this, the second drawing is shown
_WIDE_LETTER = 0.54  # the width of a letter on average, of its height

_UTC = ZoneInfo("UTC")

Value = tuple[datetime, float | None]


@dataclass(frozen=True, slots=True)
class Limit:
    """A line that ought not to be crossed. ``is_floor``: bad is what lies below it."""

    value: float
    words: str
    is_floor: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time that is pointed out."""

    since: datetime
    until: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A moment that is pointed out; ``is_bad`` with a mark of its own."""

    at: datetime
    words: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn. ``values`` are in order; None is a gap, where nothing was counted.

    ``headline`` says what there is to see, ``subject`` of what. ``describes`` is the whole picture
    in words. ``low`` and ``high`` are shown at least; ``write`` is how a value is written.
    ``is_bars``: each value stands for the stretch that ends there.
    """

    name: str
    headline: str
    subject: str
    describes: str
    since: datetime
    until: datetime
    values: Sequence[Value]
    limit: Limit
    write: Callable[[float], str]
    low: float = 0.0
    high: float = 0.0
    is_bars: bool = False
    bands: Sequence[Band] = ()
    flags: Sequence[Flag] = ()
    zone: ZoneInfo = _UTC


@dataclass(frozen=True, slots=True)
class _Layout:
    """How large things are, and how many there is room for."""

    name: str
    letters: int
    title: int
    left: int
    right: int
    top: int
    bottom: int
    times: int
    numbers: int


_WIDE = _Layout("wide", 13, 19, 62, 84, 88, 34, 8, 6)
_NARROW = _Layout("narrow", 23, 28, 104, 108, 130, 46, 4, 5)


def svg(chart: Chart) -> str:
    """The chart as a document."""
    parts = "".join(
        f'<g class="{layout.name}">{"".join(_Drawing(chart, layout).parts())}</g>'
        for layout in (_WIDE, _NARROW)
    )
    title = f"{chart.headline}. {chart.subject}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{chart.name}-title {chart.name}-words">'
        f'<title id="{chart.name}-title">{html(title)}</title>'
        f'<desc id="{chart.name}-words">{html(chart.describes)}</desc>'
        f"<style>{_STYLE}</style>{_hatch(chart.name)}"
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>{parts}</svg>\n'
    )


_LIGHT = {
    "ground": "fill:#fff",
    "ink": "fill:#18202b",
    "soft": "fill:#556072",
    "halo": "stroke:#fff",
    "grid": "stroke:#dce1e8",
    "axis": "stroke:#556072",
    "limit": "stroke:#18202b",
    "course": "stroke:#0a57a4",
    "dot": "fill:#0a57a4;stroke:#fff",
    "bar": "fill:#7fa6cf",
    "stripe": "stroke:#a02018",
    "steps": "stroke:#0a57a4",
    "band": "fill:#e9ebef",
    "edge": "stroke:#8a94a3",
    "flag": "fill:#a02018",
}
_DARK = {
    "ground": "fill:#181e27",
    "ink": "fill:#e6eaf0",
    "soft": "fill:#a2adbd",
    "halo": "stroke:#181e27",
    "grid": "stroke:#2b3442",
    "axis": "stroke:#a2adbd",
    "limit": "stroke:#e6eaf0",
    "course": "stroke:#79b8ff",
    "dot": "fill:#79b8ff;stroke:#181e27",
    "bar": "fill:#4f7aa8",
    "stripe": "stroke:#ff8f86",
    "steps": "stroke:#79b8ff",
    "band": "fill:#242d3a",
    "edge": "stroke:#7d8899",
    "flag": "fill:#ff8f86",
}


def _rules(colours: dict[str, str]) -> str:
    return "".join(f".{name}{{{rule}}}" for name, rule in colours.items())


_STYLE = (
    "text{font-family:system-ui,'Segoe UI',Roboto,'Noto Sans',sans-serif}"
    ".strong{font-weight:600}.halo{stroke-width:5;stroke-linejoin:round;fill:none}"
    ".grid,.axis,.edge,.limit,.steps{fill:none;stroke-width:1}.course{fill:none;stroke-width:2.5;"
    "stroke-linejoin:round;stroke-linecap:round}.limit{stroke-width:1.5;stroke-dasharray:7 4}"
    ".edge{stroke-dasharray:2 3}.steps{stroke-width:1.5}.stripe{stroke-width:2.4}"
    ".dot{stroke-width:2}"
    f".narrow{{display:none}}{_rules(_LIGHT)}"
    f"@media(max-width:{_PHONE}px){{.wide{{display:none}}.narrow{{display:inline}}"
    ".narrow .course{stroke-width:4}.narrow .steps,.narrow .limit{stroke-width:2.5}"
    ".narrow .halo{stroke-width:8}}"
    f"@media(prefers-color-scheme:dark){{{_rules(_DARK)}}}"
    f"@media print{{{_rules(_LIGHT)}}}"
)


def _hatch(name: str) -> str:
    """Strokes from lower left to upper right: they show in grey, and on any ground."""
    return (
        f'<defs><pattern id="{name}-hatch" width="7" height="7" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><line class="stripe" x1="1.2" y1="0" x2="1.2" y2="7"/>'
        "</pattern></defs>"
    )


class _Line:
    """Words in one line: what would overlap is not taken."""

    def __init__(self) -> None:
        self._taken: list[tuple[float, float]] = []

    def takes(self, left: float, right: float) -> bool:
        """Whether there was room from ``left`` to ``right``, which is used now."""
        if any(left < end + 6 and right > begin - 6 for begin, end in self._taken):
            return False
        self._taken.append((left, right))
        return True


class _Drawing:
    """One layout of a chart."""

    def __init__(self, chart: Chart, layout: _Layout) -> None:
        self._chart, self._layout = chart, layout
        is_roomy = chart.is_bars and layout is _NARROW  # there is no number at the end
        self._right = WIDTH - (_EDGE if is_roomy else layout.right)
        self._bottom = HEIGHT - layout.bottom
        shown = [value for _, value in chart.values if value is not None]
        low, high = min([chart.low, *shown]), max([chart.high, chart.limit.value, *shown])
        self._levels = ticks.of_numbers(low, high, layout.numbers)

    def parts(self) -> Iterator[str]:
        """From the back to the front."""
        yield from self._bands()
        yield from self._axes()
        yield from self._bars() if self._chart.is_bars else self._areas()
        yield self._limit()
        if not self._chart.is_bars:
            yield from self._courses()
        yield from self._gaps()
        yield from self._flags()
        yield from self._names()
        yield from self._head()

    # Where things are.

    def _x(self, at: datetime) -> float:
        chart = self._chart
        share = (at - chart.since) / max(chart.until - chart.since, timedelta(seconds=1))
        return self._layout.left + max(0.0, min(1.0, share)) * (self._right - self._layout.left)

    def _y(self, value: float) -> float:
        low, high = self._levels[0], self._levels[-1]
        return self._layout.top + (high - value) / (high - low) * (self._bottom - self._layout.top)

    def _wide(self, words: str, size: int) -> float:
        return len(words) * size * _WIDE_LETTER

    def _text(self, words: str, x: float, y: float, kind: str = "ink", **how: object) -> str:
        """``how``: the anchor, the size, and whether lines behind it are kept away."""
        size, anchor = how.get("size", self._layout.letters), how.get("anchor", "start")
        where = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
        behind = f'<text class="halo" {where}>{html(words)}</text>' if how.get("halo") else ""
        return f'{behind}<text class="{kind}" {where}>{html(words)}</text>'

    # What is drawn.

    def _head(self) -> Iterator[str]:
        chart, layout = self._chart, self._layout
        room = WIDTH - 2 * _EDGE
        title = shorten(chart.headline, int(room / (layout.title * _WIDE_LETTER)))
        subject = shorten(chart.subject, int(room / (layout.letters * _WIDE_LETTER)))
        yield self._text(title, _EDGE, 12 + layout.title, "ink strong", size=layout.title)
        below = 16 + layout.title + layout.letters * 1.35
        yield self._text(subject, _EDGE, below, "soft")

    def _axes(self) -> Iterator[str]:
        layout = self._layout
        for level in self._levels:
            y = self._y(level)
            yield f'<path class="grid" d="M{layout.left} {y:.1f}H{self._right}"/>'
            words = self._chart.write(level)
            yield self._text(
                words, layout.left - 8, y + layout.letters * 0.35, "soft", anchor="end"
            )
        yield f'<path class="axis" d="M{layout.left} {self._bottom}H{self._right}"/>'
        chart, room = self._chart, 0.0
        for at, words in ticks.of_times(chart.since, chart.until, chart.zone, layout.times):
            x, half = self._x(at), self._wide(words, layout.letters) / 2
            yield f'<path class="axis" d="M{x:.1f} {self._bottom}v5"/>'
            if x - half >= room and x + half <= WIDTH:
                room = x + half + 8
                y = self._bottom + layout.letters + 8
                yield self._text(words, x, y, "soft", anchor="middle")

    def _bands(self) -> Iterator[str]:
        for band in self._chart.bands:
            right = max(self._x(band.until), self._layout.left + _THIN)
            left = min(self._x(band.since), right - _THIN)
            top, high = self._layout.top, self._bottom - self._layout.top
            yield (
                f'<rect class="band" x="{left:.1f}" y="{top}" width="{right - left:.1f}"'
                f' height="{high}"/>'
            )

    def _names(self) -> Iterator[str]:
        """Of bands, above the plot, and of moments, at its top. All others are only described."""
        layout, above, inside = self._layout, _Line(), (_Line(), _Line())
        for band in self._chart.bands:
            half = self._wide(band.words, layout.letters) / 2
            middle = (self._x(band.since) + self._x(band.until)) / 2
            middle = max(layout.left + half - 8, min(middle, WIDTH - half - 4))
            if above.takes(middle - half, middle + half):
                yield self._text(band.words, middle, layout.top - 8, anchor="middle")
        for flag in self._chart.flags:
            x, width = self._x(flag.at), self._wide(flag.words, layout.letters)
            is_late = x + width + 14 > self._right
            left = x - width - 10 if is_late else x + 10
            for row, line in enumerate(inside, start=1):
                if line.takes(left, left + width):
                    y = layout.top + layout.letters * 1.25 * row
                    yield self._text(flag.words, left, y, halo=True)
                    break

    def _flags(self) -> Iterator[str]:
        for flag in self._chart.flags:
            x, top = self._x(flag.at), self._layout.top
            yield f'<path class="edge" d="M{x:.1f} {top}V{self._bottom}"/>'
            if flag.is_bad:
                half = self._layout.letters * 0.45
                down = f"h{2 * half:.1f}l-{half:.1f} {1.6 * half:.1f}z"
                yield f'<path class="flag" d="M{x - half:.1f} {top}{down}"/>'

    def _limit(self) -> str:
        layout, limit = self._layout, self._chart.limit
        y = self._y(limit.value)
        line = f'<path class="limit" d="M{layout.left} {y:.1f}H{self._right}"/>'
        above = y - layout.letters * 0.45
        if above - layout.letters < layout.top:
            above = y + layout.letters * 1.2
        return line + self._text(limit.words, layout.left + 6, above, halo=True)

    def _pieces(self) -> list[list[tuple[float, float]]]:
        """The line between its gaps."""
        runs = groupby(self._chart.values, key=lambda one: one[1] is not None)
        return [
            [(self._x(at), self._y(value)) for at, value in run if value is not None]
            for is_there, run in runs
            if is_there
        ]

    @property
    def _clip(self) -> str:
        return f"{self._chart.name}-{self._layout.name}"

    def _clipped(self, name: str, top: float, bottom: float) -> str:
        left, width = self._layout.left, self._right - self._layout.left
        return (
            f'<clipPath id="{name}"><rect x="{left}" y="{top:.1f}" width="{width}"'
            f' height="{max(bottom - top, 0):.1f}"/></clipPath>'
        )

    def _areas(self) -> Iterator[str]:
        """What lies on the wrong side of the limit, hatched."""
        chart, y = self._chart, self._y(self._chart.limit.value)
        top, bottom = (y, self._bottom) if chart.limit.is_floor else (self._layout.top, y)
        yield self._clipped(self._clip, top, bottom)
        for piece in self._pieces():
            path = "L".join(f"{x:.1f} {each:.1f}" for x, each in piece)
            yield (
                f'<path d="M{piece[0][0]:.1f} {y:.1f}L{path}V{y:.1f}z"'
                f' clip-path="url(#{self._clip})" fill="url(#{chart.name}-hatch)"/>'
            )

    def _courses(self) -> Iterator[str]:
        pieces = self._pieces()
        for piece in pieces:
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y in piece)
            yield f'<path class="course" d="M{path}"/>'
        if pieces:
            x, y = pieces[-1][-1]
            radius = self._layout.letters / 2.6
            yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
            yield self._end(x, y)

    def _end(self, x: float, y: float) -> str:
        """The last value beside the line's end; above it where there is no room beside."""
        layout = self._layout
        words = self._chart.write(
            next(value for _, value in reversed(self._chart.values) if value is not None)
        )
        if x + self._wide(words, layout.letters) + 14 <= WIDTH:
            return self._text(words, x + 10, y + layout.letters * 0.35, "ink strong", halo=True)
        high = y - layout.letters * 0.9
        if high - layout.letters < layout.top:
            high = y + layout.letters * 1.8
        return self._text(words, self._right, high, "ink strong", anchor="end", halo=True)

    def _steps(self) -> Iterator[str]:
        """Each value over its stretch, as the upper edge of a path; gaps part them."""
        before, edge = self._chart.since, ""
        for at, value in self._chart.values:
            left, right, before = self._x(before), self._x(at), at
            if value is None:
                if edge:
                    yield edge
                edge = ""
                continue
            y = self._y(value)
            edge += f"V{y:.1f}H{right:.1f}" if edge else f"{left:.1f} {y:.1f}H{right:.1f}"
        if edge:
            yield edge

    def _bars(self) -> Iterator[str]:
        """What is within the limit plain, what is beyond it hatched."""
        chart, layout, floor = self._chart, self._layout, self._y(0)
        inside, beyond = f"{self._clip}-inside", f"{self._clip}-beyond"
        limit = self._y(chart.limit.value)
        yield self._clipped(inside, limit, self._bottom)
        yield self._clipped(beyond, layout.top, limit)
        for edge in self._steps():
            begins, upper = edge.split(" ", 1)
            area = f"M{begins} {floor:.1f}V{upper}V{floor:.1f}z"
            yield f'<path class="bar" d="{area}" clip-path="url(#{inside})"/>'
            yield f'<path d="{area}" clip-path="url(#{beyond})" fill="url(#{chart.name}-hatch)"/>'
            yield f'<path class="steps" d="M{edge}"/>'

    def _gaps(self) -> Iterator[str]:
        """Where nothing was counted, in words if there is room for them."""
        chart, layout = self._chart, self._layout
        if not chart.is_bars and not self._pieces():
            middle = (layout.left + self._right) / 2
            yield self._text("no data", middle, (layout.top + self._bottom) / 2, "soft",
                             anchor="middle", halo=True)  # fmt: skip
            return
        known = [chart.since]
        for is_there, run in groupby(chart.values, key=lambda one: one[1] is not None):
            moments = [at for at, _ in run]
            left, right = self._x(known[-1]), self._x(moments[-1])
            if not is_there and right - left > self._wide("no data", layout.letters) + 8:
                y = self._bottom - layout.letters * 0.6
                yield self._text("no data", (left + right) / 2, y, "soft", anchor="middle",
                                 halo=True)  # fmt: skip
            known.append(moments[-1])
