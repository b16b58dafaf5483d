"""What several promises come to together, and which of them spends it."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from incidents.actions.desk import Desk
from incidents.actions.samples import Reading, ingest
from incidents.model.composite import spent_together
from incidents.model.objective import Objective, Part, SLOName
from incidents.queries.composites import Composite, composites_of
from incidents.queries.slo import all_budgets
from incidents.queries.what_if import Question
from incidents.queries.what_if_together import Together, together
from incidents.store.engine import Store
from tests.actions.test_slo_methods import CATALOG, MINUTE, START, objective

JOURNEY = SLOName("checkout/journey")


def member(name: str, weight: str = "1") -> Objective:
    part = Part(JOURNEY, "From cart to receipt", Fraction(weight))
    return replace(objective(f"journey-{name}"), part_of=part)


CART, PAY, RECEIPT = member("cart"), member("pay", "2"), member("receipt")


@pytest.fixture
def desk(sqlite_url: str) -> Desk:
    return Desk(Store(sqlite_url), CATALOG, objectives=(CART, PAY, RECEIPT, objective("alone")))


def reports(desk: Desk, one: Objective, good: int, bad: int) -> None:
    reading = Reading(one.slo, START - MINUTE, good, bad, one.slo, 1)
    assert ingest(desk, [reading], START).refused == ()


def journey(desk: Desk) -> Composite:
    with desk.look() as connection:
        (found,) = composites_of(desk, all_budgets(desk, connection, START))
    return found


def test_what_a_member_spends_the_whole_spends_by_its_weight(desk: Desk) -> None:
    reports(desk, CART, 9999, 1)
    reports(desk, PAY, 99_980, 20)

    found = journey(desk)

    assert found.consumed == pytest.approx(0.1 + 2 * 0.2)
    assert found.remaining == pytest.approx(0.5)
    assert [(one.slo, one.takes) for one in found.members] == [
        (PAY.slo, pytest.approx(0.4)),
        (CART.slo, pytest.approx(0.1)),
        (RECEIPT.slo, 0),
    ]
    assert found.because == (
        "checkout/journey-pay takes 40.0% (20.0% of its own, weight 2); "
        "checkout/journey-cart takes 10.0%; no data: checkout/journey-receipt"
    )


def test_a_member_that_burns_is_named(desk: Desk) -> None:
    for one in (PAY, RECEIPT):
        reports(desk, one, 1000, 0)
    reports(desk, CART, 500, 500)

    assert journey(desk).because == (
        "checkout/journey-cart takes 50000.0%; burning now: checkout/journey-cart"
    )


def test_what_if_all_members_failed_more(desk: Desk) -> None:
    """As much comes in within an hour as was ever counted; half of the time it was good."""
    reports(desk, CART, 9999, 1)
    reports(desk, PAY, 99_980, 20)

    def asked(**change: Any) -> Together:
        with desk.look() as connection:
            found = together(desk, connection, JOURNEY, Question(**change), START)
            alone = together(desk, connection, "checkout/alone", Question(), START)
        assert found is not None
        assert alone is None
        return found

    same, worse = asked(), asked(errors=Fraction("0.002"))

    assert same.left[0][1] == Fraction(1, 2)
    assert [(one.slo, one.takes[0]) for one in same.members] == [
        (CART.slo, Fraction(1, 10)),
        (PAY.slo, Fraction(2, 5)),
    ]
    assert same.silent == (RECEIPT.slo,)
    assert (same.runs_out_in, same.back_in) == (None, None)
    # (1 + 20 t) / (10 + 10 t) + 2 (20 + 200 t) / (100 + 100 t) reaches 1 where t is a tenth.
    assert worse.runs_out_in is not None
    assert worse.runs_out_in / MINUTE == pytest.approx(6, abs=0.05)


def test_a_whole_that_spends_nothing_says_so(desk: Desk) -> None:
    for one in (CART, PAY, RECEIPT):
        reports(desk, one, 1000, 0)

    assert (journey(desk).because, journey(desk).remaining) == ("nothing is spent", 1)


def test_two_shares_of_slices_at_95_percent_leave_90() -> None:
    # OpenSLO: the misses add up. Against a promise of 80 %, each takes a quarter and both a half.
    miss, budget = Fraction(5, 100), Fraction(20, 100)

    together = spent_together([(1, float(miss / budget))] * 2)

    assert together == float((1 - Fraction(90, 100)) / budget)
