"""Who is asked to be deputy, comms lead or scribe."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.commander import Asked, Candidate, Owned, Training, Via
from incidents.model.ids import PersonId, ServiceName, TeamName
from incidents.model.roles import Role
from incidents.model.supporting import SUPPORTING, choose_for

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
CHECKOUT = Owned(ServiceName("checkout"), 1, TeamName("payments"))


def somebody(name: str, via: Via = Via.ON_CALL, **facts: object) -> Candidate:
    return Candidate(PersonId(f"U_{name.upper()}"), name, via, **facts)  # type: ignore[arg-type]


def test_who_learns_is_asked_to_be_deputy_first() -> None:
    chen = somebody("Chen", Via.ESCALATION, training=Training.IN_TRAINING)

    choice = choose_for(Role.DEPUTY, [somebody("Bo", is_here=True), chen], CHECKOUT, {}, NOW)

    assert choice.person == "U_CHEN"
    assert choice.because == (
        "Chen is in training, and learns next to whoever commands; "
        "commands nothing else, not paged lately, in training."
    )
    assert choice.alternatives == (("U_BO", "Bo is not in training, Chen is"),)


@pytest.mark.parametrize("role", [Role.COMMS_LEAD, Role.SCRIBE])
def test_who_is_in_the_room_is_asked_before_anybody_is_woken(role: Role) -> None:
    here = somebody("Bo", Via.MEMBER, is_here=True)

    choice = choose_for(
        role, [somebody("Ana"), here, somebody("Eli", Via.MEMBER)], CHECKOUT, {}, NOW
    )

    assert choice.person == "U_BO"
    assert choice.because.startswith(
        "Bo is in the room already, and a member of the team of payments;"
    )
    assert choice.alternatives == (
        ("U_ANA", "Ana is not in the room, Bo is"),
        ("U_ELI", f"Eli is not in the room, and nobody is woken to be {role.title}"),
    )


def test_nobody_has_two_roles_by_rule() -> None:
    taken = {PersonId("U_ANA"): (Role.COMMANDER,)}

    choice = choose_for(Role.SCRIBE, [somebody("Ana", is_here=True)], CHECKOUT, taken, NOW)

    assert choice.person is None
    assert choice.because == "Ana has something to do already (commander)."


PEOPLE = st.lists(
    st.builds(
        Candidate,
        person=st.sampled_from([PersonId(f"U{n}") for n in range(12)]),
        name=st.sampled_from(["Ana", "Bo", "Chen"]),
        via=st.sampled_from(Via),
        step=st.integers(0, 3),
        load=st.integers(0, 4),
        training=st.sampled_from(Training),
        asked=st.sampled_from([Asked.NOT_YET, Asked.NOT_YET, Asked.PASSED]),
        is_here=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda each: each.person,
)


@given(role=st.sampled_from(SUPPORTING), people=PEOPLE)
def test_whoever_is_asked_can_and_everybody_else_gets_a_reason(
    role: Role, people: list[Candidate]
) -> None:
    able = {
        each.person
        for each in people
        if each.asked is Asked.NOT_YET and (each.is_here or each.via is not Via.MEMBER)
    }

    choice = choose_for(role, people, CHECKOUT, {}, NOW)

    assert (choice.person in able) if able else choice.person is None
    assert {who for who, _ in choice.alternatives} == {p.person for p in people} - {choice.person}
    assert all(why for _, why in choice.alternatives)
