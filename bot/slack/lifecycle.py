"""Severity, status, resolve, close, cancel, reopen: by words, by button, by form."""

import json
from datetime import UTC, datetime
from typing import Any

from bot.slack import blocks
from bot.slack.blocks import Block, Message
from bot.slack.closing import gate
from bot.slack.router import SILENT, Answer, Ask, Routes
from incidents.actions import lifecycle
from incidents.actions.closing import NotYet
from incidents.actions.lifecycle import Resolution
from incidents.errors import Refused
from incidents.model.incident import Incident
from incidents.model.lifecycle import MAY_FOLLOW, Status, emoji, parse_status
from incidents.model.severity import MEANINGS, Severity, parse_severity
from incidents.model.text import clean

routes = Routes()

_BY_FORM = frozenset({Status.RESOLVED, Status.CLOSED, Status.CANCELLED})


@routes.verb(
    "sev", "1-4 [why]", "Change the severity", aliases=("severity",), needs="change the severity"
)
def severity_by_text(ask: Ask) -> Answer:
    """``sev 2 because …``"""
    word, _, why = ask.text.strip().partition(" ")
    if not word:
        return ask.open(_severity_form(ask))
    severity = parse_severity(word)
    if severity is None:
        raise Refused(f"{word} is not a severity.", instead="Use 1, 2, 3 or 4: sev 2")
    return _set_severity(ask, severity, why)


@routes.button("lifecycle.severity_form", needs="change the severity")
def severity_by_button(ask: Ask) -> Answer:
    """The menu on the card."""
    return ask.open(_severity_form(ask))


@routes.form("severity", needs="change the severity")
def severity_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    severity = parse_severity(ask.typed("severity"))
    if severity is None:
        return Answer(errors={"severity": "Choose a severity."})
    if severity is ask.here.severity:
        return Answer(errors={"severity": "It has this severity already."})
    return _set_severity(ask, severity, ask.typed("why"))


@routes.verb(
    "status", "investigating|identified|monitoring", "Change the status", needs="change the status"
)
def status_by_text(ask: Ask) -> Answer:
    """``status monitoring because …``"""
    word, _, why = ask.text.strip().partition(" ")
    if not word:
        return ask.open(_status_form(ask))
    status = parse_status(word)
    if status is None:
        ways = ", ".join(status for status in Status if status not in _BY_FORM)
        raise Refused(f"{word} is not a status.", instead=f"Use one of: {ways}, resolved.")
    return _set_status(ask, status, why)


@routes.button("lifecycle.status_form", needs="change the status")
def status_by_button(ask: Ask) -> Answer:
    """The button on the card."""
    return ask.open(_status_form(ask))


@routes.button("lifecycle.set_status", needs="change the status")
def set_status_by_button(ask: Ask) -> Answer:
    """The button at the end of a decision tree: the status is in its value."""
    status = parse_status(ask.value.partition(" ")[2])
    if status is None:
        raise Refused("That status does not exist any more.")
    return _set_status(ask, status, "where the decision tree ended")


@routes.form("status", needs="change the status")
def status_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    status = parse_status(ask.typed("status"))
    if status is None:
        return Answer(errors={"status": "Choose a status."})
    return _set_status(ask, status, ask.typed("why"))


@routes.verb(
    "resolve", "[what fixed it]", "The impact is over", aliases=("resolved",), needs="resolve"
)
def resolve_by_text(ask: Ask) -> Answer:
    """The form asks for the end of the impact and the fix; words prefill it."""
    return ask.open(_resolve_form(ask))


@routes.button("lifecycle.resolve_form", needs="resolve")
def resolve_by_button(ask: Ask) -> Answer:
    """The button on the card."""
    return ask.open(_resolve_form(ask))


@routes.form("resolve", needs="resolve")
def resolve_by_form(ask: Ask) -> Answer:
    """The form was filled in; what is wrong is said under its field."""
    start, end = _moment(ask, "start"), _moment(ask, "end")
    if start is None or end is None:
        empty = "start" if start is None else "end"
        return Answer(errors={empty: "Choose a day and a time."})
    if end < start:
        return Answer(errors={"end": "The impact ends before it starts."})
    if end > ask.now:
        return Answer(errors={"end": "That is in the future."})
    fix = clean(ask.typed("fix"), limit=2000)
    if not fix:
        return Answer(errors={"fix": "Say what fixed it: the postmortem starts from here."})
    resolution = Resolution(fix, start, end, clean(ask.typed("impact"), limit=2000))
    lifecycle.resolve(ask.desk, ask.here.number, resolution, by=ask.by, now=ask.now)
    return SILENT


