"""What a decision tree is: questions, steps and checks that lead to an outcome.

A tree is read from a file and never changes while it is walked; `triage_walk` walks it.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum

from incidents.model.lifecycle import Status
from incidents.model.triage_facts import Condition, Fact, Finding

DONT_KNOW = "unknown"  # the answer every question must offer
BUTTON_LIMIT = 75  # Slack: characters on a button

_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


class NodeKind(StrEnum):
    """Who settles a node: a person who looks, a person who acts, or a check."""

    ASK = "ask"
    DO = "do"
    CHECK = "check"


class Risk(StrEnum):
    """How much a step can make things worse."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Pages(StrEnum):
    """Whom an outcome calls for; the catalogue turns it into a person."""

    OWNER = "owner"
    DEPENDENCY_OWNER = "dependency-owner"
    TEAM_LEAD = "team-lead"

    @property
    def who(self) -> str:
        """As it stands in a sentence: ``its team's on-call``."""
        return _WHO[self]


_WHO = {
    Pages.OWNER: "its team's on-call",
    Pages.DEPENDENCY_OWNER: "the dependency's on-call",
    Pages.TEAM_LEAD: "its team's lead",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where an answer leads: to a node, or to an outcome. Exactly one of the two is set."""

    node: str = ""
    outcome: str = ""
    escalates: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One button. ``note`` is what choosing it means, for the timeline."""

    name: str
    label: str
    target: Target
    note: str = ""


@dataclass(frozen=True, slots=True)
class Auto:
    """``answer`` follows when all of ``when`` hold."""

    answer: str
    when: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One step. ``text`` is the question, or what to do; ``verify`` asks whether it worked.

    ``commands`` are shown to copy, never run. After ``max_visits`` visits (0: no limit)
    ``exhausted`` says where to go instead.
    """

    name: str
    kind: NodeKind
    text: str
    answers: tuple[Answer, ...]
    auto: tuple[Auto, ...] = ()
    verify: str = ""
    help: str = ""
    commands: tuple[str, ...] = ()
    risk: Risk = Risk.LOW
    needs_role: str = ""
    runbook: str = ""
    max_visits: int = 0
    exhausted: Target | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a walk can end, and what it asks for. ``status`` is the status it suggests."""

    name: str
    title: str
    status: Status | None = None
    pages: Pages | None = None
    raises_severity: bool = False
    then: tuple[str, ...] = ()
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """What makes a tree the right one; any of it is enough.

    ``services`` are names with ``*``, ``alerts`` are regular expressions for the whole name.
    """

    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A test that the author wrote: what checks find, what people answer, where it must end.

    ``answers`` gives each node its answers in the order of the visits; the last one repeats.
    ``suggests`` are the suggestions that must be made on the way. An empty ``path`` is not checked.
    """

    name: str
    findings: tuple[tuple[str, Finding], ...]
    answers: tuple[tuple[str, tuple[str, ...]], ...]
    end: str
    path: tuple[str, ...] = ()
    suggests: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """A decision tree. ``hash`` covers all that can change a walk, so not the tests."""

    id: str
    version: str
    title: str
    root: str
    nodes: Mapping[str, Node]
    outcomes: Mapping[str, Outcome]
    facts: Mapping[str, Fact] = field(default_factory=dict)
    applies_to: AppliesTo = AppliesTo()
    cases: tuple[Case, ...] = ()
    hash: str = field(init=False, default="")

    def __post_init__(self) -> None:
        content = asdict(self)
        del content["cases"], content["applies_to"], content["hash"]
        text = json.dumps(content, sort_keys=True, default=_plain)
        object.__setattr__(self, "hash", hashlib.sha256(text.encode()).hexdigest())


def fill(text: str, known: Mapping[str, str]) -> str:
    """``text`` with ``{{ service }}`` and the like replaced; what is not known shows as <service>.

    What stands in ``known`` is put in as it is, so escape the result for its destination.
    """
    return _PLACEHOLDER.sub(lambda hit: known.get(hit[1]) or f"<{hit[1].replace('_', ' ')}>", text)


def placeholders(text: str) -> tuple[str, ...]:
    """The names in double braces."""
    return tuple(_PLACEHOLDER.findall(text))


def _plain(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{value!r} has no place in a tree.")
