"""Who is on call, now, next and then; stand-ins and swaps by words, by form, by button."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.roles import find_person
from bot.slack.router import Answer, Ask, Routes, split_verb, stale
from incidents.actions import oncall
from incidents.errors import NotFound, Refused, Unclear
from incidents.model import spans
from incidents.model.dates import read_edge
from incidents.model.ids import PersonId
from incidents.model.oncall import OnCall, Rotation, RotationName, next_shift, on_call, shifts
from incidents.model.people import Person
from incidents.model.spans import Phrases, Span
from incidents.model.text import clean_line
from incidents.model.workdays import say_moment
from incidents.queries.oncall import named, roster
from incidents.store import oncall as stored
from incidents.store import people
from incidents.store.oncall import StandIn

routes = Routes()

_TOGETHER = 10  # rotations in a block, which holds 3000 characters
_CHANGES = 10  # overrides shown, each with its button
_MENU = 100  # choices in a menu, Slack's limit
_AHEAD = timedelta(days=60)
_OWN_SHIFTS = 20


@routes.verb(
    "oncall",
    "[service|team|rotation] · override @bo for payments until friday 9:00 · swap @bo saturday",
    "Who is on call, and who stands in",
    in_room=False,
    aliases=("on-call",),
    needs="look around",
)
def who_is_on_call(ask: Ask) -> Answer:
    """Every rotation now and next, or those of one service, team or rotation."""
    word, rest = split_verb(ask.text) if ask.text.strip() else ("", "")
    change = _CHANGES_BY_WORD.get(word)
    if change is None:
        return _listing(ask, ask.now, _names(ask, ask.text))
    if word != "at":
        ask.require("change the on-call")
    try:
        return change(ask, rest)
    except Unclear as unclear:
        readings = tuple((f"{word} {typed}", meaning) for typed, meaning in unclear.readings)
        raise Unclear(unclear.why, readings=readings) from None


def _names(ask: Ask, word: str) -> list[RotationName]:
    with ask.desk.look() as connection:
        return named(ask.desk.catalog, connection, word)


def _listing(ask: Ask, at: datetime, names: list[RotationName]) -> Answer:
    """Who is on call at a time that is not over, and what was changed by hand."""
    if not names:
        text = "No rotation is configured. Put one into oncall/*.yaml."
        return Answer(Message(text, [blocks.section(text)]))
    with ask.desk.look() as connection:
        found = roster(ask.desk.catalog, connection, at, names)
        lines = []
        for rotation in found.values():
            duty = on_call(rotation, at)
            known = people.named(connection, duty.person) if duty else None
            lines.append(_line(ask, rotation, somebody(duty, known), at))
        changes = [one for one in stored.standing(connection, at) if one.rotation in found]
        late = [one for one in stored.feeds(connection).values() if one.error]
    pages = (lines[place : place + _TOGETHER] for place in range(0, len(lines), _TOGETHER))
    body = [blocks.section("\n".join(page)) for page in pages]
    if at != ask.now:
        body.insert(0, blocks.section(f"At {mrkdwn.escape(say_moment(at, ask.person.tz))}:"))
    body += [
        blocks.context(_stale_feed(ask, fetched)) for fetched in late if fetched.rotation in found
    ]
    return Answer(Message("On call", [*body, *_changes(ask, changes)]))


def _line(ask: Ask, rotation: Rotation, who: str, at: datetime) -> str:
    line = f"*{mrkdwn.escape(rotation.name)}* {who}"
    coming = next_shift(rotation, at)
    if coming and coming.person:
        moment = say_moment(coming.start, ask.person.tz)
        line += f", next {mrkdwn.escape(coming.person)} from {mrkdwn.escape(moment)}"
    return line


def _stale_feed(ask: Ask, fetched: stored.Fetched) -> str:
    name, why = mrkdwn.escape(fetched.rotation), mrkdwn.escape(fetched.error)
    if fetched.good_at is None:
        return f":warning: {name} was never read: {why}"
    if fetched.good_at == fetched.tried_at:
        return f":warning: {name}: {why}"
    good = mrkdwn.escape(say_moment(fetched.good_at, ask.person.tz))
    return f":warning: {name} is as of {good}, the last time it could be read: {why}"


def somebody(duty: OnCall | None, known: Person | None) -> str:
    """Who is on call: a mention, or the name where Slack does not know them."""
    if known is not None:
        return mrkdwn.person(known.id)
    return mrkdwn.escape(duty.person) if duty else "nobody"


def _changes(ask: Ask, changes: list[StandIn]) -> list[Block]:
    """What was changed by hand, each with the button that takes it back."""
    if not changes:
        return []
    body: list[Block] = [blocks.divider()]
    for one in changes[:_CHANGES]:
        asked = " (asked, not agreed yet)" if one.state == "asked" else ""
        text = (
            f"{mrkdwn.person(one.person)} stands in for *{mrkdwn.escape(one.rotation)}*, "
            f"{_when(ask, one.start, one.end)}{asked}"
        )
        button = blocks.button("Call off", f"oncall.call_off:{one.id}", one.trade)
        body.append(blocks.section(text, accessory=button))
    return body + blocks.rest(len(changes) - _CHANGES, "; name a rotation to see its own")


def _override(ask: Ask, text: str) -> Answer:
    """``override @bo for payments until friday 9:00``"""
    typed = spans.parts(text)
    if not typed.who or not typed.has_span:
        return ask.open(_override_form(ask, typed))
    person = find_person(ask, typed.who)
    when = spans.span(typed, ask.now, ask.person.tz)
    name = _one_rotation(ask, typed, text, person)
    made = oncall.put_on_call(
        ask.desk, name, person, when, clean_line(typed.because), by=ask.by, now=ask.now
    )
    return _put(ask, made)


def _one_rotation(ask: Ask, typed: Phrases, text: str, person: PersonId) -> RotationName:
    """The rotation that is named, or the only one it can be. Raises `Unclear`, `NotFound`."""
    found = _names(ask, typed.target)
    if not typed.target:
        with ask.desk.look() as connection:
            members = [people.get(connection, one) for one in (ask.person.id, person)]
        rotations = ask.desk.catalog.rotations
        found = [
            name
            for name in found
            if any(one and _takes_turns(rotations[name], one) for one in members)
        ] or found
    if not found:
        raise NotFound(
            "There is no rotation there.", instead=f"See them with {ask.command} oncall."
        )
    if len(found) > 1:
        rest = text if not typed.target else text.replace(f"for {typed.target}", "", 1)
        readings = tuple((_with_target(rest, name), f"for {name}") for name in found)
        raise Unclear("For which rotation?", readings=readings)
    return found[0]


def _with_target(text: str, name: str) -> str:
    who, _, rest = text.strip().partition(" ")
    return f"{who} for {name} {rest.strip()}"


def _takes_turns(rotation: Rotation, person: Person) -> bool:
    names = {person.handle.lower(), person.email.lower()}
    return any(each in names for one in (rotation, *rotation.layers) for each in one.people)


def _put(ask: Ask, made: StandIn) -> Answer:
    text = (
        f":telephone_receiver: {mrkdwn.person(made.person)} is on call for "
        f"*{mrkdwn.escape(made.rotation)}*, {_when(ask, made.start, made.end)}."
    )
    undo = blocks.button("Call off", "oncall.call_off", made.trade)
    return Answer(Message(text, [blocks.section(text), blocks.actions(undo)]))


def _when(ask: Ask, start: datetime, end: datetime) -> str:
    first = "now" if start <= ask.now else mrkdwn.escape(say_moment(start, ask.person.tz))
    return f"from {first} to {mrkdwn.escape(say_moment(end, ask.person.tz))}"


def _swap(ask: Ask, text: str) -> Answer:
    """``swap @bo saturday``: they take my shift, once they agree."""
    typed = spans.parts(text)
    if not typed.who or not typed.has_span:
        return ask.open(_swap_form(ask, typed))
    person = find_person(ask, typed.who)
    mine = spans.span(typed, ask.now, ask.person.tz)
    theirs = spans.day_of(typed.take, ask.now, ask.person.tz) if typed.take else None
    name = _own_rotation(ask, typed, text, mine)
    wish = oncall.Swap(name, person, mine, theirs, clean_line(typed.because))
    return _asked(ask, oncall.ask_to_swap(ask.desk, wish, by=ask.by, now=ask.now))


def _own_rotation(ask: Ask, typed: Phrases, text: str, when: Span) -> RotationName:
    """The rotation in which the asker has a shift then. Raises `Unclear`, `Refused`."""
    if typed.target:
        return _one_rotation(ask, typed, text, ask.person.id)
    own = list(dict.fromkeys(one[0] for one in _own_shifts(ask, when)))
    if not own:
        raise Refused(
            f"You are not on call {_when(ask, when.start, when.end)}.",
            instead=f"See when you are: {ask.command} oncall swap",
        )
    if len(own) > 1:
        readings = tuple((_with_target(text, name), f"your shift for {name}") for name in own)
        raise Unclear("You are on call for several rotations then.", readings=readings)
    return own[0]


def _own_shifts(ask: Ask, when: Span) -> list[tuple[RotationName, datetime, datetime]]:
    """The asker's shifts within a span, in the order they begin."""
    names = {ask.person.handle.lower(), ask.person.email.lower()} - {""}
    with ask.desk.look() as connection:
        every = roster(ask.desk.catalog, connection, ask.now)
    found = [
        (shift.start, shift.end, name)
        for name, rotation in every.items()
        for shift in shifts(rotation, when.start, when.end)
        if names & {each.lower() for each in shift.people}
    ]
    return [(name, start, end) for start, end, name in sorted(found)]


