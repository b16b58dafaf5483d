"""``/incident checkout 5xx sev2 @checkout``, the modal, and the shortcut on a message."""

import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bot.slack import blocks, custom, declare_form, mrkdwn
from bot.slack.blocks import Message
from bot.slack.declare_form import (
    Draft,
    draft_of,
    let_in,
    must_be_able,
    open_form,
    warned,
    wrong_times,
)
from bot.slack.grounds import ground_of
from bot.slack.oneroom import join_button
from bot.slack.router import Answer, Ask, Routes, remembered
from incidents.actions.declare import AlreadyOpen, Declare, Declared, WrongFields, declare
from incidents.errors import Refused
from incidents.model.converting import is_borrowed
from incidents.model.declaring import Wish, parse_declaration
from incidents.model.drills import MARK
from incidents.model.past import read_past
from incidents.model.severity import MEANINGS, Severity
from incidents.model.text import clean, clean_line
from incidents.store import incidents

routes = Routes().join(declare_form.routes)

_CLOSED = frozenset({"privategroup", "directmessage"})  # Slack's names for what not all may read
NOTHING: Mapping[str, Any] = MappingProxyType({})
_REMEMBERED = 600  # characters of a declaration; a button holds 2000, quotes doubled


@routes.verb(
    "declare",
    "[title] [sev2] [@service]",
    "Declare an incident; with no words a form opens",
    in_room=False,
    aliases=("new", "open", "start"),
    needs="declare",
)
def declare_by_text(ask: Ask) -> Answer:
    """Words declare at once; no words open the form."""
    wish = wish_of(ask, ask.text)
    if not wish.title:
        return open_form(ask, wish)
    return declare_at_once(ask, wish)


def declare_at_once(ask: Ask, wish: Wish, memory: Mapping[str, Any] = NOTHING) -> Answer:
    """Without a form, unless something has to be asked. ``memory`` is what a form would keep."""
    try:
        return declare_wish(ask, Draft(wish, memory=memory), even_if_similar=False)
    except WrongFields:
        if not ask.trigger_id:
            raise
        return open_form(ask, wish, memory)  # what is missing is asked for; nothing is lost
    except AlreadyOpen as already:
        again = "convert.anyway" if memory else "declare.anyway"
        return Answer(_already_open(ask, already, wish, again))


@routes.button("declare.form", needs="declare")
def declare_by_button(ask: Ask) -> Answer:
    """The Declare button of the home tab."""
    return open_form(ask, wish_of(ask, ""))


@routes.shortcut("declare_from_message", needs="declare")
def declare_from_message(ask: Ask) -> Answer:
    """Declare from a message: its words become the title."""
    message = ask.payload["message"]
    text = message.get("text") or ""
    wish = parse_declaration(text[:150], ask.desk.catalog.canonical)
    if ask.channel.startswith("D"):  # where we are not, and where nobody else is
        return open_form(ask, wish)
    is_open = ask.payload["channel"].get("name") not in _CLOSED
    thread = message.get("thread_ts") or message["ts"]
    return open_form(ask, wish, {"from": [ask.channel, message["ts"], thread, is_open]})


@routes.shortcut("declare", needs="declare")
def declare_from_anywhere(ask: Ask) -> Answer:
    """The global shortcut."""
    return declare_by_button(ask)


@routes.button("declare.anyway", needs="declare")
def declare_anyway(ask: Ask) -> Answer:
    """Somebody insists: it is another outage."""
    return insisted(ask, {})


def insisted(ask: Ask, kept: Mapping[str, Any]) -> Answer:
    """What they typed is declared although something like it is open."""
    memory = remembered(ask, ask.value, text=str, private=bool)
    wish = wish_of(ask, memory["text"])
    wish = replace(wish, is_private=wish.is_private or memory["private"])
    answer = declare_wish(ask, Draft(wish, memory=kept), even_if_similar=True)
    return Answer(answer.message, replaces=True)


@routes.form("declare", needs="declare")
def declare_by_form(ask: Ask) -> Answer:
    """The form was filled in. What is open already is shown once; declaring again insists."""
    draft = draft_of(ask)
    if not draft.wish.title:
        return Answer(errors={"title": "Say what is broken in a few words."})
    wrong = wrong_times(ask, draft.wish)
    if wrong:
        return Answer(errors=wrong)
    try:
        return declare_wish(ask, draft, even_if_similar=False)
    except WrongFields as refused:
        return Answer(errors={custom.block_of(name): say for name, say in refused.wrong.items()})
    except AlreadyOpen as already:
        if already.similar.number not in draft.seen:
            return warned(ask, draft, already.similar.number)
    return declare_wish(ask, draft, even_if_similar=True)


