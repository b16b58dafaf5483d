"""The five times that every incident is measured by, and what has to be true of them.

Started, detected, acknowledged, mitigated, resolved. A postmortem and a report compare incidents by
them, so none may be missing when one is filed, and they may not contradict each other. Whatever is
computed from them is computed here, once, for everybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from incidents.model.ids import PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import Blocker
from incidents.model.timeline import Entry, Kind


class KeyTime(StrEnum):
    """One of the five, in the order they usually come."""

    STARTED = "started"
    DETECTED = "detected"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"

    @property
    def column(self) -> str:
        """The field of an incident that holds it."""
        return f"{self.value}_at"


ASKS: Mapping[KeyTime, str] = {
    KeyTime.STARTED: "When did people begin to feel it?",
    KeyTime.DETECTED: "When was it noticed: the first alert, or the first report?",
    KeyTime.ACKNOWLEDGED: "When did somebody take it on?",
    KeyTime.MITIGATED: "When did it stop getting worse, or stop hurting?",
    KeyTime.RESOLVED: "When was it over for everybody?",
}

_ORDERED: tuple[tuple[KeyTime, ...], ...] = (
    (KeyTime.STARTED, KeyTime.DETECTED, KeyTime.ACKNOWLEDGED),
    (KeyTime.STARTED, KeyTime.MITIGATED, KeyTime.RESOLVED),
)
"""What must not come before what. It may be over before anybody knew, so these are two chains."""

_HINTS: Mapping[tuple[KeyTime, KeyTime], str] = {
    (KeyTime.STARTED, KeyTime.DETECTED): "Nothing is noticed before it starts",
    (KeyTime.DETECTED, KeyTime.ACKNOWLEDGED): "Nobody takes on what was not noticed yet",
    (KeyTime.STARTED, KeyTime.MITIGATED): "Nothing is mitigated before it starts",
    (KeyTime.MITIGATED, KeyTime.RESOLVED): "What is over does not have to be mitigated any more",
    (KeyTime.STARTED, KeyTime.RESOLVED): "Nothing is over before it starts",
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two times that cannot both be right."""

    earlier: KeyTime
    later: KeyTime
    say: str


@dataclass(frozen=True, slots=True)
class Told:
    """Whose word a key time is. ``because`` says where it was taken from, if nobody said it."""

    by: PersonId
    source: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One of the four lengths. ``length`` is None while its end is unknown; never negative."""

    code: str
    label: str
    describes: str
    length: timedelta | None


def times(incident: Incident) -> dict[KeyTime, datetime | None]:
    """The five as they are known now."""
    return {one: getattr(incident, one.column) for one in KeyTime}


def missing(incident: Incident) -> tuple[KeyTime, ...]:
    """Those that nobody knows yet."""
    return tuple(one for one, at in times(incident).items() if at is None)


def conflicts(incident: Incident) -> tuple[Conflict, ...]:
    """Every pair of neighbours that is the wrong way round, in clear words."""
    known = times(incident)
    found: list[Conflict] = []
    for chain in _ORDERED:
        there = [(one, at) for one in chain if (at := known[one]) is not None]
        for (one, first), (other, second) in pairwise(there):
            if _minute(second) < _minute(first):  # pickers know minutes
                hint = _HINTS.get((one, other), "One of them is wrong")
                say = (
                    f"{other.capitalize()} ({_at(second)}) is before {one} ({_at(first)}). {hint}."
                )
                found.append(Conflict(one, other, say))
    return tuple(found)


def blockers(incident: Incident) -> tuple[Blocker, ...]:
    """What of the key times stands in the way of closing."""
    says = [one.say for one in conflicts(incident)]
    if unknown := missing(incident):
        says.insert(0, f"It is not known when {incident.key} was {_or(unknown)}.")
    return (Blocker("key_times", " ".join(says), "times"),) if says else ()


def is_complete(incident: Incident) -> bool:
    """Whether all five are known, and none contradicts another."""
    return not missing(incident) and not conflicts(incident)


def told(entries: Iterable[Entry]) -> dict[KeyTime, Told]:
    """Whose word each of them is, from the record. What only follows from others says so."""
    found: dict[KeyTime, Told] = {}
    monitoring: datetime | None = None
    for entry in entries:
        by = (entry.actor, entry.source)
        if entry.kind is Kind.KEY_TIME:
            found[KeyTime(entry.body["time"])] = Told(*by)
        elif entry.kind is Kind.DECLARED:
            found[KeyTime.STARTED] = Told(*by, "as it was declared")
            found[KeyTime.DETECTED] = Told(*by, "as it was declared")
        elif entry.kind in {Kind.ACCEPTED, Kind.TAKEN} and entry.body.get("role") == "commander":
            found.setdefault(KeyTime.ACKNOWLEDGED, Told(*by, "a commander took it"))
        elif entry.kind is Kind.STATUS and entry.body.get("to") == "monitoring":
            found.setdefault(KeyTime.MITIGATED, Told(*by, "the status became monitoring"))
            monitoring = entry.occurred_at
        elif entry.kind is Kind.RESOLVED:
            found[KeyTime.STARTED] = found[KeyTime.RESOLVED] = Told(*by)
            watched = found.get(KeyTime.MITIGATED)
            ended = datetime.fromisoformat(entry.body["impact_end"])
            if watched is None or (watched.because and (monitoring or ended) > ended):
                found[KeyTime.MITIGATED] = Told(*by, "at the latest as it was over")
        elif entry.kind is Kind.REOPENED:
            found.pop(KeyTime.MITIGATED, None)
            found.pop(KeyTime.RESOLVED, None)
    return found


def measures(incident: Incident) -> tuple[Measure, ...]:
    """The four lengths, in the order they pass.

    TTD, TTM and TTR count from the start of the impact, TTA from the first signal. A signal before
    the impact was set to begin counts as no time at all.
    """
    start, signal = incident.started_at, incident.detected_at
    return (
        Measure(
            "TTD", "Time to detect", "start of the impact to first signal", _from(start, signal)
        ),
        Measure(
            "TTA",
            "Time to acknowledge",
            "first signal to a commander",
            _from(signal, incident.acknowledged_at),
        ),
        Measure(
            "TTM",
            "Time to mitigate",
            "start of the impact to its being contained",
            _from(start, incident.mitigated_at),
        ),
        Measure(
            "TTR",
            "Time to resolve",
            "start of the impact to its end",
            _from(start, incident.resolved_at),
        ),
    )


def _from(start: datetime, end: datetime | None) -> timedelta | None:
    return None if end is None else max(end - start, timedelta(0))


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _or(names: tuple[KeyTime, ...]) -> str:
    words = [str(one) for one in names]
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
