"""Reports of error budgets as JSON."""

from fractions import Fraction
from typing import Any

from bot.api.shapes import seconds
from incidents.model.budget_report import Line, Report
from incidents.model.ids import key
from incidents.queries.capacity import Headroom
from incidents.queries.seasonal import Seasonal
from incidents.queries.slo import Budget
from incidents.render.budget_report import verdict


def report_json(report: Report) -> dict[str, Any]:
    """A month or a quarter."""
    return {
        "period": report.period.name,
        "begins": report.period.span.start.isoformat(),
        "ends": report.period.span.end.isoformat(),
        "until": report.until.isoformat(),
        "slos": [_line(one) for one in report.lines],
    }


def seasonal_json(one: Seasonal) -> dict[str, Any]:
    """A forecast with the traffic of a usual week."""
    known = not one.because
    return {
        "runs_out_in_seconds": seconds(one.runs_out_in) if known else None,
        "back_in_seconds": seconds(one.back_in) if known else None,
        "error": one.errors.seasonal if one.errors else None,
        "flat_error": one.errors.flat if one.errors else None,
        "says": one.says,
    }


def forecast_json(budget: Budget, usual: Seasonal) -> dict[str, Any]:
    """Both forecasts of one budget."""
    return {
        "slo": budget.slo,
        "remaining": budget.remaining,
        "runs_out_in_seconds": seconds(budget.runs_out_in),
        "back_in_seconds": seconds(budget.back_in),
        "seasonal": seasonal_json(usual),
    }


def headroom_json(one: Headroom) -> dict[str, Any]:
    """What one SLO says of its service's capacity."""
    found = one.capacity
    return {
        "slo": one.slo,
        "limit_per_hour": found.limit,
        "peak_per_hour": found.peak,
        "headroom": found.headroom,
        "weeks_left": found.weeks_left,
        "seen_over_mean": found.seen,
        "wrong": found.measured.wrong if found.measured else None,
        "peak_off": found.measured.peak_off if found.measured else None,
        "says": found.says,
    }


def _line(one: Line) -> dict[str, Any]:
    per, counts = one.unit.per, one.counts
    return {
        "slo": one.slo,
        "service": one.service,
        "unit": one.unit.many,
        "targets": [
            {"since": part.span.start.isoformat(), "target": float(part.target)}
            for part in one.parts
        ],
        "promised": _share(one.promised),
        "attained": _share(counts.sli),
        "verdict": verdict(one),
        "good": _number(counts.good, per),
        "bad": _number(counts.bad, per),
        "allowed": float(one.allowed / per),
        "spent": _share(one.spent),
        "incidents": [
            {
                "key": key(share.incident),
                "title": share.title.raw,
                "bad": _number(share.bad, per),
                "spent": float(share.spent),
            }
            for share in one.by_incident
        ],
        "unattributed": {"bad": _number(one.rest, per), "spent": float(one.rest_spent)},
    }


def _share(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _number(kept: int, per: int) -> int | float:
    return kept if per == 1 else round(kept / per, 3)
