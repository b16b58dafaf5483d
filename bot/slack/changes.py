"""What was changed before it began: the first thing a responder asks."""

from datetime import datetime
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import Answer, Ask, Routes
from incidents.queries.changes import lately
from incidents.queries.suspects import suspects_of

routes = Routes()

_RANKED = 5
_LISTED = 10


@routes.verb("changes", "", "What was changed before it began, the likeliest first", needs="look")
def changes(ask: Ask) -> Answer:
    """The changes that may be it, each with its reasons, and the newest of all."""
    incident = ask.here
    with ask.desk.look() as connection:
        found = suspects_of(ask.desk, connection, incident, ask.now)
        newest = lately(ask.desk, connection, incident, limit=_LISTED)
    if not found and not newest:
        text = "No change of its services, or of what they need, is recorded."
        hint = blocks.context("Deployments come in by webhook: see the page “gate” in the console.")
        return Answer(Message(text, [blocks.section(text), hint]))
    body: list[Block] = []
    if found:
        lines = [
            _line(one.change.title.raw, one.change.url, one.change.made_by, one.change.made_at)
            + f"\n      {mrkdwn.escape('; '.join(one.reasons))}"
            for one in found[:_RANKED]
        ]
        body.append(blocks.section("\n".join(["*Before it began, the likeliest first*", *lines])))
        body += blocks.rest(len(found) - _RANKED)
    lines = [
        f"{_line(one.title.raw, one.url, one.made_by, one.made_at)} · {mrkdwn.escape(one.service)}"
        for one in newest
    ]
    body.append(blocks.section("\n".join(["*The newest*", *lines])))
    return Answer(Message(f"Changes before {incident.key}", body))


@routes.say("suspects")
def suspects(facts: dict[str, Any]) -> Message:
    """In the room as it opens: what to look at first."""
    lines = [
        _line(one["title"], one["url"], one["made_by"], datetime.fromisoformat(one["at"]))
        + f"\n      {mrkdwn.escape('; '.join(one['because']))}"
        for one in facts["suspects"]
    ]
    text = "\n".join([":ship: *Changed before it began, the likeliest first*", *lines])
    return Message(text, [blocks.section(text), *blocks.rest(facts["more"])])


def _line(title: str, url: str, made_by: str, at: datetime) -> str:
    named = mrkdwn.link(url, title) if url else mrkdwn.escape(title)
    by = f" by {mrkdwn.escape(made_by)}" if made_by else ""
    return f"• {mrkdwn.clock_time(at)} {named}{by}"
