"""Who is asked next while nobody commands: on the card, in the room, by hand, and why."""

from datetime import datetime
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import Answer, Ask, Routes, split_verb
from incidents.actions import answering, climbing
from incidents.model.escalation import Standing, speed_of
from incidents.queries.escalation import Ascent, ascent_of
from incidents.store.pages import Page

routes = Routes()

_PAGED_SHOWN = 3


@routes.verb("escalate", "[stop why]", "Ask the next on the path now, or nobody else", needs="page")
def escalate(ask: Ask) -> Answer:
    """``escalate``, ``escalate stop we have everybody we need``"""
    word, rest = split_verb(ask.text)
    if word == "stop":
        ask.require("stop the escalation")
        climbing.stop(ask.desk, ask.here.number, rest, by=ask.by, now=ask.now)
        return _said(":black_square_for_stop: Nobody else is asked until somebody escalates.")
    hop = climbing.climb_now(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    return _said(f":arrow_up: Asking {mrkdwn.escape(hop.whom)} now.")


@routes.button("pages.ack", needs="answer a call")
def acknowledge(ask: Ask) -> Answer:
    """The button under a page: it falls silent everywhere."""
    page = ask.value.partition(" ")[2]
    answering.acknowledge(ask.desk, page, by=ask.by, now=ask.now)
    return _said(f":ok_hand: Acknowledged. {ask.here.key} knows that you are on it.")


@routes.say("escalated")
def escalated(facts: dict[str, Any]) -> Message:
    """In the room: who was asked too, and why."""
    who = ", ".join(mrkdwn.person(one) for one in facts["people"])
    text = f":arrow_up: *{facts['key']}* was escalated to {who} ({facts['hop']} of {facts['of']})."
    return Message(
        f"{facts['key']} was escalated to {who}.",
        [blocks.section(text), blocks.context(mrkdwn.escape(facts["because"]))],
    )


@routes.say("paged")
def paged(facts: dict[str, Any]) -> Message:
    """By direct message: you are wanted; and once it is answered, by whom."""
    key, title = facts["key"], mrkdwn.escape(facts["title"])
    reason = blocks.context(mrkdwn.escape(facts["because"]))
    if facts["state"] != "open":
        verb = "acknowledged" if facts["state"] == "acknowledged" else "closed"
        text = f":ok_hand: *{key}* {title}: {verb} by {mrkdwn.person(facts['by'])}."
        return Message(f"{key}: the page was {verb}.", [blocks.section(text), reason])
    where = f" Come to {mrkdwn.channel(facts['room'])}." if facts.get("room") else ""
    text = f":bell: {mrkdwn.person(facts['by'])} needs you in *{key}* {title}.{where}"
    button = blocks.button("Acknowledge", "pages.ack", f"{key} {facts['page']}", style="primary")
    body: list[Block] = [blocks.section(text), reason, blocks.actions(button)]
    return Message(f"You are needed in {key}.", body)


def on_card(ascent: Ascent | None, pages: tuple[Page, ...], now: datetime) -> list[str]:
    """Fields of the card: who is asked next and when, and who was paged and has not answered."""
    fields = []
    if ascent is not None and ascent.is_climbing and ascent.coming and ascent.next_at:
        whom = mrkdwn.escape(ascent.coming.whom)
        when = mrkdwn.clock_time(max(ascent.next_at, now))
        fields.append(f"*Escalates*\nto {whom} at {when}, unless somebody takes command")
    silent = [one for one in pages if one.state == "open" and one.purpose != "command"]
    if silent:
        shown = ", ".join(mrkdwn.person(one.person) for one in silent[:_PAGED_SHOWN])
        more = f" and {len(silent) - _PAGED_SHOWN} more" if len(silent) > _PAGED_SHOWN else ""
        since = mrkdwn.clock_time(silent[0].paged_at)
        fields.append(f"*Paged, no answer yet*\n{shown}{more}, since {since}")
    return fields


def why(ask: Ask) -> list[Block]:
    """The path, how far it is climbed, and how fast; nothing if there is none."""
    with ask.desk.look() as connection:
        ascent = ascent_of(ask.desk, connection, ask.here.number)
    if ascent is None:
        return []
    lines = [
        f"{':white_check_mark:' if place < ascent.climb.taken else ':white_small_square:'} "
        f"{mrkdwn.escape(hop.says)}"
        for place, hop in enumerate(ascent.path)
    ]
    return [blocks.section("\n".join((f"*Escalation* {_state(ascent)}", *lines)))]


def _state(ascent: Ascent) -> str:
    because = mrkdwn.escape(ascent.because)
    words = {
        Standing.ANSWERED: f"along the path of {ascent.team} stands still: {because}.",
        Standing.STOPPED: f"along the path of {ascent.team} was stopped: {because}.",
        Standing.OVER: f"along the path of {ascent.team} is over.",
    }.get(ascent.climb.standing)
    if words is not None:
        return words
    speed = speed_of(ascent.climb.burn)
    ahead = f", next at {mrkdwn.clock_time(ascent.next_at)}" if ascent.next_at else ", used up"
    return f"climbs the path of {ascent.team} while nobody commands, {speed}{ahead}."


def _said(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]))
