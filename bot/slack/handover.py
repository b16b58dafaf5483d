"""Command changes hands: asked with a brief, accepted or declined, and never left lying."""

from datetime import datetime
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.lifecycle import remember
from bot.slack.roles import find_person
from bot.slack.router import Answer, Ask, Routes
from incidents.actions import handover
from incidents.model.ids import PersonId
from incidents.model.roles import Role

routes = Routes()

_MOST = 8  # action items, notes or steps that are listed


@routes.verb("handoff", "@person", "Hand command over", aliases=("handover",), needs="hand over")
def hand_off(ask: Ask) -> Answer:
    """``handoff @bo``: the one who is named has to accept."""
    if not ask.text.strip():
        return ask.open(_form(ask))
    return _hand_over(ask, find_person(ask, ask.text.split()[0]))


@routes.button("handover.form", needs="hand over")
def form(ask: Ask) -> Answer:
    """The button for whoever left the room."""
    return ask.open(_form(ask))


@routes.form("handover", needs="hand over")
def hand_over_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    if not ask.typed("person"):
        return Answer(errors={"person": "Choose a person."})
    return _hand_over(ask, PersonId(ask.typed("person")))


@routes.button("handover.back", needs="answer a call")
def come_back(ask: Ask) -> Answer:
    """Whoever left the room goes back into it."""
    incident = handover.come_back(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    where = mrkdwn.channel(incident.room) if incident.room else "the room"
    return _said(f"You are on your way back into {where}, and command {incident.key}.")


@routes.say("hand_over_asked")
def asked(facts: dict[str, Any]) -> Message:
    """In the room: who shall take over, and what they have to know."""
    who, giver = mrkdwn.person(facts["person"]), mrkdwn.person(facts["hands_over"])
    text = f":handshake: {who}, {giver} asks you to take command of *{facts['key']}*."
    return _asked(facts, text, f"{giver} commands until you accept.")


@routes.say("hand_over_asked_directly")
def asked_directly(facts: dict[str, Any]) -> Message:
    """By direct message: the same."""
    giver, title = mrkdwn.person(facts["hands_over"]), mrkdwn.escape(facts["title"])
    text = f":handshake: {giver} asks you to take command of *{facts['key']}* {title}."
    return _asked(facts, text, f"{giver} commands until you accept.")


@routes.say("hand_over_refused")
def refused(facts: dict[str, Any]) -> Message:
    """To whoever wanted to hand over: they have it still."""
    who, key = mrkdwn.person(facts["person"]), facts["key"]
    did = "declined to take over" if facts["state"] == "passed" else "did not answer about taking"
    text = f":warning: {who} {did} *{key}*: you still command it."
    again = blocks.button("Hand over", "handover.form", f"{key} commander")
    return Message(f"You still command {key}.", [blocks.section(text), blocks.actions(again)])


@routes.say("commander_left")
def commander_left(facts: dict[str, Any]) -> Message:
    """In the room: the commander has gone."""
    text = f":warning: {mrkdwn.person(facts['person'])} left the room and still commands."
    take_it = blocks.button("Take command", "roles.take_over", f"{facts['key']} commander")
    hint = "They are asked to come back or hand over."
    body = [blocks.section(f"{text} {hint}"), blocks.actions(take_it)]
    return Message(text, [*body, *_until(facts, "Otherwise somebody else is asked {}.")])


@routes.say("you_left")
def you_left(facts: dict[str, Any]) -> Message:
    """By direct message: you still command."""
    key = facts["key"]
    text = f":warning: You left the room of *{key}* and still command it."
    buttons = blocks.actions(
        blocks.button("Go back in", "handover.back", f"{key} commander", style="primary"),
        blocks.button("Hand over", "handover.form", f"{key} commander"),
    )
    late = _until(facts, "If you do neither, somebody else is asked {}.")
    return Message(f"You still command {key}.", [blocks.section(text), buttons, *late])


def _asked(facts: dict[str, Any], text: str, meanwhile: str) -> Message:
    value = f"{facts['key']} {facts['role']}"
    accept = blocks.button("Accept", "roles.accept", value, style="primary")
    decline = blocks.button("Decline", "roles.pass", value)
    small = f"{meanwhile} Without an answer by {facts['until']} it stays so."
    return Message(
        text,
        [
            blocks.section(text),
            *brief(facts["brief"]),
            blocks.actions(accept, decline),
            blocks.context(small),
        ],
    )


def brief(facts: dict[str, Any]) -> list[Block]:
    """What is known, open and promised, who holds what, and where triage stands."""
    found = [
        ("Known", _known(facts["known"])),
        ("Open", _open(facts["open"])),
        ("Promised", _promised(facts["promised"])),
        ("Who", [_who(one) for one in facts["holds"]]),
        ("Triage", _triage(facts["triage"])),
    ]
    return [blocks.section("\n".join((f"*{name}*", *lines))) for name, lines in found if lines]


def _known(known: dict[str, Any]) -> list[str]:
    services = ", ".join(mrkdwn.code(one) for one in known["services"])
    about = f" Affected: {services}." if services else ""
    lines = [f"{known['severity']}, {known['status']}, since {_at(known['since'])}.{about}"]
    if known["impact"]:
        lines.append(f"Impact: {mrkdwn.escape(_short(known['impact']))}")
    if known["update"]:
        update = known["update"]
        lines.append(f"Last update {_at(update['at'])}: {mrkdwn.escape(_short(update['text']))}")
    notes = known["notes"]
    return [*lines, *(f"• {_at(one['at'])} {mrkdwn.escape(_short(one['text']))}" for one in notes)]


def _open(found: dict[str, Any]) -> list[str]:
    lines = [_item(one) for one in found["actions"][:_MOST]]
    lines += [f"• Not done: {mrkdwn.escape(_short(step))}" for step in found["failed"][:_MOST]]
    more = len(found["actions"]) - _MOST
    if more > 0:
        lines.append(f"… and {more} more")
    return lines or ["No action items, nothing that failed."]


def _item(one: dict[str, Any]) -> str:
    due = f", due {_at(one['due_at'])}" if one["due_at"] else ""
    title, owner = mrkdwn.escape(_short(one["title"])), mrkdwn.person(one["owner"])
    return f"• {one['number']}: {title}, {owner}{due}"


def _promised(found: dict[str, Any]) -> list[str]:
    if not found["at"]:
        return ["No update is promised."]
    late = " :warning: it is late" if found["is_late"] else ""
    return [f"The next update {_at(found['at'])}{late}"]


def _who(one: dict[str, Any]) -> str:
    holder = mrkdwn.person(one["person"]) if one["person"] else "nobody"
    waits = f" ({mrkdwn.person(one['asked'])} is asked)" if one["asked"] else ""
    return f"{Role(one['role']).title.capitalize()}: {holder}{waits}"


def _triage(found: dict[str, Any] | None) -> list[str]:
    if found is None:
        return []
    tree = mrkdwn.escape(found["tree"])
    if found["outcome"]:
        return [f"{tree}: came to {mrkdwn.escape(found['outcome'])}"]
    return [f"{tree} waits at: {mrkdwn.escape(_short(found['question']))}"]


def _short(text: str) -> str:
    """One line; the whole of it is on the timeline."""
    line = " ".join(text.split())
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"


_LINE = 140


def _at(moment: str) -> str:
    return mrkdwn.at(datetime.fromisoformat(moment))


def _until(facts: dict[str, Any], words: str) -> list[Block]:
    return [blocks.context(words.format(_at(facts["until"])))] if facts.get("until") else []


def _hand_over(ask: Ask, person: PersonId) -> Answer:
    handover.hand_over(ask.desk, ask.here.number, person, by=ask.by, now=ask.now)
    return _said(f"{mrkdwn.person(person)} is asked to take over; you command until they accept.")


def _form(ask: Ask) -> dict[str, Any]:
    person = blocks.people_select("person", "Person")
    hint = "They see a brief made from the record. You command until they accept."
    return blocks.modal(
        "handover",
        f"Hand over {ask.here.key}",
        [blocks.field_of("person", "To whom?", person), blocks.context(hint)],
        submit="Ask them",
        metadata=remember(ask, ask.here),
    )


def _said(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]))
