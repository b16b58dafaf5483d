"""Updates: ``/incident update …``, the form with a draft, and the nudge when one is late."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Element, Message
from bot.slack.router import SILENT, Answer, Ask, Routes
from incidents.actions import access, updates
from incidents.actions.updates import SendUpdate
from incidents.errors import Refused
from incidents.model import ids
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import ENDED
from incidents.model.postmortem import fingerprint
from incidents.model.text import UserText, clean
from incidents.render.tongue import span
from incidents.store import incidents

routes = Routes()

_WHO = {
    "responders": "Responders: the people in the room",
    "executives": "Executives: what it means",
    "customers": "Customers: what they notice",
}
_TEXT = "text"
_CHOICES = tuple(timedelta(minutes=count) for count in (10, 15, 30, 60, 120, 240))
_PART = 2900  # escaped characters; a section block holds 3000


@routes.verb(
    "update",
    "[words]",
    "Tell responders how it stands; with no words a form opens",
    needs="send an update",
)
def update_by_text(ask: Ask) -> Answer:
    """Words go to the responders at once; no words open the form with a draft."""
    text = clean(ask.text, limit=blocks.INPUT_LENGTH)
    if not text:
        return ask.open(form(ask, "responders"))
    sent = SendUpdate("responders", text)
    after = updates.send_update(ask.desk, ask.here.number, sent, by=ask.by, now=ask.now)
    return _said(f":mega: Update posted.{_promise(after.promised_at)}")


@routes.button("comms.form", needs="send an update")
def update_by_button(ask: Ask) -> Answer:
    """The button on the card and under a nudge."""
    return ask.open(form(ask, "responders"))


def _incident_of(ask: Ask) -> Incident:
    """Behind a menu in a form there is no room: the form remembers which incident it is about."""
    number = ids.parse_key(str(ask.metadata.get("incident", ""))) or IncidentNumber(0)
    with ask.desk.look() as connection:
        found = incidents.get(connection, number, ask.reader)
    if found is None:
        raise access.missing(number)
    return found


@routes.button("comms.audience", needs="send an update", find=_incident_of)
def audience_chosen(ask: Ask) -> Answer:
    """Another audience reads other words: the draft follows, unless somebody wrote already."""
    typed, memory = _text_of(ask), ask.metadata
    was_touched = fingerprint(clean(typed).raw) != memory.get("draft")
    view = form(ask, ask.value, keep=typed if was_touched else "")
    shown = ask.payload["view"]
    ask.client.call("views.update", view_id=shown["id"], hash=shown.get("hash"), view=view)
    return SILENT


@routes.form("update", needs="send an update")
def update_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    audience = ask.typed("audience") or "responders"
    typed = ask.typed("next_in")
    next_in = timedelta(minutes=int(typed)) if typed.isdigit() else None
    text = _with_true_time(ask, clean(_text_of(ask), limit=blocks.INPUT_LENGTH), next_in)
    if not text:
        return Answer(errors={_text_id(ask): "Say how it stands in a sentence or two."})
    sent = SendUpdate(audience, text, next_in)
    updates.send_update(ask.desk, ask.here.number, sent, by=ask.by, now=ask.now)
    return SILENT


@routes.button("comms.nothing_changed", needs="send an update")
def nothing_changed(ask: Ask) -> Answer:
    """The standard words keep the promise; the nudge itself tells that they did."""
    number, promised = ask.here.number, _promised(ask)
    updates.nothing_changed(ask.desk, number, promised, by=ask.by, now=ask.now)
    return SILENT


@routes.button("comms.snooze", needs="send an update")
def snooze(ask: Ask) -> Answer:
    """Ask again in ten minutes."""
    updates.snooze(ask.desk, ask.here.number, _promised(ask), by=ask.by, now=ask.now)
    return SILENT


def form(ask: Ask, audience: str, *, keep: str = "") -> dict[str, Any]:
    """Audience, text and the time of the next update; ``keep`` is what somebody wrote already."""
    incident = ask.here
    if incident.status in ENDED:
        raise Refused(f"{incident.key} is {incident.status}.", instead="Reopen it first.")
    every = ask.desk.catalog.settings.cadence(incident.severity)
    text = updates.draft(ask.desk, incident.number, audience, now=ask.now, next_in=every)
    shown = clean(keep or text).raw
    who = {name: blocks.option(label, name) for name, label in _WHO.items()}
    menu = blocks.select(
        "comms.audience", "Who reads it?", list(who.values()), initial=who[audience]
    )
    body: list[Block] = [
        {**blocks.field_of("audience", "For", menu), "dispatch_action": True},
        blocks.field_of(
            _text_block(audience),
            "Update",
            blocks.text_input(_TEXT, multiline=True, initial=shown),
            hint="Drafted from the record. Correct it before you send it.",
        ),
    ]
    if incident.is_open:
        body.append(blocks.field_of("next_in", "Next update in", _next_menu(every)))
    memory = {
        "incident": incident.key,
        "channel": ask.channel or str(ask.metadata.get("channel", "")),
        "draft": fingerprint(clean(text).raw),
        "time": f"{ask.now + every:%H:%M} UTC",
    }
    return blocks.modal(
        "update", f"Update {incident.key}", body, submit="Send", metadata=json.dumps(memory)
    )


@routes.say("update")
def update(facts: dict[str, Any]) -> Message:
    """An update as the room sees it."""
    title = f"Update for {facts['audience']}"
    body = [blocks.section(f":mega: *{title}*")]
    body += [blocks.section(part) for part in _parts(facts["text"])]
    small = [f"By {mrkdwn.person(facts['by'])}"]
    if facts["next_at"]:
        small.append(
            f"Next update by {mrkdwn.clock_time(datetime.fromisoformat(facts['next_at']))}"
        )
    if facts["audience"] != "responders":
        small.append(_where(facts["audience"]))
    body.append(blocks.context(*small))
    return Message(f"{facts['key']} {title}: {mrkdwn.escape(facts['text'])}", body)


@routes.say("update_nudge")
def update_nudge(facts: dict[str, Any]) -> Message:
    """A promise that is due, or what came of it."""
    promised = datetime.fromisoformat(facts["promised_at"])
    when = mrkdwn.clock_time(promised)
    if facts["state"] == "answered":
        return _line(f":white_check_mark: The update due {when} came from {_by(facts)}.")
    if facts["state"] == "snoozed":
        until = mrkdwn.clock_time(datetime.fromisoformat(facts["until"]))
        return _line(f":zzz: {_by(facts)} snoozed the update due {when} until {until}.")
    asked = mrkdwn.people(tuple(PersonId(one) for one in facts["asked"]))
    whom = f"{asked}: " if facts["asked"] else ""
    text = f":alarm_clock: {whom}the update of *{facts['key']}* promised for {when} is due."
    if facts["is_too_late"]:
        text = f":rotating_light: {whom}the update of *{facts['key']}* promised for {when} is late."
    if facts.get("late"):
        text += f"\n:hourglass: This request is {facts['late']}: I was offline."
    key, value = facts["key"], f"{facts['key']} {facts['promised_at']}"
    buttons = blocks.actions(
        blocks.button("Post update", "comms.form", key, style="primary"),
        blocks.button("Nothing changed", "comms.nothing_changed", value),
        blocks.button(f"Snooze {span(updates.SNOOZE)}", "comms.snooze", value),
    )
    return Message(f"The update of {key} is due.", [blocks.section(text), buttons])


def _text_block(audience: str) -> str:
    """A block of its own for each audience: Slack keeps what was typed under an id it knows."""
    return f"text.{audience}"


def _text_id(ask: Ask) -> str:
    """The block that holds the text, whatever the menu says by now."""
    return next(
        (name for name in ask.values if name.startswith("text.")), _text_block("responders")
    )


def _text_of(ask: Ask) -> str:
    return ask.typed(_text_id(ask))


def _with_true_time(ask: Ask, text: UserText, next_in: timedelta | None) -> UserText:
    """The time that the draft named for the next update, made the one that is promised."""
    drafted = str(ask.metadata.get("time", ""))
    if not drafted or next_in is None:
        return text
    return UserText(text.raw.replace(drafted, f"{ask.now + next_in:%H:%M} UTC"))


def _next_menu(every: timedelta) -> Element:
    choices = sorted({*_CHOICES, every})
    options = {
        one: blocks.option(span(one), str(int(one.total_seconds() // 60))) for one in choices
    }
    return blocks.select("next_in", "When?", list(options.values()), initial=options[every])


def _promised(ask: Ask) -> datetime:
    """Which promise a button of a nudge is about."""
    try:
        return datetime.fromisoformat(ask.value.partition(" ")[2])
    except ValueError:
        raise Refused(
            "That button is from an older version of me.", instead="Use update in the room."
        ) from None


def _parts(text: str) -> Iterator[str]:
    """The text escaped, in pieces that fit a section each: nothing of an update may be cut off."""
    piece = ""
    for line in text.splitlines():
        for start in range(0, max(len(line), 1), 500):
            escaped = mrkdwn.escape(line[start : start + 500])
            if len(piece) + len(escaped) + 1 > _PART:
                yield piece
                piece = ""
            glue = "\n" if piece and start == 0 else ""
            piece += glue + escaped
    if piece:
        yield piece


def _where(audience: str) -> str:
    if audience == "customers":
        return "Shown on the status page"
    return f"On the record; pass it on to {audience}"


def _promise(at: datetime | None) -> str:
    return f" The next one is promised for {mrkdwn.clock_time(at)}." if at else ""


def _by(facts: dict[str, Any]) -> str:
    return mrkdwn.person(facts["by"])


def _line(text: str) -> Message:
    return Message(text, [blocks.context(text)])


def _said(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]))
