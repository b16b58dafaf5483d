"""What may be sent: strict, so that a spelling mistake is told and not swallowed."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
)

from incidents.model.keytimes import KeyTime
from incidents.model.lifecycle import Status
from incidents.model.severity import Severity
from incidents.model.text import clean_line

MOST_SAMPLES = 10_000
_FIRST_YEAR, _LAST_YEAR = 2000, 2200


def _printable(text: str) -> str:
    if clean_line(text, limit=len(text) + 1).raw != text:
        raise ValueError("it has to be one line without control characters")
    return text


def _sane(moment: AwareDatetime) -> AwareDatetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"it has to be of a year between {_FIRST_YEAR} and {_LAST_YEAR}")
    return moment


_Count = Annotated[int, Field(strict=True, ge=0)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=160), AfterValidator(_printable)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(_printable)]
Moment = Annotated[AwareDatetime, AfterValidator(_sane)]

_Words = Annotated[str, StringConstraints(min_length=1, max_length=3000, strip_whitespace=True)]
_Because = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)]

_Key = Annotated[str, StringConstraints(pattern=r"^[Ii][Nn][Cc]-?[0-9]{1,9}$")]

IdempotencyKey = Annotated[
    str, StringConstraints(min_length=1, max_length=100), AfterValidator(_printable)
]
"""What a sender calls its wish, in a header: kept as it is, so it has to be what it looks like."""


SAMPLE, COUNTER = "sample", "counter"
_TOTALS = ("good_total", "bad_total")


def kind_of(sample: Any) -> str:  # noqa: ANN401 (whatever was sent)
    """A counter, if it carries a total."""
    if isinstance(sample, dict):
        return COUNTER if any(name in sample for name in _TOTALS) else SAMPLE
    return COUNTER if isinstance(sample, CounterIn) else SAMPLE


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SampleIn(_Strict):
    """Good and bad events of one SLO in one ten-second bucket."""

    slo: Name
    at: Moment
    good: _Count
    bad: _Count
    source: Source
    seq: _Count


class CounterIn(_Strict):
    """Good and bad events of one SLO since its source began: what they grew by is counted.

    ``seq`` is not needed: the time tells what is new.
    """

    slo: Name
    at: Moment
    good_total: _Count
    bad_total: _Count
    source: Source
    seq: _Count | None = None


class BatchIn(_Strict):
    """Samples that are taken together."""

    samples: list[SampleIn] = Field(max_length=MOST_SAMPLES)


class CountersIn(_Strict):
    """Totals that are taken together."""

    samples: list[CounterIn] = Field(max_length=MOST_SAMPLES)


class MixedIn(_Strict):
    """Samples that are taken together; some carry totals that only grow."""

    samples: list[
        Annotated[
            Annotated[SampleIn, Tag(SAMPLE)] | Annotated[CounterIn, Tag(COUNTER)],
            Discriminator(kind_of),
        ]
    ] = Field(max_length=MOST_SAMPLES)


class DeclareIn(_Strict):
    """An incident to declare."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
    severity: Severity | None = None
    services: list[Annotated[str, StringConstraints(max_length=80), AfterValidator(_printable)]] = (
        Field(default_factory=list, max_length=50)
    )
    drill: bool = False
    page: bool = Field(default=False, description="In a drill: let pages go out.")
    private: bool = False
    fields: dict[str, Annotated[str, StringConstraints(max_length=500)]] = Field(
        default_factory=dict, max_length=20, description="The organisation's own, by their names."
    )
    security: bool = Field(default=False, description="Private, and the security team is told.")
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = Field(
        default=None, description="When it was over: only its record is left."
    )


class NoteIn(_Strict):
    """A line for the timeline."""

    text: _Words


class StatusIn(_Strict):
    """How far the work is; resolving, closing and cancelling have their own addresses."""

    status: Status
    because: _Because = ""


class SeverityIn(_Strict):
    """How bad it is."""

    severity: Severity
    because: _Because = ""


class RoleIn(_Strict):
    """Who has a role: a handle or an e-mail address. ``accepted``: they said yes already."""

    role: Name
    person: Name
    accepted: bool = False


class UpdateIn(_Strict):
    """What an audience is told."""

    audience: Literal["responders", "executives", "customers"] = "responders"
    text: _Words


class ResolveIn(_Strict):
    """What fixed it, and when people stopped noticing; just now without ``ended_at``."""

    fix: _Words
    ended_at: Annotated[AwareDatetime, AfterValidator(_sane)] | None = None


_Moment = Annotated[AwareDatetime, AfterValidator(_sane)]


class _SpanIn(_Strict):
    """From ``start`` (now, if it is left out) until ``until``."""

    start: _Moment | None = None
    until: _Moment


class TakeIn(_Strict):
    """What is taken in return."""

    start: _Moment
    until: _Moment


class OverrideIn(_SpanIn):
    """Who is on call for a rotation, and when: a handle or an e-mail address."""

    rotation: Name
    person: Name
    because: _Because = ""


class SwapIn(_SpanIn):
    """``person`` is asked to take the shift ``of`` somebody, who may take one in return."""

    rotation: Name
    of: Name
    person: Name
    take: TakeIn | None = None
    because: _Because = ""


class UndoIn(_Strict):
    """The change, by the name that it was answered with."""

    undo: Name


class CancelIn(_Strict):
    """Why it was no incident."""

    because: _Words


class LinkIn(_Strict):
    """The other incident (``INC-41``), and what they have to do with each other."""

    to: _Key
    because: _Because = ""


class MergeIn(_Strict):
    """The incident (``INC-41``) that this one is a part of."""

    into: _Key
    because: _Because = ""


class SplitIn(_Strict):
    """The service that goes its own way; without one, what was merged is taken out again."""

    service: Annotated[str, StringConstraints(max_length=80), AfterValidator(_printable)] = ""
    title: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = ""
    because: _Because = ""


class AffectedIn(_Strict):
    """A service that is affected too: its team is brought in."""

    service: Name
    because: _Because = ""


class EscalationIn(_Strict):
    """Ask the next on the path now; or stop, which needs a reason."""

    action: Literal["climb", "stop"]
    because: _Because = ""


class TimeIn(_Strict):
    """One of the five key times, and when that was."""

    time: KeyTime
    at: Annotated[AwareDatetime, AfterValidator(_sane)]


class CloseIn(_Strict):
    """Nothing needs to be said to close."""


def described(model: type[BaseModel]) -> dict[str, Any]:
    """A body that we read ourselves, for the OpenAPI document, with its parts written out."""
    schema = model.model_json_schema(ref_template="#/{model}")
    parts = schema.pop("$defs", {})
    text = json.dumps(schema)
    for name, part in parts.items():
        text = text.replace(json.dumps({"$ref": f"#/{name}"}), json.dumps(part))
    content = {"application/json": {"schema": json.loads(text)}}
    return {"requestBody": {"required": True, "content": content}}


def fields_at(model: type[BaseModel], place: Sequence[int | str]) -> tuple[str, ...]:
    """The names of the fields at a place in a body: below ``samples.0``, those of a sample."""
    schema = described(model)["requestBody"]["content"]["application/json"]["schema"]
    for step in place:
        inside = schema.get("items") if isinstance(step, int) else _part(schema, step)
        schema = inside or {}
    return tuple(schema.get("properties", ()))


def _part(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """A field's schema; of one that may also be null, that of an object."""
    part: dict[str, Any] = schema.get("properties", {}).get(name, {})
    return next((one for one in part.get("anyOf", ()) if "properties" in one), part)
