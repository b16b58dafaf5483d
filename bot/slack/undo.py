"""Undo: shows what it will take back, and whose it was; one press takes it back, once."""

from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import Answer, Ask, Routes, stale
from bot.slack.timeline import TONGUE
from incidents.actions.undo import undo
from incidents.errors import NotFound, Refused
from incidents.model.access import permit
from incidents.model.timeline import Entry
from incidents.model.undo import WAYS, is_automatic
from incidents.queries.access import standings_of
from incidents.queries.undo import act, acts_of
from incidents.render import timeline as sentences
from incidents.store import people

routes = Routes()


@routes.verb("undo", "[entry]", "Take the last automatic or own act back", needs="look")
def show(ask: Ask) -> Answer:
    """``undo`` shows the last act, ``undo 17`` entry 17 of the timeline; nothing is done yet."""
    typed = ask.text.strip().lstrip("#")
    if typed:
        return _one(ask, typed)
    with ask.desk.look() as connection:
        acts = acts_of(connection, ask.here.number, ask.person.id)
    body: list[Block] = []
    if acts.stuck is not None:
        way = WAYS[acts.stuck.kind]
        body.append(_told(ask, acts.stuck))
        body.append(blocks.section(f":no_entry_sign: {way.cannot}\n:arrow_right: {way.instead}"))
    for entry in (acts.own, acts.others):
        if entry is not None:
            body += _offer(ask, entry)
    if not body:
        raise Refused(
            f"There is nothing to undo in {ask.here.key}.",
            instead=f"What happened so far: {ask.command} timeline.",
        )
    return Answer(Message(f"What can be undone in {ask.here.key}", body))


@routes.button("undo.do", needs="look")
def do(ask: Ask) -> Answer:
    """The button under what will be taken back. It needs what the act itself needed."""
    typed = ask.value.partition(" ")[2]
    entry = _entry(ask, typed) if typed.isdigit() else None
    if entry is None:
        raise stale(ask)
    ask.require(WAYS[entry.kind].needs)
    done = undo(ask.desk, ask.here.number, entry.seq, by=ask.by, now=ask.now)
    text = f":leftwards_arrow_with_hook: Undone: {mrkdwn.escape(done.what)}."
    return Answer(Message(text, [blocks.section(text)]), replaces=True)


@routes.say("undone")
def undone(facts: dict[str, Any]) -> Message:
    """In the room: who took what back."""
    text = f"{mrkdwn.person(facts['by'])} undid entry {facts['of']}: {mrkdwn.escape(facts['what'])}"
    return Message(
        f"{facts['key']}: {text}", [blocks.context(f":leftwards_arrow_with_hook: {text}")]
    )


def _one(ask: Ask, typed: str) -> Answer:
    entry = _entry(ask, typed) if typed.isdigit() else None
    if entry is None:
        raise NotFound(
            f"There is no act with the number {typed[:40]}.",
            instead="Just undo shows the last one.",
        )
    way = WAYS[entry.kind]
    if way.cannot:
        raise Refused(way.cannot, instead=way.instead)
    return Answer(Message(f"Undo entry {entry.seq}?", _offer(ask, entry)))


def _entry(ask: Ask, typed: str) -> Entry | None:
    number = int(typed[:9])
    with ask.desk.look() as connection:
        return act(connection, ask.here.number, number)


def _offer(ask: Ask, entry: Entry) -> list[Block]:
    """What will be taken back, with a button for whoever may."""
    is_here = bool(ask.seat) and ask.seat == ask.here.room
    with ask.desk.look() as connection:
        has = standings_of(ask.desk, connection, ask.person, ask.here, ask.now, is_here=is_here)
    verdict = permit(WAYS[entry.kind].needs, has)
    told = _told(ask, entry)
    if not verdict.allowed:
        return [told, blocks.context(mrkdwn.escape(verdict.because))]
    return [told, blocks.actions(_button(ask, entry))]


def _button(ask: Ask, entry: Entry) -> blocks.Element:
    value = f"{ask.here.key} {entry.seq}"
    action = f"undo.do:{entry.seq}"
    if entry.actor == ask.person.id or is_automatic(entry):
        return blocks.button("Undo it", action, value)
    with ask.desk.look() as connection:
        known = people.get(connection, entry.actor)
    whose = known.name if known else entry.actor
    return blocks.button(f"Undo what {whose} did", action, value, style="danger")


def _told(ask: Ask, entry: Entry) -> Block:
    """Whose act, when, and what it was."""
    if is_automatic(entry):
        whose = "Done by a rule"
    elif entry.actor == ask.person.id:
        whose = "Your last act"
    else:
        whose = f"Done by {mrkdwn.person(entry.actor)}, not by you"
    said = sentences.say(entry, TONGUE)
    at = mrkdwn.clock_time(entry.recorded_at)
    return blocks.section(f"*{whose}* ({at}, entry {entry.seq})\n{said}")
