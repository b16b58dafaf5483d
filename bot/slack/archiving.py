"""Rooms that will be put away: said before, with the button that keeps them."""

from datetime import datetime
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Message
from bot.slack.router import SILENT, Answer, Ask, Routes
from incidents.actions import archiving

routes = Routes()


@routes.button("archive.keep", needs="close")
def keep(ask: Ask) -> Answer:
    """Keep the room; the announcement itself tells that it stays."""
    archiving.keep(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    return SILENT


@routes.say("archive_soon")
def archive_soon(facts: dict[str, Any]) -> Message:
    """In the room, before it is put away; or that it was kept."""
    at = mrkdwn.at(datetime.fromisoformat(facts["at"]))
    if facts["state"] == "kept":
        text = f":file_folder: {mrkdwn.person(facts['by'])} keeps this room until {at}."
        return Message(text, [blocks.context(text)])
    text = f":file_folder: This room is archived on {at}. Everything stays readable and findable."
    button = blocks.button("Keep it open", "archive.keep", facts["key"])
    return Message(text, [blocks.section(text), blocks.actions(button)])