def _asked(ask: Ask, parts: tuple[StandIn, ...]) -> Answer:
    first = parts[0]
    text = (
        f":arrows_counterclockwise: {mrkdwn.person(first.asked or '')} is asked about "
        f"*{mrkdwn.escape(first.rotation)}*: "
        + "; ".join(
            f"{mrkdwn.person(one.person)} {_when(ask, one.start, one.end)}" for one in parts
        )
        + ". Nothing changes until they agree."
    )
    undo = blocks.button("Call off", "oncall.call_off", first.trade)
    return Answer(Message(text, [blocks.section(text), blocks.actions(undo)]))


def _at(ask: Ask, text: str) -> Answer:
    """``at friday 9:00``"""
    typed = spans.parts(f"at {text}")
    if not typed.day:
        raise Refused("At what time?", instead="Say it: oncall at friday 9:00")
    at = read_edge(typed.day, ask.now, ask.person.tz, at_end=False)
    return _listing(ask, max(at, ask.now), _names(ask, typed.target))


def _call_off_by_word(ask: Ask, text: str) -> Answer:
    """``cancel``: everything that was changed by hand, with the buttons that take it back."""
    names = _names(ask, text)
    with ask.desk.look() as connection:
        changes = [one for one in stored.standing(connection, ask.now) if one.rotation in names]
    if not changes:
        text = "Nobody stands in for anybody: there is nothing to call off."
        return Answer(Message(text, [blocks.section(text)]))
    return Answer(Message("Changes of the on-call", _changes(ask, changes)[1:]))


