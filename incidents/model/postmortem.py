"""What there is to learn from an incident: how long each part took, what it cost, who did what.

Everything but the sections that people write is computed from the record, so that the same incident
gives the same postmortem for everybody, and today's export differs from yesterday's only by what
was added to the record in between.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from incidents.model.budget import is_felt, took
from incidents.model.fields import Field
from incidents.model.followups import ActionItem
from incidents.model.ids import PersonId
from incidents.model.incident import Incident
from incidents.model.objective import in_words
from incidents.model.people import BOT, Person
from incidents.model.text import NOTHING, UserText
from incidents.model.timeline import Entry, Kind

ASKED_OF_PEOPLE = frozenset({"slack", "cli"})  # sources in which a person, not a program, acts


_NOBODY = frozenset({BOT, PersonId("cli")})  # nobody who could be asked about it later


@dataclass(frozen=True, slots=True)
class Section:
    """A part that people write. ``name`` is what it is stored under."""

    name: str
    title: str
    asks: str


SECTIONS: tuple[Section, ...] = (
    Section("summary", "Summary", "What happened, in three sentences somebody outside understands"),
    Section("impact", "Impact", "What did people notice, how many, for how long?"),
    Section("happened", "What happened", "The story, from the first cause to the last customer"),
    Section(
        "factors",
        "Contributing factors",
        "One per line; “trigger:”, “detection:” and the like name its type, a link its evidence",
    ),
    Section("surprised", "What surprised us", "What did we believe that was not so?"),
    Section("well", "What went well", "What should we do again?"),
    Section("poorly", "What went poorly", "What made it longer or worse?"),
    Section("lucky", "Where we got lucky", "What could have made it worse, and did not?"),
    Section("questions", "Open questions", "What do we still not know?"),
)
SECTION_NAMES = frozenset(section.name for section in SECTIONS)
NEEDED_TO_PUBLISH = ("summary", "factors")


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the incident, from ``start`` up to ``end``."""

    name: str
    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it took."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Told:
    """An update that went out to an audience. ``was_due_at`` is when it had been promised."""

    audience: str
    text: UserText
    sent_at: datetime
    sent_by: PersonId
    was_due_at: datetime | None

    @property
    def was_late(self) -> bool:
        """Whether people had to wait for it."""
        return self.was_due_at is not None and self.sent_at > self.was_due_at


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody was asked for a role, or held it. ``held_at`` is None if they never did."""

    role: str
    person: PersonId
    state: str
    offered_at: datetime
    held_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What the incident did to one error budget.

    ``before`` and ``after`` are what remained of 1, signed; ``spent`` is the share this incident
    took, from the ``bad`` events during its impact alone. ``history`` is what remained over time.
    ``over`` is the window in words, where it is not its length; ``counted`` is what ``bad`` counts.
    """

    slo: str
    target: Fraction
    window: timedelta
    before: Fraction | None
    after: Fraction | None
    spent: Fraction
    bad: int
    history: tuple[tuple[datetime, Fraction], ...] = ()
    over: str = ""
    counted: str = "Failed events"

    @property
    def called(self) -> str:
        """How long the budget lasts, in words."""
        return self.over or in_words(self.window)

    @property
    def is_felt(self) -> bool:
        """Whether it took enough to be seen in a picture."""
        return is_felt(self.spent)

    @property
    def took(self) -> str:
        """The share it took, in words."""
        return took(self.spent)


@dataclass(frozen=True, slots=True)
class Factor:
    """A contributing factor. ``kind`` is a word such as trigger, ``evidence`` an address."""

    text: UserText
    kind: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer in a walk through a decision tree; ``because`` is set if a check gave it."""

    at: datetime
    by: PersonId
    question: UserText
    answer: UserText
    because: UserText


@dataclass(frozen=True, slots=True)
class Walked:
    """One walk through a decision tree; ``outcome`` is empty if it was left half-way."""

    tree: UserText
    title: UserText
    turns: tuple[Turn, ...]
    outcome: UserText


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who took part, in the order they came. ``roles`` are those they held."""

    person: PersonId
    roles: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Postmortem:
    """Everything a postmortem shows.

    ``state`` is draft or published; ``owner`` is empty if nobody started it. ``entries`` leave out
    the exports themselves, which would make every export differ from the one before. ``fields`` are
    those of the organisation's own that have a value.
    """

    incident: Incident
    state: str
    owner: PersonId | None
    people: Mapping[str, Person]
    entries: tuple[Entry, ...]
    roles: tuple[Held, ...]
    updates: tuple[Told, ...]
    actions: tuple[ActionItem, ...]
    spent: tuple[Spent, ...]
    sections: Mapping[str, UserText]
    fields: tuple[tuple[Field, str], ...] = ()

    def section(self, name: str) -> UserText:
        """What people wrote under ``name``; empty if nothing yet."""
        return self.sections.get(name, NOTHING)

    @property
    def commander(self) -> PersonId | None:
        """Who commanded last."""
        held = [one for one in self.roles if one.role == "commander" and one.held_at]
        return max(held, key=lambda one: one.held_at or one.offered_at).person if held else None


def phases(incident: Incident, identified_at: datetime | None = None) -> tuple[Phase, ...]:
    """The incident cut into undetected, triage, mitigation and recovery; empty ones are left out.

    They follow each other without a gap from the start of the impact to its end. Triage ends when
    the cause was identified, or else when somebody took command. () while the impact lasts.
    """
    end = incident.resolved_at
    if end is None:
        return ()
    marks = (
        ("Undetected", incident.detected_at),
        ("Triage", identified_at or incident.acknowledged_at),
        ("Mitigation", incident.mitigated_at),
        ("Recovery", end),
    )
    found: list[Phase] = []
    since = incident.started_at
    for name, mark in marks:
        until = min(max(mark or since, since), max(end, since))
        if until > since:
            found.append(Phase(name, since, until))
        since = until
    return tuple(found)


