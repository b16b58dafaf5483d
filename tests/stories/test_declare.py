"""Declaring: by words, by form, from a message; and everything a room needs."""

from world import World, words_of


def test_declare_to_card_takes_two_calls_to_slack_in_a_row(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    room = world.room("inc-1")
    methods = [
        call.method
        for call in world.slack.log
        if call.args.get("channel") == room.id or call.method == "conversations.create"
    ]
    assert methods[0] == "conversations.create"
    before_card = methods[: methods.index("chat.postMessage")]
    assert before_card == ["conversations.create"]


def test_the_room_is_complete(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    room = world.room("inc-1")
    token = world.slack.identity.bot_token
    pins = world.slack.web_api("pins.list", {"channel": room.id}, token).body["items"]
    marks = world.slack.web_api("bookmarks.list", {"channel_id": room.id}, token).body["bookmarks"]
    assert room.info()["topic"]["value"].startswith("SEV2 Major · investigating")
    assert [pin["message"]["text"] for pin in pins] == ["INC-1 checkout 5xx: sev2, investigating"]
    assert {"Bridge call", "Console"} <= {mark["title"] for mark in marks}
    world.channel("incidents").shows("*INC-1 checkout 5xx*")


def test_a_title_that_shouts_pings_nobody(world: World) -> None:
    world.ana.types("/incident <!channel> is *down* <@U0BO> sev3")

    assert "channel" in world.markup
    assert "<!channel>" not in world.markup
    assert "@bo" in world.room("inc-1").text
    assert "<@U0BO>" not in world.markup


def test_no_words_open_the_form_and_the_form_declares(world: World) -> None:
    world.ana.types("/incident")
    boot = world.slack.core.state.views

    opened = [one for one in boot if one.user == "U0ANA"][-1]
    world.slack.act.view(
        "U0ANA",
        opened.id,
        {
            "title": {"declare.changed:title": "Search is slow"},
            "services": {"declare.changed:services": {"selected_options": [{"value": "search"}]}},
        },
    )
    world.settle()

    world.room("inc-1").shows("INC-1 Search is slow")
    world.room("inc-1").shows("`search`")


def test_a_second_declaration_of_the_same_service_offers_to_join(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    answer = world.bo.types("/incident checkout is broken @checkout")

    assert "Is it the same outage?" in words_of(answer)
    assert not world.calls("conversations.create")[1:]


def test_a_wrong_service_is_met_with_the_nearest_name(world: World) -> None:
    answer = world.ana.types("/incident oncall chekout")

    assert "There is no service called chekout." in words_of(answer)
    assert "checkout" in words_of(answer)


def test_an_unknown_word_in_a_room_is_answered_with_what_it_may_have_been(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    answer = world.ana.types("/incident reslove", where="inc-1")

    assert "I do not know `reslove`." in words_of(answer)
    assert "/incident resolve" in words_of(answer)


def test_a_verb_of_the_room_typed_elsewhere_asks_which_incident(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    answer = world.ana.types("/incident who", where="general")

    assert "Which incident is `who` about?" in words_of(answer)


def test_the_same_signed_request_twice_changes_nothing(world: World) -> None:
    seen = []
    deliver = world.slack.deliver

    def remember(delivery):
        seen.append(delivery)
        return deliver(delivery)

    world.slack.deliver = remember
    world.ana.types("/incident checkout 5xx sev2")

    again = deliver(seen[0])
    world.settle()

    assert again.status == 200
    assert "already done" in again.body.decode()
    assert len(world.calls("conversations.create")) == 1
