"""What the gate's routes take and answer, for the OpenAPI document. A test holds them to it."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from incidents.model.canary import MOST_EVENTS, STANDARD
from incidents.model.gate import Ground, Verdict
from incidents.model.waiver import State

_Count = Annotated[int, Field(strict=True, ge=0, le=MOST_EVENTS)]


class _Complete(BaseModel):
    """Every field is always there, and no other."""

    model_config = ConfigDict(extra="forbid")


class ReasonOut(_Complete):
    """One thing that speaks for or against a change; over in so many seconds, if it is known."""

    verdict: Verdict
    about: Ground
    says: str
    slo: str | None
    incident: str | None
    lasts_seconds: float | None


class GateOut(_Complete):
    """Whether a service may be changed, and every reason, the strictest first.

    Frozen, it opens in so many seconds; null if nobody can know.
    """

    service: str
    verdict: Verdict
    because: str
    opens_in_seconds: float | None
    reasons: list[ReasonOut]


class SideIn(BaseModel):
    """What one version served: good and bad events, or the SLO that counts them."""

    model_config = ConfigDict(extra="forbid")

    good: _Count | None = None
    bad: _Count | None = None
    slo: Annotated[str, StringConstraints(min_length=1, max_length=160)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        has_counts = self.good is not None and self.bad is not None
        if has_counts is (self.slo is not None) or (self.good is None) is not (self.bad is None):
            raise ValueError("it has to be good and bad, or slo")
        return self


class CanaryIn(BaseModel):
    """Two versions side by side. SLOs are counted over the last ``over_seconds``.

    ``sure`` and ``likely`` are chances from which on it is frozen and a warning; ``worse`` is how
    many times as often the canary has to fail for it to be frozen; with fewer than ``fewest``
    events nobody can tell.
    """

    model_config = ConfigDict(extra="forbid")

    baseline: SideIn
    canary: SideIn
    over_seconds: Annotated[int, Field(ge=300, le=28 * 86_400)] = 1800
    sure: Annotated[float, Field(gt=0, lt=0.5)] = STANDARD.sure
    likely: Annotated[float, Field(gt=0, lt=0.5)] = STANDARD.likely
    worse: Annotated[float, Field(ge=1, le=1000)] = STANDARD.worse
    fewest: Annotated[int, Field(ge=1, le=MOST_EVENTS)] = STANDARD.fewest


class CountsOut(_Complete):
    """Events."""

    good: int
    bad: int


class ComparisonOut(_Complete):
    """The chance that it is chance, and how many times as often the canary fails.

    ``ratio`` is null where the baseline or nobody fails, ``high`` where it has no end.
    """

    p: float
    ratio: float | None
    low: float
    high: float | None
    baseline: CountsOut
    canary: CountsOut


class CanaryOut(GateOut):
    """What the comparison means for the gate, and its figures."""

    comparison: ComparisonOut


class WaiverOut(_Complete):
    """Who asked to open the gate, who approved or declined it, until when and why."""

    id: str
    service: str
    change: str
    because: str
    state: State
    asked_by: str
    asked_at: str
    until: str
    decided_by: str | None
    decided_at: str | None
    ended_by: str | None
    ended_at: str | None


class WaiversOut(_Complete):
    """Waivers, the newest first."""

    waivers: list[WaiverOut]
