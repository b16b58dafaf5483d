"""Error budgets, asked for in words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.slack import blocks, mrkdwn, native
from bot.slack.blocks import Block, Message
from bot.slack.room import budget_bar, cost_line
from bot.slack.router import Answer, Ask, Routes
from bot.slack.slo_pictures import drawn, slo_named
from incidents.model.objective import SLOName
from incidents.queries.composites import composites_of
from incidents.queries.costs import costs_shown
from incidents.queries.courses import Courses, courses_of
from incidents.queries.slo import Budget, all_budgets

routes = Routes()

_LISTED = 15
_TOGETHER = 5  # composites
_DAY = timedelta(days=1)
_BEFORE = timedelta(hours=1)  # of an incident: how the budget was while all was well


@routes.verb(
    "slo",
    "[service | service/slo 7d]",
    "Error budgets; one of them, drawn",
    in_room=False,
    aliases=("budget", "slos"),
    needs="look around",
)
def slo(ask: Ask) -> Answer:
    """Every budget, or those of one service, the emptiest first; or one, drawn."""
    named = slo_named(ask)
    if named is not None:
        return drawn(ask, *named)
    word = ask.text.strip()
    service = ask.desk.catalog.find_service(word).name if word else None
    if not word and ask.incident and ask.incident.services:
        names = set(ask.incident.services)
    else:
        names = {service} if service else set()
    with ask.desk.look() as connection:
        found = [
            one
            for one in all_budgets(ask.desk, connection, ask.now)
            if not names or one.slo.partition("/")[0] in names
        ]
        here = ask.incident
        costs = costs_shown(ask.desk, connection, here, ask.now) if here else {}
    if not found:
        text = f"No SLO is defined for {service}." if service else "No SLO is defined."
        return Answer(Message(text, [blocks.section(f"{text} Put OpenSLO files into slos/.")]))
    found.sort(key=lambda one: one.remaining)
    lines = [
        f"*{mrkdwn.escape(one.slo)}*  {budget_bar(one)}\n{mrkdwn.escape(one.because)}"
        + (cost_line(here, costs.get(one.slo)) if here else "")
        for one in found[:_LISTED]
    ]
    lines += [
        f"*{mrkdwn.escape(one.slo)}*  {budget_bar(one)}\n{mrkdwn.escape(one.because)}"
        for one in composites_of(ask.desk, found)[:_TOGETHER]
    ]
    body: list[Block] = [blocks.section(line) for line in lines]
    body += blocks.rest(len(found) - _LISTED, f"; name a service: {ask.command} slo checkout")
    return Answer(Message("\n".join(["Error budgets", *lines]), body, [*_chart(ask, found), *body]))


@routes.button("slo.drawn", needs="look around")
def slo_drawn(ask: Ask) -> Answer:
    """Beside a budget on the card: how it went, to who asks alone."""
    return drawn(ask, SLOName(ask.value), "")


def _chart(ask: Ask, found: Sequence[Budget]) -> list[Block]:
    """How the emptiest budgets went: in a room since before it began, elsewhere since yesterday."""
    drawn = [one.slo for one in found if one.counts.total][: native.SERIES]
    if not drawn:
        return []
    since, over = ask.now - _DAY, "the last 24 hours"
    if ask.incident is not None:
        since = min(ask.incident.started_at, ask.now) - _BEFORE
        over = f"since before {ask.incident.key}"
    with ask.desk.look() as connection:
        courses = courses_of(ask.desk, connection, drawn, since, ask.now)
    return [
        native.lines(
            f"Error budget left, {over}",
            _labels(courses.moments, ask.person.tz),
            {_name(one, drawn): _shares(courses, one) for one in drawn},
            y_label="% of the budget left",
        )
    ]


def _labels(moments: Sequence[datetime], zone: ZoneInfo) -> list[str]:
    """Times, with their days if there is more than one."""
    local = [one.astimezone(zone) for one in moments]
    is_one_day = len({one.date() for one in local}) == 1
    return [f"{one:%H:%M}" if is_one_day else f"{one:%d %b %H:%M}" for one in local]


def _name(slo: SLOName, among: Sequence[SLOName]) -> str:
    """What tells it from the others: without the service, if all are of one."""
    service, _, rest = slo.partition("/")
    is_alone = all(one.startswith(f"{service}/") for one in among)
    return rest if is_alone and rest else slo


def _shares(courses: Courses, slo: SLOName) -> list[float]:
    return [round(100 * share, 1) for share in courses.left[slo]]


@routes.say("slo_alert")
def slo_alert(facts: dict[str, str]) -> Message:
    """In the room: what the budget does."""
    text = f":fire: *{mrkdwn.escape(facts['slo'])}* {mrkdwn.escape(facts['because'])}"
    return Message(text, [blocks.section(text)])
