"""``/incident checkout 5xx sev2 @checkout``, the modal, and the shortcut on a message."""

import json
from dataclasses import replace
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import Answer, Ask, Routes, remembered
from incidents.actions.declare import AlreadyOpen, Declare, Declared, declare
from incidents.errors import Refused
from incidents.model.declaring import Wish, parse_declaration
from incidents.model.features import Feature
from incidents.model.incident import Incident
from incidents.model.severity import MEANINGS, parse_severity
from incidents.model.text import clean, clean_line
from incidents.store import incidents

routes = Routes()

_NONE = "none"
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
    wish = parse_declaration(ask.text, ask.desk.catalog.canonical)
    if not wish.title:
        return ask.open(form(ask, wish))
    return _declare(ask, wish, impact="", even_if_similar=False)


@routes.button("declare.form", needs="declare")
def declare_by_button(ask: Ask) -> Answer:
    """The Declare button of the home tab."""
    return ask.open(form(ask, parse_declaration("", ask.desk.catalog.canonical)))


@routes.shortcut("declare_from_message", needs="declare")
def declare_from_message(ask: Ask) -> Answer:
    """Declare from a message: its words become the title."""
    text = ask.payload["message"].get("text") or ""
    return ask.open(form(ask, parse_declaration(text[:150], ask.desk.catalog.canonical)))


@routes.shortcut("declare", needs="declare")
def declare_from_anywhere(ask: Ask) -> Answer:
    """The global shortcut."""
    return declare_by_button(ask)


@routes.button("declare.anyway", needs="declare")
def declare_anyway(ask: Ask) -> Answer:
    """Somebody insists: it is another outage."""
    memory = remembered(ask, ask.value, text=str, private=bool)
    wish = parse_declaration(memory["text"], ask.desk.catalog.canonical)
    wish = replace(wish, is_private=memory["private"])
    answer = _declare(ask, wish, impact="", even_if_similar=True)
    return Answer(answer.message, replaces=True)


@routes.form("declare", needs="declare")
def declare_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    title = clean_line(ask.typed("title"))
    if not title:
        return Answer(errors={"title": "Say what is broken in a few words."})
    services = tuple(name for name in ask.typed("services").split() if name != _NONE)
    is_private = ask.typed("private") == "private"
    severity = parse_severity(ask.typed("severity"))
    wish = Wish(title, severity, services, is_drill=False, is_private=is_private)
    return _declare(ask, wish, impact=ask.typed("impact"), even_if_similar=True)


def form(ask: Ask, wish: Wish) -> dict[str, Any]:
    """Five fields, of which only the title must be filled in."""
    severities = [
        blocks.option(f"{meaning.label}: {meaning.describes}", severity.value)
        for severity, meaning in MEANINGS.items()
    ]
    body: list[Block] = [
        blocks.field_of(
            "title",
            "What is broken?",
            blocks.text_input(
                "title", initial=wish.title.raw, placeholder="Checkout returns 5xx in Europe"
            ),
        ),
        blocks.field_of(
            "severity",
            "Severity",
            blocks.select("severity", "By the service's tier", severities),
            optional=True,
        ),
    ]
    menu = _service_menu(ask, wish)
    if menu is not None:
        body.append(
            blocks.field_of(
                "services",
                "Services",
                menu,
                optional=True,
                hint="Their owners on call are brought in, and one of them is asked to command.",
            )
        )
    body.append(
        blocks.field_of(
            "impact",
            "What do customers notice?",
            blocks.text_input("impact", multiline=True),
            optional=True,
        )
    )
    body.append(blocks.field_of("private", "Who may see it?", _private_box(wish), optional=True))
    metadata = json.dumps({"channel": ask.channel})
    return blocks.modal("declare", "Declare an incident", body, submit="Declare", metadata=metadata)


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
    level = f"{MEANINGS[incident.severity].emoji} {label} ({mrkdwn.escape(str(why))})."
    room = f"Opening `#{incident.room_name}`; you will be invited there."
    if incident.is_private:
        room += "\n:lock: It is *private*: nobody is told but the people in its room and security."
    return Message(f"{incident.key} declared", [blocks.section(f"{head}\n{level} {room}")])


def _declare(ask: Ask, wish: Wish, *, impact: str, even_if_similar: bool) -> Answer:
    if wish.is_private:
        ask.use(Feature.PRIVATE)
    order = Declare(
        title=wish.title,
        severity=wish.severity,
        services=wish.services,
        is_drill=wish.is_drill,
        impact=clean(impact, limit=1000),
        even_if_similar=even_if_similar or wish.is_drill,
        is_private=wish.is_private,
    )
    try:
        return Answer(declared(declare(ask.desk, order, by=ask.by, now=ask.now)))
    except AlreadyOpen as already:
        return Answer(_already_open(ask, already.similar, wish))


def _already_open(ask: Ask, similar: Incident, wish: Wish) -> Message:
    where = f" in {mrkdwn.channel(similar.room)}" if similar.room else ""
    age = mrkdwn.at(similar.declared_at)
    text = f"*{similar.key}* {mrkdwn.escape(similar.title)} is open since {age}{where}."
    said = clean_line(ask.text, limit=_REMEMBERED).raw
    memory = json.dumps({"text": said, "private": wish.is_private}, ensure_ascii=False)
    return Message(
        f"{similar.key} is open for the same service.",
        [
            blocks.section(f":raised_hand: {text}\nIs it the same outage?"),
            blocks.actions(
                blocks.button("Join it", "room.join", similar.key, style="primary"),
                blocks.button("Declare anyway", "declare.anyway", memory),
            ),
        ],
    )


def _private_box(wish: Wish) -> dict[str, Any]:
    words = "Only the people in its room, and security"
    choice = blocks.option(words, "private")
    box: dict[str, Any] = {"type": "checkboxes", "action_id": "private", "options": [choice]}
    return {**box, "initial_options": [choice]} if wish.is_private else box


def _service_menu(ask: Ask, wish: Wish) -> dict[str, Any] | None:
    services = sorted(ask.desk.catalog.services, key=lambda one: (one.tier, one.name))
    if not services:
        return None
    options = [blocks.option(f"{one.name} (tier {one.tier})", one.name) for one in services]
    menu: dict[str, Any] = {
        "type": "multi_static_select",
        "action_id": "services",
        "placeholder": blocks.plain("Which are affected?", blocks.PLACEHOLDER),
        "options": options[: blocks.OPTIONS],
    }
    chosen = [one for one in menu["options"] if one["value"] in wish.services]
    return {**menu, "initial_options": chosen} if chosen else menu


@routes.button("room.join", needs="join")
def join(ask: Ask) -> Answer:
    """Bring somebody into the room of an open incident."""
    incident = ask.here
    with ask.desk.look() as connection:
        room = (incidents.get(connection, incident.number, ask.reader) or incident).room
    if room is None:
        raise Refused(f"The room of {incident.key} is still opening.", instead="Try in a moment.")
    ask.client.call("conversations.invite", channel=room, users=ask.person.id, force=True)
    text = f"Welcome to {mrkdwn.channel(room)}."
    return Answer(Message(text, [blocks.section(text)]), replaces=True)
