"""The four roles."""

import pytest

from incidents.model.ids import PersonId
from incidents.model.people import Person
from incidents.model.roles import BRIEFS, Role, parse_role, why_not

ANA = Person(PersonId("U1"), "ana", "Ana")


@pytest.mark.parametrize(
    ("typed", "role"),
    [
        ("ic", Role.COMMANDER),
        ("Commander", Role.COMMANDER),
        ("lead", Role.COMMANDER),
        ("comms", Role.COMMS_LEAD),
        ("Comms-Lead", Role.COMMS_LEAD),
        ("comms_lead", Role.COMMS_LEAD),
        (" scribe ", Role.SCRIBE),
        ("deputy", Role.DEPUTY),
        ("king", None),
        ("", None),
    ],
)
def test_people_call_roles_by_several_names(typed: str, role: Role | None) -> None:
    assert parse_role(typed) is role


@pytest.mark.parametrize("role", Role)
def test_a_role_is_read_from_its_value_and_its_title_and_has_a_brief(role: Role) -> None:
    assert parse_role(role.value) is parse_role(role.title) is role
    assert BRIEFS[role].purpose
    assert BRIEFS[role].steps


def test_anybody_active_may_hold_a_role() -> None:
    assert all(why_not(role, ANA) is None for role in Role)


def test_apps_and_deactivated_accounts_may_not() -> None:
    app = Person(PersonId("U2"), "app", "Buildbot", is_bot=True)
    gone = Person(PersonId("U3"), "bo", "Bo", is_active=False)

    said = [why_not(Role.SCRIBE, person) for person in (app, gone)]

    assert [blocker.say for blocker in said if blocker] == [
        "Buildbot is an app.",
        "Bo's account is deactivated.",
    ]


def test_a_commander_is_not_their_own_deputy() -> None:
    blocker = why_not(Role.DEPUTY, ANA, {Role.COMMANDER})

    assert blocker is not None
    assert blocker.say == "Ana is commander and cannot be deputy as well."
    assert blocker.fix == "Give the role of commander to somebody else first."


def test_a_commander_may_do_the_talking_too() -> None:
    assert why_not(Role.COMMS_LEAD, ANA, {Role.COMMANDER}) is None
