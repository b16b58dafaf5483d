"""How things look in JSON. Field names are a promise to whoever reads them."""

from datetime import datetime, timedelta
from typing import Any

from incidents.model.coverage import Freeze
from incidents.model.escalation import pace, speed_of
from incidents.model.ids import key
from incidents.model.incident import Incident
from incidents.model.objective import in_words
from incidents.model.slicing import Method
from incidents.model.timeline import Entry, provenance
from incidents.queries.composites import Composite
from incidents.queries.escalation import Call, Calls
from incidents.queries.oncall import Duty
from incidents.queries.slo import Budget, Raw
from incidents.store.oncall import StandIn


def incident_json(one: Incident) -> dict[str, Any]:
    """An incident."""
    return {
        "key": one.key,
        "title": one.title.raw,
        "severity": one.severity,
        "status": one.status,
        "services": list(one.services),
        "drill": one.is_drill,
        "private": one.is_private,
        "declared_by": one.declared_by,
        "declared_at": _at(one.declared_at),
        "started_at": _at(one.started_at),
        "detected_at": _at(one.detected_at),
        "acknowledged_at": _at(one.acknowledged_at),
        "mitigated_at": _at(one.mitigated_at),
        "resolved_at": _at(one.resolved_at),
        "closed_at": _at(one.closed_at),
        "impact": one.impact.raw,
        "fix": one.fix.raw,
        "fields": one.facts.get("fields", {}),
        "room": one.room,
        "next_update_at": _at(one.next_update_at),
        "merged_into": None if one.merged_into is None else key(one.merged_into),
    }


def entry_json(one: Entry) -> dict[str, Any]:
    """One line of a record."""
    return {
        "seq": one.seq,
        "id": one.id,
        "occurred_at": _at(one.occurred_at),
        "recorded_at": _at(one.recorded_at),
        "actor": one.actor,
        "source": one.source,
        "provenance": provenance(one).value,
        "kind": one.kind,
        "body": one.body,
        "corrects": one.corrects,
        "prev_hash": one.prev_hash,
        "hash": one.hash,
    }


def escalation_json(one: Incident, calls: Calls) -> dict[str, Any]:
    """How far an incident's escalation has come, and who answered."""
    ascent = calls.ascent
    return {
        "key": one.key,
        "team": ascent.team if ascent else None,
        "standing": ascent.climb.standing.value if ascent else None,
        "because": ascent.because if ascent else "",
        "started_at": _at(ascent.started_at) if ascent else None,
        "burn": ascent.climb.burn if ascent else 0.0,
        "pace": pace(ascent.climb.burn) if ascent else 1.0,
        "pace_because": speed_of(ascent.climb.burn) if ascent else "",
        "path": [
            {
                "hop": place,
                "after_seconds": hop.after / timedelta(seconds=1),
                "people": list(hop.people),
                "rotations": list(hop.rotations),
                "taken": place <= ascent.climb.taken,
            }
            for place, hop in enumerate(ascent.path, start=1)
        ]
        if ascent
        else [],
        "next": {"hop": ascent.climb.taken + 1, "at": _at(ascent.next_at)}
        if ascent and ascent.coming
        else None,
        "pages": [_page_json(call) for call in calls.made],
    }


def _page_json(call: Call) -> dict[str, Any]:
    page = call.page
    return {
        "person": page.person,
        "purpose": page.purpose,
        "because": page.because,
        "ways": list(call.ways),
        "paged_at": _at(page.paged_at),
        "state": page.state,
        "ended_at": _at(page.ended_at),
        "ended_by": page.ended_by,
        "via": page.via,
    }


def times_json(facts: dict[str, Any]) -> dict[str, Any]:
    """Key times, from what the form in the room is made of."""
    return {
        "key": facts["key"],
        "status": facts["status"],
        "times": facts["times"],
        "missing": [one["time"] for one in facts["times"] if one["at"] is None],
        "conflicts": facts["wrong"],
        "lengths": [{"name": name, "seconds": length} for name, length in facts["lengths"]],
    }


def budget_json(one: Budget) -> dict[str, Any]:
    """An error budget. Shares are of 1; durations in seconds."""
    return {
        "slo": one.slo,
        "service": one.service,
        "target": float(one.target),
        "window_seconds": one.window / timedelta(seconds=1),
        "good": one.good,
        "bad": one.bad,
        **_counting(one),
        "sli": one.sli,
        "remaining": one.remaining,
        "consumed": one.consumed,
        "burn_rates": {str(window): rate for window, rate in one.burns},
        "runs_out_in_seconds": seconds(one.runs_out_in),
        "back_in_seconds": seconds(one.back_in),
        "because": one.because,
        "frozen": one.is_frozen,
        "freeze": _freeze(one.freeze),
        "latest": _at(one.latest),
        "incident": f"INC-{one.incident}" if one.incident else None,
        "windows": one.holds,
        "raw": None if one.raw is None else _raw_json(one.raw),
    }


def _raw_json(one: Raw) -> dict[str, Any]:
    return {"good": one.good, "bad": one.bad, "sli": one.sli, "remaining": one.remaining}


def _freeze(held: Freeze) -> dict[str, Any]:
    """What is not judged now, and how much was measured."""
    return {
        "pairs": [f"{in_words(rule.long)}/{in_words(rule.short)}" for rule in held.rules],
        "since": _at(held.since),
        "because": held.because,
        "coverage": {in_words(window): float(share) for window, share in held.coverage},
    }


def composite_json(one: Composite) -> dict[str, Any]:
    """Several budgets taken together. Shares are of 1."""
    return {
        "slo": one.slo,
        "service": one.service,
        "remaining": one.remaining,
        "consumed": one.consumed,
        "because": one.because,
        "members": [
            {
                "slo": member.slo,
                "weight": member.weight,
                "consumed": member.consumed,
                "takes": member.takes,
            }
            for member in one.members
        ],
    }


def _counting(one: Budget) -> dict[str, Any]:
    """What is counted, and since when."""
    how = one.counting
    begins, ends = how.span or (None, None)
    return {
        "method": how.method,
        "unit": how.unit.many,
        "coverage": how.coverage,
        "calendar": how.over if how.span else None,
        "begins": _at(begins),
        "ends": _at(ends),
        "estimated": how.span is not None and how.method is Method.OCCURRENCES,
    }


def seconds(length: timedelta | None) -> float | None:
    """A length of time for a machine; None where there is none."""
    return None if length is None else length.total_seconds()


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def duty_json(one: Duty) -> dict[str, Any]:
    """Who is on call in one rotation; people as the configuration names them."""
    coming = one.coming
    return {
        "rotation": one.rotation.name,
        "people": list(one.current.people),
        "override": one.current.is_override,
        "until": _at(one.until),
        "next": {"people": list(coming.people), "from": _at(coming.start)} if coming else None,
        "as_of": _at(one.fetched.good_at) if one.fetched else None,
        "error": one.fetched.error if one.fetched else "",
    }


def stand_in_json(one: StandIn) -> dict[str, Any]:
    """Somebody stands in for whoever's turn it is. ``undo`` is what it is called off by."""
    return {
        "rotation": one.rotation,
        "person": one.person,
        "from": _at(one.start),
        "until": _at(one.end),
        "state": one.state,
        "asked": one.asked,
        "made_by": one.made_by,
        "because": one.because,
        "undo": one.trade,
    }
