"""Subscribe: hear of an incident by direct message, as much of it as you want."""

from dataclasses import replace
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.room import state_line
from bot.slack.router import Answer, Ask, Routes, stale
from bot.slack.timeline import TONGUE
from incidents.actions import access
from incidents.actions import subscriptions as actions
from incidents.errors import Refused
from incidents.model import ids
from incidents.model.access import ALL_SEEING, Reader
from incidents.model.ids import IncidentNumber
from incidents.model.lifecycle import Status
from incidents.model.severity import Severity
from incidents.model.subscriptions import MEANS, Detail, Subscription, Target, Wish, parse_wish
from incidents.model.text import UserText
from incidents.model.timeline import Kind
from incidents.queries.subscriptions import subscriptions_of
from incidents.render import timeline as sentences
from incidents.store import incidents

routes = Routes()

_LISTED = 10
_LABELS = {
    Detail.ALL: "Every update",
    Detail.MAJOR: "Big changes",
    Detail.RESOLVED: "Only the end",
    Detail.NONE: "Nothing",
}


@routes.verb(
    "subscribe",
    "[INC-42|@service|sev1] [all|major|resolved]",
    "Hear of it by direct message; with no words: what you subscribed to",
    in_room=False,
    aliases=("follow", "subscriptions"),
    needs="subscribe",
)
def subscribe_by_text(ask: Ask) -> Answer:
    """``subscribe major`` in a room, ``subscribe @checkout sev1`` anywhere."""
    wish = _wish(ask)
    if wish.target is None:
        return _list(ask)
    return _subscribe(ask, wish.target, wish.detail)


@routes.verb(
    "unsubscribe",
    "[INC-42|@service|sev1]",
    "Hear no more of it",
    in_room=False,
    aliases=("unfollow",),
    needs="subscribe",
)
def unsubscribe_by_text(ask: Ask) -> Answer:
    """``unsubscribe`` in a room, ``unsubscribe @checkout sev1`` anywhere."""
    wish = _wish(ask)
    if wish.target is None:
        return _list(ask)
    return _unsubscribe(ask, wish.target)


@routes.button("subscribe.here", needs="subscribe")
def subscribe_by_button(ask: Ask) -> Answer:
    """The button on the announcement: everything at first, and the choice of less."""
    target = Target(ask.here.number)
    with ask.desk.look() as connection:
        mine = subscriptions_of(connection, ask.person.id, ask.reader)
    now = next((one for one in mine if one.target == target), None)
    if now is not None and now.detail is not Detail.NONE:
        return Answer(_chosen(ask, now))
    return _subscribe(ask, target, Detail.ALL)


@routes.button("subscribe.detail", needs="subscribe")
def choose_detail(ask: Ask) -> Answer:
    """How much: the buttons under the answer."""
    word = ask.value.partition(" ")[2]
    if word not in set(Detail):
        raise stale(ask)
    target = Target(ask.here.number)
    if word == Detail.NONE:
        return replace(_unsubscribe(ask, target), replaces=True)
    return replace(_subscribe(ask, target, Detail(word)), replaces=True)


def drop_named(ask: Ask) -> Answer:
    """What a button's value names is followed no more."""
    target = parse_wish(ask.value.removeprefix("drop ")).target
    if target is None:
        raise stale(ask)
    return _unsubscribe(ask, target)


@routes.say("subscribed_news")
def news(facts: dict[str, Any]) -> Message:
    """By direct message: what changed, and how it stands."""
    key, title = facts["key"], mrkdwn.escape(UserText(facts["title"]))
    said = sentences.sentence(Kind(facts["kind"]), facts["body"], TONGUE)
    where = f"  ·  {mrkdwn.channel(facts['room'])}" if facts["room"] else ""
    state = state_line(Severity(facts["severity"]), Status(facts["status"]))
    means = MEANS[Detail(facts["detail"])]
    return Message(
        f"{key} {title}: {said}",
        [
            blocks.section(f"*{key}* {title}\n{state}{where}"),
            blocks.section(said),
            blocks.context(f"You subscribed to it: {means}."),
            blocks.actions(
                *(
                    blocks.button(_LABELS[one], f"subscribe.detail:{one}", f"{key} {one}")
                    for one in Detail
                    if one.value != facts["detail"]
                )
            ),
        ],
    )