def declared(result: Declared) -> Message:
    """To the person who declared: what happens now."""
    incident = result.incident
    if not result.is_new:
        where = f" in {mrkdwn.channel(incident.room)}" if incident.room else ""
        text = f"{incident.key} is open for this outage already{where}."
        return Message(text, [blocks.section(f":point_right: {text}")])
    label = MEANINGS[incident.severity].label
    why = incident.facts.get("severity_because", "")
    title = mrkdwn.escape(incident.title)
    head = f":rotating_light: *{incident.key}* {title}"
    if incident.is_drill:
        head = f":dart: *{MARK}* · *{incident.key}* {title}"
    level = f"{MEANINGS[incident.severity].emoji} {label} ({mrkdwn.escape(str(why))})."
    room = f"Opening `#{incident.room_name}`; you will be invited there."
    if is_borrowed(incident):
        room = f"{mrkdwn.channel(incident.room or '')} is its room now; it keeps its name."
    if incident.started_at < incident.declared_at:
        room += f"\nIt started {mrkdwn.at(incident.started_at)}."
    if incident.resolved_at is not None:
        room += (
            f" It was over {mrkdwn.at(incident.resolved_at)}: nobody is called, and the "
            "postmortem begins there."
        )
    if incident.is_private:
        room += "\n:lock: It is *private*: nobody is told but the people in its room and security."
    if incident.facts.get("type") == "security":
        room += "\n:shield: The security team is told directly."
    return Message(f"{incident.key} declared", [blocks.section(f"{head}\n{level} {room}")])


@routes.verb(
    "drill",
    "[title] [--page]",
    "Practise: a real room, marked everywhere; --page lets pages go out",
    in_room=False,
    needs="declare",
)
def drill(ask: Ask) -> Answer:
    """Like declaring; with no words the form opens."""
    wish = replace(wish_of(ask, ask.text), is_drill=True)
    if not wish.title:
        return open_form(ask, wish)
    return declare_wish(ask, Draft(wish), even_if_similar=True)


def wish_of(ask: Ask, text: str) -> Wish:
    """What they mean, by their own clock."""
    return parse_declaration(
        text,
        ask.desk.catalog.canonical,
        lambda typed: read_past(typed, ask.now, ask.person.tz),
    )


def declare_wish(ask: Ask, draft: Draft, *, even_if_similar: bool) -> Answer:
    """Declare what was wished for. Raises `AlreadyOpen`, `WrongFields`, `Refused`."""
    wish, ground = draft.wish, None
    must_be_able(ask, wish)
    if draft.converts:
        ground = ground_of(ask, draft.converts, is_private=wish.is_private)
    order = Declare(
        title=wish.title,
        severity=wish.severity,
        services=wish.services,
        is_drill=wish.is_drill,
        impact=clean(draft.impact, limit=1000),
        even_if_similar=even_if_similar or wish.is_drill,
        is_private=wish.is_private,
        answers=draft.answers,
        started_at=wish.started_at,
        ended_at=wish.ended_at,
        drill_pages=wish.pages,
        is_security=wish.is_security,
        spot=draft.spot,
        fields=wish.fields,
        ground=ground,
    )
    return Answer(declared(declare(ask.desk, order, by=ask.by, now=ask.now)))


def _already_open(ask: Ask, already: AlreadyOpen, wish: Wish, again: str) -> Message:
    similar = already.similar
    where = f" in {mrkdwn.channel(similar.room)}" if similar.room else ""
    age = mrkdwn.at(similar.declared_at)
    text = f"*{similar.key}* {mrkdwn.escape(similar.title)} is open since {age}{where}."
    said = clean_line(ask.text, limit=_REMEMBERED).raw
    memory = json.dumps({"text": said, "private": wish.is_private}, ensure_ascii=False)
    join = blocks.button("Join it", "room.join", similar.key, style="primary")
    if already.is_kin:
        join = join_button(similar, wish.services)
        text += f"\nIt {mrkdwn.escape(already.because.removeprefix('and '))}."
    return Message(
        f"{similar.key} is open {already.because}.",
        [
            blocks.section(f":raised_hand: {text}\nIs it the same outage?"),
            blocks.actions(
                join,
                blocks.button("Declare anyway", again, memory),
            ),
        ],
    )


@routes.say("declared_here")
def declared_here(facts: dict[str, Any]) -> Message:
    """In the thread that an incident was declared from."""
    text = f"This is {facts['key']} now. Follow it in {mrkdwn.channel(facts['room'])}."
    return Message(text, [blocks.section(f":point_right: {text}")])


@routes.say("security_told")
def security_told(facts: dict[str, Any]) -> Message:
    """To each of the security team."""
    severity = MEANINGS[Severity(facts["severity"])].label
    text = (
        f"{mrkdwn.person(facts['by'])} declared {facts['key']}, a security incident ({severity}). "
        "It is private. You are invited to its room: tell nobody who is not there."
    )
    return Message(text, [blocks.section(f":shield: {text}")])


@routes.button("room.join", needs="join")
def join(ask: Ask) -> Answer:
    """Bring somebody into the room of an open incident."""
    incident = ask.here
    with ask.desk.look() as connection:
        room = (incidents.get(connection, incident.number, ask.reader) or incident).room
    if room is None:
        raise Refused(f"The room of {incident.key} is still opening.", instead="Try in a moment.")
    let_in(ask, room)
    text = f"Welcome to {mrkdwn.channel(room)}."
    return Answer(Message(text, [blocks.section(text)]), replaces=True)
