"""One room for one outage in Slack: link, merge, split, and the offer to join."""

import json
from collections.abc import Sequence
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.lifecycle import remember
from bot.slack.router import Answer, Ask, Routes, remembered
from incidents.actions import merging, teams
from incidents.actions.desk import Origin
from incidents.actions.merging import Split, Toward
from incidents.errors import NotFound, Refused
from incidents.model import ids
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.text import clean, clean_line
from incidents.queries.company import Companion
from incidents.store import incidents

routes = Routes()

_SHOWN = 5  # incidents on the card that this one has to do with


@routes.verb(
    "link", "INC-41 [because …]", "Say that another incident has to do with it", needs="link"
)
def link_by_text(ask: Ask) -> Answer:
    """``link INC-41 because both wait for the database``"""
    if not ask.text.strip():
        return ask.open(_other_form(ask, "link", "Link to another incident", "Link"))
    return _link(ask, *_toward(ask.text, "link"))


@routes.form("link", needs="link")
def link_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    other = ids.parse_key(ask.typed("other"))
    if other is None:
        return Answer(errors={"other": "Choose an incident."})
    return _link(ask, other, clean(ask.typed("why"), limit=500).raw)


@routes.verb(
    "merge",
    "INC-41 [because …]",
    "This one is part of that: people and alerts go on there",
    needs="merge",
)
def merge_by_text(ask: Ask) -> Answer:
    """``merge INC-41 because it is the same database``"""
    if not ask.text.strip():
        return ask.open(_other_form(ask, "merge", "Part of which incident?", "Merge"))
    return _merge(ask, *_toward(ask.text, "merge"))


@routes.form("merge", needs="merge")
def merge_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    other = ids.parse_key(ask.typed("other"))
    if other is None:
        return Answer(errors={"other": "Choose an incident."})
    return _merge(ask, other, clean(ask.typed("why"), limit=500).raw)


@routes.button("oneroom.merge", needs="merge")
def merge_by_button(ask: Ask) -> Answer:
    """The offer in a new room: it is the same outage."""
    other = ids.parse_key(ask.value.partition(" ")[2])
    if other is None:
        raise Refused("That offer is from an older version of me.", instead="Type merge INC-41.")
    return _merge(ask, other, "somebody in its room took up the offer")


@routes.verb(
    "split",
    "@service [title]",
    "Take a service out, into a room of its own; INC-42: a merged incident",
    needs="split",
)
def split_by_text(ask: Ask) -> Answer:
    """``split @search``, ``split INC-42``; in the room of one that was merged just ``split``."""
    word, _, rest = ask.text.strip().partition(" ")
    if ask.here.merged_into is not None:
        return _unmerge(ask, ask.here.number, clean(ask.text.strip(), limit=500).raw)
    if not word:
        return ask.open(_split_form(ask))
    merged = ids.parse_key(word) if word.lower().startswith("inc") else None
    if merged is not None:
        part = _seen(ask, merged)
        with ask.desk.look() as connection:
            if incidents.root_of(connection, part.number) != ask.here.number:
                raise Refused(f"{part.key} is not part of {ask.here.key}.")
        return _unmerge(ask, part.number, clean(rest, limit=500).raw)
    name = ask.desk.catalog.canonical(word.removeprefix("@").lower()) or word.removeprefix("@")
    return _split(ask, name, rest)


@routes.button("oneroom.split_form", needs="split")
def split_by_button(ask: Ask) -> Answer:
    """It is not this outage after all: which service, and what is it called?"""
    return ask.open(_split_form(ask))


@routes.form("split", needs="split")
def split_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    if not ask.typed("service"):
        return Answer(errors={"service": "Choose a service."})
    return _split(ask, ask.typed("service"), ask.typed("title"))


@routes.button("oneroom.unmerge", needs="split")
def unmerge_by_button(ask: Ask) -> Answer:
    """The button in the room of an incident that was merged."""
    return _unmerge(ask, ask.here.number, "")


@routes.button("oneroom.join", needs="page")
def join_by_button(ask: Ask) -> Answer:
    """Instead of declaring: the service is a part of what is open."""
    written = ask.value.partition(" ")[2]
    memory = remembered(ask, written, services=list)
    new = [str(one) for one in memory["services"] if one not in ask.here.services]
    for name in new:
        if ask.desk.catalog.service(name) is not None:
            why = "somebody was about to declare it, and joined instead"
            teams.join(ask.desk, ask.here.number, name, why, by=_turn(ask, name), now=ask.now)
    where = f" in {mrkdwn.channel(ask.here.room)}" if ask.here.room else ""
    return Answer(_words(f":link: Your team is part of {ask.here.key} now{where}."), replaces=True)


