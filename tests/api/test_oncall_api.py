"""Who is on call, for programs."""

from typing import Any

from stories.test_standing_in import asks
from world import World


def test_programs_are_told_who_is_on_call_now_and_next(light_world: World, call: Any) -> None:
    asks(light_world.ana, "override @dana for payments for 2h")

    answer = call("GET", "/oncall", params={"of": "checkout"}).json()

    assert answer == {
        "at": "2026-11-18T09:00:00+00:00",
        "oncall": [
            {
                "rotation": "payments",
                "people": ["dana"],
                "override": True,
                "until": "2026-11-18T11:00:00+00:00",
                "next": {"people": ["bo"], "from": "2026-11-18T11:00:00+00:00"},
                "as_of": None,
                "error": "",
            }
        ],
    }


def test_any_moment_may_be_asked_about_with_its_offset(call: Any) -> None:
    later = call("GET", "/oncall", params={"of": "payments", "at": "2026-11-24T10:00:00+02:00"})
    naive = call("GET", "/oncall", params={"at": "2026-11-24T10:00:00"})
    unknown = call("GET", "/oncall", params={"of": "paymnts"})

    assert later.json()["oncall"][0]["people"] == ["chen"]
    assert naive.status_code == 400
    assert unknown.status_code == 404
    assert "Did you mean payments?" in unknown.json()["instead"]


def test_a_time_at_the_end_of_the_calendar_is_refused(call: Any) -> None:
    for at in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2060-01-01T00:00:00Z"):
        answer = call("GET", "/oncall", params={"at": at})

        assert answer.status_code in {400, 409}
        assert answer.headers["content-type"] == "application/problem+json"
