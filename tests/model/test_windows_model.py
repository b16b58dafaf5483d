"""Windows: what several come to at once, and thresholds that are multiplied exactly."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.burn import Loudness, Rule, Verdict, rules_of
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.model.sensitivity import as_page, out_of_reach, scaled
from incidents.model.spans import Span
from incidents.model.windows import Scope, Standing, Window, WindowId, WindowKind, around

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PROMISE = Objective(
    slo=SLOName("checkout/availability"),
    service=ServiceName("checkout"),
    target=Fraction(999, 1000),
    window=timedelta(days=30),
)


def standing(
    kind: WindowKind, name: str = "w1", *, hours: int = 1, sensitivity: Fraction | None = None
) -> Standing:
    window = Window(
        id=WindowId(name),
        kind=kind,
        title="",
        scope=Scope(everything=True),
        sensitivity=sensitivity,
    )
    return Standing(window, Span(NOW, NOW + HOUR * hours))


def test_of_two_windows_that_mute_the_one_that_ends_last_is_named() -> None:
    both = [standing(WindowKind.MAINTENANCE, "w1"), standing(WindowKind.MAINTENANCE, "w2", hours=3)]

    assert around(both).muted == both[1]


def test_the_most_sensitive_of_several_counts() -> None:
    some = [
        standing(WindowKind.PEAK, "w1", sensitivity=Fraction(1, 4)),
        standing(WindowKind.MARKETING, "w2"),
    ]

    found = around(some, (Fraction(2), "INC-1 ended 5 min ago"))

    assert found.sensitivity == Fraction(1, 4)
    assert found.keen == some[0]
    assert found.reason == ""


def test_after_an_incident_its_own_sensitivity_counts() -> None:
    found = around([], (Fraction(1, 3), "INC-1 ended 5 min ago"))

    assert (found.sensitivity, found.reason) == (Fraction(1, 3), "INC-1 ended 5 min ago")
    assert found.keen is None


def test_the_end_of_a_window_is_no_part_of_it() -> None:
    one = standing(WindowKind.FREEZE)

    assert one.is_on(NOW)
    assert not one.is_on(NOW + HOUR)


def test_half_the_rate_is_exactly_half() -> None:
    rates = [rule.rate for rule in scaled(rules_of(PROMISE).apply, Fraction(1, 2), PROMISE.budget)]

    assert rates == [Fraction(72, 10), Fraction(3), Fraction(3, 2), Fraction(1)]


def test_a_rate_that_nothing_exceeds_is_refused_and_the_rule_stays() -> None:
    loose = PROMISE.__class__(
        slo=SLOName("batch/done"),
        service=ServiceName("batch"),
        target=Fraction(95, 100),
        window=timedelta(days=30),
    )
    before = rules_of(loose).apply

    after = scaled(before, Fraction(2), loose.budget)

    assert before[0].rate == after[0].rate == Fraction(144, 10)
    assert after[1].rate == 12
    assert out_of_reach(loose, Fraction(2)) == (
        "batch/done would never alert at 28.8x: nothing burns faster than 20x"
    )
    assert out_of_reach(loose, Fraction(1, 2)) == ""
    assert out_of_reach(PROMISE, Fraction(2)) == ""


@given(
    by=st.fractions(Fraction(1, 100), Fraction(10)),
    target=st.fractions(Fraction(1, 10), Fraction(9999, 10000)),
)
def test_a_multiplied_rate_can_always_still_be_exceeded(by: Fraction, target: Fraction) -> None:
    budget = 1 - target
    rules = [Rule(HOUR, HOUR, rate, Loudness.PAGE) for rate in (Fraction(1), 1 / budget - budget)]

    for before, after in zip(rules, scaled(rules, by, budget), strict=True):
        assert after.rate < 1 / budget or after.rate == before.rate
        assert after.rate >= min(before.rate, 1)


@pytest.mark.parametrize(
    ("verdict", "loudness"),
    [
        (Verdict(Loudness.TICKET, "burns"), Loudness.PAGE),
        (Verdict(Loudness.QUIET, "calm"), Loudness.QUIET),
        (Verdict(Loudness.TICKET, "few", is_downgraded=True), Loudness.TICKET),
    ],
)
def test_a_ticket_is_a_page_unless_too_little_failed(verdict: Verdict, loudness: Loudness) -> None:
    assert as_page(verdict, "Black Friday").loudness is loudness
