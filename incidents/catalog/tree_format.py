"""How a decision tree is written: ``warroom.tree/1``, as models that pydantic checks.

The published JSON Schema is generated from these, so editors complete and check while one types.
What needs more than one place of the file to be judged is `incidents.model.triage_lint`'s job.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from incidents.catalog.files import Strict
from incidents.model.triage_facts import SOURCES, parse_duration

FORMAT = "warroom.tree/1"
_NAME = r"^[a-z][a-z0-9_]{0,39}$"

Name = Annotated[str, StringConstraints(pattern=_NAME)]
TreeId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Prose = Annotated[str, StringConstraints(max_length=1500, strip_whitespace=True)]
Command = Annotated[str, StringConstraints(min_length=1, max_length=600, strip_whitespace=True)]
Runbook = Annotated[
    str,
    StringConstraints(pattern=r"^(?:https://\S+|[A-Za-z0-9][\w.-]{0,99}\.md)$"),
    Field(description="A Markdown file beside the tree, or an https address."),
]
Scalar = bool | int | float | str


def _duration(written: str) -> str:
    span = parse_duration(written)
    if not span:
        raise ValueError("expected a duration such as 30m, 1h30m or 250ms, more than nothing")
    return written


Span = Annotated[str, BeforeValidator(lambda value: _duration(str(value)))]


def _as_list(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    return written if isinstance(written, list) else [written]


class Goal(Strict):
    """Where to go on: a node (goto), an outcome (end), or an outcome that pages (escalate)."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["goto"]}, {"required": ["end"]}, {"required": ["escalate"]}]
        }
    )

    goto: Name | None = None
    end: Name | None = None
    escalate: Name | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Goal":
        if sum(way is not None for way in (self.goto, self.end, self.escalate)) != 1:
            raise ValueError("expected exactly one of goto, end and escalate")
        return self


class AnswerFile(Goal):
    """One button."""

    label: Annotated[
        str, StringConstraints(strip_whitespace=True), Field(description="What the button says.")
    ] = ""
    note: Annotated[
        str,
        StringConstraints(max_length=200, strip_whitespace=True),
        Field(description="What choosing it means; shown and put on the timeline."),
    ] = ""


Answers = Annotated[dict[Name, AnswerFile], Field(min_length=1)]


class ConditionFile(Strict):
    """A fact compared with values; every comparison given must hold."""

    fact: Name
    lt: Scalar | None = None
    lte: Scalar | None = None
    gt: Scalar | None = None
    gte: Scalar | None = None
    eq: Scalar | None = None
    among: Annotated[list[Scalar], Field(min_length=1)] | None = Field(default=None, alias="in")

    @model_validator(mode="after")
    def _at_least_one(self) -> "ConditionFile":
        if all(bound is None for _, bound in self.bounds()):
            raise ValueError("expected at least one of lt, lte, gt, gte, eq and in")
        return self

    def bounds(self) -> list[tuple[str, Scalar | list[Scalar] | None]]:
        """The comparisons by the word they are written with, given or not."""
        one_value = [(word, getattr(self, word)) for word in ("lt", "lte", "gt", "gte", "eq")]
        return [*one_value, ("in", self.among)]


Conditions = Annotated[
    list[ConditionFile],
    Field(min_length=1),
    BeforeValidator(_as_list, json_schema_input_type=ConditionFile | list[ConditionFile]),
]
Autos = Annotated[
    dict[Name, Conditions],
    Field(description="Answer: the conditions that point to it. The first that holds wins."),
]


class _Step(Strict):
    """What every node may have."""

    help: Annotated[Prose, Field(description="How to find out, or what to watch for.")] = ""
    commands: list[Command] = Field(
        default_factory=list, max_length=6, description="Shown to copy; never run by warroom."
    )
    runbook: Runbook | None = None
    needs_role: Literal["commander", "deputy", "comms", "scribe"] | None = None
    max_visits: Annotated[int, Field(ge=1, le=10)] | None = None
    exhausted: Annotated[
        Goal | None, Field(description="Where to go instead after max_visits visits.")
    ] = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> "_Step":
        if (self.max_visits is None) != (self.exhausted is None):
            raise ValueError("max_visits and exhausted belong together")
        return self


class AskNode(_Step):
    """A question to a person. ``auto`` suggests an answer; the person confirms it."""

    ask: Line
    auto: Autos = Field(default_factory=dict)
    answers: Answers


class CheckNode(_Step):
    """A question that warroom answers itself; it asks a person when it cannot tell."""

    check: Line
    auto: Autos
    answers: Answers


