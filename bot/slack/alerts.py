"""What alerts say in the room: what fires and why it is said here, and what is over.

An alert that ends does not end the incident. The room is told, and offered to say so itself.
"""

from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import Routes
from incidents.model.text import shorten

routes = Routes()

_NAME, _SUMMARY = 100, 200  # characters of each alert; ten of them have to fit one message
_LINK = 800  # characters; the address of a longer one is on the timeline


@routes.say("alert_fired")
def alert_fired(facts: dict[str, Any]) -> Message:
    """In the room: alerts that fire, and why they are said here."""
    headline = _headline(facts, ":bell:", "fires", "fire")
    because = mrkdwn.escape(str(facts["because"]))
    return Message(headline, [*_body(facts, headline), blocks.context(because)])


@routes.say("alert_resolved")
def alert_resolved(facts: dict[str, Any]) -> Message:
    """In the room: alerts that are over. Once the last one is, the way to the end is offered."""
    headline = _headline(facts, ":no_bell:", "is over", "are over")
    body = _body(facts, headline)
    key, firing = str(facts["key"]), int(facts["firing"])
    if firing:
        still = "1 alert still fires" if firing == 1 else f"{firing} alerts still fire"
        return Message(f"{headline} {still}.", [*body, blocks.context(f"{still} for {key}.")])
    quiet = f"No alert fires for {key} any more. It stays open until somebody resolves it."
    buttons = blocks.actions(
        blocks.button("Resolve", "lifecycle.resolve_form", key),
        blocks.button("Change status", "lifecycle.status_form", key),
    )
    return Message(f"{headline} {quiet}", [*body, blocks.section(quiet), buttons])


def _headline(facts: dict[str, Any], emoji: str, one: str, many: str) -> str:
    """``:bell: *HighErrorRate* fires.`` or ``:bell: *3 alerts* fire.``"""
    count = len(facts["alerts"]) + int(facts["more"])
    if count == 1:
        name = mrkdwn.escape(shorten(str(facts["alerts"][0]["name"]), _NAME))
        return f"{emoji} {mrkdwn.bold(name)} {one}."
    return f"{emoji} {mrkdwn.bold(f'{count} alerts')} {many}."


def _body(facts: dict[str, Any], headline: str) -> list[Block]:
    alerts, more = facts["alerts"], int(facts["more"])
    if len(alerts) + more == 1:
        return [blocks.section(" ".join((headline, *_details(alerts[0]))))]
    lines = [blocks.section(" ".join(("•", _name(one), *_details(one)))) for one in alerts]
    rest = [blocks.context(f"and {more} more, which are on the timeline")] if more else []
    return [blocks.section(headline), *lines, *rest]


def _name(alert: dict[str, str]) -> str:
    return mrkdwn.bold(mrkdwn.escape(shorten(alert["name"], _NAME)))


def _details(alert: dict[str, str]) -> list[str]:
    """What it says, unless that is its name once more, and where it can be looked at."""
    summary, url = alert["summary"], alert["url"]
    said = [mrkdwn.escape(shorten(summary, _SUMMARY))] if summary != alert["name"] else []
    seen = [mrkdwn.link(url, "See the alert")] if url and len(url) <= _LINK else []
    return [*filter(None, said), *seen]