_CHANGES_BY_WORD = {
    "override": _override,
    "cover": _override,
    "swap": _swap,
    "at": _at,
    "cancel": _call_off_by_word,
    "undo": _call_off_by_word,
}


@routes.button("oncall.call_off", needs="change the on-call")
def call_off(ask: Ask) -> Answer:
    """From the list, the answer to one's own change, or a direct message."""
    oncall.call_off(ask.desk, ask.value, by=ask.by, now=ask.now)
    return _replaced(":leftwards_arrow_with_hook: Called off. The rotation decides again.")


@routes.button("oncall.agree", needs="change the on-call")
def agree(ask: Ask) -> Answer:
    """The one who was asked takes the shift; or lets the other one be asked."""
    parts = oncall.agree(ask.desk, ask.value, by=ask.by, now=ask.now)
    if (other := parts[0].asked) and other != ask.person.id:
        who = mrkdwn.person(other)
        return _replaced(f":white_check_mark: Agreed. {who} is asked; you hear what they say.")
    said = "; ".join(
        f"{mrkdwn.person(one.person)} {_when(ask, one.start, one.end)}" for one in parts
    )
    return _replaced(f":white_check_mark: Agreed, *{mrkdwn.escape(parts[0].rotation)}*: {said}.")


@routes.button("oncall.decline", needs="change the on-call")
def decline(ask: Ask) -> Answer:
    """The one who was asked does not."""
    parts = oncall.decline(ask.desk, ask.value, by=ask.by, now=ask.now)
    if parts[0].made_by == ask.person.id:
        return _replaced("Declined. Nobody else is asked, and nothing changes.")
    return _replaced(f"Declined. {mrkdwn.person(parts[0].made_by)} is told.")