class Verify(Strict):
    """Did it work?"""

    ask: Line
    answers: Answers


class DoNode(_Step):
    """Something to do. ``verify`` asks whether it worked; without it, one way leads on."""

    do: Line
    risk: Literal["low", "medium", "high"] = "low"
    verify: Verify | None = None
    goto: Name | None = None
    end: Name | None = None
    escalate: Name | None = None

    @model_validator(mode="after")
    def _one_way_on(self) -> "DoNode":
        ways = (self.verify, self.goto, self.end, self.escalate)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("expected exactly one of verify, goto, end and escalate")
        return self


# The names carry a blank so that no key of the file is mistaken for them; `TAGS` takes them out
# of what people read.
_TAGS = {"ask": "ask step", "do": "do step", "check": "check step"}
TAGS = re.compile(r"\.(?:ask|do|check) step\b")


def _kind(written: Any) -> str | None:  # noqa: ANN401 (YAML holds anything)
    if not isinstance(written, dict):
        return None
    kinds = [tag for word, tag in _TAGS.items() if word in written]
    return kinds[0] if len(kinds) == 1 else None


NodeFile = Annotated[
    Annotated[AskNode, Tag(_TAGS["ask"])]
    | Annotated[DoNode, Tag(_TAGS["do"])]
    | Annotated[CheckNode, Tag(_TAGS["check"])],
    Discriminator(
        _kind,
        custom_error_type="node_kind",
        custom_error_message="a node has exactly one of ask, do and check",
    ),
]


class FactFile(Strict):
    """Something warroom can find out by itself."""

    source: Literal[tuple(SOURCES)] = Field(alias="from")  # type: ignore[valid-type]  # the table is the one list of sources
    type: Annotated[
        Literal["duration", "ratio", "number", "flag", "text"] | None,
        Field(description="For the reader; must be the type that the source has."),
    ] = None
    window: Annotated[Span | None, Field(description="Over how long.")] = None
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=500)] | None = None
    link: Annotated[
        str | None, Field(description="A link of the affected service in the catalogue, by name.")
    ] = None
    timeout: Span = "3s"


class OutcomeFile(Strict):
    """Where a walk ends, and what that asks for."""

    title: Line
    status: Literal["investigating", "identified", "monitoring"] | None = None
    page: Literal["owner", "dependency-owner", "team-lead"] | None = None
    raise_severity: bool = False
    then: list[Line] = Field(default_factory=list, max_length=6, description="What to do next.")
    runbook: Runbook | None = None


class AppliesToFile(Strict):
    """What makes this the right tree; any of it is enough."""

    services: list[Line] = Field(default_factory=list)
    tags: list[Line] = Field(default_factory=list)
    alerts: list[Line] = Field(
        default_factory=list, description="Regular expressions for the whole name."
    )
    words: list[Line] = Field(default_factory=list, description="Words or phrases in the title.")


Given = Annotated[
    list[Name],
    Field(min_length=1),
    BeforeValidator(_as_list, json_schema_input_type=Name | list[Name]),
]


class Expected(Strict):
    """Where a test must end, and optionally how it must get there."""

    end: Name
    path: list[Name] = Field(default_factory=list)
    suggests: dict[Name, Name] = Field(default_factory=dict)


class CaseFile(Strict):
    """A test: what is known, what is answered, where it must end.

    A fact that is not named is not known; nor is one whose value is ``unknown``.
    """

    name: Line
    facts: dict[Name, Scalar] = Field(default_factory=dict)
    answers: dict[Name, Given] = Field(default_factory=dict)
    expect: Expected


class TreeFile(Strict):
    """A warroom decision tree."""

    format: Literal["warroom.tree/1"] = Field(alias="schema")
    id: TreeId
    version: Annotated[str, StringConstraints(pattern=r"^\d{1,4}\.\d{1,4}\.\d{1,4}$")]
    title: Annotated[Line, Field(max_length=100)]
    applies_to: AppliesToFile = AppliesToFile()
    root: Name
    facts: dict[Name, FactFile] = Field(default_factory=dict, max_length=20)
    nodes: Annotated[dict[Name, NodeFile], Field(min_length=1, max_length=60)]
    outcomes: Annotated[dict[Name, OutcomeFile], Field(min_length=1, max_length=20)]
    tests: list[CaseFile] = Field(default_factory=list, max_length=200)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a tree file."""
    schema = TreeFile.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{FORMAT.replace('.', ':').replace('/', ':')}",
        **schema,
    }
