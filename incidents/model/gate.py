"""May a service be changed now? Every reason there is, the strictest first, and what they come to.

Frozen is stricter than unknown, unknown than warn, warn than go. What unknown means for a pipeline
is the organisation's to say: fail open and it goes, fail closed and it is frozen. Whatever is
chosen is among the reasons: a gate that guesses says that it guessed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from incidents.model.ids import IncidentNumber, key
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.objective import SLOName, in_words, percent
from incidents.model.severity import Severity
from incidents.model.windows import Standing, WindowKind

_UTC = ZoneInfo("UTC")


class Verdict(StrEnum):
    """From the most to the least permissive."""

    GO = "go"
    WARN = "warn"
    UNKNOWN = "unknown"
    FROZEN = "frozen"


_ORDER = tuple(Verdict)
EXIT_CODES = {Verdict.GO: 0, Verdict.WARN: 1, Verdict.FROZEN: 2, Verdict.UNKNOWN: 3}


class Ground(StrEnum):
    """What a reason is about."""

    BUDGET = "budget"
    SILENCE = "silence"
    INCIDENT = "incident"
    WINDOW = "window"
    POLICY = "policy"
    WAIVER = "waiver"
    CANARY = "canary"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against a change. ``says`` is a sentence.

    ``slo`` and ``incident`` name what it is about. ``lasts`` is the time until it is over by
    itself, None where nobody can know.
    """

    verdict: Verdict
    ground: Ground
    says: str
    slo: SLOName | None = None
    incident: IncidentNumber | None = None
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How strict the gate of a service is; shares are of the error budget.

    Below ``warn_below`` of it left only what matters should go out; at ``frozen_at`` or below
    nothing. An open incident as bad as ``frozen_by`` freezes its services; None: it only warns.
    ``unknown`` is what it means that nobody can tell.
    """

    warn_below: Fraction = Fraction(1, 5)
    frozen_at: Fraction = Fraction(0)
    frozen_by: Severity | None = Severity.SEV2
    unknown: Verdict = Verdict.UNKNOWN


STANDARD = Rules()


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdict, and every reason: the strictest first."""

    verdict: Verdict
    reasons: tuple[Reason, ...]

    @property
    def because(self) -> str:
        """The strictest reason."""
        return self.reasons[0].says

    @property
    def opens_in(self) -> timedelta | None:
        """The time until nothing freezes it any more; None if nobody can know, or nothing does."""
        lasting = [one.lasts for one in self.reasons if one.verdict is Verdict.FROZEN]
        if self.verdict is not Verdict.FROZEN:
            return None
        known = [one for one in lasting if one is not None]
        return max(known) if known and len(known) == len(lasting) else None


def is_stricter(one: Verdict, other: Verdict) -> bool:
    """Whether ``one`` lets less through than ``other``."""
    return _ORDER.index(one) > _ORDER.index(other)


def decide(reasons: Iterable[Reason], unknown: Verdict = Verdict.UNKNOWN) -> Gate:
    """What all reasons come to; ``unknown`` is what those come to that nobody can tell.

    A waiver answers everything else: what it waives is still told.
    """
    told = [_settled(one, unknown) for one in reasons]
    waivers = [one for one in told if one.ground is Ground.WAIVER]
    ranked = sorted(told, key=lambda one: -_ORDER.index(one.verdict))
    if waivers:
        ranked = [*waivers, *(one for one in ranked if one.ground is not Ground.WAIVER)]
    return Gate(ranked[0].verdict, tuple(ranked))


def _settled(reason: Reason, unknown: Verdict) -> Reason:
    if reason.verdict is not Verdict.UNKNOWN or unknown is Verdict.UNKNOWN:
        return reason
    how = "fails open" if unknown is Verdict.GO else "fails closed"
    return replace(reason, verdict=unknown, says=f"{reason.says} The gate {how}.")


def of_budget(
    slo: SLOName, left: Fraction, rules: Rules, back: timedelta | None, *, is_silent: bool
) -> Reason:
    """What one error budget says. ``back`` is the time until it is above the mark it is below.

    Exhausted is exhausted, also where no data came since: that only hides whether it got worse.
    """
    verdict, mark = judge(left, rules)
    if is_silent and verdict is not Verdict.FROZEN:
        says = f"{slo} has no recent data, so nobody can tell."
        return Reason(Verdict.UNKNOWN, Ground.SILENCE, says, slo)
    says = f"{slo} has {percent(left)} of its error budget left{_when_back(mark, back)}."
    return Reason(verdict, Ground.BUDGET, says, slo, lasts=back if mark is not None else None)


def judge(left: Fraction, rules: Rules) -> tuple[Verdict, Fraction | None]:
    """The verdict on what is left, and the mark it has to be above again."""
    if left <= rules.frozen_at:
        return Verdict.FROZEN, rules.frozen_at
    if left < rules.warn_below:
        return Verdict.WARN, rules.warn_below
    return Verdict.GO, None


def _when_back(mark: Fraction | None, back: timedelta | None) -> str:
    if mark is None:
        return ""
    if back is None:
        return f", and is not back above {percent(mark)} while this goes on"
    return f", back above {percent(mark)} in {in_words(back)}"


def of_incident(incident: Incident, service: str, rules: Rules) -> Reason:
    """What an open incident of the service itself says. Once it is mitigated it only warns."""
    bad = rules.frozen_by is not None and incident.severity.rank <= rules.frozen_by.rank
    freezes = bad and incident.status is not Status.MONITORING
    says = f"{_called(incident)} is open on {service}."
    verdict = Verdict.FROZEN if freezes else Verdict.WARN
    return Reason(verdict, Ground.INCIDENT, says, incident=incident.number)


def of_needed(incident: Incident, service: str, through: str, rules: Rules) -> Reason:
    """What an incident says that is open on something which the service needs: at most a warning.

    The service may be well; but whether a change is good cannot be seen while that fails.
    """
    bad = rules.frozen_by is not None and incident.severity.rank <= rules.frozen_by.rank
    says = f"{_called(incident)} is open on {through}, which {service} needs."
    verdict = Verdict.WARN if bad else Verdict.GO
    return Reason(verdict, Ground.INCIDENT, says, incident=incident.number)


def of_window(standing: Standing, now: datetime) -> Reason:
    """A freeze stops changes; a peak, and maintenance that mutes what would tell, only warn."""
    kind = standing.window.kind
    verdict = Verdict.FROZEN if kind is WindowKind.FREEZE else Verdict.WARN
    muted = ", and alerts are muted meanwhile" if kind is WindowKind.MAINTENANCE else ""
    says = f"{standing.words(_UTC)} holds{muted}."
    return Reason(verdict, Ground.WINDOW, says, lasts=standing.span.end - now)


def _called(incident: Incident) -> str:
    return f"{key(incident.number)} ({incident.severity}, {incident.status})"
