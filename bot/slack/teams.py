"""The teams of an outage in Slack: who leads each, on the card and when they are asked."""

from collections.abc import Sequence
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import Answer, Ask, Routes
from incidents.actions import teams
from incidents.errors import NotFound, Refused
from incidents.model.text import clean, shorten
from incidents.queries.roster import STATES, Line
from incidents.render.together import ANSWERS

routes = Routes()

_MARKS = {
    "asked": ":hourglass_flowing_sand:",
    "leads": ":white_check_mark:",
    "passed": ":arrow_right:",
    "expired": ":hourglass:",
    "gone": ":information_source:",
    "nobody": ":warning:",
}
_SHOWN, _SERVICES = 15, 4  # on the card: teams, and services of each; it says how many more


@routes.verb(
    "affected",
    "@service [because …]",
    "Bring in the team of a service that is affected too",
    needs="page",
)
def affected_by_text(ask: Ask) -> Answer:
    """``affected @search its queries time out``"""
    word, _, rest = ask.text.strip().partition(" ")
    if not word:
        raise Refused("Which service is affected too?", instead="Name it: affected @search")
    name = ask.desk.catalog.canonical(word.removeprefix("@").lower())
    if name is None:
        near = ", ".join(ask.desk.catalog.near(word)[:3])
        raise NotFound(
            f"There is no service called {word}.",
            instead=f"Did you mean {near}?" if near else "See the catalogue for its names.",
        )
    why = clean(rest.removeprefix("because "), limit=300).raw
    after = teams.join(ask.desk, ask.here.number, name, why, by=ask.by, now=ask.now)
    return _said(f":link: {mrkdwn.code(name)} is part of {after.key} now.")


@routes.button("teams.accept", needs="answer a call")
def accept(ask: Ask) -> Answer:
    """Lead a team's part, from the room or from the direct message."""
    team = ask.value.partition(" ")[2]
    teams.accept(ask.desk, ask.here.number, team, by=ask.by, now=ask.now)
    return _said(f":busts_in_silhouette: You lead {mrkdwn.escape(team)} in {ask.here.key}.")


@routes.button("teams.pass", needs="answer a call")
def pass_on(ask: Ask) -> Answer:
    """Pass: the next one is asked at once."""
    team = ask.value.partition(" ")[2]
    teams.pass_on(ask.desk, ask.here.number, team, by=ask.by, now=ask.now)
    return _said("Passed on. Somebody else is being asked.")


@routes.say("team_asked")
def team_asked(facts: dict[str, Any]) -> Message:
    """In the room: a team comes in, why, and who is asked to lead it."""
    team, who = mrkdwn.escape(facts["team"]), mrkdwn.person(facts["person"])
    text = f":link: *{team}* is affected too. {who}, please lead your team here."
    split = blocks.button("Another outage", "oneroom.split_form", facts["key"])
    return Message(
        f"{facts['key']}: {team} is affected too.",
        [
            blocks.section(f"{text}\n{mrkdwn.escape(facts['because'])}"),
            blocks.actions(*_answers(facts), split),
        ],
    )


@routes.say("team_asked_directly")
def team_asked_directly(facts: dict[str, Any]) -> Message:
    """By direct message: what it is about, why you, and the two buttons."""
    where = f" It is met in {mrkdwn.channel(facts['room'])}." if facts.get("room") else ""
    text = (
        f":rotating_light: *{facts['key']}* {mrkdwn.escape(facts['title'])} "
        f"({facts['severity']}) affects *{mrkdwn.escape(facts['team'])}*.{where} "
        "Please lead your team there; somebody else commands."
    )
    return Message(
        f"{facts['key']} affects {mrkdwn.escape(facts['team'])}: please lead your team.",
        [
            blocks.section(f"{text}\n{mrkdwn.escape(facts['because'])}"),
            blocks.actions(*_answers(facts)),
        ],
    )


@routes.say("team_question_closed")
def team_question_closed(facts: dict[str, Any]) -> Message:
    """What became of the question."""
    who, team = mrkdwn.person(facts["person"]), f"*{mrkdwn.escape(facts['team'])}*"
    became = ANSWERS[facts["state"]].format(person=who, team=team)
    text = f"{_MARKS[facts['state']]} {became} in *{facts['key']}*."
    return Message(text, [blocks.section(text)])


@routes.say("team_nobody")
def team_nobody(facts: dict[str, Any]) -> Message:
    """A team is affected, and nobody of it is left to ask."""
    team = mrkdwn.escape(facts["team"])
    text = f":warning: *{team}* is affected too, and nobody of it is left to ask."
    hint = "Bring somebody in with `page` and their name; whoever speaks for it presses the button."
    take = blocks.button("Lead it", "teams.accept", f"{facts['key']} {facts['team']}")
    return Message(
        f"{facts['key']}: {team} is affected, and nobody leads it.",
        [
            blocks.section(f"{text}\n{mrkdwn.escape(facts['because'])}"),
            blocks.actions(take),
            blocks.context(hint),
        ],
    )


def roster(lines: Sequence[Line]) -> list[Block]:
    """The cross-team roster on the card: team, lead, state, services."""
    if not lines:
        return []
    shown = "\n".join(_line(one) for one in lines[:_SHOWN])
    return [
        blocks.section(f":busts_in_silhouette: *Teams*\n{shown}"),
        *blocks.rest(len(lines) - _SHOWN, " teams"),
    ]


def _line(one: Line) -> str:
    who = mrkdwn.person(one.lead) if one.lead else ""
    state = " ".join(part for part in (_MARKS.get(one.state), who, STATES[one.state]) if part)
    names = ", ".join(mrkdwn.code(shorten(name, 40)) for name in one.services[:_SERVICES])
    more = f" and {len(one.services) - _SERVICES} more" if len(one.services) > _SERVICES else ""
    return f"• *{mrkdwn.escape(one.team)}*  {state}" + (f"  ·  {names}{more}" if names else "")


def _answers(facts: dict[str, Any]) -> tuple[blocks.Element, blocks.Element]:
    value = f"{facts['key']} {facts['team']}"
    return (
        blocks.button("Lead your team", "teams.accept", value, style="primary"),
        blocks.button("Pass", "teams.pass", value),
    )


def _said(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]))
