"""What follows when a budget is spent: steps, what the gate says, and what is owed."""

from datetime import timedelta
from fractions import Fraction

import pytest

from incidents.model.budget_policy import (
    STANDARD,
    Act,
    BudgetPolicy,
    Step,
    is_top,
    louder,
    policy_of,
    rulings,
    step_words,
    steps_at,
)
from incidents.model.burn import Loudness
from incidents.model.episode import Alarm
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.model.severity import Severity

CHECKOUT = Objective(
    slo=SLOName("checkout/availability"),
    service=ServiceName("checkout"),
    target=Fraction(999, 1000),
    window=timedelta(days=28),
)
STRICT = BudgetPolicy(
    "strict",
    (Step(50, (Act.NOTIFY, Act.ROOM)), Step(75, (Act.APPROVE,)), Step(90, (Act.PAGE,))),
)
QUIET = Alarm(
    Loudness.QUIET,
    "no rule fires",
    Severity.SEV3,
    "sev3: slow",
    burn=0.0,
    is_exhausted=False,
    crossed=(50,),
)


def test_the_policy_that_ships_is_the_example_of_the_workbook() -> None:
    """A budget that is spent freezes; over 20 % of four weeks, or of a quarter, is written up."""
    assert STANDARD.steps == (Step(100, (Act.FREEZE,)),)
    assert (STANDARD.postmortem_over, STANDARD.class_over) == (Fraction(1, 5), Fraction(1, 5))


def test_an_slo_names_its_policy_or_has_the_standard_one() -> None:
    known = {"standard": STANDARD, "strict": STRICT}
    named = Objective(
        slo=CHECKOUT.slo,
        service=CHECKOUT.service,
        target=CHECKOUT.target,
        window=CHECKOUT.window,
        annotations={"warroom.dev/policy": "strict"},
    )

    assert policy_of(known, CHECKOUT) is STANDARD
    assert policy_of(known, named) is STRICT
    assert policy_of({}, named) is STANDARD


def test_steps_are_taken_with_the_notices_they_belong_to() -> None:
    assert steps_at(STRICT, (25, 50, 75)) == STRICT.steps[:2]
    assert steps_at(STRICT, ()) == ()
    assert step_words(STRICT, STRICT.steps[0], CHECKOUT) == (
        "by the policy strict, at 50 %, its owner is told and a room is opened"
    )


@pytest.mark.parametrize(
    ("spent", "said"), [("0.74", []), ("0.75", [Act.APPROVE]), ("1.5", [Act.APPROVE])]
)
def test_what_the_gate_has_to_say_holds_from_the_share_itself(spent: str, said: list[Act]) -> None:
    assert [one.act for one in rulings(STRICT, CHECKOUT, Fraction(spent))] == said


def test_a_ruling_says_which_policy_and_how_much_is_spent() -> None:
    (ruling,) = rulings(STANDARD, CHECKOUT, Fraction("1.042"))

    assert ruling.because == (
        "by the policy standard, at 100 %, deploys of checkout are frozen, 104.2 % is spent"
    )


def test_a_room_that_a_policy_opens_is_small_and_a_page_is_as_bad_as_the_burn() -> None:
    room = louder(QUIET, STRICT, [STRICT.steps[0]], CHECKOUT)
    page = louder(QUIET, STRICT, [STRICT.steps[2]], CHECKOUT)

    assert (room.loudness, room.severity) == (Loudness.PAGE, Severity.SEV4)
    assert (page.loudness, page.severity) == (Loudness.PAGE, Severity.SEV3)
    assert page.because == "by the policy strict, at 90 %, somebody is paged"
    assert louder(QUIET, STRICT, [STRICT.steps[1]], CHECKOUT) is QUIET


def test_top_priority_stands_at_the_beginning() -> None:
    titles = ("P0: end the retry storm", "[p0] end it", "P01 door", "A P0")

    assert [one for one in titles if is_top(one)] == ["P0: end the retry storm", "[p0] end it"]
