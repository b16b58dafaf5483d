"""The gate as plain JSON: the same from the API and at a terminal. Durations in seconds."""

from datetime import datetime, timedelta
from math import isinf
from typing import Any

from incidents.model.canary import Comparison
from incidents.model.gate import Gate
from incidents.model.waiver import Waiver


def gate_json(service: str, one: Gate) -> dict[str, Any]:
    """Whether a service may be changed, and every reason. Durations in seconds."""
    return {
        "service": service,
        "verdict": one.verdict,
        "because": one.because,
        "opens_in_seconds": _seconds(one.opens_in),
        "reasons": [
            {
                "verdict": each.verdict,
                "about": each.ground,
                "says": each.says,
                "slo": each.slo,
                "incident": f"INC-{each.incident}" if each.incident else None,
                "lasts_seconds": _seconds(each.lasts),
            }
            for each in one.reasons
        ],
    }


def waiver_json(one: Waiver) -> dict[str, Any]:
    """Who asked to open the gate, who approved or declined it, until when and why."""
    return {
        "id": one.id,
        "service": one.service,
        "change": one.change,
        "because": one.because.raw,
        "state": one.state,
        "asked_by": one.asked_by,
        "asked_at": _iso(one.asked_at),
        "until": _iso(one.until),
        "decided_by": one.decided_by,
        "decided_at": _iso(one.decided_at),
        "ended_by": one.ended_by,
        "ended_at": _iso(one.ended_at),
    }


def canary_json(service: str, gate: Gate, one: Comparison) -> dict[str, Any]:
    """What a comparison of two versions means, and its figures. JSON has no infinity."""
    comparison = {
        "p": one.p,
        "ratio": _finite(one.ratio),
        "low": one.low,
        "high": _finite(one.high),
        "baseline": {"good": one.baseline.good, "bad": one.baseline.bad},
        "canary": {"good": one.canary.good, "bad": one.canary.bad},
    }
    return {**gate_json(service, gate), "comparison": comparison}


def _finite(number: float | None) -> float | None:
    return None if number is None or isinf(number) else number


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