@routes.form("oncall_override", needs="change the on-call")
def override_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    name = RotationName(ask.typed("rotation").strip().lower())
    start, end = _moment(ask, "start"), _moment(ask, "end")
    person = PersonId(ask.typed("person"))
    missing = {
        "rotation": name not in ask.desk.catalog.rotations and "There is no such rotation.",
        "person": not person and "Choose a person.",
        "end": end is None and "Say until when.",
    }
    errors = {field: why for field, why in missing.items() if why}
    if errors or end is None:
        return Answer(errors=errors)
    if end <= max(start or ask.now, ask.now):
        return Answer(errors={"end": "That is over, or before it begins."})
    when, because = Span(start or ask.now, end), clean_line(ask.typed("because"))
    made = oncall.put_on_call(ask.desk, name, person, when, because, by=ask.by, now=ask.now)
    return _put(ask, made)


@routes.form("oncall_swap", needs="change the on-call")
def swap_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    person, chosen = PersonId(ask.typed("person")), ask.typed("shift").split()
    if not person or len(chosen) != 3:  # noqa: PLR2004 (rotation, start, end)
        return Answer(errors={"person": "Choose a person and a shift."})
    try:
        start, end = (datetime.fromtimestamp(int(one), UTC) for one in chosen[1:])
    except (ValueError, OverflowError, OSError):
        raise stale(ask) from None
    because = clean_line(ask.typed("because"))
    wish = oncall.Swap(RotationName(chosen[0]), person, Span(start, end), None, because)
    return _asked(ask, oncall.ask_to_swap(ask.desk, wish, by=ask.by, now=ask.now))


def _moment(ask: Ask, block_id: str) -> datetime | None:
    typed = ask.typed(block_id)
    return datetime.fromtimestamp(int(typed), UTC) if typed.isdigit() else None


def _person_field(ask: Ask, typed: Phrases) -> Block:
    known = find_person(ask, typed.who) if typed.who else ""
    return blocks.field_of(
        "person", "Who stands in", blocks.people_select("person", "Person", initial=known)
    )


_WHY = blocks.field_of("because", "Why", blocks.text_input("because"), optional=True)


def _override_form(ask: Ask, typed: Phrases) -> dict[str, Any]:
    names = _names(ask, typed.target)
    if not names:
        raise NotFound("No rotation is configured.", instead="Put one into oncall/*.yaml.")
    if len(names) > _MENU:
        menu = blocks.text_input("rotation", placeholder="The name of the rotation")
    else:
        options = [blocks.option(name, name) for name in names]
        menu = blocks.select("rotation", "Rotation", options, initial=options[0])
    now = int(ask.now.timestamp())
    return blocks.modal(
        "oncall_override",
        "Put on call",
        [
            _person_field(ask, typed),
            blocks.field_of("rotation", "For which rotation", menu),
            blocks.field_of("start", "From", blocks.moment_input("start", initial=now)),
            blocks.field_of("end", "Until", blocks.moment_input("end", initial=now + 8 * 3600)),
            _WHY,
        ],
        submit="Put on call",
        metadata=json.dumps({"channel": ask.channel}),
    )


def _swap_form(ask: Ask, typed: Phrases) -> dict[str, Any]:
    names = set(_names(ask, typed.target))
    own = [one for one in _own_shifts(ask, Span(ask.now, ask.now + _AHEAD)) if one[0] in names]
    if not own:
        raise Refused(
            "You have no shift in the next 60 days to swap.",
            instead=f"See who is on call with {ask.command} oncall.",
        )
    options = [
        blocks.option(
            f"{name}: {say_moment(start, ask.person.tz)}",
            f"{name} {int(start.timestamp())} {int(end.timestamp())}",
        )
        for name, start, end in own[:_OWN_SHIFTS]
    ]
    menu = blocks.select("shift", "Your shift", options, initial=options[0])
    return blocks.modal(
        "oncall_swap",
        "Swap a shift",
        [
            blocks.field_of("shift", "Your shift that begins", menu),
            _person_field(ask, typed),
            _WHY,
        ],
        submit="Ask them",
        metadata=json.dumps({"channel": ask.channel}),
    )


def _replaced(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]), replaces=True)
