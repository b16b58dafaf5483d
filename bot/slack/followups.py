"""Action items: added in words or by form, chased by direct message until they are done."""

import re
from datetime import datetime
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.lifecycle import remember
from bot.slack.roles import find_person, known_person
from bot.slack.router import Answer, Ask, Routes
from incidents.actions import followups, notes
from incidents.actions.followups import Todo
from incidents.actions.notes import Marked
from incidents.errors import Refused, Unclear
from incidents.model.dates import Due, parse_due, split_due
from incidents.model.followups import ActionItem
from incidents.model.ids import PersonId
from incidents.model.incident import Incident
from incidents.model.text import clean_line
from incidents.model.workdays import say_moment
from incidents.store import action_items, incidents, people

routes = Routes()

_NUMBER = re.compile(r"\d{1,9}(?= |$)", re.ASCII)
_DAYS = re.compile(r"(?<= )\d{1,2}$", re.ASCII)
_LISTED = 15


@routes.verb(
    "todo",
    "@person words by friday",
    "Add an action item",
    aliases=("action",),
    needs="add an action item",
)
def todo(ask: Ask) -> Answer:
    """``todo @bo rotate certs by friday``; without words a form opens."""
    words = ask.text.split()
    if not words:
        return ask.open(_form(ask, ""))
    named = known_person(ask, words[0]) if words[0][:1] == "@" or words[0] == "me" else None
    if named is None and words[0].startswith("@"):
        find_person(ask, words[0])
    owner = named or ask.person.id
    sentence = " ".join(words[1:] if named else words)
    title, phrase = split_due(sentence)
    due = _due(ask, owner, phrase, before=ask.text) if phrase else None
    item = followups.add(
        ask.desk,
        ask.here.number,
        Todo(clean_line(title), owner, due.at if due else None),
        by=ask.by,
        now=ask.now,
    )
    return _added(item, due)


@routes.button("followups.form", needs="add an action item")
def form_by_button(ask: Ask) -> Answer:
    """The button on the card."""
    return ask.open(_form(ask, ""))


@routes.shortcut("make_action_item", needs="add an action item")
def make_action_item(ask: Ask) -> Answer:
    """The shortcut on a message: its words become the item, the presser its owner."""
    message = ask.payload["message"]
    marked = Marked(ask.channel, message["ts"], "action", ask.payload.get("action_ts", ""))
    if not notes.mark(ask.desk, ask.channel, marked, by=ask.by, now=ask.now):
        raise Refused("This is not an incident's room.", instead="Use it on a message in a room.")
    text = ":memo: An action item for you is being made of it."
    return Answer(Message(text, [blocks.section(text)]))


@routes.form("todo", needs="add an action item")
def todo_by_form(ask: Ask) -> Answer:
    """The form was filled in; a date that is unclear is said under its field."""
    title = clean_line(ask.typed("title"))
    if not title:
        return Answer(errors={"title": "Say what has to be done."})
    owner = PersonId(ask.typed("owner") or ask.person.id)
    due: Due | None = None
    if ask.typed("due"):
        try:
            due = _due(ask, owner, ask.typed("due"), before="")
        except Unclear as unclear:
            choices = " or ".join(typed for typed, _ in unclear.readings)
            return Answer(errors={"due": f"{unclear.why} Write {choices}."})
        except Refused as refused:
            return Answer(errors={"due": str(refused)})
    order = Todo(title, owner, due.at if due else None)
    item = followups.add(ask.desk, ask.here.number, order, by=ask.by, now=ask.now)
    return _added(item, due)


def _incident_of(ask: Ask) -> Incident | None:
    """The incident of the item that is named. Raises `NotFound`, also for what is not theirs."""
    number = _number(ask)
    with ask.desk.look() as connection:
        item = action_items.get(connection, number, ask.reader)
        if item is None:
            raise followups.no_such_item(number)
        return incidents.get(connection, item.incident, ask.reader)


def _number(ask: Ask) -> int:
    """The item that a button or a menu is about: what is permitted is also what is done."""
    action = ask.payload["actions"][0]
    named = ask.value or action.get("block_id", "").partition("/")[2]
    found = _NUMBER.match(named)
    return int(found.group()) if found else 0


@routes.button("followups.done", needs="change an action item", find=_incident_of)
def done(ask: Ask) -> Answer:
    """Done, from a reminder or a list."""
    item = followups.done(ask.desk, _number(ask), by=ask.by, now=ask.now)
    return _replaced(f":white_check_mark: Done: {mrkdwn.escape(item.title)}.")


@routes.button("followups.snooze", needs="change an action item", find=_incident_of)
def snooze(ask: Ask) -> Answer:
    """Quiet for some working days."""
    days = _DAYS.search(ask.value)
    quiet = int(days.group()) if days else 1
    until = followups.snoozed(ask.desk, _number(ask), quiet, by=ask.by, now=ask.now)
    return _replaced(f":zzz: Quiet until {mrkdwn.at(until)}. The due date has not moved.")


