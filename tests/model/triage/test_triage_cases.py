"""The tests that stand in a tree, and what they say when they fail."""

from datetime import timedelta

import pytest
from grove import DEMO, ask, end, to, tree

from incidents.model.triage import Case
from incidents.model.triage_cases import run_case, run_cases
from incidents.model.triage_facts import Finding

BURNING = (("burn", Finding(9)),)


def test_a_test_passes_when_it_gets_where_it_should_the_way_it_should() -> None:
    facts = (*BURNING, ("age", Finding(timedelta(minutes=5))))
    given = (("changed", ("yes",)), ("undo", ("yes",)))
    case = Case("good", facts, given, "fixed", ("burns", "changed", "undo"), (("changed", "yes"),))

    verdict = run_case(DEMO, case)

    assert verdict.passed
    assert verdict.path == ("burns", "changed", "undo")


@pytest.mark.parametrize(
    ("case", "wrong"),
    [
        (
            Case("", BURNING, (), "fixed"),
            ("it asks changed, and the test has no answer to that",),
        ),
        (Case("", BURNING, (("changed", ("no",)),), "fixed"), ("it ends in owner, not in fixed",)),
        (
            Case("", BURNING, (("changed", ("perhaps",)),), "fixed"),
            ("at changed: “perhaps” is not an answer here.",),
        ),
        (
            Case("", BURNING, (("changed", ("no",)),), "owner", ("changed",)),
            ("it goes burns > changed, not changed",),
        ),
        (
            Case("", BURNING, (("changed", ("no",)),), "owner", (), (("changed", "no"),)),
            ("at changed it suggests nothing, not no",),
        ),
        (
            Case("", BURNING, (("changed", ("no",)), ("undo", ("yes",))), "owner"),
            ("it never asks undo, which the test has an answer to",),
        ),
    ],
)
def test_a_test_that_fails_says_how(case: Case, wrong: tuple[str, ...]) -> None:
    assert run_case(DEMO, case).wrong == wrong


def test_answers_are_given_in_order_and_the_last_one_again() -> None:
    looping = tree(
        ask("a", yes=to("b"), no=end("fixed"), unknown=end("owner")), ask("b", unknown=to("a"))
    )

    verdict = run_case(
        looping, Case("", (), (("a", ("yes", "yes", "no")), ("b", ("unknown",))), "fixed")
    )

    assert verdict.path == ("a", "b", "a", "b", "a")
    assert verdict.passed


def test_a_test_that_goes_round_for_ever_is_stopped_and_fails() -> None:
    looping = tree(ask("a", yes=to("a"), unknown=end("owner")))

    verdict = run_case(looping, Case("", (), (("a", ("yes",)),), "owner"))

    assert verdict.wrong == ("at a: This walk has gone round too often.",)


def test_all_tests_are_run_in_order() -> None:
    cases = (Case("one", (), (), "fixed"), Case("two", (("burn", Finding(0)),), (), "fixed"))

    verdicts = run_cases(tree(*DEMO.nodes.values(), cases=cases))

    assert [(verdict.case.name, verdict.passed) for verdict in verdicts] == [
        ("one", False),
        ("two", True),
    ]
