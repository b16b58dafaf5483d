"""May a service be changed? And the two people who let it, although it is frozen."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Element, Message
from bot.slack.router import Answer, Ask, Routes
from incidents.actions import waiving
from incidents.actions.waiving import WaiverWish
from incidents.errors import Refused
from incidents.model import spans
from incidents.model.gate import Gate, Reason, Verdict
from incidents.model.text import clean_line
from incidents.model.waiver import State, Waiver
from incidents.queries.gate import gate_of
from incidents.store import waivers

routes = Routes()

_LOOKS = {
    Verdict.GO: ":white_check_mark:",
    Verdict.WARN: ":warning:",
    Verdict.FROZEN: ":snowflake:",
    Verdict.UNKNOWN: ":grey_question:",
}
_CHANGE = re.compile(r"\s*(?:--|—)change[ =](\S+)")  # phones write two dashes as one
_MOST = 10  # services at once
_HOURS = (1, 2, 4, 8, 24)


@routes.verb(
    "gate",
    "[service] · checkout waive for 2h because the fix must go out · checkout revoke",
    "May it be changed now, and letting it although it is frozen",
    in_room=False,
    needs="look around",
)
def gate(ask: Ask) -> Answer:
    """Every reason of one service, or of the incident's; a waiver asked for, or taken back."""
    text = ask.text.strip()
    named, _, rest = text.partition(" ")
    if named.lower() in _DO and ask.incident is not None and len(ask.incident.services) == 1:
        named, rest = ask.incident.services[0], text
    word, _, more = rest.strip().partition(" ")
    if word.lower() in _DO:
        ask.require("waive the gate")
        return _DO[word.lower()](ask, ask.desk.catalog.find_service(named).name, more)
    if rest.strip():
        raise Refused(
            f"“{rest.strip()[:60]}” is nothing the gate knows.",
            instead=f"Type {ask.command} gate {named} waive for 2h because …",
        )
    return _shown(ask, [named] if named else list(ask.incident.services if ask.incident else ()))


def _shown(ask: Ask, services: list[str]) -> Answer:
    if not services:
        raise Refused("Which service?", instead=f"Type {ask.command} gate checkout.")
    body: list[Block] = []
    lines: list[str] = []
    for name in services[:_MOST]:
        with ask.desk.look() as connection:
            found = gate_of(ask.desk, connection, name, ask.now)
            known = ask.desk.catalog.find_service(name).name
            standing = waivers.standing(connection, ask.now, known)
        lines.append(_verdict(known, found))
        body.append(blocks.section("\n".join([lines[-1], *map(_line, found.reasons)])))
        body += [_standing(ask, one) for one in standing]
        if found.verdict in {Verdict.FROZEN, Verdict.UNKNOWN}:
            body.append(blocks.actions(blocks.button("Ask for a waiver", "gate.waive", known)))
    return Answer(Message("\n".join(lines), [*body, *blocks.rest(len(services) - _MOST)]))


def _verdict(service: str, found: Gate) -> str:
    return f"{_LOOKS[found.verdict]} *{mrkdwn.escape(service)}* {found.verdict}"


def _line(reason: Reason) -> str:
    return f"• {reason.verdict}: {mrkdwn.escape(reason.says)}"


def _standing(ask: Ask, one: Waiver) -> Block:
    who, until = mrkdwn.person(one.asked_by), mrkdwn.at(one.until)
    if one.state is State.ACTIVE:
        text, button = f":construction: Waived until {until}.", _revoke(one.id, "Close it again")
    elif one.asked_by == ask.person.id:
        text, button = f":hourglass: You asked for a waiver until {until}.", _revoke(one.id)
    else:
        text = (
            f":hourglass: {who} asks for a waiver until {until}: “{mrkdwn.escape(one.because.raw)}”"
        )
        button = blocks.button("Approve", "gate.approve", one.id, style="primary")
    return blocks.section(text, accessory=button)


def _revoke(name: str, says: str = "Take it back") -> Element:
    return blocks.button(says, "gate.revoke", name)


def _waive(ask: Ask, service: str, text: str) -> Answer:
    """``for 2h --change 4f2a1c9 because the fix must go out``"""
    named = _CHANGE.search(text)
    typed = spans.parts(f"- {_CHANGE.sub('', text)}")
    if not typed.has_span or not typed.because:
        return ask.open(_form(ask, service, typed.because))
    until = spans.span(typed, ask.now, ask.person.tz).end
    change = named[1] if named else ""
    return _asked(ask, WaiverWish(service, until, clean_line(typed.because), change))


def _asked(ask: Ask, wish: WaiverWish) -> Answer:
    made = waiving.ask(ask.desk, wish, by=ask.by, now=ask.now)
    text = (
        f":hourglass: Asked: a waiver for *{mrkdwn.escape(made.service)}*{_only(made.change)} "
        f"until {mrkdwn.at(made.until)}. It opens once somebody else approves it, by "
        f"{mrkdwn.clock_time(made.lapses_at)}; you hear what comes of it."
    )
    return Answer(Message(text, [blocks.section(text), blocks.actions(_revoke(made.id))]))


def _revoke_by_word(ask: Ask, service: str, _text: str) -> Answer:
    """Everything that stands for the service."""
    waiving.close(ask.desk, service, by=ask.by, now=ask.now)
    return _closed(service)