@routes.button("followups.reassign", needs="change an action item", find=_incident_of)
def reassign(ask: Ask) -> Answer:
    """Somebody else takes it."""
    person = PersonId(ask.payload["actions"][0].get("selected_user") or ask.person.id)
    item = followups.reassigned(ask.desk, _number(ask), person, by=ask.by, now=ask.now)
    title = mrkdwn.escape(item.title)
    return _replaced(f":arrow_right: {title} is {mrkdwn.person(person)}'s now.")


@routes.verb(
    "mine", "", "Your action items", in_room=False, aliases=("actions",), needs="look around"
)
def mine(ask: Ask) -> Answer:
    """What you promised, the most urgent first."""
    with ask.desk.look() as connection:
        items = action_items.owned_by(connection, ask.person.id, ask.reader)
    if not items:
        text = "You have no open action items."
        return Answer(Message(text, [blocks.section(f":white_check_mark: {text}")]))
    head = f"You have {len(items)} open action item{'s' if len(items) > 1 else ''}"
    body: list[Block] = [blocks.section(f"*{head}*")]
    for item in items[:_LISTED]:
        body += item_blocks(item, ask.now, ask)
    body += blocks.rest(len(items) - _LISTED, "; they are listed as these are done")
    return Answer(Message(head, body))


def item_blocks(item: ActionItem, now: datetime, ask: Ask) -> list[Block]:
    """One item in a list, with Done beside it."""
    when = f"due {say_moment(item.due_at, ask.person.tz)}" if item.due_at else "no date"
    late = ":alarm_clock: *overdue* " if item.is_overdue(now) else ""
    key = f"INC-{item.incident}"
    text = f"{late}{mrkdwn.escape(item.title)}\n{key} · {when}"
    button = blocks.button("Done", f"followups.done:{item.number}", str(item.number))
    return [blocks.section(text, accessory=button)]


_HEADS = {
    "new": ":memo: You have a new action item.",
    "before": ":bell: An action item of yours is due soon.",
    "due": ":bell: An action item of yours is due.",
    "overdue": ":alarm_clock: An action item of yours is overdue.",
    "snoozed": ":bell: You asked to be reminded of this.",
    "escalation": ":mega: An action item in your team has been overdue for days.",
}


@routes.say("action_item")
def action_item(facts: dict[str, Any]) -> Message:
    """By direct message: what, by when, and the buttons."""
    head = _HEADS[facts["kind"]]
    number = str(facts["number"])
    title = mrkdwn.escape(facts["title"])
    due = f"Due {mrkdwn.escape(facts['due'])} ({facts['standing']})" if facts["due"] else "No date"
    owner = f" · {mrkdwn.person(facts['owner'])}" if facts["kind"] == "escalation" else ""
    small = [f"{facts['incident']} · action item {number}{owner}"]
    if facts["late"]:
        small.append(f":hourglass: this reminder is {facts['late']}: I was offline")
    elements = [blocks.button("Done", "followups.done", number, style="primary")]
    if facts["due"]:
        elements.append(blocks.select("followups.snooze", "Snooze", [
            blocks.option("1 working day", f"{number} 1"),
            blocks.option("2 working days", f"{number} 2"),
            blocks.option("5 working days", f"{number} 5"),
        ]))  # fmt: skip
    elements.append(blocks.people_select("followups.reassign", "Reassign"))
    return Message(
        f"{head} {title}",
        [
            blocks.section(f"{head}\n*{title}*\n{due}"),
            blocks.actions(*elements, block_id=f"item/{number}"),
            blocks.context(*small),
        ],
    )


def _due(ask: Ask, owner: PersonId, phrase: str, *, before: str) -> Due:
    """The date in the owner's zone; if unclear, whole commands to choose from."""
    with ask.desk.look() as connection:
        person = people.get(connection, owner) or ask.person
    try:
        return parse_due(phrase, ask.now, person.tz)
    except Unclear as unclear:
        if not before:
            raise
        stem = before[: before.lower().rfind(phrase)]
        readings = tuple((f"{stem}{typed}", meaning) for typed, meaning in unclear.readings)
        raise Unclear(unclear.why, readings=readings) from None


def _added(item: ActionItem, due: Due | None) -> Answer:
    who = mrkdwn.person(item.owner)
    when = f", due {mrkdwn.escape(due.echo)}" if due else ", without a date"
    text = f":memo: Action item {item.number} for {who}{when}: {mrkdwn.escape(item.title)}"
    return Answer(Message(text, [blocks.section(text)]))


def _replaced(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]), replaces=True)


def _form(ask: Ask, title: str) -> dict[str, Any]:
    return blocks.modal(
        "todo",
        "Add action item",
        [
            blocks.field_of("title", "What", blocks.text_input("title", initial=title)),
            blocks.field_of(
                "owner", "Who", blocks.people_select("owner", "Person", initial=ask.person.id)
            ),
            blocks.field_of(
                "due",
                "By when",
                blocks.text_input("due", placeholder="friday, in 3 days, 2026-12-01"),
                optional=True,
                hint="In the owner's time zone and working hours.",
            ),
        ],
        submit="Add",
        metadata=remember(ask, ask.here),
    )
