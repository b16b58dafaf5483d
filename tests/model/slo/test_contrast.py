"""Probes against users: a figure with its counts, and a warning that is no chance."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.contrast import SIDE, Contrast, pairs
from incidents.model.ids import ServiceName
from incidents.model.objective import Counts, Objective, SLOName

OUTSIDE, INSIDE = SLOName("shop/outside"), SLOName("shop/availability")
PROMISE = Objective(
    slo=INSIDE, service=ServiceName("shop"), target=Fraction(999, 1000), window=timedelta(days=28)
)
PROBED = replace(PROMISE, slo=OUTSIDE, annotations={SIDE: "synthetic"})
USED = replace(PROMISE, annotations={SIDE: "real"})


def contrast(probed: Counts, used: Counts) -> Contrast:
    return Contrast(OUTSIDE, INSIDE, probed, used, Fraction(1, 1000))


@pytest.mark.parametrize(
    ("probed", "used", "is_warning"),
    [
        pytest.param(Counts(720, 0), Counts(970_000, 30_000), True, id="3 % of users, no probe"),
        pytest.param(Counts(680, 40), Counts(1_000_000, 10), True, id="probes only"),
        pytest.param(Counts(719, 1), Counts(1_000_000, 10), False, id="one probe is chance"),
        pytest.param(Counts(720, 0), Counts(995_000, 5_000), False, id="720 looks cannot tell"),
        pytest.param(Counts(10**6, 0), Counts(999_500, 500), False, id="within the budget"),
        pytest.param(Counts(500, 500), Counts(500_000, 500_000), False, id="both are down"),
        pytest.param(Counts(0, 0), Counts(0, 10**6), False, id="no probe looked"),
    ],
)
def test_a_warning_is_no_chance_and_more_than_the_budget(
    probed: Counts, used: Counts, *, is_warning: bool
) -> None:
    assert contrast(probed, used).is_warning is is_warning


def test_both_figures_are_told_with_their_counts() -> None:
    users = contrast(Counts(720, 0), Counts(970_000, 30_000))
    probes = contrast(Counts(680, 40), Counts(1_000_000, 0))

    assert users.words == (
        "in 6 h 0 % of 720 looks of probes and 3 % of 1000000 events of users failed: "
        "they disagree, users meet what no probe does"
    )
    assert probes.words.endswith("they disagree, probes meet what users do not")
    assert contrast(Counts(0, 0), Counts(5, 0)).words == ""


def test_without_data_a_warning_neither_begins_nor_ends() -> None:
    silent = contrast(Counts(0, 0), Counts(5, 5))

    assert (silent.is_warning, silent.is_over) == (False, False)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_two_sides_are_alike(good: int, bad: int, well: int, ill: int) -> None:
    one, other = Counts(good, bad), Counts(well, ill)

    assert contrast(one, other).is_warning == contrast(other, one).is_warning
    assert not contrast(one, one).is_warning


def test_only_what_is_marked_is_compared_and_within_a_service() -> None:
    other = replace(USED, slo=SLOName("api/availability"), service=ServiceName("api"))

    assert list(pairs([PROMISE, PROBED, USED, other])) == [(PROBED, USED)]
