"""What whoever runs the bot reads in their channel."""

from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Message
from bot.slack.router import Routes

routes = Routes()


@routes.say("ops_told")
def ops_told(facts: dict[str, Any]) -> Message:
    """What is wrong with the bot itself, and what to do about it."""
    headline = mrkdwn.escape(str(facts["headline"]))
    lines = "\n".join(mrkdwn.escape(str(line)) for line in facts["words"])
    return Message(
        f"warroom: {headline}.", [blocks.section(f":wrench: *{headline}*\n{lines}".strip())]
    )
