"""Objectives, how they are named and shown, and how bad a burn is."""

from datetime import timedelta
from fractions import Fraction

import pytest

from incidents.model.burn import judge, rules_for
from incidents.model.burn_severity import severity_from_burn
from incidents.model.ids import ServiceName
from incidents.model.objective import Counts, Objective, SLOName, in_words, percent
from incidents.model.severity import Severity

MONTH = timedelta(days=30)
RULES = rules_for(Fraction(1, 1000), MONTH)


def objective(**changes: object) -> Objective:
    values: dict[str, object] = {
        "slo": SLOName("checkout/availability"),
        "service": ServiceName("checkout"),
        "target": Fraction(999, 1000),
        "window": timedelta(days=28),
    }
    return Objective(**(values | changes))  # type: ignore[arg-type]  # a test may change any field


def test_a_budget_is_exact() -> None:
    assert objective().budget == Fraction(1, 1000)


@pytest.mark.parametrize("target", [Fraction(0), Fraction(1), Fraction(2)])
def test_a_target_that_promises_all_or_nothing_is_no_objective(target: Fraction) -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        objective(target=target)


def test_a_window_without_length_is_no_objective() -> None:
    with pytest.raises(ValueError, match="not a length of time"):
        objective(window=timedelta(0))


def test_a_changed_promise_is_a_new_generation_and_a_changed_label_is_not() -> None:
    before = objective()

    assert objective(target=Fraction(99, 100)).generation != before.generation
    assert objective(window=timedelta(days=7)).generation != before.generation
    assert objective(indicator="up == 1").generation != before.generation
    assert objective(title="Checkout", tier=1, min_failures=9).generation == before.generation


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=28), "28 d"),
        (timedelta(days=1, hours=2, minutes=59), "1 d 2 h"),
        (timedelta(minutes=90), "1 h 30 min"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(seconds=10), "10 s"),
        (timedelta(days=1, minutes=5), "1 d"),
        (timedelta(0), "0 s"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_lengths_of_time_read_well(length: timedelta, words: str) -> None:
    assert in_words(length) == words


@pytest.mark.parametrize(
    ("share", "text"),
    [("0.999", "99.9 %"), ("0.5", "50 %"), ("-0.31", "-31 %"), ("0", "0 %"), ("0.12345", "12.3 %")],
)
def test_shares_read_as_percent(share: str, text: str) -> None:
    assert percent(Fraction(share)) == text


def burn(rate: int) -> Counts:
    return Counts(100_000 - rate * 100, rate * 100)


@pytest.mark.parametrize(
    ("rate", "tier", "exhausted", "severity"),
    [
        (20, 1, False, Severity.SEV1),
        (20, 2, False, Severity.SEV2),
        (20, 3, False, Severity.SEV3),
        (20, 4, False, Severity.SEV4),
        (8, 1, False, Severity.SEV2),
        (8, 2, False, Severity.SEV3),
        (4, 1, False, Severity.SEV3),
        (4, 2, False, Severity.SEV4),
        (0, 1, True, Severity.SEV1),
        (0, 3, True, Severity.SEV3),
        (20, 9, False, Severity.SEV4),
    ],
)
def test_severity_follows_the_burn_and_the_tier(
    rate: int, tier: int, severity: Severity, *, exhausted: bool
) -> None:
    counts = dict.fromkeys(RULES.windows, burn(rate))
    verdict = judge(counts, RULES.apply, budget=Fraction(1, 1000))

    found, because = severity_from_burn(verdict, tier=tier, window=MONTH, is_exhausted=exhausted)

    assert found is severity
    assert because.startswith(f"{severity}: tier {min(tier, 4)}, and ")


def test_a_severity_says_why() -> None:
    counts = dict.fromkeys(RULES.windows, burn(20))
    verdict = judge(counts, RULES.apply, budget=Fraction(1, 1000))

    _, because = severity_from_burn(verdict, tier=1, window=MONTH, is_exhausted=False)

    assert because == "sev1: tier 1, and it takes 2 % of the 30 d budget or more in an hour"
