"""``/incident convert``: the channel in which people fight an outage becomes its room."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Message
from bot.slack.client import SlackSays
from bot.slack.declare import declare_at_once, insisted, wish_of
from bot.slack.declare_form import open_form
from bot.slack.grounds import ground_of, talk_before
from bot.slack.router import SILENT, Answer, Ask, Routes
from incidents.actions import converting as actions
from incidents.actions.deliver import Ambiguous, NotSent, Throttled

routes = Routes()


@routes.verb(
    "convert",
    "[title] [sev2] [@service]",
    "Declare, and make this channel the room; with no words a form opens",
    in_room=False,
    needs="declare",
)
def convert(ask: Ask) -> Answer:
    """Like declaring: words declare at once, no words open the form."""
    wish = wish_of(ask, ask.text)
    ground = ground_of(ask, ask.channel, is_private=wish.is_private)
    wish = replace(wish, is_private=wish.is_private or ground.is_private)
    memory = {"converts": ask.channel}
    if wish.title:
        return declare_at_once(ask, wish, memory)
    if wish.started_at is None:
        wish = replace(wish, started_at=_began(ask))
    return open_form(ask, wish, memory)


@routes.button("convert.anyway", needs="declare")
def convert_anyway(ask: Ask) -> Answer:
    """Somebody insists: it is another outage than the one that is open."""
    return insisted(ask, {"converts": ask.seat})


@routes.button("convert.take", needs="note")
def take(ask: Ask) -> Answer:
    """What was said before goes on the timeline."""
    everything = ask.value.endswith(" all")
    actions.bring_along(ask.desk, ask.here.number, everything=everything, by=ask.by, now=ask.now)
    return SILENT


@routes.button("convert.start", needs="set a key time")
def start(ask: Ask) -> Answer:
    """It started with the first message."""
    actions.start_there(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    return SILENT


@routes.say(actions.VIEW)
def said_before(facts: dict[str, Any]) -> Message:
    """In the room: what people said here before it was one, and what can be done with it."""
    key, since, all_ = facts["key"], facts["since"], facts["all"]
    began = mrkdwn.at(datetime.fromisoformat(facts["began"]))
    said = _messages(since)
    head = f":inbox_tray: {said} here from {began} on, before this was the room of {key}."
    taking = facts.get("taking", "")
    if taking:
        head += (
            f"\n{mrkdwn.person(taking)} is putting them on the timeline; a long conversation "
            "takes a few minutes."
        )
    if facts["taken"]:
        head += (
            f"\n{mrkdwn.person(facts['taken'])} put them on the timeline, each with its own time."
        )
    buttons = []
    if not (taking or facts["taken"]):
        head += "\nTheir threads, and what bots said, go on the timeline with them."
        buttons.append(blocks.button("Put them on the timeline", "convert.take", f"{key} since"))
        if all_ > since:
            label = f"All of the last 24 hours ({all_})"
            buttons.append(blocks.button(label, "convert.take:all", f"{key} all"))
    if not facts["has_start"]:
        buttons.append(blocks.button("It started then", "convert.start", key))
    shown = [blocks.section(head)]
    return Message(head, [*shown, blocks.actions(*buttons)] if buttons else shown)


def _messages(count: int) -> str:
    return "One message was written" if count == 1 else f"{count} messages were written"


def _began(ask: Ask) -> datetime | None:
    """When people began to talk about it, if we are in the channel; else the form says nothing."""
    me = ""  # what we say ourselves has a bot's id
    try:
        talk = talk_before(ask.client, ask.channel, me, ask.now)
    except (SlackSays, NotSent, Throttled, Ambiguous):
        return None
    return talk.began.replace(second=0, microsecond=0) if talk else None
