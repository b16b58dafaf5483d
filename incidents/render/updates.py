"""A first draft of an update, from the record, for one of three audiences.

Responders read what changed, executives what it means, customers what they notice. The draft is
plain text: a person corrects it in a form before anybody else sees it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.people import Person
from incidents.model.severity import MEANINGS
from incidents.model.text import UserText, shorten
from incidents.model.timeline import Entry, Kind
from incidents.render.jinja import write
from incidents.render.timeline import say
from incidents.render.tongue import in_plain

AUDIENCES = ("responders", "executives", "customers")

_MOST_LINES = 6
_LINE_LIMIT = 200
_NEWS = frozenset(
    {Kind.SEVERITY, Kind.STATUS, Kind.ACCEPTED, Kind.TAKEN, Kind.HANDED_OVER, Kind.NOTE}
    | {Kind.MESSAGE, Kind.TREE_ENDED, Kind.ACTION_DONE, Kind.ALERT_FIRED, Kind.ALERT_RESOLVED}
    | {Kind.SLO_NOTICE, Kind.SLO_RECOVERED, Kind.CHANGE, Kind.RESOLVED, Kind.REOPENED}
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a status means, in the words of each audience; ``next_step`` is for responders."""

    means: str
    next_step: str
    in_plain_words: str
    for_customers: str


_WORDS: dict[Status, Words] = {
    Status.INVESTIGATING: Words(
        "The cause is not known yet.",
        "find the cause, or a way to stop the harm without knowing it.",
        "the cause is not known yet; people are working on it.",
        "We are looking for the cause.",
    ),
    Status.IDENTIFIED: Words(
        "The cause is known.",
        "carry out the fix and check that it works.",
        "the cause is known and a fix is under way.",
        "We know the cause and are working on a fix.",
    ),
    Status.MONITORING: Words(
        "The impact is contained.",
        "watch that it stays so, then resolve.",
        "a fix is in place; we are making sure that it holds.",
        "A fix is in place and we are watching that it holds.",
    ),
}
_OVER = Words("It is over.", "the postmortem.", "it is over.", "It is over.")


@dataclass(frozen=True, slots=True)
class Situation:
    """What an update can be drafted from.

    ``last_at`` is when this audience last heard from us, ``next_at`` when it will again. ``since``
    are the entries after that; ``services`` are titles people outside know. ``budgets`` are pairs
    of an SLO and what is left of its budget, in words.
    """

    incident: Incident
    now: datetime
    services: tuple[str, ...]
    commander: str
    last_at: datetime | None
    next_at: datetime | None
    since: tuple[Entry, ...]
    budgets: tuple[tuple[str, str], ...] = ()


def draft(
    audience: str,
    situation: Situation,
    people: Mapping[str, Person],
    overrides: Path | None = None,
) -> str:
    """The text of the template for ``audience``, filled in and without superfluous white space."""
    text = write(f"updates/{audience}.md.j2", values_of(situation, people), overrides)
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


def values_of(situation: Situation, people: Mapping[str, Person]) -> dict[str, Any]:
    """What a template for an update is given."""
    incident = situation.incident
    words = _WORDS.get(incident.status, _OVER)
    return {
        "key": incident.key,
        "title": incident.title,
        "severity": MEANINGS[incident.severity].label,
        "status": incident.status.value,
        "status_means": words.means,
        "next_step": words.next_step,
        "in_plain_words": words.in_plain_words,
        "for_customers": words.for_customers,
        "services": list(situation.services),
        "impact": incident.impact,
        "fix": incident.fix,
        "is_over": not incident.is_open,
        "started_at": incident.started_at,
        "ended_at": incident.resolved_at or situation.now,
        "lasted": incident.lasted(situation.now),
        "commander": situation.commander,
        "last_at": situation.last_at,
        "next_at": situation.next_at if incident.is_open else None,
        "since": _lines(situation.since, people),
        "budgets": [{"slo": slo, "left": left} for slo, left in situation.budgets],
    }


def _lines(entries: Sequence[Entry], people: Mapping[str, Person]) -> list[UserText]:
    """The newest few things worth telling, oldest first, each on a line of its own."""
    tongue = in_plain(people)
    told = [entry for entry in _standing(entries) if entry.kind in _NEWS][-_MOST_LINES:]
    return [
        UserText(shorten(f"{entry.occurred_at:%H:%M} {_flat(say(entry, tongue))}", _LINE_LIMIT))
        for entry in told
    ]


def _standing(entries: Iterable[Entry]) -> list[Entry]:
    """Without what a later entry took back."""
    found = list(entries)
    taken_back = {entry.corrects for entry in found if entry.corrects is not None}
    return [entry for entry in found if entry.seq not in taken_back]


def _flat(words: str) -> str:
    return " ".join(words.split())
