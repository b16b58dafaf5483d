"""People act; the app hears exactly what Slack would send, and its answer is carried out."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import httpx
import pytest
from emulator.embedded import ANA, BO, World, button, marked, modal, plain, section, text_input

from bot.emulator import Delivery, InProcessTransport, Reply, SlackError, Undelivered


def card(world: World, *elements: dict[str, Any]) -> str:
    blocks = [section("card"), {"type": "actions", "block_id": "row", "elements": [*elements]}]
    posted = world.bot("chat.postMessage", channel=world.general, text="card", blocks=blocks)
    return str(posted["ts"])


def open_modal(world: World, *blocks: dict[str, Any], **more: Any) -> str:
    trigger = world.ws.act.command(ANA, "general").trigger_id
    view = world.bot("views.open", trigger_id=trigger, view=modal(*blocks, **more))["view"]
    return str(view["id"])


def answer_hook(world: World, url: str, **body: Any) -> httpx.Response:
    with httpx.Client(transport=InProcessTransport(world.ws)) as client:
        return client.post(url, json=body)


def test_a_command_arrives_signed_as_slack_signs_it(world: World) -> None:
    world.ws.act.command(ANA, "general", "checkout 5xx sev2")

    heard = world.app.heard[-1]
    stamp = heard.headers["x-slack-request-timestamp"]
    signed = f"v0:{stamp}:".encode() + heard.body
    digest = hmac.new(world.ws.identity.signing_secret.encode(), signed, hashlib.sha256).hexdigest()
    assert heard.headers["x-slack-signature"] == f"v0={digest}"
    assert int(stamp) == int(world.clock().timestamp())
    assert world.app.last["text"] == "checkout 5xx sev2"
    assert world.app.last["channel_name"] == "general"


def test_names_in_a_command_arrive_escaped(world: World) -> None:
    world.ws.act.command(ANA, "general", "handoff @bo in #general, not @checkout")

    assert world.app.last["text"] == (
        f"handoff <@{BO}|bo> in <#{world.general}|general>, not @checkout"
    )


def test_the_answer_to_a_command_is_for_the_one_who_asked(world: World) -> None:
    world.app.says(text="on it")

    result = world.ws.act.command(ANA, "general", "x")

    assert result.shown is not None
    assert result.shown["is_ephemeral"]
    assert world.texts() == []


def test_an_answer_in_channel_is_for_everybody(world: World) -> None:
    world.app.says(text="look", response_type="in_channel")

    world.ws.act.command(ANA, "general", "x")

    assert world.texts() == ["look"]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_command_the_app_fails_is_shown_with_slacks_words(world: World, status: int) -> None:
    world.app.says(status)

    result = world.ws.act.command(ANA, "general", "x")

    assert result.words == '/incident failed with the error "dispatch_failed"'
    assert not result.ok


def test_an_app_that_takes_longer_than_three_seconds_has_timed_out(world: World) -> None:
    def slow(_: Delivery) -> Reply:
        world.clock.pass_(timedelta(seconds=3.1))
        return Reply(200)

    world.app.answer = slow

    assert world.ws.act.command(ANA, "general", "x").error == "operation_timeout"


def test_nobody_listening_is_a_failed_dispatch(world: World) -> None:
    def gone(_: Delivery) -> Reply:
        raise Undelivered("connection_failed")

    world.app.answer = gone

    assert world.ws.act.command(ANA, "general", "x").error == "dispatch_failed"


def test_a_command_in_a_thread_never_reaches_the_app(world: World) -> None:
    result = world.ws.act.command(ANA, "general", "x", thread_ts="1.1")

    assert result.words == "/incident is not supported in threads. Sorry!"
    assert world.app.heard == []


def test_a_click_tells_which_button_of_which_message(world: World) -> None:
    ts = card(world, button("accept", "INC-1"), button("pass"))

    world.ws.act.action(ANA, "accept", channel="general", message_ts=ts)

    heard = world.app.last
    action = heard["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("accept", "row", "INC-1")
    assert heard["container"]["message_ts"] == ts
    assert heard["message"]["ts"] == ts
    assert heard["user"]["id"] == ANA


def test_a_button_that_is_not_there_cannot_be_clicked(world: World) -> None:
    ts = card(world, button("accept"))

    result = world.ws.act.action(ANA, "gone", channel="general", message_ts=ts)

    assert result.error == "no_such_element"
    assert world.app.heard == []


def test_a_choice_arrives_as_the_whole_option(world: World) -> None:
    options = [{"text": plain("SEV 1"), "value": "sev1"}, {"text": plain("SEV 2"), "value": "sev2"}]
    ts = card(world, {"type": "static_select", "action_id": "sev", "options": options})

    world.ws.act.action(ANA, "sev", channel="general", message_ts=ts, value="sev2")

    assert world.app.last["actions"][0]["selected_option"] == options[1]
    state = world.app.last["state"]["values"]
    assert state["row"]["sev"]["selected_option"] == options[1]


def test_an_ephemeral_card_can_be_clicked_and_replaced_by_its_reader_alone(world: World) -> None:
    row = {"type": "actions", "elements": [button("why")]}
    posted = world.bot(
        "chat.postEphemeral", channel=world.general, user=ANA, text="x", blocks=[row]
    )
    at = {"channel": "general", "message_ts": posted["message_ts"]}

    result = world.ws.act.action(ANA, "why", **at)
    replaced = answer_hook(world, result.response_url, replace_original=True, text="because")

    assert replaced.text == "ok"
    with pytest.raises(SlackError, match="message_not_found"):
        world.ws.act.action(BO, "why", **at)
    whisper = next(iter(world.ws.core.state.ephemerals))
    assert whisper.body["text"] == "because"


def test_a_response_url_is_good_five_times(world: World) -> None:
    url = world.ws.act.command(ANA, "general", "x").response_url

    answers = [answer_hook(world, url, text=str(n)) for n in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[-1].json()["error"] == "used_url"


def test_a_response_url_is_good_for_half_an_hour(world: World) -> None:
    url = world.ws.act.command(ANA, "general", "x").response_url
    world.clock.pass_(timedelta(minutes=30, seconds=1))

    assert answer_hook(world, url, text="late").json()["error"] == "expired_url"


def test_a_trigger_opens_one_view_within_three_seconds(world: World) -> None:
    first = world.ws.act.command(ANA, "general").trigger_id
    late = world.ws.act.command(ANA, "general").trigger_id

    world.bot("views.open", trigger_id=first, view=modal(section("x")))
    used = world.error("views.open", trigger_id=first, view=modal(section("x")))
    world.clock.pass_(timedelta(seconds=3.1))
    expired = world.error("views.open", trigger_id=late, view=modal(section("x")))
    unknown = world.error("views.open", trigger_id="1.2.3", view=modal(section("x")))

    assert [used, expired, unknown] == [
        "exchanged_trigger_id",
        "expired_trigger_id",
        "invalid_trigger_id",
    ]


def test_a_submission_carries_what_was_entered_and_what_was_there(world: World) -> None:
    kept = text_input("more", optional=True)
    kept["element"] = {**kept["element"], "initial_value": "as before"}
    view = open_modal(world, text_input(), kept, private_metadata="INC-1", callback_id="declare")

    result = world.ws.act.view(ANA, view, {"title": {"text": "5xx"}})

    heard = world.app.last["view"]
    assert result.ok
    assert heard["state"]["values"]["title"]["text"]["value"] == "5xx"
    assert heard["state"]["values"]["more"]["text"]["value"] == "as before"
    assert (heard["private_metadata"], heard["callback_id"]) == ("INC-1", "declare")


def test_errors_keep_the_modal_open_with_what_was_typed(world: World) -> None:
    view = open_modal(world, text_input())
    world.app.says(response_action="errors", errors={"title": "Too vague."})

    result = world.ws.act.view(ANA, view, {"title": {"text": "help"}})

    kept = world.ws.core.state.views.get(view)
    assert result.errors == {"title": "Too vague."}
    assert kept is not None
    assert kept.values["title"]["text"]["value"] == "help"


def test_errors_for_a_field_that_is_not_there_are_trouble(world: World) -> None:
    view = open_modal(world, text_input())
    world.app.says(response_action="errors", errors={"nowhere": "x"})

    result = world.ws.act.view(ANA, view, {"title": {"text": "help"}})

    assert (result.ok, result.error) == (False, "invalid_errors")


def test_views_are_pushed_three_deep_and_cleared_at_once(world: World) -> None:
    view = open_modal(world, section("1"))
    world.app.says(response_action="push", view=modal(section("2")))
    second = world.ws.act.view(ANA, view)
    assert second.shown is not None
    third = world.ws.act.view(ANA, second.shown["id"])
    assert third.shown is not None
    fourth = world.ws.act.view(ANA, third.shown["id"])
    world.app.says(response_action="clear")
    world.ws.act.view(ANA, third.shown["id"])

    assert (third.shown["previous_view_id"], third.shown["root_view_id"]) == (
        second.shown["id"],
        view,
    )
    assert fourth.error == "push_limit_reached"
    assert list(world.ws.core.state.views) == []


def test_an_update_with_an_old_hash_conflicts(world: World) -> None:
    view = open_modal(world, section("1"))
    fresh = world.bot("views.update", view_id=view, view=modal(section("2")))["view"]

    at = {"view_id": view, "view": modal(section("3"))}

    assert world.error("views.update", **at, hash="0.1") == "hash_conflict"
    world.bot("views.update", **at, hash=fresh["hash"])


def test_closing_is_told_only_to_an_app_that_wants_to_know(world: World) -> None:
    quiet = open_modal(world, section("1"))
    world.ws.act.view(ANA, quiet, kind="close")
    before = len(world.app.heard)
    curious = open_modal(world, section("1"), notify_on_close=True)
    world.ws.act.view(ANA, curious, kind="close")

    assert len(world.app.heard) == before + 2
    assert world.app.last["type"] == "view_closed"


def test_a_menu_asks_the_app_for_its_options(world: World) -> None:
    ts = card(world, {"type": "external_select", "action_id": "service", "min_query_length": 0})
    option = {"text": plain("checkout"), "value": "checkout"}
    world.app.says(options=[option])

    at = {"channel": "general", "message_ts": ts}
    offered = world.ws.act.suggest(ANA, "service", "che", **at).options
    heard = world.app.last

    assert offered == [option]
    assert (heard["type"], heard["value"]) == ("block_suggestion", "che")


def test_a_message_shortcut_brings_the_message(world: World) -> None:
    said = world.ws.act.message(BO, "general", "checkout is slow")

    world.ws.act.shortcut(ANA, "declare_from", channel="general", message_ts=said.ts)

    heard = world.app.last
    assert (heard["type"], heard["message"]["text"]) == ("message_action", "checkout is slow")


def test_what_is_typed_into_a_message_cannot_call_everybody_in_disguise(world: World) -> None:
    world.ws.act.message(ANA, "general", "<!channel> & <b> @bo, see https://a.example/?a=1&b=2")

    assert world.texts() == [
        f"&lt;!channel&gt; &amp; &lt;b&gt; <@{BO}>, see <https://a.example/?a=1&amp;b=2>"
    ]


def test_a_value_from_a_block_of_the_home_tab_arrives_with_the_view(world: World) -> None:
    blocks = [section("x", accessory=button("open")), {"type": "section", "text": marked("y")}]
    home = world.bot("views.publish", user_id=ANA, view={"type": "home", "blocks": blocks})

    world.ws.act.action(ANA, "open", view_id=home["view"]["id"])

    assert world.app.last["view"]["type"] == "home"
    assert "channel" not in world.app.last
