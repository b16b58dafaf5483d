"""Walking a tree: questions, suggestions, automatic answers, going back."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from grove import BURNS, CHANGED, DEMO, ON_FIRE, UNDO, ask, end, escalate, to, tree
from hypothesis import given
from hypothesis import strategies as st

from incidents.errors import Refused
from incidents.model.triage import fill
from incidents.model.triage_facts import Finding, Unknown
from incidents.model.triage_walk import Step, Taken, Walk, answer, back, begin, needed, resume


def at(step: Step) -> str:
    return step.question.node.name if step.question else f"end {step.walk.outcome}"


def test_a_check_that_knows_answers_itself_and_says_why() -> None:
    step = begin(DEMO, ON_FIRE)

    assert at(step) == "changed"
    assert step.taken == (Taken("burns", "yes", is_automatic=True, because="the burn rate is 20"),)


def test_checks_behind_each_other_answer_in_one_go_down_to_an_outcome() -> None:
    step = begin(DEMO, {"burn": Finding(0.5)})

    assert at(step) == "end fixed"
    assert step.because == "burns? No."


def test_a_question_is_only_suggested_an_answer_and_a_person_confirms() -> None:
    step = begin(DEMO, ON_FIRE)

    assert step.question is not None
    assert step.question.suggested == "yes"
    assert step.question.because == "the age of the latest change is 12m (deploy 4f2a by Bo)"


@pytest.mark.parametrize(
    ("found", "because"),
    [
        ({}, "the burn rate is not known: nothing has looked yet"),
        (
            {"burn": Finding(Unknown("it took more than 3 s"))},
            "the burn rate is not known: it took more than 3 s",
        ),
        (
            {"burn": Finding("lots")},
            "the burn rate is not known: the check answered something else",
        ),
        (
            {"burn": Finding(float("nan"))},
            "the burn rate is not known: the check answered something else",
        ),
    ],
)
def test_what_is_not_known_asks_a_person_and_says_why(
    found: dict[str, Finding], because: str
) -> None:
    step = begin(DEMO, found)

    assert at(step) == "burns"
    assert step.question is not None
    assert step.question.suggested == ""
    assert step.because == because


def test_a_later_rule_does_not_win_because_an_earlier_one_could_not_be_looked_at() -> None:
    first, second = BURNS.auto[0], CHANGED.auto[1]
    both = replace(CHANGED, auto=(first, second))

    step = begin(tree(both, UNDO), {"age": Finding(timedelta(hours=2))})

    assert step.question is not None
    assert step.question.suggested == ""


def test_answers_lead_to_an_outcome_and_the_path_is_told() -> None:
    step = begin(DEMO, ON_FIRE)

    step = answer(DEMO, step.walk, "yes", ON_FIRE)
    step = answer(DEMO, step.walk, "no", ON_FIRE)

    assert at(step) == "end owner"
    assert step.because == "burns? Yes. changed? Yes. Did it help? No."
    assert [taken.node for taken in step.walk.steps] == ["burns", "changed", "undo"]


def test_an_answer_that_follows_the_suggestion_keeps_the_finding() -> None:
    step = answer(DEMO, begin(DEMO, ON_FIRE).walk, "yes", ON_FIRE)

    assert step.taken[0].because.startswith("the age of the latest change is 12m")


def test_an_answer_against_the_suggestion_is_the_persons_own() -> None:
    step = answer(DEMO, begin(DEMO, ON_FIRE).walk, "no", ON_FIRE)

    assert step.taken == (Taken("changed", "no"),)


def test_an_answer_not_on_offer_is_refused_with_those_that_are() -> None:
    walk = begin(DEMO, {}).walk

    with pytest.raises(Refused, match=r"“maybe” is not an answer here. Choose yes, no or unknown."):
        answer(DEMO, walk, "maybe", {})


def test_nothing_can_be_answered_after_the_end() -> None:
    ended = answer(DEMO, begin(DEMO, {}).walk, "no", {}).walk

    with pytest.raises(Refused, match="walked to its end"):
        answer(DEMO, ended, "yes", {})


def test_going_back_overrules_an_automatic_answer_for_good() -> None:
    step = back(DEMO, begin(DEMO, ON_FIRE).walk, ON_FIRE)

    assert at(step) == "burns"
    assert step.walk.steps == ()
    assert at(resume(DEMO, step.walk, ON_FIRE)) == "burns"
    assert at(answer(DEMO, step.walk, "no", ON_FIRE)) == "end fixed"


def test_one_can_go_back_from_an_outcome() -> None:
    ended = answer(DEMO, begin(DEMO, {}).walk, "no", {}).walk

    step = back(DEMO, ended, {})

    assert at(step) == "burns"
    assert step.outcome is None


def test_there_is_nothing_before_the_first_question() -> None:
    with pytest.raises(Refused, match="first question"):
        back(DEMO, begin(DEMO, {}).walk, {})


def test_a_check_that_comes_back_late_answers_the_open_question() -> None:
    open_question = begin(DEMO, {}).walk

    step = resume(DEMO, open_question, ON_FIRE)

    assert at(step) == "changed"
    assert step.taken[0].is_automatic


def test_only_the_facts_of_the_question_at_hand_are_needed() -> None:
    walk = begin(DEMO, {}).walk

    assert [fact.name for fact in needed(DEMO, walk)] == ["burn"]
    assert needed(DEMO, answer(DEMO, walk, "no", {}).walk) == ()


def test_a_node_visited_too_often_leads_elsewhere() -> None:
    again = replace(
        ask("again", yes=to("again"), unknown=end("fixed")),
        max_visits=3,
        exhausted=escalate("owner"),
    )
    looping = tree(again)
    step = begin(looping, {})

    for _ in range(3):
        step = answer(looping, step.walk, "yes", {})

    assert at(step) == "end owner"


def test_a_walk_of_a_tree_that_has_changed_is_refused() -> None:
    walk = begin(DEMO, {}).walk
    changed = replace(DEMO, nodes={**DEMO.nodes, "undo": replace(UNDO, text="Undo all.")})

    with pytest.raises(Refused, match=r"demo has changed since this walk of version 1.0.0 began"):
        answer(changed, walk, "yes", {})


def test_tests_and_matching_do_not_change_the_hash() -> None:
    assert replace(DEMO, cases=()).hash == DEMO.hash
    assert replace(DEMO, title="Other").hash != DEMO.hash


def test_a_walk_survives_the_store() -> None:
    walk = back(DEMO, answer(DEMO, begin(DEMO, ON_FIRE).walk, "yes", ON_FIRE).walk, {}).walk

    assert Walk.from_json(json.loads(json.dumps(walk.to_json()))) == walk


def test_texts_are_filled_and_what_is_not_known_is_named() -> None:
    said = 'rate(x{service="{{ service }}"}) of {{room}} {{ .Go }}'

    assert fill(said, {"service": "checkout"}) == 'rate(x{service="checkout"}) of <room> {{ .Go }}'


def test_a_circle_of_checks_ends_by_asking_a_person() -> None:
    dizzy = replace(BURNS, answers=tuple(replace(a, target=to("burns")) for a in BURNS.answers))

    step = begin(tree(dizzy), ON_FIRE)

    assert at(step) == "burns"
    with pytest.raises(Refused, match="gone round too often"):
        answer(tree(dizzy), step.walk, "yes", ON_FIRE)


found_values = st.fixed_dictionaries(
    {},
    optional={
        "burn": st.one_of(st.floats(), st.text(), st.just(Unknown("down"))).map(Finding),
        "age": st.one_of(st.timedeltas(), st.just(Unknown("down"))).map(Finding),
    },
)


@given(found=found_values, lost=st.sampled_from(["burn", "age"]), picks=st.lists(st.integers(0, 9)))
def test_losing_a_fact_never_changes_an_answer_it_only_asks(
    found: dict[str, Finding], lost: str, picks: list[int]
) -> None:
    poorer = {**found, lost: Finding(Unknown("down"))}
    walk = begin(DEMO, {}).walk
    for pick in picks:
        if walk.outcome:
            break
        offered = DEMO.nodes[walk.node].answers
        walk = answer(DEMO, walk, offered[pick % len(offered)].name, {}).walk

    rich, poor = resume(DEMO, walk, found), resume(DEMO, walk, poorer)

    assert rich.taken[: len(poor.taken)] == poor.taken
    if rich.walk == poor.walk and poor.question and rich.question:
        assert poor.question.suggested in {"", rich.question.suggested}


@given(found=found_values, picks=st.lists(st.integers(0, 9), max_size=6))
def test_going_back_to_the_start_and_answering_again_leads_to_the_same_end(
    found: dict[str, Finding], picks: list[int]
) -> None:
    step = begin(DEMO, found)
    for pick in picks:
        if step.question is None:
            break
        offered = step.question.node.answers
        step = answer(DEMO, step.walk, offered[pick % len(offered)].name, found)
    steps, outcome = step.walk.steps, step.walk.outcome

    for _ in steps:
        step = back(DEMO, step.walk, found)
    for taken in steps:
        step = answer(DEMO, step.walk, taken.answer, found)

    assert [(t.node, t.answer) for t in step.walk.steps] == [(t.node, t.answer) for t in steps]
    assert step.walk.outcome == outcome
