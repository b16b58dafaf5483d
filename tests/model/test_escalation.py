"""The path after a command nobody accepted."""

from datetime import UTC, datetime, timedelta

from incidents.model.escalation import Hop, next_hop, reached, standard_path
from incidents.model.oncall import Handle, RotationName

ASKED_AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
LEAD = Hop(timedelta(minutes=10), (Handle("dana"),))
PLATFORM = Hop(timedelta(minutes=20), rotations=(RotationName("platform"),))
PATH = (PLATFORM, LEAD)


def after(minutes: int) -> datetime:
    return ASKED_AT + timedelta(minutes=minutes)


def test_hops_are_reached_in_the_order_of_their_times_and_stay_reached() -> None:
    assert reached(PATH, ASKED_AT, after(9)) == ()
    assert reached(PATH, ASKED_AT, after(10)) == (LEAD,)
    assert reached(PATH, ASKED_AT, after(600)) == (LEAD, PLATFORM)


def test_the_next_hop_has_a_time_until_the_path_is_used_up() -> None:
    assert next_hop(PATH, ASKED_AT, after(0)) == (after(10), LEAD)
    assert next_hop(PATH, ASKED_AT, after(10)) == (after(20), PLATFORM)
    assert next_hop(PATH, ASKED_AT, after(20)) is None


def test_a_team_without_a_path_turns_to_its_lead() -> None:
    assert standard_path(Handle("dana"), timedelta(minutes=10)) == (LEAD,)
    assert standard_path(None, timedelta(minutes=10)) == ()


def test_a_hop_says_who_and_when() -> None:
    both = Hop(timedelta(minutes=10), (Handle("dana"),), (RotationName("platform"),))

    assert both.says == "after 10 min: dana, on-call for platform"
