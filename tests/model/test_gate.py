"""May a service be changed: every reason, and what they come to."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.gate import (
    STANDARD,
    Ground,
    Reason,
    Rules,
    Verdict,
    decide,
    is_stricter,
    judge,
    of_budget,
    of_incident,
    of_needed,
    of_window,
)
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.objective import SLOName
from incidents.model.severity import Severity
from incidents.model.spans import Span
from incidents.model.text import UserText
from incidents.model.windows import Scope, Standing, Window, WindowId, WindowKind

SLO = SLOName("checkout/availability")
AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
TENTH = Fraction(1, 10)


def incident(severity: Severity, status: Status = Status.INVESTIGATING) -> Incident:
    return Incident(
        number=IncidentNumber(3),
        title=UserText("<b>5xx</b>"),
        severity=severity,
        status=status,
        services=("checkout",),
        source="slack",
        declared_by=PersonId("U0ANA"),
        declared_at=AT,
        started_at=AT,
        detected_at=AT,
        detected_by="human",
        room_name="inc-3",
        version=1,
    )


@pytest.mark.parametrize(
    ("left", "verdict"),
    [
        (Fraction(1), Verdict.GO),
        (Fraction(1, 5), Verdict.GO),
        (Fraction(1, 5) - Fraction(1, 10**12), Verdict.WARN),
        (Fraction(1, 10**12), Verdict.WARN),
        (Fraction(0), Verdict.FROZEN),
        (Fraction(-3), Verdict.FROZEN),
    ],
)
def test_a_budget_is_judged_to_the_last_digit(left: Fraction, verdict: Verdict) -> None:
    assert judge(left, STANDARD)[0] is verdict


def test_a_frozen_budget_says_when_it_is_back_above_the_mark() -> None:
    rules = Rules(warn_below=Fraction(3, 10), frozen_at=TENTH)

    frozen = of_budget(SLO, Fraction(4, 100), rules, timedelta(hours=31), is_silent=False)
    warned = of_budget(SLO, Fraction(1, 4), rules, timedelta(minutes=90), is_silent=False)
    never = of_budget(SLO, Fraction(-1, 2), rules, None, is_silent=False)

    assert frozen.says == (
        "checkout/availability has 4 % of its error budget left, back above 10 % in 1 d 7 h."
    )
    assert warned.says.endswith("25 % of its error budget left, back above 30 % in 1 h 30 min.")
    assert never.says.endswith("left, and is not back above 10 % while this goes on.")


def test_without_recent_data_nobody_can_tell_but_spent_stays_spent() -> None:
    fine = of_budget(SLO, Fraction(1), STANDARD, None, is_silent=True)
    spent = of_budget(SLO, Fraction(0), STANDARD, None, is_silent=True)

    assert (fine.verdict, fine.ground) == (Verdict.UNKNOWN, Ground.SILENCE)
    assert spent.verdict is Verdict.FROZEN


@pytest.mark.parametrize(
    ("severity", "status", "own", "needed"),
    [
        (Severity.SEV1, Status.INVESTIGATING, Verdict.FROZEN, Verdict.WARN),
        (Severity.SEV2, Status.IDENTIFIED, Verdict.FROZEN, Verdict.WARN),
        (Severity.SEV2, Status.MONITORING, Verdict.WARN, Verdict.WARN),
        (Severity.SEV3, Status.INVESTIGATING, Verdict.WARN, Verdict.GO),
    ],
)
def test_an_open_incident_freezes_its_service_and_warns_those_that_need_it(
    severity: Severity, status: Status, own: Verdict, needed: Verdict
) -> None:
    here = of_incident(incident(severity, status), "checkout", STANDARD)
    there = of_needed(incident(severity, status), "shop", "checkout", STANDARD)

    assert (here.verdict, there.verdict) == (own, needed)
    assert here.says == f"INC-3 ({severity}, {status}) is open on checkout."
    assert there.says == f"INC-3 ({severity}, {status}) is open on checkout, which shop needs."


@pytest.mark.parametrize(
    ("kind", "verdict", "says"),
    [
        (WindowKind.FREEZE, Verdict.FROZEN, "holds."),
        (WindowKind.MAINTENANCE, Verdict.WARN, "holds, and alerts are muted meanwhile."),
        (WindowKind.PEAK, Verdict.WARN, "holds."),
    ],
)
def test_a_window_freezes_or_warns_until_it_ends(
    kind: WindowKind, verdict: Verdict, says: str
) -> None:
    window = Window(id=WindowId("w7"), kind=kind, title="Holidays", scope=Scope(everything=True))

    found = of_window(Standing(window, Span(AT, AT + timedelta(hours=5))), AT + timedelta(hours=1))

    assert (found.verdict, found.lasts) == (verdict, timedelta(hours=4))
    assert found.says == f"“Holidays” ({kind} w7, until Wed 18 Nov 2026 14:00 UTC) {says}"


def test_where_no_incident_shall_freeze_it_warns() -> None:
    rules = Rules(frozen_by=None)

    assert of_incident(incident(Severity.SEV1), "checkout", rules).verdict is Verdict.WARN


def test_a_waiver_answers_everything_and_what_it_waives_is_told() -> None:
    frozen = Reason(Verdict.FROZEN, Ground.BUDGET, "Spent.")
    waiver = Reason(Verdict.GO, Ground.WAIVER, "Waived by Ana, approved by Bo.")

    gate = decide([frozen, waiver])

    assert gate.verdict is Verdict.GO
    assert gate.reasons == (waiver, frozen)
    assert gate.because == "Waived by Ana, approved by Bo."


def test_it_opens_when_the_last_of_what_freezes_it_is_over() -> None:
    def frozen(lasts: timedelta | None) -> Reason:
        return Reason(Verdict.FROZEN, Ground.BUDGET, "Spent.", lasts=lasts)

    hour, day = timedelta(hours=1), timedelta(days=1)
    warned = Reason(Verdict.WARN, Ground.BUDGET, "Little.", lasts=timedelta(days=9))

    assert decide([frozen(hour), frozen(day), warned]).opens_in == day
    assert decide([frozen(hour), frozen(None)]).opens_in is None
    assert decide([warned]).opens_in is None


_REASONS = st.lists(
    st.builds(
        Reason,
        st.sampled_from(Verdict),
        st.sampled_from(sorted(set(Ground) - {Ground.WAIVER})),
        st.text(max_size=5),
    ),
    min_size=1,
)
_MEANS = st.sampled_from([Verdict.GO, Verdict.FROZEN, Verdict.UNKNOWN])


@given(_REASONS, _MEANS)
def test_the_strictest_reason_is_the_verdict_and_comes_first(
    reasons: list[Reason], means: Verdict
) -> None:
    gate = decide(reasons, means)

    assert gate.verdict is gate.reasons[0].verdict
    assert not any(is_stricter(one.verdict, gate.verdict) for one in gate.reasons)
    assert len(gate.reasons) == len(reasons)
    if means is not Verdict.UNKNOWN:
        assert gate.verdict is not Verdict.UNKNOWN


@given(_REASONS, _REASONS, _MEANS)
def test_one_more_reason_never_opens_a_gate(
    reasons: list[Reason], more: list[Reason], means: Verdict
) -> None:
    assert not is_stricter(decide(reasons, means).verdict, decide(reasons + more, means).verdict)


@given(_REASONS)
def test_failing_closed_is_never_more_permissive_than_failing_open(reasons: list[Reason]) -> None:
    opened, closed = decide(reasons, Verdict.GO), decide(reasons, Verdict.FROZEN)

    assert not is_stricter(opened.verdict, closed.verdict)


def test_a_gate_that_guesses_says_that_it_guessed() -> None:
    nobody = Reason(Verdict.UNKNOWN, Ground.SILENCE, "Nothing has been reported.")

    assert decide([nobody], Verdict.GO).because == "Nothing has been reported. The gate fails open."
    assert decide([nobody], Verdict.FROZEN).because.endswith("The gate fails closed.")
