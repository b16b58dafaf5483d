"""A report of error budgets as a document, and as a table for a spreadsheet."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from incidents.model.budget_report import Line, Report
from incidents.model.ids import key
from incidents.model.objective import percent
from incidents.model.text import csv_cell, markdown, readable_markdown

_HEADING = "period,slo,service,promised,attained,counted,bad,allowed,incident,title,share_of_budget"
NOBODYS = "no incident"


def as_markdown(report: Report, capacity: Sequence[tuple[str, str]] = ()) -> str:
    """One table of what was attained, one of where the budgets went.

    ``capacity`` has names of SLOs, and how much more traffic each bears in words.
    """
    borne = [f"- {markdown(slo)}: {readable_markdown(says)}" for slo, says in capacity]
    return "\n".join(
        [
            f"# Error budgets, {report.period.name}",
            "",
            span_in_words(report),
            "",
            "| SLO | Promised | Attained | Budget spent | Verdict |",
            "| --- | ---: | ---: | ---: | --- |",
            *(_attained(one) for one in report.lines),
            "",
            "## Where the budgets went",
            "",
            "| SLO | What took it | Failures | Of the budget |",
            "| --- | --- | ---: | ---: |",
            *(row for one in report.lines for row in _went(one)),
            "",
            "Each failure is counted once. Drills and what was cancelled take nothing.",
            "",
            *(("## Capacity", "", *borne, "") if borne else ()),
        ]
    )


def as_csv(report: Report) -> str:
    """A row for each incident that took some of a budget, one for the rest, one for all of it."""
    rows = [_HEADING]
    for one in report.lines:
        taken = [(key(it.incident), it.title.raw, it.bad, it.spent) for it in one.by_incident]
        taken += [(NOBODYS, "", one.rest, one.rest_spent)]
        taken += [("all", "", one.counts.bad, one.spent or Fraction(0))]
        rows += [_csv_row(report, one, *it) for it in taken]
    return "\n".join(rows) + "\n"


def promise_in_words(line: Line) -> str:
    """``99.9 %``, and since when another one, where it changed."""
    first, *later = line.parts
    words = percent(first.target, digits=4)
    for one in later:
        words += f", since {one.span.start:%d %b} {percent(one.target, digits=4)}"
    return words


def attained_in_words(line: Line) -> str:
    """The share of good events; in words without any."""
    words = "no data" if line.counts.sli is None else percent(line.counts.sli, digits=4)
    if line.raw is None or line.raw.sli is None:
        return words
    return f"{words} (if all counted: {percent(line.raw.sli, digits=4)})"


def verdict(line: Line) -> str:
    """Whether the promise was kept."""
    return {None: "no data", True: "met", False: "missed"}[line.is_met]


def span_in_words(report: Report) -> str:
    """From when to when, in UTC, and whether that is all of it."""
    begin, end = report.period.span.start, report.until
    so_far = "" if report.is_over else ", so far"
    return f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC{so_far}."


def _attained(line: Line) -> str:
    spent = "no data" if line.spent is None else percent(line.spent)
    cells = (promise_in_words(line), attained_in_words(line), spent, verdict(line))
    return f"| {markdown(line.slo)} | {' | '.join(cells)} |"


def _went(line: Line) -> Iterable[str]:
    name = markdown(line.slo)
    for one in line.by_incident:
        what = f"{key(one.incident)} {markdown(one.title)}"
        yield f"| {name} | {what} | {told(line, one.bad)} | {percent(one.spent)} |"
    if line.rest or not line.by_incident:
        share = percent(line.rest_spent) if line.counts.total else "no data"
        yield f"| {name} | {NOBODYS} | {told(line, line.rest)} | {share} |"


def told(line: Line, bad: int) -> str:
    """Bad events, or slices, as people count them."""
    number = round(Fraction(bad, line.unit.per), 3)
    whole = f"{int(number):,}".replace(",", " ")
    return whole if number.denominator == 1 else f"{float(number):,.3f}".rstrip("0")


def _csv_row(
    report: Report, line: Line, incident: str, title: str, bad: int, spent: Fraction
) -> str:
    per, counts = line.unit.per, line.counts
    cells = (
        csv_cell(report.period.name),
        csv_cell(line.slo),
        csv_cell(line.service),
        "" if line.promised is None else f"{float(line.promised):.9f}",
        "" if counts.sli is None else f"{float(counts.sli):.9f}",
        _number(Fraction(counts.total, per)),
        _number(Fraction(bad, per)),
        _number(line.allowed / per),
        csv_cell(incident),
        csv_cell(title),
        f"{float(spent):.9f}",
    )
    return ",".join(cells)


def _number(value: Fraction) -> str:
    return f"{float(value):.6f}".rstrip("0").rstrip(".")
