"""Who is asked to command, and the words that go with it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.commander import (
    Asked,
    Candidate,
    Nominee,
    Owned,
    Training,
    Via,
    accept_within,
    choose,
    nominees,
    owned,
    training_of,
)
from incidents.model.escalation import Hop
from incidents.model.ids import PersonId, ServiceName, TeamName
from incidents.model.oncall import Handle, Rotation, RotationName
from incidents.model.services import Service, Team
from incidents.model.severity import Severity

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
CHECKOUT = Owned(ServiceName("checkout"), 1, TeamName("payments"))


def somebody(name: str, via: Via = Via.ON_CALL, **facts: object) -> Candidate:
    return Candidate(PersonId(f"U_{name.upper()}"), name, via, **facts)  # type: ignore[arg-type]


def test_the_owners_on_call_commands_and_is_told_why() -> None:
    bo = somebody("Bo", last_paged_at=NOW - timedelta(days=3))

    choice = choose([somebody("Ana", Via.MEMBER), bo], CHECKOUT, NOW)

    assert choice.person == "U_BO"
    assert choice.because == (
        "Bo is on call for payments, which owns checkout (tier 1); "
        "commands nothing else, last paged 3 d ago."
    )
    assert choice.alternatives == (
        ("U_ANA", "Ana is in the team, but neither on call nor on the path"),
    )


def test_of_two_on_call_the_less_loaded_is_asked() -> None:
    choice = choose([somebody("Ana", load=1), somebody("Bo", step=1)], CHECKOUT, NOW)

    assert choice.person == "U_BO"
    assert choice.alternatives == (("U_ANA", "Ana commands 1, Bo 0"),)


def test_with_equal_load_whoever_slept_is_asked() -> None:
    tired = somebody(
        "Ana", pages_last_night=2, pages_last_week=2, last_paged_at=NOW - timedelta(hours=1)
    )

    choice = choose([tired, somebody("Bo", step=1)], CHECKOUT, NOW)

    assert choice.person == "U_BO"
    assert choice.because.endswith("commands nothing else, not paged lately.")
    assert choice.alternatives == (("U_ANA", "Ana was paged 2 times last night"),)


def test_with_equal_nights_the_quieter_week_decides() -> None:
    choice = choose(
        [somebody("Ana", pages_last_week=3), somebody("Bo", pages_last_week=1)], CHECKOUT, NOW
    )

    assert choice.alternatives == (("U_ANA", "Ana was paged 3 times in the last week, Bo 1"),)


def test_with_all_else_equal_whoever_was_paged_longest_ago_is_asked() -> None:
    lately, long_ago = (NOW - timedelta(days=days) for days in (1, 6))

    choice = choose(
        [somebody("Ana", last_paged_at=lately), somebody("Bo", last_paged_at=long_ago)],
        CHECKOUT,
        NOW,
    )

    assert choice.alternatives == (("U_ANA", "Ana was paged more recently than Bo"),)


def test_with_equal_rest_whoever_is_trained_is_asked() -> None:
    trained = somebody("Bo", step=1, training=Training.TRAINED)

    choice = choose([somebody("Ana"), trained], CHECKOUT, NOW)

    assert choice.person == "U_BO"
    assert choice.because.endswith("commands nothing else, not paged lately, trained.")
    assert choice.alternatives == (("U_ANA", "Ana is not marked as trained, Bo is"),)


@pytest.mark.parametrize("severity", [Severity.SEV1, Severity.SEV2])
def test_a_trainee_is_not_asked_to_command_what_is_bad(severity: Severity) -> None:
    ana = somebody("Ana", training=Training.IN_TRAINING)
    what = Owned(ServiceName("checkout"), 1, TeamName("payments"), severity)

    choice = choose([ana, somebody("Bo", Via.MEMBER, load=1)], what, NOW)
    alone = choose([ana], what, NOW)

    said = f"Ana is in training, and not asked to command a {severity}"
    assert (choice.person, choice.alternatives) == ("U_BO", (("U_ANA", said),))
    assert (alone.person, alone.because) == (
        None,
        f"Nobody in payments, which owns checkout, is left to ask: {said}.",
    )


def test_a_trainee_learns_by_commanding_what_is_not_so_bad() -> None:
    what = Owned(ServiceName("checkout"), 1, TeamName("payments"), Severity.SEV3)

    choice = choose([somebody("Ana", training=Training.IN_TRAINING)], what, NOW)

    assert choice.person == "U_ANA"
    assert choice.because.endswith("not paged lately, in training.")


@pytest.mark.parametrize(
    ("marked", "shadowed", "is_now"),
    [
        (Training.IN_TRAINING, 2, Training.IN_TRAINING),
        (Training.IN_TRAINING, 3, Training.TRAINED),
        (Training.UNMARKED, 9, Training.UNMARKED),
        (Training.TRAINED, 0, Training.TRAINED),
    ],
)
def test_who_was_deputy_often_enough_is_trained(
    marked: Training, shadowed: int, is_now: Training
) -> None:
    assert training_of(marked, shadowed) is is_now


def test_with_all_of_that_equal_it_is_the_turn_of_whoever_commanded_least() -> None:
    choice = choose([somebody("Ana", commanded=3), somebody("Bo", commanded=1)], CHECKOUT, NOW)

    assert choice.person == "U_BO"
    assert choice.because.endswith("not paged lately, commanded 1 in the last 8 weeks.")
    assert choice.alternatives == (("U_ANA", "Ana commanded 3 in the last 8 weeks, Bo 1"),)


def test_of_those_who_commanded_as_often_it_is_the_turn_of_who_did_so_longest_ago() -> None:
    lately, long_ago = (NOW - timedelta(days=days) for days in (1, 6))

    choice = choose(
        [
            somebody("Ana", commanded=1, last_commanded_at=lately),
            somebody("Bo", commanded=1, last_commanded_at=long_ago),
        ],
        CHECKOUT,
        NOW,
    )

    assert choice.alternatives == (("U_ANA", "Ana commanded more recently than Bo"),)


def test_why_this_service_is_said_where_there_are_several() -> None:
    what = Owned(ServiceName("checkout"), 1, TeamName("payments"), because="checkout weighs most")

    assert choose([somebody("Bo")], what, NOW).because.endswith(
        "paged lately. checkout weighs most."
    )


def test_who_passed_or_stayed_silent_or_is_away_is_not_asked_again() -> None:
    choice = choose(
        [
            somebody("Ana", asked=Asked.PASSED),
            somebody("Bo", asked=Asked.TIMED_OUT),
            somebody("Chen", away="on holiday until Monday"),
            somebody("Dana", Via.ESCALATION),
        ],
        CHECKOUT,
        NOW,
    )

    assert choice.person == "U_DANA"
    assert choice.because.startswith("Dana is next on the escalation path of payments")
    assert [why for _, why in choice.alternatives] == [
        "Ana passed",
        "Bo was asked and did not answer in time",
        "Chen is unavailable: on holiday until Monday",
    ]


def test_the_escalation_path_is_climbed_in_order_whatever_the_load() -> None:
    first, second = somebody("Ana", Via.ESCALATION, load=1), somebody("Bo", Via.ESCALATION, step=1)

    choice = choose([second, first], CHECKOUT, NOW)

    assert choice.person == "U_ANA"
    assert choice.alternatives == (("U_BO", "Bo is further along the escalation path"),)


def test_somebody_at_the_limit_is_left_alone_while_anybody_is_free() -> None:
    choice = choose([somebody("Ana", load=2), somebody("Bo", Via.MEMBER)], CHECKOUT, NOW)

    assert choice.person == "U_BO"
    assert choice.alternatives == (("U_ANA", "Ana commands 2 incidents, the limit is 2"),)


def test_when_everybody_is_at_the_limit_the_least_loaded_commands_rather_than_nobody() -> None:
    choice = choose([somebody("Ana", load=3), somebody("Bo", Via.MEMBER, load=2)], CHECKOUT, NOW)

    assert choice.person == "U_BO"
    assert choice.because.endswith("Everybody who could is at the limit of 2, Bo has least.")


def test_when_nobody_is_left_the_choice_says_what_to_do() -> None:
    choice = choose([somebody("Ana", asked=Asked.PASSED)], CHECKOUT, NOW)

    assert choice.person is None
    assert choice.because == (
        "Nobody in payments, which owns checkout, is left to ask: Ana passed."
    )


def test_without_service_team_or_people_the_reason_names_what_is_missing() -> None:
    orphan = Owned(ServiceName("checkout"), 1)

    said = [choose([], what, NOW).because for what in (Owned(), orphan, CHECKOUT)]

    assert said == [
        "No service we know is affected, so nobody owns it.",
        "No team owns checkout.",
        "payments, which owns checkout, has nobody we can reach.",
    ]


def test_somebody_found_twice_counts_at_their_best_place() -> None:
    choice = choose([somebody("Bo", Via.MEMBER), somebody("Bo", step=1)], CHECKOUT, NOW)

    assert choice.because.startswith("Bo is on call for payments")
    assert choice.alternatives == ()


def test_a_rotation_of_another_name_is_named() -> None:
    choice = choose([somebody("Bo", rotation="payments-eu")], CHECKOUT, NOW)

    assert "is on call for payments (payments-eu), which owns checkout" in choice.because


def test_a_team_nominates_its_on_call_then_its_path_then_its_members() -> None:
    def alone(name: str, person: str) -> Rotation:
        start = date(2026, 1, 5)
        return Rotation(RotationName(name), (Handle(person),), start, ZoneInfo("UTC"))

    rotations = {each.name: each for each in (alone("payments", "bo"), alone("platform", "eli"))}
    ten_minutes = Hop(timedelta(minutes=10), (Handle("dana"),), (RotationName("platform"),))
    team = Team(
        TeamName("payments"),
        "Payments",
        members=(Handle("bo"), Handle("chen"), Handle("dana")),
        on_call=(RotationName("payments"),),
        escalation=(ten_minutes,),
    )

    assert nominees(team, rotations, NOW) == (
        Nominee(Handle("bo"), Via.ON_CALL, 0, RotationName("payments")),
        Nominee(Handle("dana"), Via.ESCALATION),
        Nominee(Handle("eli"), Via.ESCALATION, 0, RotationName("platform")),
        Nominee(Handle("chen"), Via.MEMBER),
    )
    assert nominees(None, rotations, NOW) == ()


def test_what_is_owned_comes_from_the_service() -> None:
    checkout = Service(ServiceName("checkout"), "Checkout", 1, TeamName("payments"))

    assert (owned(checkout), owned(None)) == (CHECKOUT, Owned())


def test_the_more_important_the_service_the_shorter_the_time_to_accept() -> None:
    times = [accept_within(tier) for tier in (1, 2, 3, 4)]

    assert times == sorted(times)
    assert accept_within(1, {1: timedelta(minutes=2)}) == timedelta(minutes=2)


PEOPLE = st.lists(
    st.builds(
        Candidate,
        person=st.sampled_from([PersonId(f"U{n}") for n in range(12)]),
        name=st.sampled_from(["Ana", "Bo", "Chen"]),
        via=st.sampled_from(Via),
        step=st.integers(0, 3),
        load=st.integers(0, 4),
        pages_last_night=st.integers(0, 3),
        pages_last_week=st.integers(0, 3),
        training=st.sampled_from(Training),
        commanded=st.integers(0, 3),
        away=st.sampled_from(["", "", "ill"]),
        asked=st.sampled_from([Asked.NOT_YET, Asked.NOT_YET, Asked.PASSED, Asked.TIMED_OUT]),
    ),
    max_size=8,
    unique_by=lambda each: each.person,
)


@given(people=PEOPLE)
def test_nobody_unable_is_chosen_and_everybody_else_gets_a_reason(people: list[Candidate]) -> None:
    able = [each for each in people if not each.away and each.asked is Asked.NOT_YET]

    choice = choose(people, CHECKOUT, NOW)

    assert (choice.person is None) == (not able)
    assert choice.person is None or choice.person in {each.person for each in able}
    assert {who for who, _ in choice.alternatives} == {p.person for p in people} - {choice.person}
    assert all(why for _, why in choice.alternatives)


@given(people=PEOPLE)
def test_the_limit_holds_while_somebody_is_free_and_ownership_comes_first(
    people: list[Candidate],
) -> None:
    free = [p for p in people if not p.away and p.asked is Asked.NOT_YET and p.load < 2]

    chosen = next((p for p in people if p.person == choose(people, CHECKOUT, NOW).person), None)

    if free:
        assert chosen is not None
        assert chosen.load < 2
        assert chosen.via == min(each.via for each in free)


@given(people=PEOPLE, seed=st.randoms(use_true_random=False))
def test_the_order_in_which_people_are_found_does_not_matter(
    people: list[Candidate], seed: object
) -> None:
    shuffled = list(people)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]

    assert choose(shuffled, CHECKOUT, NOW) == choose(people, CHECKOUT, NOW)
