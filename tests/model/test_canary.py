"""Is the canary worse, or is it chance?"""

import math
import random
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from incidents.model.canary import Rules, compare, in_words, judge
from incidents.model.gate import Verdict
from incidents.model.objective import Counts

_SMALL = st.builds(Counts, st.integers(0, 60), st.integers(0, 60))


def brute_force(baseline: Counts, canary: Counts) -> Fraction:
    """Every way to deal the failures out, counted with whole numbers."""
    drawn, bad, total = canary.total, baseline.bad + canary.bad, baseline.total + canary.total
    ways = sum(
        math.comb(bad, one) * math.comb(total - bad, drawn - one)
        for one in range(canary.bad, min(drawn, bad) + 1)
        if drawn - one <= total - bad
    )
    return Fraction(ways, math.comb(total, drawn))


@pytest.mark.parametrize(
    ("baseline", "canary", "p"),
    [
        # The lady tasting tea: 3 of 4 cups right (Fisher 1935, ch. II): 17 of 70.
        (Counts(3, 1), Counts(1, 3), 17 / 70),
        (Counts(4, 0), Counts(0, 4), 1 / 70),
        # Convicted twins of criminals, 2 of 17 and 10 of 13 (Fisher 1935b): 0.000465.
        (Counts(15, 2), Counts(3, 10), 0.0004652),
    ],
)
def test_published_values(baseline: Counts, canary: Counts, p: float) -> None:
    assert compare(baseline, canary).p == pytest.approx(p, rel=1e-4)


@pytest.mark.parametrize(
    ("bad", "of", "low", "high"),
    [(5, 10, 0.1871, 0.8129), (10, 100, 0.0490, 0.1762), (0, 10, 0.0, 0.3085)],
)
def test_published_intervals(bad: int, of: int, low: float, high: float) -> None:
    """Clopper and Pearson's, of the canary's part of all failures, with traffic split in half."""
    found = compare(Counts(1000 - of + bad, of - bad), Counts(1000 - bad, bad))

    assert found.low / (1 + found.low) == pytest.approx(low, abs=6e-5)
    assert found.high / (1 + found.high) == pytest.approx(high, abs=6e-5)


@given(_SMALL, _SMALL)
def test_the_chance_is_what_counting_every_way_gives(baseline: Counts, canary: Counts) -> None:
    assume(baseline.total + canary.total)

    exact = brute_force(baseline, canary)

    assert compare(baseline, canary).p == pytest.approx(float(exact), rel=1e-11, abs=1e-15)


def test_large_and_lopsided_tables_are_exact_too() -> None:
    chance = random.Random(5)
    for _ in range(15):
        canary = Counts(chance.randrange(2000), chance.randrange(30))
        baseline = Counts(chance.randrange(9000), chance.randrange(300))

        exact = brute_force(baseline, canary)

        assert compare(baseline, canary).p == pytest.approx(float(exact), rel=1e-10)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 40))
def test_the_interval_holds_what_it_says(ours: int, theirs: int, times: int) -> None:
    """At each end, as few or as many failures as were seen have a chance of 2.5 %."""
    assume(ours + theirs)
    found = compare(Counts(10_000 * times - theirs, theirs), Counts(10_000 - ours, ours))

    def at_least(number: int, ratio: float) -> float:
        share = ratio / times / (1 + ratio / times)
        whole = ours + theirs
        return sum(
            math.comb(whole, one) * share**one * (1 - share) ** (whole - one)
            for one in range(number, whole + 1)
        )

    if ours:
        assert at_least(ours, found.low) == pytest.approx(0.025, rel=1e-6)
    if theirs:
        assert 1 - at_least(ours + 1, found.high) == pytest.approx(0.025, rel=1e-6)
    assert found.low <= (found.ratio or 0) <= found.high


@given(_SMALL, _SMALL)
def test_one_more_failure_never_looks_better(baseline: Counts, canary: Counts) -> None:
    assume(baseline.total and canary.good)
    worse = Counts(canary.good - 1, canary.bad + 1)

    assert compare(baseline, worse).p <= compare(baseline, canary).p + 1e-12


def test_billions_of_events_are_compared_in_no_time() -> None:
    half = Counts(999_000_000, 1_000_000)

    found = compare(half, half)

    assert found.p == pytest.approx(0.5, abs=1e-3)
    assert (round(found.low, 3), round(found.high, 3)) == (0.997, 1.003)


@pytest.mark.parametrize(
    ("baseline", "canary", "verdict", "says"),
    [
        (
            Counts(9980, 20), Counts(982, 18), Verdict.FROZEN,
            "The canary fails 1.8 % against 0.2 %: 9x (95 %: 4.5 to 18x), p < 0.001.",
        ),
        (
            Counts(9980, 20), Counts(998, 2), Verdict.GO,
            "The canary fails 0.2 % against 0.2 %: 1x (95 %: 0.11 to 4.1x), p = 0.61.",
        ),
        (
            Counts(9980, 20), Counts(994, 6), Verdict.WARN,
            ("The canary fails 0.6 % against 0.2 %: 3x (95 %: 0.99 to 7.7x), p = 0.026; "
             "that may be chance, and more events will tell."),
        ),
        (
            Counts(990_000, 10_000), Counts(988_000, 12_000), Verdict.WARN,
            ("The canary fails 1.2 % against 1 %: 1.2x (95 %: 1.2 to 1.2x), p < 0.001; "
             "that is certain, and less than 1.5x."),
        ),
        (
            Counts(9980, 20), Counts(40, 0), Verdict.UNKNOWN,
            ("The canary fails 0 % against 0.2 %: 0x (95 %: 0 to 51x), p = 1; "
             "40 events are too few to tell, 100 are needed."),
        ),
        (
            Counts(1000, 0), Counts(0, 10), Verdict.FROZEN,
            "The canary fails 100 % against 0 %: at least 224x (95 %), p < 0.001.",
        ),
        (
            Counts(1000, 0), Counts(1000, 0), Verdict.GO,
            "The canary fails 0 % against 0 %: no failure on either side.",
        ),
        (
            Counts(1000, 5), Counts(0, 0), Verdict.UNKNOWN,
            "The canary has served nothing, so there is nothing to compare.",
        ),
    ],
)  # fmt: skip
def test_what_is_said(baseline: Counts, canary: Counts, verdict: Verdict, says: str) -> None:
    found = judge(compare(baseline, canary))

    assert (found.verdict, found.says) == (verdict, says)


def test_how_sure_and_how_much_worse_is_the_askers_to_say() -> None:
    found = compare(Counts(9980, 20), Counts(994, 6))

    assert judge(found, Rules(sure=0.05)).verdict is Verdict.FROZEN
    assert judge(found, Rules(sure=0.05, worse=5)).verdict is Verdict.WARN
    assert judge(found, Rules(likely=0.02)).verdict is Verdict.GO


def test_the_words_name_no_version_that_served_nothing() -> None:
    assert in_words(compare(Counts(0, 0), Counts(1, 1))) == "The baseline has served nothing"