@routes.verb("close", "", "File a resolved incident", needs="close")
def close_by_text(ask: Ask) -> Answer:
    """Everything that is missing is said at once."""
    try:
        after = lifecycle.close(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    except NotYet as not_yet:
        return gate(ask.here, not_yet)
    return _said(f":lock: {after.key} is closed.")


@routes.button("lifecycle.close", needs="close")
def close_by_button(ask: Ask) -> Answer:
    """The button on the card."""
    return close_by_text(ask)


@routes.verb("cancel", "why", "It was no incident", needs="cancel")
def cancel_by_text(ask: Ask) -> Answer:
    """``cancel false alarm: a load test``"""
    why = clean(ask.text, limit=500).raw
    after = lifecycle.cancel(ask.desk, ask.here.number, why=why, by=ask.by, now=ask.now)
    return _said(f":no_entry_sign: {after.key} is cancelled.")


@routes.verb("reopen", "why", "It is not over", needs="reopen")
def reopen_by_text(ask: Ask) -> Answer:
    """``reopen errors are back``; without words a form asks."""
    if not ask.text.strip():
        return ask.open(_reopen_form(ask))
    return _reopen(ask, ask.text)


@routes.button("lifecycle.reopen", needs="reopen")
def reopen_by_button(ask: Ask) -> Answer:
    """The button on the card."""
    return ask.open(_reopen_form(ask))


@routes.form("reopen", needs="reopen")
def reopen_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    if not clean(ask.typed("why")):
        return Answer(errors={"why": "Say what makes you think so."})
    return _reopen(ask, ask.typed("why"))


def _set_severity(ask: Ask, severity: Severity, why: str) -> Answer:
    reason = clean(why, limit=500).raw
    after = lifecycle.set_severity(
        ask.desk, ask.here.number, severity, why=reason, by=ask.by, now=ask.now
    )
    meaning = MEANINGS[after.severity]
    return _said(f"{meaning.emoji} {after.key} is {meaning.label} now.")


def _set_status(ask: Ask, status: Status, why: str) -> Answer:
    if status is Status.RESOLVED:
        ask.require("resolve")
        return ask.open(_resolve_form(ask))
    if status is Status.CLOSED:
        return close_by_text(ask)
    reason = clean(why, limit=500).raw
    if status is Status.CANCELLED:
        ask.require("cancel")
        lifecycle.cancel(ask.desk, ask.here.number, why=reason, by=ask.by, now=ask.now)
        return _said(f":no_entry_sign: {ask.here.key} is cancelled.")
    after = lifecycle.set_status(
        ask.desk, ask.here.number, status, why=reason, by=ask.by, now=ask.now
    )
    return _said(f"{emoji(after.status)} {after.key} is {after.status} now.")


def _reopen(ask: Ask, why: str) -> Answer:
    reason = clean(why, limit=500).raw
    after = lifecycle.reopen(ask.desk, ask.here.number, why=reason, by=ask.by, now=ask.now)
    return _said(f":repeat: {after.key} is open again.")


def _severity_form(ask: Ask) -> dict[str, Any]:
    options = {
        severity: blocks.option(f"{meaning.label}: {meaning.describes}", severity.value)
        for severity, meaning in MEANINGS.items()
    }
    now = options[ask.here.severity]
    menu = blocks.select("severity", "Severity", list(options.values()), initial=now)
    return _form(
        ask,
        "severity",
        "Change severity",
        [
            blocks.field_of("severity", "Severity", menu),
            blocks.field_of("why", "Why", blocks.text_input("why"), optional=True),
        ],
    )


def _status_form(ask: Ask) -> dict[str, Any]:
    ways = sorted(MAY_FOLLOW[ask.here.status] - _BY_FORM)
    if not ways:
        raise Refused(f"{ask.here.key} is {ask.here.status}.", instead="Reopen it first.")
    menu = blocks.select("status", "Status", [blocks.option(str(way), way) for way in ways])
    return _form(
        ask,
        "status",
        "Change status",
        [
            blocks.field_of("status", f"From {ask.here.status} to", menu),
            blocks.field_of("why", "What do you know", blocks.text_input("why"), optional=True),
        ],
    )


def _resolve_form(ask: Ask) -> dict[str, Any]:
    incident = ask.here
    if not incident.is_open:
        raise Refused(f"{incident.key} is {incident.status} already.")
    start = int(incident.started_at.timestamp())
    end = int((incident.mitigated_at or ask.now).timestamp())
    return _form(
        ask,
        "resolve",
        f"Resolve {incident.key}",
        [
            blocks.field_of("start", "Impact started", blocks.moment_input("start", initial=start)),
            blocks.field_of("end", "Impact ended", blocks.moment_input("end", initial=end)),
            blocks.field_of(
                "fix",
                "What fixed it?",
                blocks.text_input("fix", multiline=True, initial=clean(ask.text).raw),
            ),
            blocks.field_of(
                "impact",
                "What did customers notice?",
                blocks.text_input("impact", multiline=True, initial=incident.impact.raw),
                optional=True,
            ),
        ],
        submit="Resolve",
    )


def _reopen_form(ask: Ask) -> dict[str, Any]:
    why = blocks.field_of("why", "What makes you think so?", blocks.text_input("why"))
    return _form(ask, "reopen", f"Reopen {ask.here.key}", [why], submit="Reopen")


def _form(
    ask: Ask, callback: str, title: str, body: list[Block], *, submit: str = "Save"
) -> dict[str, Any]:
    return blocks.modal(callback, title, body, submit=submit, metadata=remember(ask, ask.here))


def remember(ask: Ask, incident: Incident) -> str:
    """What a form about an incident must know when it comes back."""
    return json.dumps({"incident": incident.key, "channel": ask.channel})


def _moment(ask: Ask, block_id: str) -> datetime | None:
    typed = ask.typed(block_id)
    return datetime.fromtimestamp(int(typed), UTC) if typed.isdigit() else None


def _said(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]))