def _closed(service: str) -> Answer:
    text = f":lock: The gate of *{mrkdwn.escape(service)}* says again what it says by itself."
    return Answer(Message(text, [blocks.section(text)]))


_DO = {"waive": _waive, "revoke": _revoke_by_word, "unwaive": _revoke_by_word}


@routes.button("gate.waive", needs="waive the gate")
def waive(ask: Ask) -> Answer:
    """Beside a gate that is frozen."""
    return ask.open(_form(ask, ask.desk.catalog.find_service(ask.value).name, ""))


@routes.button("gate.approve", needs="waive the gate")
def approve(ask: Ask) -> Answer:
    """The second person. The request shows it to everybody."""
    done = waiving.approve(ask.desk, ask.value, by=ask.by, now=ask.now)
    text = f":white_check_mark: Approved: *{mrkdwn.escape(done.service)}* may be changed until "
    return _told(f"{text}{mrkdwn.at(done.until)}.")


@routes.button("gate.decline", needs="waive the gate")
def decline(ask: Ask) -> Answer:
    """The second person says no."""
    done = waiving.decline(ask.desk, ask.value, by=ask.by, now=ask.now)
    return _told(f"Declined. {mrkdwn.person(done.asked_by)} is told.")


@routes.button("gate.revoke", needs="waive the gate")
def revoke(ask: Ask) -> Answer:
    """Anybody may close it again."""
    return _closed(waiving.revoke(ask.desk, ask.value, by=ask.by, now=ask.now).service)


def _told(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]))


@routes.form("gate_waive", needs="waive the gate")
def waive_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    hours, because = ask.typed("hours"), ask.typed("because")
    if not hours.isdigit() or int(hours) not in _HOURS:
        return Answer(errors={"hours": "Choose for how long."})
    if not because.strip():
        return Answer(errors={"because": "Say why it cannot wait."})
    until = ask.now + timedelta(hours=int(hours))
    service = str(ask.metadata.get("service", ""))
    change = clean_line(ask.typed("change"), limit=300).raw
    return _asked(ask, WaiverWish(service, until, clean_line(because), change))


def _form(ask: Ask, service: str, because: str) -> dict[str, Any]:
    lengths = [blocks.option(f"{hours} h", str(hours)) for hours in _HOURS]
    return blocks.modal(
        "gate_waive",
        "Waive the gate",
        [
            blocks.section(f"*{mrkdwn.escape(service)}*: somebody else has to approve it."),
            blocks.field_of("hours", "For how long", blocks.select("hours", "Hours", lengths)),
            blocks.field_of(
                "because", "Why can it not wait?", blocks.text_input("because", initial=because)
            ),
            blocks.field_of(
                "change",
                "Only for this change",
                blocks.text_input("change", placeholder="A commit or an address; empty: any"),
                optional=True,
            ),
        ],
        submit="Ask",
        metadata=json.dumps({"channel": ask.channel, "service": service}),
    )


@routes.say("waiver_asked")
def waiver_asked(facts: dict[str, Any]) -> Message:
    """In the team's channel: who wants it, and the buttons; later, what came of it."""
    what = f"*{mrkdwn.escape(facts['service'])}*{_only(facts['change'])}"
    who, until = mrkdwn.person(facts["asked_by"]), _at(facts["until"])
    why = f"“{mrkdwn.escape(facts['because'])}”"
    said = _BECAME.get(facts["state"])
    if said is None:
        text = f":construction: {who} asks to waive the gate of {what} until {until}: {why}"
        hint = blocks.context(
            f"A second person has to approve it by {_at(facts['lapses'])}; one of the two answers "
            "for the service."
        )
        return Message(text, [blocks.section(text), _approve_or_not(facts["id"]), hint])
    text = said.format(what=what, who=who, until=until, by=mrkdwn.person(facts["by"]), why=why)
    is_open = facts["state"] == State.ACTIVE
    buttons = [blocks.actions(_revoke(facts["id"], "Close it again"))] if is_open else []
    return Message(text, [blocks.section(text), *buttons])


@routes.say("waiver_told")
def waiver_told(facts: dict[str, Any]) -> Message:
    """To whoever asked, by direct message: what came of it."""
    return waiver_asked(facts)


_BECAME = {
    "active": (
        ":construction: The gate of {what} is waived until {until}: asked by {who}, approved by "
        "{by}: {why}"
    ),
    "declined": ":no_entry_sign: {by} declined to waive the gate of {what} for {who}: {why}",
    "lapsed": ":hourglass: Nobody answered {who} in time; the gate of {what} is not waived: {why}",
    "revoked": ":lock: {by} closed the gate of {what} again, which {who} had asked to waive: {why}",
    "expired": ":lock: The waiver of {what} for {who} is over; its gate decides again: {why}",
}


def _approve_or_not(name: str) -> Block:
    return blocks.actions(
        blocks.button("Approve", "gate.approve", name, style="primary"),
        blocks.button("Decline", "gate.decline", name),
    )


def _only(change: str) -> str:
    return f" for {mrkdwn.escape(change)} only" if change else ""


def _at(written: str) -> str:
    return mrkdwn.at(datetime.fromisoformat(written))