def identified_at(entries: Iterable[Entry]) -> datetime | None:
    """When the cause was called identified for the first time."""
    return next(
        (
            entry.occurred_at
            for entry in entries
            if entry.kind is Kind.STATUS and entry.body.get("to") == "identified"
        ),
        None,
    )


def worst_severity(incident: Incident, entries: Iterable[Entry]) -> str:
    """The highest severity the incident ever had: ``sev1`` sorts before ``sev2``."""
    seen = [incident.severity.value]
    for entry in entries:
        if entry.kind is Kind.SEVERITY:
            seen += [str(entry.body["from"]), str(entry.body["to"])]
    return min(seen)


_ID = re.compile(r"\S{1,64}").fullmatch
_KINDS = ("trigger", "cause", "detection", "mitigation", "process", "capacity", "dependency")
_KIND = re.compile(rf"({'|'.join(_KINDS)})\s*:\s*", re.IGNORECASE)
_LINK = re.compile(r"\s*\(?(https?://[^\s<>()|\\`\"]+)\)?\s*$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")


def factors(text: UserText) -> tuple[Factor, ...]:
    """One contributing factor for each line that is not empty."""
    return tuple(_factor(line) for line in text.raw.splitlines() if line.strip())


def _factor(line: str) -> Factor:
    words, kind, evidence = _BULLET.sub("", line).strip(), "", ""
    if named := _KIND.match(words):
        kind, words = named.group(1).lower(), words[named.end() :]
    if (link := _LINK.search(words)) and link.start() > 0:
        evidence, words = link.group(1), words[: link.start()]
    return Factor(UserText(words.strip() or line.strip()), kind, evidence)


def walked(entries: Iterable[Entry]) -> tuple[Walked, ...]:
    """Every walk through a decision tree, from the record, in the order they were begun."""
    walks: list[_Walk] = []
    for entry in entries:
        if entry.kind is Kind.TREE_STARTED:
            walks.append(_Walk(entry))
        elif walks and entry.kind in _Walk.steps:
            _one_of(walks, entry).go_on(entry)
    return tuple(walk.done() for walk in walks)


class _Walk:
    steps = frozenset({Kind.TREE_ANSWERED, Kind.TREE_BACK, Kind.TREE_ENDED})

    def __init__(self, started: Entry) -> None:
        self.tree = str(started.body.get("tree", ""))
        self.title = str(started.body.get("title", ""))
        self.turns: list[Turn] = []
        self.outcome = ""

    def go_on(self, entry: Entry) -> None:
        body = entry.body
        if entry.kind is Kind.TREE_ENDED:
            self.outcome = str(body.get("outcome") or "")
            return
        went_back = entry.kind is Kind.TREE_BACK
        self.turns.append(
            Turn(
                entry.occurred_at,
                entry.actor,
                UserText(str(body.get("question", ""))),
                UserText("went back" if went_back else str(body.get("answer", ""))),
                UserText(str(body.get("because") or "") if body.get("is_automatic") else ""),
            )
        )

    def done(self) -> Walked:
        return Walked(
            UserText(self.tree), UserText(self.title), tuple(self.turns), UserText(self.outcome)
        )


def _one_of(walks: Sequence[_Walk], entry: Entry) -> _Walk:
    """The latest walk through the tree that the entry names, or the latest of all.

    A walk's tree has its version behind an ``@``, an answer's may not.
    """
    named = str(entry.body.get("tree", "")).partition("@")[0]
    same = (walk for walk in reversed(walks) if walk.tree.partition("@")[0] == named)
    return next(same, walks[-1])


def participants(roles: Iterable[Held], entries: Iterable[Entry]) -> tuple[Participant, ...]:
    """Everybody who held a role, came into the room or put something on the record."""
    since: dict[PersonId, datetime] = {}
    held: dict[PersonId, list[str]] = {}
    for one in roles:
        if one.held_at is not None:
            since[one.person] = min(one.held_at, since.get(one.person, one.held_at))
            held.setdefault(one.person, []).append(one.role)
    for entry in entries:
        for person in _acting(entry):
            since[person] = min(entry.recorded_at, since.get(person, entry.recorded_at))
    ordered = sorted(since, key=lambda person: (since[person], person))
    return tuple(
        Participant(person, tuple(dict.fromkeys(held.get(person, ()))), since[person])
        for person in ordered
    )


def _acting(entry: Entry) -> list[PersonId]:
    people = [entry.actor] if entry.source in ASKED_OF_PEOPLE else []
    if entry.kind is Kind.JOINED:
        people.append(PersonId(str(entry.body["person"])))
    if entry.kind is Kind.MESSAGE:
        people.append(PersonId(str(entry.body["author"])))
    return [person for person in people if person not in _NOBODY]


def may_name(entries: Iterable[Entry]) -> frozenset[str]:
    """Every id in the record that may be a person's: who acted, and the short words of bodies."""
    found: set[str] = set()
    for entry in entries:
        found.add(entry.actor)
        for value in entry.body.values():
            several = value if isinstance(value, list) else [value]
            found |= {one for one in several if isinstance(one, str) and _ID(one)}
    return frozenset(found)


def fingerprint(text: str) -> str:
    """Tells whether a text changed: 12 hexadecimal digits of its SHA-256, spaces at ends aside."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:12]


def missing_to_publish(sections: Mapping[str, str]) -> tuple[Section, ...]:
    """The sections that a postmortem cannot do without, and that are still empty."""
    return tuple(
        section
        for section in SECTIONS
        if section.name in NEEDED_TO_PUBLISH and not sections.get(section.name, "").strip()
    )
