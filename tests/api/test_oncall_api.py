"""Who is on call, for programs."""

from typing import Any

from stories.test_standing_in import asks
from world import World

from incidents.actions.desk import Origin
from incidents.actions.oncall import agree
from incidents.model.ids import PersonId

CHEN = Origin(PersonId("U0CHEN"), "slack")


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


def test_a_program_puts_somebody_on_call_and_calls_it_off(light_world: World, call: Any) -> None:
    body = {
        "rotation": "payments",
        "person": "dana",
        "until": "2026-11-18T12:00:00+01:00",
        "because": "dentist",
    }

    made = call("POST", "/oncall/overrides", json=body, headers={"Idempotency-Key": "once"})
    again = call("POST", "/oncall/overrides", json=body, headers={"Idempotency-Key": "once"})
    light_world.settle()

    change = made.json()["changes"][0]
    assert (change["person"], change["from"], change["until"]) == (
        "U0DANA",
        "2026-11-18T09:00:00+00:00",
        "2026-11-18T11:00:00+00:00",
    )
    assert change["made_by"].startswith("api:")
    assert again.json() == {"changes": []}
    assert call("GET", "/oncall/changes").json()["changes"] == [change]
    told = [one.args["text"] for one in light_world.calls("chat.postMessage")]
    assert any("put you on call for *payments*" in one for one in told)

    off = call("POST", "/oncall/undo", json={"undo": change["undo"]})

    assert off.status_code == 200
    assert call("GET", "/oncall/changes").json() == {"changes": []}


def test_a_swap_that_a_program_asks_for_needs_their_word(light_world: World, call: Any) -> None:
    body = {
        "rotation": "payments",
        "of": "bo",
        "person": "chen",
        "until": "2026-11-18T18:00:00Z",
    }

    made = call("POST", "/oncall/swaps", json=body).json()["changes"][0]

    assert (made["person"], made["asked"], made["made_by"], made["state"]) == (
        "U0CHEN",
        "U0CHEN",
        "U0BO",
        "asked",
    )
    duty = call("GET", "/oncall", params={"of": "payments"}).json()["oncall"][0]
    assert duty["people"] == ["bo"]
    light_world.settle()
    agreed = agree(light_world.app.desk, made["undo"], by=CHEN, now=light_world.clock())
    assert [one.state for one in agreed] == ["asked"]
    duty = call("GET", "/oncall", params={"of": "payments"}).json()["oncall"][0]
    assert duty["people"] == ["chen"]


def test_what_cannot_be_is_a_problem_in_words(call: Any) -> None:
    until = {"until": "2026-11-18T18:00:00Z"}

    nobody = {"rotation": "payments", "person": "nobody", **until}
    unknown = call("POST", "/oncall/overrides", json=nobody)
    other = call("POST", "/oncall/overrides", json={"rotation": "paymnts", "person": "bo", **until})
    past = {"rotation": "payments", "person": "bo", "until": "2026-11-17T18:00:00Z"}
    over = call("POST", "/oncall/overrides", json=past)
    odd = call("POST", "/oncall/overrides", json={"rotation": "payments", "who": "bo", **until})

    assert (unknown.status_code, unknown.json()["detail"]) == (
        404,
        "There is nobody called nobody.",
    )
    assert other.status_code == 404
    assert (over.status_code, over.json()["detail"]) == (409, "That is over already.")
    assert odd.status_code == 400
