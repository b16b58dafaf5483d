"""What is answered, for the OpenAPI document. A test holds the answers to it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from incidents.model.lifecycle import Status
from incidents.model.severity import Severity

_PROBLEM = "application/problem+json"


class _Complete(BaseModel):
    """Every field is always there, and no other."""

    model_config = ConfigDict(extra="forbid")


class Fault(BaseModel):
    """One thing that is wrong with what was sent: ``index`` is its place in a list.

    ``given`` is what was sent there, cut at 100 characters; it is left out where nothing was, and
    for what may be secret. ``expected`` is words for a person, ``reason`` the rule that was broken.
    """

    index: int | None = None
    field: str
    reason: str
    given: str | None = None
    expected: str


class ProblemOut(BaseModel):
    """An error, as RFC 9457 has it. ``detail`` is words for a person."""

    type: str
    title: str
    status: int
    detail: str
    instead: str = ""
    errors: list[Fault] = Field(default_factory=list)


class IncidentOut(_Complete):
    """An incident. Moments are in UTC; one that has not come is null."""

    key: str
    title: str
    severity: Severity
    status: Status
    services: list[str]
    drill: bool
    private: bool
    declared_by: str
    declared_at: str
    started_at: str
    detected_at: str
    acknowledged_at: str | None
    mitigated_at: str | None
    resolved_at: str | None
    closed_at: str | None
    impact: str
    fix: str
    fields: dict[str, str]
    room: str | None
    next_update_at: str | None
    merged_into: str | None


class IncidentsOut(_Complete):
    """Incidents, the newest first."""

    incidents: list[IncidentOut]


class EntryOut(_Complete):
    """One line of a record, with the hashes that prove it."""

    seq: int
    id: str
    occurred_at: str
    recorded_at: str
    actor: str
    source: str
    provenance: str
    kind: str
    body: dict[str, Any]
    corrects: int | None
    prev_hash: str
    hash: str


class TimelineOut(_Complete):
    """A record, the oldest line first."""

    entries: list[EntryOut]


class HopOut(_Complete):
    """One hop of a path: ``after_seconds`` of the path's time these people are asked."""

    hop: int
    after_seconds: float
    people: list[str]
    rotations: list[str]
    taken: bool


class NextHopOut(_Complete):
    """The hop that comes next; ``at`` is null where it does not come by itself."""

    hop: int
    at: str | None


class PageOut(_Complete):
    """Who was called, by which ways, and what came of it: open, acknowledged or resolved."""

    person: str
    purpose: str
    because: str
    ways: list[str]
    paged_at: str
    state: str
    ended_at: str | None
    ended_by: str | None
    via: str | None


class EscalationOut(_Complete):
    """Whose path is climbed, how fast and why; ``team`` is null without a path.

    ``standing`` is climbing, answered, stopped or over. ``pace`` is in times the clock's.
    """

    key: str
    team: str | None
    standing: str | None
    because: str
    started_at: str | None
    burn: float
    pace: float
    pace_because: str
    path: list[HopOut]
    next: NextHopOut | None
    pages: list[PageOut]


class TimeOut(_Complete):
    """A key time. ``because`` says where it was taken from, if nobody said it."""

    time: str
    at: str | None
    by: str
    because: str


class LengthOut(_Complete):
    """A length that is measured; null while its end is not known."""

    name: str
    seconds: float | None


class TimesOut(_Complete):
    """The five key times, what is missing, and what contradicts what."""

    key: str
    status: Status
    times: list[TimeOut]
    missing: list[str]
    conflicts: list[str]
    lengths: list[LengthOut]


class FreezeOut(_Complete):
    """Pairs of burn windows that neither fire nor let an alert end now: too little was measured.

    ``coverage`` is the measured share of each window; empty where nobody looked closely.
    """

    pairs: list[str]
    since: str | None
    because: str
    coverage: dict[str, float]


class RawOut(_Complete):
    """A budget if everything counted."""

    good: int | float
    bad: int | float
    sli: float | None
    remaining: float


class BudgetOut(_Complete):
    """An error budget. Shares are of 1; durations in seconds.

    The budget runs out, or has something left again, so many seconds from now if the last hour goes
    on; 0 is now, null is never.

    ``unit`` is what ``good`` and ``bad`` are: ``events``, or ``slices`` of time, of which
    ``coverage`` is the share that was measured. Windows that begin anew on a ``calendar`` have a
    beginning and an end; what is left of a budget of events is ``estimated`` from the traffic so
    far. ``windows`` are those that hold, in words; where something is excluded, ``raw`` is the
    budget if it counted.
    """

    slo: str
    service: str
    target: float
    window_seconds: float
    good: int | float
    bad: int | float
    method: str
    unit: str
    coverage: float | None
    calendar: str | None
    begins: str | None
    ends: str | None
    estimated: bool
    sli: float | None
    remaining: float
    consumed: float
    burn_rates: dict[str, float | None]
    runs_out_in_seconds: float | None
    back_in_seconds: float | None
    because: str
    frozen: bool
    freeze: FreezeOut
    latest: str | None
    incident: str | None
    windows: str
    raw: RawOut | None


