"""Private incidents in Slack: make one private, let somebody in, break the glass."""

from datetime import datetime
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Message
from bot.slack.roles import find_person
from bot.slack.router import Answer, Ask, Routes
from incidents.actions import secrecy
from incidents.errors import NotFound, Refused
from incidents.model import ids
from incidents.model.converting import is_borrowed
from incidents.model.features import Feature
from incidents.model.text import clean

routes = Routes()


@routes.verb("private", "", "Only insiders see it from now on, in a new room", needs="make private")
def make_private(ask: Ask) -> Answer:
    """``private``"""
    ask.use(Feature.PRIVATE)
    incident = secrecy.make_private(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    this = "this one is put away. What people wrote here stays in the archive."
    if is_borrowed(ask.here):
        this = "this channel is not its room any more. What people wrote here stays."
    text = f":lock: {incident.key} is private. Its insiders are invited into a new room, and {this}"
    return Answer(Message(text, [blocks.section(text)]))


@routes.verb("invite", "@person", "Bring somebody into the room", needs="invite")
def invite(ask: Ask) -> Answer:
    """``invite @bo``: into a private room only the commander and the security team let people."""
    if ask.here.is_private:
        ask.require("add an insider")
    if not ask.text.strip():
        raise Refused("Invite whom?", instead="Name them: invite @bo")
    person = find_person(ask, ask.text.split()[0])
    secrecy.let_in(ask.desk, ask.here.number, person, by=ask.by, now=ask.now)
    text = f"{mrkdwn.person(person)} is being invited."
    return Answer(Message(text, [blocks.section(text)]))


@routes.verb(
    "break-glass",
    "INC-42 why",
    "For administrators: see a private incident for an hour; its room hears of it",
    needs="break the glass",
    in_room=False,
)
def break_glass(ask: Ask) -> Answer:
    """``break-glass INC-7 the commander cannot be reached``"""
    word, _, why = ask.text.strip().partition(" ")
    number = ids.parse_key(word)
    if number is None:
        raise NotFound("Name the incident.", instead="Like this: break-glass INC-42 why")
    until = secrecy.break_glass(ask.desk, number, clean(why, limit=500).raw, by=ask.by, now=ask.now)
    key = ids.key(number)
    text = (
        f":unlock: You see {key} until {mrkdwn.clock_time(until)}: "
        f"`{ask.command} card {key}`. Its room was told, and so was the audit log."
    )
    return Answer(Message(text, [blocks.section(text)]))


@routes.say("glass_broken")
def glass_broken(facts: dict[str, Any]) -> Message:
    """In the private room: an administrator looks in, until when, and why."""
    until = mrkdwn.clock_time(datetime.fromisoformat(facts["until"]))
    who = mrkdwn.person(facts["person"])
    text = f":unlock: {who} broke the glass of *{facts['key']}* and sees it until {until}."
    return Message(text, [blocks.section(text), blocks.context(mrkdwn.escape(facts["because"]))])


@routes.say("kept_private")
def kept_private(_: dict[str, Any]) -> Message:
    """Instead of what somebody was told before who may not know of it any more."""
    text = ":lock: You are not needed for this any more: it became private."
    return Message(text, [blocks.section(text)])


@routes.say("moved_away")
def moved_away(facts: dict[str, Any]) -> Message:
    """In a room that is given up: nothing that could be told apart from any other end."""
    text = "This room is not used any more."
    if facts.get("stays"):
        text = "This channel is not an incident's room any more."
    return Message(text, [blocks.section(text)])
