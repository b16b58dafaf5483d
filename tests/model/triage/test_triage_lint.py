"""What the linter says about trees nobody should trust."""

from dataclasses import replace
from itertools import pairwise

import pytest
from grove import CHANGED, DEMO, UNDO, answers, ask, check, end, escalate, to, tree

from incidents.model.triage import AppliesTo, Case, Node, Outcome, Risk, Tree
from incidents.model.triage_facts import Finding
from incidents.model.triage_lint import lint

CASES = (
    Case("fixed", (("burn", Finding(0.5)),), (), "fixed"),
    Case("owner", (("burn", Finding(5)),), (("changed", ("no",)),), "owner"),
)
GOOD = replace(DEMO, cases=CASES)


def whats(found: Tree) -> list[str]:
    return [flaw.what for flaw in lint(found)]


def chain(length: int) -> Tree:
    names = [f"q{number}" for number in range(length)]
    steps = [ask(a, yes=to(b), unknown=end("fixed")) for a, b in pairwise(names)]
    last = ask(names[-1], yes=end("fixed"), unknown=end("fixed"))
    case = Case("all the way", (), tuple((name, ("yes",)) for name in names), "fixed")
    return tree(*steps, last, outcomes=(Outcome("fixed", "Fixed"),), cases=(case,))


def test_a_good_tree_has_no_flaw() -> None:
    assert lint(GOOD) == ()


BAD_TREES = {
    "there is no node nowhere": replace(GOOD, root="nowhere"),
    "there is no node gone": tree(ask("a", yes=to("gone"), unknown=end("fixed"))),
    "there is no outcome gone": tree(ask("a", yes=end("gone"), unknown=end("fixed"))),
    "it escalates to fixed, which pages nobody": tree(ask("a", unknown=escalate("fixed"))),
    "a has no answer unknown": tree(ask("a", yes=end("fixed"), no=end("owner"))),
    "a is a check and has no auto": tree(check("a", unknown=end("fixed"))),
    "changed has no answer perhaps": tree(
        replace(CHANGED, auto=(replace(CHANGED.auto[0], answer="perhaps"),)), UNDO
    ),
    "a has 6 answers": tree(ask("a", **dict.fromkeys("bcdef", end("fixed")), unknown=end("owner"))),
    f"the button “{'x' * 76}” has 76 characters": tree(
        replace(
            ask("a", unknown=end("fixed")),
            answers=(replace(answers(unknown=end("fixed"))[0], label="x" * 76),),
        )
    ),
    "not a regular expression: missing ), unterminated subpattern at position 0": replace(
        GOOD, applies_to=AppliesTo(alerts=("(",))
    ),
    "no node uses the fact age": replace(
        GOOD, nodes={**GOOD.nodes, "changed": replace(CHANGED, auto=())}
    ),
    "no answer leads to lost": replace(
        GOOD, nodes={**GOOD.nodes, "lost": ask("lost", unknown=end("fixed"))}
    ),
    "no answer leads to the outcome lost": replace(
        GOOD, outcomes={**GOOD.outcomes, "lost": Outcome("lost", "Lost")}
    ),
    "no way from a comes to an outcome": tree(ask("a", unknown=to("a"))),
    "a can lead back to itself for ever": tree(ask("a", yes=to("a"), unknown=end("fixed"))),
    "8 steps before an outcome: q0 > q1 > q2 > q3 > q4 > q5 > q6 > q7": chain(8),
    "undo is of high risk and anybody may order it": replace(
        GOOD, nodes={**GOOD.nodes, "undo": replace(UNDO, risk=Risk.HIGH)}
    ),
    "nothing is known as {{ sevrice }}": replace(
        GOOD, nodes={**GOOD.nodes, "undo": replace(UNDO, commands=("undo {{ sevrice }}",))}
    ),
    "no test ends in owner": replace(GOOD, cases=CASES[:1]),
    "the test “owner” fails: it ends in owner, not in fixed": replace(
        GOOD, cases=(*CASES, replace(CASES[1], end="fixed"))
    ),
}


@pytest.mark.parametrize("what", BAD_TREES)
def test_a_tree_nobody_should_trust_is_found_out(what: str) -> None:
    assert what in whats(BAD_TREES[what])


def test_seven_questions_are_not_too_many() -> None:
    assert lint(chain(7)) == ()


@pytest.mark.parametrize("counted", ["a", "b"])
def test_a_circle_is_fine_once_any_of_its_nodes_counts(counted: str) -> None:
    def limited(node: Node) -> Node:
        if node.name != counted:
            return node
        return replace(node, max_visits=2, exhausted=escalate("owner"))

    circle = tree(
        limited(ask("a", yes=to("b"), unknown=end("fixed"))),
        limited(ask("b", yes=to("a"), unknown=end("fixed"))),
    )

    assert not [what for what in whats(circle) if "for ever" in what]


def test_a_step_to_do_needs_no_unknown() -> None:
    assert "undo has no answer unknown" not in whats(GOOD)
    assert UNDO.verify


def test_the_flaw_stands_where_the_answer_stands() -> None:
    broken = replace(UNDO, answers=answers(yes=to("gone"), no=escalate("owner")))

    (flaw,) = lint(replace(GOOD, nodes={**GOOD.nodes, "undo": broken}))

    assert flaw.path == ("nodes", "undo", "verify", "answers", "yes", "goto")
    assert flaw.expected == "one of burns, changed, undo"