class CostOut(_Complete):
    """Failures of an SLO that belong to an incident: how many, and of a budget ``over`` so long."""

    slo: str
    bad: int | float
    spent: float
    over: str


class CostsOut(_Complete):
    """What an incident took from error budgets; ``so_far`` while it goes on."""

    key: str
    so_far: bool
    costs: list[CostOut]


class SeasonalOut(_Complete):
    """A forecast with the traffic of a usual week.

    ``error`` is how far off a day's traffic was foretold in the past, ``flat_error`` how far by the
    last hour alone; null where that is not known.
    """

    runs_out_in_seconds: float | None
    back_in_seconds: float | None
    error: float | None
    flat_error: float | None
    says: str


class ForecastOut(_Complete):
    """When a budget runs out or is back, if the last hour goes on; 0 is now, null is never."""

    slo: str
    remaining: float
    runs_out_in_seconds: float | None
    back_in_seconds: float | None
    seasonal: SeasonalOut


class HeadroomOut(_Complete):
    """How much traffic an SLO bears, in events an hour; null where history does not tell.

    ``headroom`` is the limit over last week's peak. ``wrong`` is the share of busy hours misjudged
    in weeks that were held back, ``peak_off`` how far off the next week's peak was foretold.
    """

    slo: str
    limit_per_hour: float | None
    peak_per_hour: float
    headroom: float | None
    weeks_left: float | None
    seen_over_mean: float
    wrong: float | None
    peak_off: float | None
    says: str


class CapacityOut(_Complete):
    """What each SLO of a service says of its capacity."""

    service: str
    slos: list[HeadroomOut]


class TargetOut(_Complete):
    """A target, from a moment on."""

    since: str
    target: float


class ShareOut(_Complete):
    """What one incident took of a period's budget."""

    key: str
    title: str
    bad: int | float
    spent: float


class RestOut(_Complete):
    """What no incident claims."""

    bad: int | float
    spent: float


class LineOut(_Complete):
    """One SLO over a period; ``allowed`` is what the targets of the time allowed so far."""

    slo: str
    service: str
    unit: str
    targets: list[TargetOut]
    promised: float | None
    attained: float | None
    verdict: str
    good: int | float
    bad: int | float
    allowed: float
    spent: float | None
    incidents: list[ShareOut]
    unattributed: RestOut


class ReportOut(_Complete):
    """Every SLO over a month or a quarter, as counted ``until`` then."""

    period: str
    begins: str
    ends: str
    until: str
    slos: list[LineOut]


class MemberOut(_Complete):
    """A promise of a composite: what it spent of its own budget, and takes of the composite's."""

    slo: str
    weight: float
    consumed: float
    takes: float


class CompositeOut(_Complete):
    """Several promises taken together; the member that takes most is the first."""

    slo: str
    service: str
    remaining: float
    consumed: float
    because: str
    members: list[MemberOut]


class BudgetsOut(_Complete):
    """Every error budget."""

    slos: list[BudgetOut]
    composites: list[CompositeOut]


class ServiceOut(_Complete):
    """One service of the catalogue."""

    name: str
    title: str
    tier: int
    team: str | None


class ServicesOut(_Complete):
    """The catalogue."""

    services: list[ServiceOut]


class ComingOut(_Complete):
    """Who is on call after that, and from when on."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)

    people: list[str]
    since: str = Field(alias="from")


class DutyOut(_Complete):
    """Who is on call in one rotation, as the configuration names them, the first asked first.

    ``as_of`` is when the calendar or schedule it comes from was read last, ``error`` why not since.
    """

    rotation: str
    people: list[str]
    override: bool
    until: str | None
    next: ComingOut | None
    as_of: str | None
    error: str


class ChangeOut(_Complete):
    """Somebody stands in, or was asked to. ``undo`` is what it is called off by."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)

    rotation: str
    person: str
    since: str = Field(alias="from")
    until: str
    state: str
    asked: str | None
    made_by: str
    because: str
    undo: str


class ChangesOut(_Complete):
    """Changes of the on-call."""

    changes: list[ChangeOut]


class OnCallOut(_Complete):
    """Every rotation at one moment."""

    at: str
    oncall: list[DutyOut]


class RefusedSample(_Complete):
    """A sample that was not counted: its place in the batch, and why."""

    index: int
    reason: str


class TakenOut(_Complete):
    """What came of a batch."""

    accepted: int
    repeated: int
    refused: list[RefusedSample]


def answered(*models: tuple[int, type[BaseModel]]) -> dict[int | str, dict[str, Any]]:
    """A route's answers by status; whatever goes wrong is a problem."""
    schema = ProblemOut.model_json_schema(ref_template="#/{model}")
    fault = schema.pop("$defs")["Fault"]
    schema["properties"]["errors"]["items"] = fault
    content = {_PROBLEM: {"schema": schema}}
    return {
        **{status: {"model": model, "description": model.__doc__} for status, model in models},
        "4XX": {"description": "What was sent is refused, and why.", "content": content},
        "5XX": {"description": "Nothing was done; send it again later.", "content": content},
    }
