"""Somebody is asked to be deputy, comms lead or scribe, and what became of it."""

from datetime import datetime
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Message
from bot.slack.roles import why_not_others
from bot.slack.router import Routes
from incidents.model.commands import to_type
from incidents.model.roles import BRIEFS, Role

routes = Routes()

_BECAME = {
    "accepted": ":white_check_mark: You are {role} of *{key}*.",
    "passed": ":arrow_right: You passed on being {role} of *{key}*.",
    "expired": ":hourglass: Somebody else is asked to be {role} of *{key}* by now.",
    "ended": ":information_source: You are no longer asked to be {role} of *{key}*.",
}


@routes.say("role_asked")
def asked(facts: dict[str, Any]) -> Message:
    """By direct message: what for, why you, why not the others."""
    role = Role(facts["role"])
    title, value = mrkdwn.escape(facts["title"]), f"{facts['key']} {role.value}"
    text = (
        f"{BRIEFS[role].emoji} *{facts['key']}* {title} ({facts['severity']}) "
        f"needs a {role.title}. Please take it."
    )
    until = mrkdwn.at(datetime.fromisoformat(facts["until"]))
    return Message(
        f"{facts['key']} needs a {role.title}.",
        [
            blocks.section(f"{text}\n{mrkdwn.escape(facts['because'])}"),
            *why_not_others(facts),
            blocks.actions(
                blocks.button(f"Be {role.title}", "roles.accept", value, style="primary"),
                blocks.button("Pass", "roles.pass", value),
            ),
            blocks.context(f"Without an answer by {until} somebody else is asked."),
        ],
    )


@routes.say("role_question_closed")
def closed(facts: dict[str, Any]) -> Message:
    """What became of it."""
    role, key = Role(facts["role"]).title, facts["key"]
    text = _BECAME[facts["state"]].format(role=role, key=key)
    return Message(text, [blocks.section(text)])


@routes.say("role_unfilled")
def unfilled(facts: dict[str, Any]) -> Message:
    """In the room: nobody is left to ask; everybody may take it."""
    role = Role(facts["role"])
    text = f":warning: Nobody is left to ask to be {role.title} of *{facts['key']}*."
    take = blocks.button(f"Be {role.title}", "roles.take", f"{facts['key']} {role.value}")
    way = f"Or give it to somebody: `{to_type(f'role {role.value} @person')}`."
    because = blocks.context(f"{mrkdwn.escape(facts['because'])} {way}")
    return Message(text, [blocks.section(text), because, blocks.actions(take)])
