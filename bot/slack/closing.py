"""The closing gate: everything that is missing, each with the button that clears it."""

import json
from typing import Any

from bot.slack import blocks, comms, mrkdwn
from bot.slack.blocks import Block, Element, Message
from bot.slack.router import SILENT, Answer, Ask, Routes, stale
from incidents.actions import closing
from incidents.actions.closing import NotYet
from incidents.model.commands import to_type
from incidents.model.incident import Incident
from incidents.model.lifecycle import Blocker
from incidents.model.text import clean
from incidents.render.updates import AUDIENCES

routes = Routes()

_BUTTONS: dict[str, tuple[str, str, str]] = {
    "not_resolved": ("Resolve", "lifecycle.resolve_form", ""),
    "no_commander": ("Take command", "roles.take", " commander"),
    "no_fix": ("Say what fixed it", "closing.fix_form", ""),
    "key_times": ("Set the times", "keytimes.show", ""),
    "update_owed": ("Write the update", "closing.update", " {rest}"),
    "no_postmortem_owner": ("I own it", "closing.own_postmortem", ""),
}
"""What clears a blocker: label, action, and what comes after the key in its value."""


def gate(incident: Incident, not_yet: NotYet) -> Answer:
    """Nothing is closed; only the asker sees what is missing."""
    text = f"{incident.key} cannot be closed yet: {len(not_yet.blockers)} missing"
    body: list[Block] = [blocks.section(f":lock: *{text}*")]
    body += [_line(incident, one) for one in not_yet.blockers]
    body.append(blocks.actions(blocks.button("Close", "lifecycle.close", incident.key)))
    return Answer(Message(f"{text}. {mrkdwn.escape(str(not_yet))}", body))


@routes.verb("fix", "words", "What fixed it, said after it was resolved", needs="resolve")
def fix_by_text(ask: Ask) -> Answer:
    """``fix rolled back v42``"""
    if not ask.text.strip():
        return ask.open(_fix_form(ask))
    return _fixed(ask, ask.text)


@routes.button("closing.fix_form", needs="resolve")
def fix_by_button(ask: Ask) -> Answer:
    """The button in the gate."""
    return ask.open(_fix_form(ask))


@routes.form("fix", needs="resolve")
def fix_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    if not clean(ask.typed("fix")):
        return Answer(errors={"fix": "Say what fixed it: the postmortem starts from here."})
    _fixed(ask, ask.typed("fix"))
    return SILENT


@routes.button("closing.update", needs="send an update")
def owed_update(ask: Ask) -> Answer:
    """The form with a draft for those who were promised it."""
    audience = ask.value.partition(" ")[2]
    if audience not in AUDIENCES:
        raise stale(ask)
    return ask.open(comms.form(ask, audience))


@routes.button("closing.own_postmortem", needs="edit the postmortem")
def own_postmortem(ask: Ask) -> Answer:
    """Whoever presses owns it."""
    closing.own_postmortem(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    text = f":memo: You own the postmortem of {ask.here.key}."
    return Answer(Message(text, [blocks.section(text)]))


def _line(incident: Incident, blocker: Blocker) -> Block:
    """What is missing, with its button; where people have to be chosen, with a menu of people."""
    code, _, rest = blocker.code.partition("/")
    said = f":black_square_button: {mrkdwn.escape(blocker.say)}"
    if code == "unowned_action":
        menu = blocks.people_select("followups.reassign", "Give it to")
        return blocks.section(said, accessory=menu, block_id=f"item/{rest}")
    if code not in _BUTTONS:
        return blocks.section(f"{said}\n{mrkdwn.code(to_type(blocker.fix))}")
    return blocks.section(said, accessory=_button(incident, code, rest))


def _button(incident: Incident, code: str, rest: str) -> Element:
    label, action, more = _BUTTONS[code]
    suffix = f":{rest}" if rest else ""
    return blocks.button(label, f"{action}{suffix}", f"{incident.key}{more.format(rest=rest)}")


def _fixed(ask: Ask, words: str) -> Answer:
    fix = clean(words, limit=2000)
    closing.say_fix(ask.desk, ask.here.number, fix, by=ask.by, now=ask.now)
    text = f":wrench: What fixed {ask.here.key} is on the record."
    return Answer(Message(text, [blocks.section(text)]))


def _fix_form(ask: Ask) -> dict[str, Any]:
    words = blocks.text_input("fix", multiline=True)
    memory = json.dumps({"incident": ask.here.key, "channel": ask.channel})
    title = f"Fix of {ask.here.key}"
    body = [blocks.field_of("fix", "What fixed it?", words)]
    return blocks.modal("fix", title, body, submit="Save", metadata=memory)
