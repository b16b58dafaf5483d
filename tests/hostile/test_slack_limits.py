"""F33: however large an incident is, Slack takes every message, form and topic about it.

Checked twice: by the embedded workspace's own Block Kit, and by limits written down independently.
What had to be cut is marked, and no button is ever cut.
"""

import json
from typing import Any

import pytest
from hostile.generated import CARDS, SAID
from hostile.limits import faults_of_message, faults_of_view
from hostile.sizes import sized
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.emulator.blockkit import check_message, check_view
from bot.slack import blocks, room
from bot.slack.blocks import Message
from bot.slack.features import ALL
from incidents.model.text import plain
from incidents.queries.card import Card

BIG = settings(
    max_examples=sized(60, 10_000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SMALL = settings(BIG, max_examples=sized(8, 560))


@BIG
@given(card=CARDS)
def test_card_announcement_and_topic_of_any_incident_fit(card: Card) -> None:
    sent = fits(room.card(card))
    fits(room.announcement(card))

    assert len(room.topic(card)) <= 250
    assert [one for one in sent if one["type"] == "actions"] == [
        one for one in room.card(card).blocks if one["type"] == "actions"
    ]
    for text in (card.incident.impact, card.incident.title):
        whole = plain(text) in as_read(sent)
        assert whole or "…" in as_read(sent)


@pytest.mark.parametrize("name", sorted(ALL.words))
def test_whatever_is_said_fits(name: str) -> None:
    @SMALL
    @given(facts=SAID[name])
    def property_of(facts: dict[str, Any]) -> None:
        message = ALL.words[name](json.loads(json.dumps(facts)))

        sent = fits(message.under("From yesterday."))
        buttons = [one for one in message.blocks if one["type"] == "actions"]
        assert [one for one in sent if one["type"] == "actions"] == buttons

    property_of()


TEXT = st.text("W&<\n", max_size=5000)
BLOCK = st.one_of(
    TEXT.map(blocks.section),
    TEXT.map(blocks.context),
    TEXT.map(blocks.header),
    st.lists(TEXT, min_size=1, max_size=30).map(lambda texts: blocks.fields(*texts)),
    st.lists(TEXT, min_size=1, max_size=3).map(
        lambda texts: blocks.actions(
            *(blocks.button(text, f"a:{at}", text[:99]) for at, text in enumerate(texts))
        )
    ),
)


@SMALL
@given(text=TEXT, body=st.lists(BLOCK, max_size=120))
def test_no_message_of_these_blocks_is_too_large(text: str, body: list[dict[str, Any]]) -> None:
    sent = fits(Message(f"x{text}", body))

    left_out = len(sent) < len(body)
    assert not left_out or "… there is more than a message can hold" in as_read(sent)


@SMALL
@given(body=st.lists(BLOCK, min_size=1, max_size=120), text=TEXT)
def test_no_form_of_these_blocks_is_too_large(body: list[dict[str, Any]], text: str) -> None:
    field = blocks.field_of(
        "words", f"x{text}", blocks.text_input("words", initial=text, placeholder=text), hint=text
    )
    view = blocks.modal("form", f"x{text}", [field, *body], submit=f"x{text}")

    assert faults_of_view(view) == []
    check_view(view, "modal")
    assert faults_of_view(blocks.home(body)) == []
    check_view(blocks.home(body), "home")


def test_the_limits_can_be_broken() -> None:
    too_long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}

    assert faults_of_message({"text": "x", "blocks": [too_long]}) == [
        "message/blocks/0/text has 3001 of 3000 characters"
    ]
    assert faults_of_message({"text": "", "blocks": [blocks.divider()] * 51}) == [
        "message/blocks has 51 of 50 entries",
        "message/text has 0 characters",
    ]
    twice = blocks.actions(blocks.button("A", "same"), blocks.button("B", "same"))
    assert faults_of_view({"blocks": [twice]}) == ["view/blocks/0/elements has same 2 times"]


@pytest.mark.parametrize("end", ["<@U0ANA>", "&amp;", "<https://x.example/a|b>"])
@pytest.mark.parametrize("short", range(12))
def test_a_cut_never_ends_inside_a_mention_or_an_escaped_letter(end: str, short: int) -> None:
    text = "x" * (3000 - short) + end * 3

    cut = blocks.mrkdwn(text)["text"]

    assert len(cut) <= 3000
    assert cut.endswith(("x…", f"{end}…")) or cut == text


def fits(message: Message) -> list[dict[str, Any]]:
    """The blocks that are sent, which Slack takes."""
    arguments = message.as_arguments()
    assert faults_of_message(arguments) == []
    check_message(arguments["blocks"])
    return list(arguments["blocks"])


def as_read(value: Any) -> str:
    """Everything that can be read in it, as people read it."""
    if isinstance(value, list):
        return "\n".join(map(as_read, value))
    if not isinstance(value, dict):
        return ""
    own = value.get("text")
    if isinstance(own, str) and value["type"] == "plain_text":
        return own
    if isinstance(own, str):
        shown = own.replace("\u2060", "").replace("&lt;", "<").replace("&gt;", ">")
        return shown.replace("&amp;", "&")
    return "\n".join(map(as_read, value.values()))
