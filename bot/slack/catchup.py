"""Catch up: where it stands, told from the record, only to whoever asks or comes late."""

import structlog

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.room import state_line, title_line
from bot.slack.router import Answer, Ask, Routes
from bot.slack.timeline import TONGUE
from incidents.actions.catchup import catch_up
from incidents.actions.deliver import Ambiguous, Dead, NotSent, Throttled
from incidents.model.ids import IncidentNumber
from incidents.model.roles import Role
from incidents.model.text import shorten
from incidents.model.timeline import Entry
from incidents.queries.card import Card
from incidents.queries.catchup import Catchup, is_worth_offering
from incidents.render import timeline as sentences
from incidents.render.tongue import span

log = structlog.get_logger(__name__)

routes = Routes()

_NEWS, _TRIED, _OPEN = 10, 6, 6  # lines of each
_LINE = 280  # characters


@routes.verb("catchup", "", "Where it stands, for who comes late", needs="look")
def catch_me_up(ask: Ask) -> Answer:
    """Only the asker sees it."""
    story = catch_up(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    return Answer(told(story, ask.command))


@routes.button("catchup.show", needs="look")
def catch_up_by_button(ask: Ask) -> Answer:
    """The button of the offer."""
    return catch_me_up(ask)


def told(story: Catchup, command: str) -> Message:
    """What is happening, since when, who commands, what was tried, what is open."""
    card = story.card
    incident = card.incident
    title = mrkdwn.escape(title_line(card))
    body: list[Block] = [
        blocks.section(f"*{title}*\n{state_line(incident.severity, incident.status)}"),
        blocks.section("\n".join(_standing(card))),
    ]
    if card.latest is not None:
        at = mrkdwn.clock_time(card.latest.sent_at)
        said = mrkdwn.escape(shorten(card.latest.text.raw, 600))
        body.append(blocks.section(f":mega: *Last update* ({at})\n{said}"))
    body += _listed("What was found and tried", story.tried, _TRIED)
    walking = [f":deciduous_tree: {mrkdwn.escape(one)} is being walked" for one in story.walking]
    body += _lines("Open", [*walking, *_open(card)], _OPEN)
    if story.since is not None:
        since = mrkdwn.at(story.since)
        news = _listed(f"New since you were here ({since})", story.news, _NEWS)
        body += news or [blocks.context(f"Nothing new since you were here ({since}).")]
    body.append(blocks.context(f"Everything: `{command} timeline`"))
    return Message(f"Where {incident.key} stands", body)


def offer(ask: Ask, number: IncidentNumber) -> None:
    """To somebody who just came in and missed something: one line and a button, only to them.

    A courtesy: if Slack does not take it, nothing is lost.
    """
    with ask.desk.look() as connection:
        if not is_worth_offering(ask.desk, connection, number, ask.person.id, ask.now):
            return
    key = ask.incident.key if ask.incident else f"INC-{number}"
    text = f"Welcome to *{key}*. It has been going on for a while."
    row = blocks.actions(blocks.button("Catch me up", "catchup.show", key, style="primary"))
    message = Message(text, [blocks.section(text), row]).as_arguments()
    try:
        ask.client.call(
            "chat.postEphemeral",
            channel=ask.channel,
            user=ask.person.id,
            text=message["text"],
            blocks=message["blocks"],
        )
    except (Dead, NotSent, Throttled, Ambiguous) as error:
        log.info("catchup_not_offered", because=str(error))


def _standing(card: Card) -> list[str]:
    incident = card.incident
    lines = [f"*Since* {mrkdwn.at(incident.started_at)}, {span(incident.lasted(card.now))}"]
    holder, asked = card.holder(Role.COMMANDER), card.asked(Role.COMMANDER)
    if holder:
        lines.append(f"*Commander* {mrkdwn.person(holder.person)}")
    elif asked:
        lines.append(f"*Commander* nobody yet; {mrkdwn.person(asked.person)} was asked")
    else:
        lines.append("*Commander* nobody")
    if incident.services:
        named = ", ".join(mrkdwn.code(one) for one in incident.services[:10])
        lines.append(f"*Services* {named}")
    if incident.impact:
        lines.append(f"*Impact* {mrkdwn.escape(shorten(incident.impact.raw, 600))}")
    if incident.fix and not incident.is_open:
        lines.append(f"*Fix* {mrkdwn.escape(shorten(incident.fix.raw, 600))}")
    return lines


def _open(card: Card) -> list[str]:
    incident, found = card.incident, []
    if incident.is_open and incident.next_update_at:
        late = " and is late" if card.is_update_late else ""
        at = mrkdwn.clock_time(incident.next_update_at)
        found.append(f":alarm_clock: the next update was promised for {at}{late}")
    failed = (mrkdwn.escape(shorten(step, _LINE)) for step in card.failed_steps)
    found += [f":warning: not done: {step}" for step in failed]
    for item in card.actions:
        if item.is_open:
            title = mrkdwn.escape(shorten(item.title.raw, _LINE))
            owner = mrkdwn.person(item.owner) if item.owner else "nobody"
            found.append(f":memo: {title}, {owner}")
    return found


def _listed(title: str, entries: tuple[Entry, ...], most: int) -> list[Block]:
    """The newest of them, in order, and how many came before."""
    lines = [
        f"{mrkdwn.clock_time(one.occurred_at)} {_short(sentences.say(one, TONGUE))}"
        for one in entries[-most:]
    ]
    before = len(entries) - len(lines)
    return _lines(title, [*([f"… {before} earlier"] if before > 0 else []), *lines], most + 1)


def _lines(title: str, lines: list[str], most: int) -> list[Block]:
    if not lines:
        return []
    body = [blocks.section(f"*{title}*\n" + "\n".join(f"• {one}" for one in lines[:most]))]
    return [*body, *blocks.rest(len(lines) - most)]


def _short(said: str) -> str:
    """A sentence is escaped already: it is cut like markup."""
    return str(blocks.mrkdwn(said, _LINE)["text"])
