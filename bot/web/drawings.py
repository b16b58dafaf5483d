"""Draws the pictures of a postmortem as SVG: browsers do not read Mermaid, and we load no script.

Only the two kinds of diagram are understood that `incidents.render.pictures` writes. What is drawn
is what stands in the document, so the page and the file cannot disagree. Colours and letters come
from the style sheet, because the page allows no style of its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.model.text import html
from incidents.render.tongue import span

_WIDTH = 720  # units of the drawing; the style sheet decides how large one is
_LEFT = 132  # room for the names of phases
_RIGHT = 80
_BAR = 30  # height of a phase
_MARK = 24  # height of a milestone
_SIDE = 66  # room for the numbers beside a course
_HEIGHT = 190  # of a course

_MOMENT = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"
_PHASE = re.compile(rf"(.+?) :{_MOMENT}, {_MOMENT}")
_MILESTONE = re.compile(rf"(.+?) :milestone, {_MOMENT}, 0d")
_TITLE = re.compile(r'title "?([^"]*)"?')
_TIMES = re.compile(r"x-axis \[(.*)\]")
_RANGE = re.compile(r'y-axis "[^"]*" (-?[\d.]+) --> (-?[\d.]+)')
_LINE = re.compile(r"line \[(-?[\d.]+(?:, -?[\d.]+)*)\]")


@dataclass(frozen=True, slots=True)
class _Span:
    """The time a picture covers, and where a moment is on it."""

    first: datetime
    last: datetime

    def x(self, at: datetime) -> float:
        whole = max(self.last - self.first, timedelta(seconds=1))
        share = max(0.0, min(1.0, (at - self.first) / whole))
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def draw(diagram: str) -> str | None:
    """The diagram as an ``<svg>`` element; None if it is of a kind that we do not draw."""
    lines = [line.strip() for line in diagram.strip().splitlines()]
    match lines[:1]:
        case ["gantt"]:
            return _phases(lines)
        case ["xychart-beta"]:
            return _course(lines)
    return None


def _phases(lines: Sequence[str]) -> str | None:
    """Phases as bars one below the other, milestones below them on the same scale."""
    phases = [
        (hit[1], datetime.fromisoformat(hit[2]), datetime.fromisoformat(hit[3]))
        for line in lines
        if (hit := _PHASE.fullmatch(line))
    ]
    marks = [
        (hit[1], datetime.fromisoformat(hit[2]))
        for line in lines
        if (hit := _MILESTONE.fullmatch(line))
    ]
    if not phases:
        return None
    scale = _Span(min(start for _, start, _ in phases), max(end for _, _, end in phases))
    below = 8 + len(phases) * _BAR
    bottom = below + len(marks) * _MARK
    parts = [
        _bar(name, (start, end), scale, 8 + index * _BAR)
        for index, (name, start, end) in enumerate(phases)
    ]
    parts += [
        _milestone(name, at, scale, below + index * _MARK) for index, (name, at) in enumerate(marks)
    ]
    parts.append(_axis(scale, bottom))
    return _svg(_title(lines, "Phases"), bottom + 26, parts)


def _bar(name: str, lasts: tuple[datetime, datetime], scale: _Span, top: int) -> str:
    start, end = scale.x(lasts[0]), scale.x(lasts[1])
    return (
        _text(name, _LEFT - 10, top + 19, "end")
        + f'<rect class="phase" x="{start:.1f}" y="{top + 4}" width="{max(end - start, 2):.1f}"'
        f' height="{_BAR - 8}" rx="3"/>' + _text(span(lasts[1] - lasts[0]), end + 6, top + 19)
    )


def _milestone(name: str, at: datetime, scale: _Span, top: int) -> str:
    x, y = scale.x(at), top + _MARK / 2
    is_late = x > (_LEFT + _WIDTH) / 2
    words = f"{at:%H:%M} {name}"
    return (
        f'<path class="mark" d="M{x:.1f} {y - 6:.1f}l6 6-6 6-6-6z"/>'
        + _text(words, x - 12 if is_late else x + 12, y + 4, "end" if is_late else "start")
    )  # fmt: skip


def _axis(scale: _Span, top: float) -> str:
    form = "%H:%M" if scale.last - scale.first < timedelta(days=1) else "%d %b %H:%M"
    right = _WIDTH - _RIGHT
    return (
        f'<path class="axis" d="M{_LEFT} {top + 4}H{right}"/>'
        + _text(f"{scale.first:{form}}", _LEFT, top + 20)
        + _text(f"{scale.last:{form}} UTC", right, top + 20, "end")
    )


def _course(lines: Sequence[str]) -> str | None:
    """How a number went over time, as one line."""
    times, bounds, line = (
        next((hit for each in lines if (hit := form.fullmatch(each))), None)
        for form in (_TIMES, _RANGE, _LINE)
    )
    if times is None or bounds is None or line is None:
        return None
    values = [float(one) for one in line[1].split(", ")]
    low, high = float(bounds[1]), float(bounds[2])
    step = (_WIDTH - _SIDE - _RIGHT) / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return 12 + (high - value) / max(high - low, 1e-9) * (_HEIGHT - 24)

    points = [f"{_SIDE + index * step:.1f},{y(value):.1f}" for index, value in enumerate(values)]
    grid = "".join(
        f'<path class="axis" d="M{_SIDE} {y(level):.1f}H{_WIDTH - _RIGHT}"/>'
        + _text(f"{level:g} %", _SIDE - 6, y(level) + 4, "end")
        for level in sorted({low, (low + high) / 2, high})
    )
    labels = re.findall(r'"([^"]*)"', times[1])
    ends = _text(labels[0], _SIDE, _HEIGHT + 10) if labels else ""
    ends += _text(f"{labels[-1]} UTC", _WIDTH - _RIGHT, _HEIGHT + 10, "end") if labels else ""
    last = _text(f"{values[-1]:g} %", _WIDTH - _RIGHT + 6, y(values[-1]) + 4)
    course = f'<polyline class="course" points="{" ".join(points)}"/>'
    return _svg(_title(lines, "Course"), _HEIGHT + 20, [grid, course, ends, last])


def _title(lines: Sequence[str], otherwise: str) -> str:
    return next((hit[1] for line in lines if (hit := _TITLE.fullmatch(line))), otherwise)


def _text(words: str, x: float, y: float, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html(words)}</text>'


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    name = html(title)
    return (
        f'<figure class="drawing"><figcaption>{name}</figcaption><div class="scroll">'
        f'<svg viewBox="0 0 {_WIDTH} {height:g}" role="img" aria-label="{name}">'
        f"{''.join(parts)}</svg></div></figure>\n"
    )