@routes.say("merged_away")
def merged_away(facts: dict[str, Any]) -> Message:
    """In the old room: where it goes on, and the way back."""
    room = f" in {mrkdwn.channel(facts['room'])}" if facts.get("room") else ""
    text = (
        f":link: *{facts['key']}* is part of *{facts['whole']}* "
        f"{mrkdwn.escape(facts['title'])} now. Please go on{room}; you are invited there."
    )
    hint = "Commands typed here are about the other incident."
    hint += "" if facts.get("stays") else " This room is put away later."
    back = blocks.button("Take it out again", "oneroom.unmerge", facts["key"])
    return Message(
        f"{facts['key']} is part of {facts['whole']} now.",
        [
            blocks.section(text + _why(facts)),
            blocks.actions(back),
            blocks.context(hint),
        ],
    )


@routes.say("took_in")
def took_in(facts: dict[str, Any]) -> Message:
    """In the room where it goes on."""
    text = (
        f":link: {mrkdwn.person(facts['by'])} merged *{facts['part']}* "
        f"{mrkdwn.escape(facts['title'])} into this incident. Its people are being invited."
    )
    hint = f"If it is another outage after all: `split {facts['part']}`"
    return Message(
        f"{facts['part']} is part of {facts['key']} now.",
        [blocks.section(text + _why(facts)), blocks.context(hint)],
    )


@routes.say("split_off")
def split_off(facts: dict[str, Any]) -> Message:
    """In the room that something was taken out of."""
    what = mrkdwn.code(facts["service"]) if facts["service"] else "It"
    room = f" in {mrkdwn.channel(facts['room'])}" if facts.get("room") else ""
    text = (
        f":scissors: {what} goes its own way as *{facts['child']}* "
        f"{mrkdwn.escape(facts['title'])}{room}."
    )
    return Message(text, [blocks.section(text + _why(facts))])


@routes.say("on_its_own_again")
def on_its_own_again(facts: dict[str, Any]) -> Message:
    """In the room of an incident that was part of another one."""
    text = (
        f":scissors: *{facts['key']}* is an incident of its own again, and open: "
        f"{mrkdwn.person(facts['by'])} took it out of *{facts['whole']}*."
    )
    return Message(text, [blocks.section(text + _why(facts))])


@routes.say("offer_to_join")
def offer_to_join(facts: dict[str, Any]) -> Message:
    """In a new room: another incident may be the same outage, and nobody can be sure but people."""
    room = f" in {mrkdwn.channel(facts['room'])}" if facts.get("room") else ""
    text = (
        f":thinking_face: *{facts['other']}* {mrkdwn.escape(facts['title'])} is open{room}. "
        f"{mrkdwn.escape(facts['because'])}. Is it the same outage?"
    )
    label = f"Join {facts['other']} as affected team"
    value = f"{facts['key']} {facts['other']}"
    return Message(
        f"{facts['other']} may be the same outage as {facts['key']}.",
        [
            blocks.section(text),
            blocks.actions(blocks.button(label, "oneroom.merge", value, style="primary")),
            blocks.context("If it is not, do nothing."),
        ],
    )


def join_button(similar: Incident, services: Sequence[str]) -> blocks.Element:
    """To somebody who is about to declare what may be a part of an open incident."""
    value = f"{similar.key} {json.dumps({'services': list(services)})}"
    return blocks.button(
        f"Join {similar.key} as affected team", "oneroom.join", value, style="primary"
    )


def company(incident: Incident, companions: Sequence[Companion]) -> list[Block]:
    """On the card: what has to do with this incident."""
    if not companions:
        return []
    words = {
        "whole": "Part of",
        "part": "Took in",
        "parent": "Taken out of",
        "child": "Split off",
        "related": "Related",
    }
    lines = [f"{words[one.tie]} {named(one.incident)}" for one in companions[:_SHOWN]]
    body = [
        blocks.section(":link: " + "\n:link: ".join(lines)),
        *blocks.rest(len(companions) - _SHOWN, " incidents"),
    ]
    if incident.merged_into is not None:
        body.append(
            blocks.actions(blocks.button("Take it out again", "oneroom.unmerge", incident.key))
        )
    return body


def named(incident: Incident) -> str:
    """``INC-41 Title #room``"""
    room = f" {mrkdwn.channel(incident.room)}" if incident.room else ""
    return f"*{incident.key}* {mrkdwn.escape(incident.title)}{room}"


