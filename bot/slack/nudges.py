"""Nudges in the room: what is true, the button that does something about it, and Dismiss."""

from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Message
from bot.slack.router import SILENT, Answer, Ask, Routes
from incidents.actions import nudging

routes = Routes()

_BUTTONS = {
    "no_commander": ("Take command", "roles.take", " commander"),
    "calm": ("Resolve", "lifecycle.resolve_form", ""),
    "unfiled": ("Close", "lifecycle.close", ""),
}


@routes.button("nudge.dismiss", needs="change the status")
def dismiss(ask: Ask) -> Answer:
    """Not again; the nudge itself tells who said so."""
    name = ask.value.partition(" ")[2]
    nudging.dismiss(ask.desk, ask.here.number, name, by=ask.by, now=ask.now)
    return SILENT


@routes.say("nudge")
def nudge(facts: dict[str, Any]) -> Message:
    """What is true; or that it is not any more, or that somebody had enough of it."""
    key, said = facts["key"], mrkdwn.escape(facts["say"])
    if facts["state"] == "over":
        return _line(f":white_check_mark: ~{said}~ Not any more.")
    if facts["state"] == "dismissed":
        return _line(f":zzz: {said} {mrkdwn.person(facts['by'])} dismissed this.")
    whom = f"{mrkdwn.person(facts['to'])}: " if facts["to"] else ""
    label, action, more = _BUTTONS[facts["code"]]
    row = blocks.actions(
        blocks.button(label, action, f"{key}{more}", style="primary"),
        blocks.button("Dismiss", "nudge.dismiss", f"{key} {facts['name']}"),
    )
    return Message(f"{key}: {said}", [blocks.section(f":bell: {whom}{said}"), row])


def _line(text: str) -> Message:
    return Message(text, [blocks.context(text)])
