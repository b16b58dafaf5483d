"""What a room reads when alerts fire and end, and that nothing in an alert can do harm there."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from world import World

from bot.emulator.blockkit import check_message
from bot.slack.alerts import alert_fired, alert_resolved
from bot.slack.blocks import Message
from incidents.store.tables import effect

ERRORS = {
    "name": "HighErrorRate",
    "summary": "5xx above 5 %",
    "url": "https://prometheus.example.com/graph",
}
LATENCY = {"name": "Latency", "summary": "Latency", "url": ""}
WHERE = "<https://prometheus.example.com/graph|See the alert>"


def fired(*alerts: dict[str, str], more: int = 0, because: str = "tier 1") -> dict[str, Any]:
    return {"alerts": list(alerts), "more": more, "because": because}


def over(*alerts: dict[str, str], more: int = 0, firing: int = 0) -> dict[str, Any]:
    return {"alerts": list(alerts), "more": more, "key": "INC-1", "number": 1, "firing": firing}


def words(message: Message) -> list[str]:
    """The text of each block, from top to bottom; buttons by their labels."""
    found: list[str] = []
    for block in message.blocks:
        parts = [block["text"]] if "text" in block else block["elements"]
        texts = [one["text"] for one in parts]
        found += [one if isinstance(one, str) else f"[{one['text']}]" for one in texts]
    return found


def test_one_alert_is_one_line_with_its_reason() -> None:
    message = alert_fired(fired(ERRORS, because="sev2: severity is page, and tier 1"))

    assert message.text == ":bell: *HighErrorRate* fires."
    assert words(message) == [
        f":bell: *HighErrorRate* fires. 5xx above 5 % {WHERE}",
        "sev2: severity is page, and tier 1",
    ]


def test_a_name_is_not_said_twice() -> None:
    assert words(alert_fired(fired(LATENCY)))[0] == ":bell: *Latency* fires."


def test_several_alerts_are_counted_and_listed() -> None:
    assert words(alert_fired(fired(ERRORS, LATENCY, more=3))) == [
        ":bell: *5 alerts* fire.",
        f"• *HighErrorRate* 5xx above 5 % {WHERE}",
        "• *Latency*",
        "and 3 more, which are on the timeline",
        "tier 1",
    ]


def test_while_others_fire_the_end_of_an_alert_offers_nothing() -> None:
    assert words(alert_resolved(over(LATENCY, firing=1))) == [
        ":no_bell: *Latency* is over.",
        "1 alert still fires for INC-1.",
    ]
    assert words(alert_resolved(over(LATENCY, firing=2)))[-1] == "2 alerts still fire for INC-1."


def test_once_the_last_alert_is_over_the_room_is_offered_the_end() -> None:
    message = alert_resolved(over(ERRORS, LATENCY))

    assert words(message)[0] == ":no_bell: *2 alerts* are over."
    assert words(message)[-3:] == [
        "No alert fires for INC-1 any more. It stays open until somebody resolves it.",
        "[Resolve]",
        "[Change status]",
    ]
    buttons = message.blocks[-1]["elements"]
    assert [(one["action_id"], one["value"]) for one in buttons] == [
        ("lifecycle.resolve_form", "INC-1"),
        ("lifecycle.status_form", "INC-1"),
    ]


def test_a_room_follows_its_alerts_from_the_first_to_the_last(
    light_world: World, post: Any
) -> None:
    alert = {"name": "HighErrorRate", "service": "checkout", "severity": "page", "key": "1"}
    post("generic", {"alerts": [{**alert, "summary": "5xx <!channel> *above* 5 %"}]})
    light_world.passes(minutes=2)
    post("generic", {"alerts": [{**alert, "name": "Latency", "key": "2"}]})

    room = light_world.room("inc-1")
    room.shows("*HighErrorRate* fires. 5xx &lt;!channel&gt; *\u2060above*\u2060 5 %")
    room.shows("*Latency* fires.")
    room.shows("INC-1 is open for checkout")

    light_world.clock.pass_(timedelta(minutes=2))
    post("generic", {"alerts": [{**alert, "status": "resolved"}]})
    room.shows("1 alert still fires for INC-1.")

    post("generic", {"alerts": [{**alert, "key": "2", "status": "resolved"}]})
    room.shows("No alert fires for INC-1 any more.")
    light_world.bo.presses("Resolve", where=room)

    (view,) = [one for one in light_world.slack.core.state.views if one.user == "U0BO"]
    assert view.body["callback_id"] == "resolve"
    query = select(effect.c.key, effect.c.error).where(effect.c.state == "dead")
    with light_world.app.desk.look() as connection:
        assert connection.execute(query).all() == []


ANY = st.fixed_dictionaries(
    {
        "name": st.text(min_size=1, max_size=200),
        "summary": st.text(max_size=300) | st.just("<&>*_`" * 50),
        "url": st.just("") | st.just("https://example.com/" + "a" * 700 + "|>"),
    }
)


@given(alerts=st.lists(ANY, min_size=1, max_size=10), more=st.integers(0, 999), text=st.text())
def test_whatever_alerts_say_slack_takes_the_message_and_nobody_is_pinged(
    alerts: list[dict[str, str]], more: int, text: str
) -> None:
    messages = (
        alert_fired(fired(*alerts, more=more, because=text)),
        alert_resolved(over(*alerts, more=more)),
        alert_resolved(over(*alerts, more=more, firing=more)),
    )

    for message in messages:
        sent = message.as_arguments()
        check_message(sent["blocks"])
        markup = sent["text"] + "".join(words(message))
        assert "<!" not in markup
        assert "<@" not in markup
        assert markup.count("<") == markup.count("<https://example.com/")