def pointing_on(answer: Answer, part: Incident, whole: Incident) -> Answer:
    """What was typed in the room of a merged incident, with a word about where it went."""
    if answer.message is None:
        return answer
    room = f" in {mrkdwn.channel(whole.room)}" if whole.room else ""
    hint = f":link: {part.key} is part of {whole.key} now: this was about {whole.key}{room}."
    return Answer(answer.message.under(hint), answer.errors, answer.everybody, answer.replaces)


def _link(ask: Ask, other: IncidentNumber, because: str) -> Answer:
    toward = Toward(other, because, ask.reader)
    merging.link(ask.desk, ask.here.number, toward, by=ask.by, now=ask.now)
    return _said(f":link: {ask.here.key} and {ids.key(other)} are linked.")


def _merge(ask: Ask, other: IncidentNumber, because: str) -> Answer:
    toward = Toward(other, because, ask.reader)
    whole = merging.merge(ask.desk, ask.here.number, toward, by=ask.by, now=ask.now)
    room = f" in {mrkdwn.channel(whole.room)}" if whole.room else ""
    return _said(f":link: {ask.here.key} is part of {whole.key} now. It goes on{room}.")


def _split(ask: Ask, service: str, title: str) -> Answer:
    wish = Split(service, clean_line(title, limit=200))
    child = merging.split(ask.desk, ask.here.number, wish, by=ask.by, now=ask.now)
    where = f"Opening `#{child.room_name}`"
    return _said(f":scissors: {mrkdwn.code(service)} is {child.key} now. {where}.")


def _unmerge(ask: Ask, number: IncidentNumber, because: str) -> Answer:
    after = merging.unmerge(ask.desk, number, because=because, by=ask.by, now=ask.now)
    return _said(f":scissors: {after.key} is an incident of its own again, and open.")


def _toward(text: str, verb: str) -> tuple[IncidentNumber, str]:
    word, _, rest = text.strip().partition(" ")
    number = ids.parse_key(word)
    if number is None:
        raise NotFound(f"{word} is no incident.", instead=f"Name it: {verb} INC-41")
    return number, clean(rest.strip().removeprefix("because "), limit=500).raw


def _seen(ask: Ask, number: IncidentNumber) -> Incident:
    with ask.desk.look() as connection:
        found = incidents.get(connection, number, ask.reader)
    if found is None:
        raise NotFound(f"There is no {ids.key(number)}.", instead="See what is open with list.")
    return found


def _turn(ask: Ask, name: str) -> Origin:
    """One press may bring in several services: each is an input of its own."""
    key = f"{ask.by.key}/{name}" if ask.by.key else None
    return Origin(ask.by.actor, ask.by.source, key)


def _other_form(ask: Ask, callback: str, title: str, submit: str) -> dict[str, Any]:
    with ask.desk.look() as connection:
        found = incidents.open_ones(connection, ask.reader)
    others = [one for one in found if one.number != ask.here.number]
    if not others:
        raise Refused("No other incident is open.", instead=f"Name one: {callback} INC-41")
    options = [blocks.option(f"{one.key} {one.title.raw}", one.key) for one in others]
    menu = blocks.select("other", "Choose an incident", options)
    why = blocks.text_input("why")
    hidden = len(options) - blocks.OPTIONS
    body = [
        blocks.field_of("other", "Incident", menu),
        *blocks.rest(hidden, f". Name any other: {ask.command} {callback} INC-42"),
        blocks.field_of("why", "Why", why, optional=True),
    ]
    return blocks.modal(callback, title, body, submit=submit, metadata=remember(ask, ask.here))


def _split_form(ask: Ask) -> dict[str, Any]:
    services = ask.here.services
    if len(services) < 2:  # noqa: PLR2004 (one would be left)
        raise Refused(
            f"{ask.here.key} is about one service.",
            instead="Declare another incident if there is one more outage.",
        )
    options = [blocks.option(name, name) for name in reversed(services)]
    body = [
        blocks.field_of("service", "Which service?", blocks.select("service", "Service", options)),
        blocks.field_of("title", "What is broken?", blocks.text_input("title"), optional=True),
    ]
    memory = remember(ask, ask.here)
    return blocks.modal("split", "Take a service out", body, submit="Split", metadata=memory)


def _why(facts: dict[str, Any]) -> str:
    return f"\n{mrkdwn.escape(str(facts['because']))}" if facts.get("because") else ""


def _said(text: str) -> Answer:
    return Answer(_words(text))


def _words(text: str) -> Message:
    return Message(text, [blocks.section(text)])
