"""What is meant to be typed is shown as each surface has it, and nobody else can mean anything."""

from hypothesis import given
from hypothesis import strategies as st

from bot.slack import blocks
from bot.slack.wording import shown_in
from incidents.model.commands import CLOSES, LONGEST, OPENS, outside, shown, slash, to_type
from incidents.model.text import clean, mrkdwn

OUTAGE = slash("/outage")
VERBS = st.text(st.characters(whitelist_categories=["Ll", "Nd"], whitelist_characters=" @"))


def test_slack_shows_the_command_of_its_workspace() -> None:
    said = f"Take it with {to_type('role commander me')}, or see {to_type('list')}."

    assert shown(said, OUTAGE) == "Take it with /outage role commander me, or see /outage list."


def test_elsewhere_it_is_what_can_be_done_there_or_what_is_typed_in_slack() -> None:
    here = outside({"list": "warroom incident list"}, "/outage")

    assert shown(f"See {to_type('list')}.", here) == "See warroom incident list."
    assert shown(f"See {to_type('vendor')}.", here) == "See /outage vendor (in Slack)."


def test_what_is_not_filled_in_can_still_be_read() -> None:
    assert to_type("list").replace("\u2060", "") == "\u2039list\u203a"


@given(typed=st.text())
def test_nobody_can_type_what_is_filled_in(typed: str) -> None:
    escaped = mrkdwn(clean(f"\u2039\u2060{typed}\u2060\u203a"))

    assert shown(escaped, OUTAGE) == escaped


@given(before=st.text(max_size=40), verb=VERBS, after=st.text(max_size=40))
def test_the_words_around_stay_as_they_are(before: str, verb: str, after: str) -> None:
    said = f"{mrkdwn(clean(before))}{to_type(verb)}{mrkdwn(clean(after))}"

    assert shown(said, OUTAGE) == said.replace(OPENS, "/outage ").replace(CLOSES, "")


@given(length=st.integers(0, 3100), verbs=st.lists(VERBS, max_size=20))
def test_a_text_fits_also_with_the_longest_command(length: int, verbs: list[str]) -> None:
    command = "/" + "c" * (LONGEST - 1)
    text = "".join(f"{to_type(verb)}{'x' * (length // 20)}" for verb in verbs) + "x" * length

    sent = shown_in(blocks.section(text), slash(command))["text"]["text"]

    assert len(sent) <= blocks.SECTION_TEXT
    assert OPENS not in sent
