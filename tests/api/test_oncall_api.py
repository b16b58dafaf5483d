"""Who is on call, for programs."""

from typing import Any

from stories.test_standing_in import asks, direct
from world import World

from incidents.actions.desk import Origin
from incidents.actions.oncall import agree
from incidents.model.ids import PersonId

GIVE = {"rotation": "payments", "of": "bo", "until": "2026-11-18T18:00:00Z"}
TAKE = {"start": "2026-11-24T09:00:00Z", "until": "2026-11-24T18:00:00Z"}
CHEN = Origin(PersonId("U0CHEN"), "slack")


def on_call(call: Any, at: str) -> list[str]:
    """Who has payments then."""
    found = call("GET", "/oncall", params={"of": "payments", "at": at}).json()
    return list(found["oncall"][0]["people"])


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


def test_a_rotation_is_named_by_what_it_is_for(call: Any) -> None:
    body = {"person": "dana", "until": "2026-11-18T12:00:00Z"}

    by_service = call("POST", "/oncall/overrides", json={**body, "rotation": "checkout"})
    swap = call("POST", "/oncall/swaps", json={**GIVE, "rotation": "checkout", "of": "dana", **body,
                                               "person": "chen"})  # fmt: skip
    several = call("POST", "/oncall/overrides", json={**body, "rotation": "identity"})

    assert [one.json()["changes"][0]["rotation"] for one in (by_service, swap)] == ["payments"] * 2
    assert several.status_code == 409
    assert several.json()["instead"].startswith("Name one of: platform, ")


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


def test_a_swap_that_a_program_asks_for_is_nobodys_own_words(light_world: World, call: Any) -> None:
    world = light_world
    call("POST", "/oncall/swaps", json={**GIVE, "person": "chen"})
    world.settle()

    asked, told = direct(world, "chen"), direct(world, "bo")

    asked.shows("@api:tests asks you to swap with <@U0BO> for *payments*")
    told.shows("@api:tests asked <@U0CHEN> to take your shift for *payments*")
    world.bo.presses("Call off", where=told)
    assert call("GET", "/oncall/changes").json() == {"changes": []}


def test_nobody_is_put_on_call_in_return_before_they_agreed_to_it(
    light_world: World, call: Any
) -> None:
    world = light_world
    call("POST", "/oncall/swaps", json={**GIVE, "person": "chen", "take": TAKE})
    world.settle()

    direct(world, "bo").shows("@api:tests wants you to swap with <@U0CHEN> for *payments*")
    assert "swap" not in direct(world, "chen").text
    world.bo.presses("Agree", where=direct(world, "bo"))
    between = call("GET", "/oncall", params={"of": "payments"}).json()["oncall"][0]
    direct(world, "chen").shows("<@U0BO> asks you to swap for *payments*")
    world.chen.presses("Agree", where=direct(world, "chen"))

    assert between["people"] == ["bo"]
    assert on_call(call, "2026-11-18T10:00:00Z") == ["chen"]
    assert on_call(call, "2026-11-24T12:00:00Z") == ["bo"]
    direct(world, "bo").shows("<@U0CHEN> agreed to swap for *payments*")


def test_whoever_does_not_want_to_be_put_on_call_in_return_ends_it(
    light_world: World, call: Any
) -> None:
    world = light_world
    call("POST", "/oncall/swaps", json={**GIVE, "person": "chen", "take": TAKE})
    world.settle()

    world.bo.presses("Decline", where=direct(world, "bo"))

    assert call("GET", "/oncall/changes").json() == {"changes": []}
    assert "swap" not in direct(world, "chen").text


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
