"""Drills: everything that is said about one begins with the word."""

from bot.slack import blocks
from bot.slack.blocks import Block, Message
from incidents.model.drills import MARK

_SAYS = f":dart: *{MARK}*"


def marked(message: Message) -> Message:
    """The same, so that nobody takes it for an emergency."""
    if not message.blocks:
        return Message(f"{MARK} · {message.text}")
    return Message(f"{MARK} · {message.text}", _marked(message.blocks))


def _marked(body: list[Block]) -> list[Block]:
    """In the first line, or in a line of its own above what is no paragraph."""
    first, *others = body
    text = first.get("text", {}) if first["type"] == "section" else {}
    if text.get("type") != "mrkdwn":
        return [blocks.section(_SAYS), *body]
    return [{**first, "text": blocks.mrkdwn(f"{_SAYS} · {text['text']}")}, *others]