def list_blocks(ask: Ask) -> list[Block]:
    """What somebody subscribed to, each with its button; nothing if it is nothing."""
    with ask.desk.look() as connection:
        mine = subscriptions_of(connection, ask.person.id, ask.reader)
    body = [_line(one) for one in mine[:_LISTED]]
    return [*body, *blocks.rest(len(mine) - _LISTED, f": {ask.command} unsubscribe and its name")]


def _line(one: Subscription) -> Block:
    name = one.target.name
    drop = blocks.button("Unsubscribe", f"subscribe.drop:{name}", f"drop {name}")
    return blocks.section(f"*{mrkdwn.escape(name)}* {MEANS[one.detail]}", accessory=drop)


def _wish(ask: Ask) -> Wish:
    """What they typed; in a room, what names nothing is about its incident."""
    wish = parse_wish(ask.text)
    if wish.unknown:
        raise Refused(
            f"I do not know what {wish.unknown[0]} means here.",
            instead="Like this: subscribe INC-42 major, or subscribe @checkout sev1 resolved",
        )
    if wish.target is None and ask.incident is not None:
        return replace(wish, target=Target(ask.incident.number))
    if wish.target is None and ask.text.strip():
        raise Refused(
            "Subscribe to what?",
            instead="Name an incident, a service or a severity: subscribe INC-42 major",
        )
    return wish


def _subscribe(ask: Ask, target: Target, detail: Detail) -> Answer:
    wish = actions.subscribe(
        ask.desk, target, detail, reader=_reader(ask, target), by=ask.by, now=ask.now
    )
    return Answer(_chosen(ask, wish))


def _unsubscribe(ask: Ask, target: Target) -> Answer:
    if target.incident is not None:
        _must_see(ask, target)
    was_there = actions.unsubscribe(ask.desk, target, by=ask.by, now=ask.now)
    name = mrkdwn.escape(target.name)
    if was_there:
        return _said(f":no_bell: You hear no more of {name}.")
    return _said(f"You did not follow {name}. What you follow: `{ask.command} subscriptions`")


def _list(ask: Ask) -> Answer:
    body = list_blocks(ask)
    if not body:
        raise Refused(
            "You subscribed to nothing yet.",
            instead="Name an incident, a service or a severity: subscribe @checkout sev1",
        )
    text = "What you hear of by direct message"
    return Answer(Message(text, [blocks.section(f"*{text}*"), *body]))


def _chosen(ask: Ask, wish: Subscription) -> Message:
    """What was agreed, and how to have it otherwise."""
    name = wish.target.name
    text = f":bell: You hear of {mrkdwn.escape(name)} by direct message: {MEANS[wish.detail]}."
    if wish.target.severity is not None:
        text += f" {wish.target.severity} or worse."
    if wish.target.incident is None:
        hint = f"Otherwise: `{ask.command} unsubscribe {mrkdwn.escape(name)}`"
        return Message(text, [blocks.section(text), blocks.context(hint)])
    key = ids.key(wish.target.incident)
    others = [
        blocks.button(_LABELS[one], f"subscribe.detail:{one}", f"{key} {one}")
        for one in Detail
        if one is not wish.detail
    ]
    return Message(text, [blocks.section(text), blocks.actions(*others)])


def _reader(ask: Ask, target: Target) -> Reader:
    """In the room they see it; that was asked before."""
    is_here = ask.incident is not None and ask.incident.number == target.incident
    return ALL_SEEING if is_here else ask.reader


def _must_see(ask: Ask, target: Target) -> None:
    number = target.incident or IncidentNumber(0)
    with ask.desk.look() as connection:
        if incidents.get(connection, number, _reader(ask, target)) is None:
            raise access.missing(number)


def _said(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]))
