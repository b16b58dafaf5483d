"""Pictures in Mermaid's words: what is drawn from the record beside the tables that say the same.

Labels keep letters, digits and a few harmless signs, so that no title can end a fence or a diagram.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from incidents.model.postmortem import Phase, Spent
from incidents.model.text import shorten
from incidents.model.timeline import Entry, Kind

_MOST_MILESTONES = 40  # a Gantt chart gets unreadable long before it breaks
_MOST_POINTS = 48


def gantt(title: str, phases: Sequence[Phase], entries: Iterable[Entry]) -> str:
    """Phases and milestones; empty without phases.

    Times are written without a zone and shown as they are written, so they read as UTC everywhere.
    """
    if not phases:
        return ""
    first, last = phases[0].start, phases[-1].end
    axis = "%H:%M" if last - first < timedelta(days=1) else "%d.%m. %H:%M"
    lines = [
        "gantt",
        f"    title {label(title)}, times in UTC",
        "    dateFormat YYYY-MM-DDTHH:mm:ss",
        f"    axisFormat {axis}",
        "    section Phases",
    ]
    lines += [f"    {one.name} :{_iso(one.start)}, {_iso(one.end)}" for one in phases]
    marks = [
        (at, words)
        for entry in entries
        if (words := _milestone(entry)) and first <= (at := _happened(entry)) <= last
    ]
    if marks:
        lines.append("    section Milestones")
        lines += [
            f"    {label(words)} :milestone, {_iso(at)}, 0d"
            for at, words in sorted(marks)[:_MOST_MILESTONES]
        ]
    return "\n".join(lines)


def _happened(entry: Entry) -> datetime:
    """When; of the declaration when its room was asked for: its entry stands where impact began."""
    return entry.recorded_at if entry.kind is Kind.DECLARED else entry.occurred_at


def _milestone(entry: Entry) -> str:
    """What deserves a mark in the picture, in our words first: a label must not begin like code."""
    body = entry.body
    if entry.kind is Kind.DECLARED:
        return "Declared"
    if entry.kind is Kind.SEVERITY:
        return f"Severity {body['from']} to {body['to']}"
    if entry.kind is Kind.CHANGE:
        return f"Change of {body['service']} {shorten(str(body['title']), 30)}"
    if entry.kind in {Kind.ACCEPTED, Kind.TAKEN} and body.get("role") == "commander":
        return "Commander"
    return ""


def budget_chart(spent: Spent) -> str:
    """What was left of a budget over the incident; empty without data, or a loss to be seen."""
    points = _thinned(spent.history)
    if len(points) <= 1 or not spent.is_felt:
        return ""
    left = [round(float(share) * 100, 1) for _, share in points]
    low, high = min(0.0, *left), max(100.0, *left)
    times = ", ".join(f'"{at:%H:%M}"' for at, _ in points)
    return "\n".join(
        (
            "xychart-beta",
            f'    title "{label(spent.slo)}, budget left in percent (UTC)"',
            f"    x-axis [{times}]",
            f'    y-axis "percent" {low:g} --> {high:g}',
            f"    line [{', '.join(f'{one:g}' for one in left)}]",
        )
    )


def _thinned(history: Sequence[tuple[datetime, Fraction]]) -> Sequence[tuple[datetime, Fraction]]:
    """At most 48 points, evenly taken, the last one always among them."""
    if len(history) <= _MOST_POINTS:
        return history
    step = (len(history) - 1) / (_MOST_POINTS - 1)
    return [history[round(index * step)] for index in range(_MOST_POINTS)]


def label(words: str) -> str:
    """Words that Mermaid can only read as words: letters, digits and a few harmless signs."""
    return " ".join(re.sub(r"[^\w ./+%()-]", " ", words).replace("%%", "%").split()) or "…"


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}"
