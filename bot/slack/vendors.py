"""Who is relied on outside: who answers for them here, how to reach them, what they promised."""

from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import Answer, Ask, Routes, split_verb
from incidents.actions import vendors
from incidents.model.incident import Incident
from incidents.model.text import clean
from incidents.model.vendors import Vendor
from incidents.queries.oncall import on_call_for

routes = Routes()

_ON_CARD, _SHOWN = 2, 10
_ANSWERED = frozenset({"answered", "answers", "replied"})


@routes.verb(
    "vendor",
    "[name [answered] words]",
    "Who is relied on outside; record that they were asked, or answered",
    aliases=("vendors",),
    needs="page",
)
def vendor(ask: Ask) -> Answer:
    """``vendor``, ``vendor northpay ticket 4711``, ``vendor northpay answered they see it too``"""
    name, rest = split_verb(ask.text)
    if not name:
        return _matrix(ask)
    word, words = split_verb(rest)
    if word in _ANSWERED:
        found, took = vendors.answered(
            ask.desk, ask.here.number, name, clean(words).raw, by=ask.by, now=ask.now
        )
        return _said(f":telephone_receiver: {mrkdwn.escape(found.title)} answered {took}.")
    found, until = vendors.ask(
        ask.desk, ask.here.number, name, clean(rest).raw, by=ask.by, now=ask.now
    )
    owes = "No time to answer is agreed."
    if until is not None:
        owes = f"They owe an answer by {mrkdwn.clock_time(until)}."
    then = f"When they answer: `vendor {found.name} answered …`"
    title = mrkdwn.escape(found.title)
    text = f":telephone_receiver: {title} was asked; it is on the timeline. {owes}"
    lines = (text, *_desks(found, ask.here), then)
    return Answer(Message(text, [blocks.section("\n".join(lines))]))


@routes.say("vendor_late")
def late(facts: dict[str, Any]) -> Message:
    """In the room: they have not answered in the time that was agreed."""
    title = mrkdwn.escape(facts["vendor"])
    text = f":hourglass: {title} has not answered in the time that was agreed."
    lines = [text, *(mrkdwn.escape(desk) for desk in facts["desks"][:_SHOWN])]
    if facts["team"]:
        lines.append(f"{mrkdwn.escape(facts['team'])} answers for them: `page {facts['team']}`")
    if facts["agreement"]:
        lines.append(mrkdwn.link(facts["agreement"], "The agreement"))
    return Message(text, [blocks.section("\n".join(lines))])


def on_card(found: tuple[Vendor, ...], incident: Incident) -> list[Block]:
    """A line for each vendor that what is affected needs: who answers for it, whom to ask."""
    if not found or not incident.is_open:
        return []
    lines = []
    for one in found[:_ON_CARD]:
        team = f"{one.accountable} answers for it" if one.accountable else "nobody answers for it"
        desks = [contact.says for contact in one.contacts_for(incident.severity)[:1]]
        lines.append(mrkdwn.escape("; ".join((f"Relies on {one.title}: {team}", *desks))))
    if len(found) > _ON_CARD:
        lines.append(f"and {len(found) - _ON_CARD} more: `vendor`")
    return [blocks.context("\n".join(lines))]


def _matrix(ask: Ask) -> Answer:
    """Every vendor of what is affected, with all that helps at three in the morning."""
    catalog = ask.desk.catalog
    found = catalog.vendors_of(ask.here.services)
    if not found:
        return _said("No vendor is known that the affected services need.")
    body: list[Block] = [blocks.section(f"*Whom {ask.here.key} relies on outside*")]
    for one in found[:_SHOWN]:
        needing = [f"{each.service} ({each.strength})" for each in catalog.relying_on(one.name)]
        here = [name for name in needing if name.partition(" ")[0] in ask.here.services]
        lines = [
            f"*{mrkdwn.escape(one.title)}* (`{one.name}`), needed by {', '.join(here or needing)}",
            f"Answers for it: {_accountable(ask, one)}",
            *_desks(one, ask.here),
        ]
        if one.agreement.says:
            lines.append(f"Agreed: {mrkdwn.escape(one.agreement.says)}")
        if one.status_page:
            lines.append(mrkdwn.link(one.status_page, "Their status page"))
        if one.fallback:
            lines.append(f"Without them: {mrkdwn.escape(one.fallback)}")
        body.append(blocks.section("\n".join(lines)))
    body += blocks.rest(len(found) - _SHOWN)
    return Answer(Message(f"Whom {ask.here.key} relies on outside", body))


def _accountable(ask: Ask, one: Vendor) -> str:
    team = ask.desk.catalog.teams.get(one.accountable) if one.accountable else None
    if team is None:
        return ":warning: nobody here"
    with ask.desk.look() as connection:
        duty = on_call_for(ask.desk.catalog, connection, team, ask.now)
    now = f", on call now: {mrkdwn.escape(duty[0].person)}" if duty else ""
    return f"{mrkdwn.escape(team.title)}{now} (`page {team.name}`)"


def _desks(one: Vendor, incident: Incident) -> list[str]:
    desks = [mrkdwn.escape(contact.says) for contact in one.contacts_for(incident.severity)]
    return [*desks, *([f"Account: {mrkdwn.code(one.account)}"] if one.account else [])]


def _said(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]))
