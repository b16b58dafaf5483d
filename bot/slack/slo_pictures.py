"""One error budget, drawn: Slack's own charts where it has them, and the same in words."""

import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

from bot.slack import blocks, mrkdwn, native
from bot.slack.blocks import Block, Message
from bot.slack.room import budget_bar
from bot.slack.router import Answer, Ask
from incidents.catalog.openslo_time import duration
from incidents.errors import Refused
from incidents.model.burn_down import BurnDown, Point, sampled
from incidents.model.objective import SLOName, in_words
from incidents.queries.burn_downs import burn_down_of
from incidents.queries.seasonal import seasonal_named
from incidents.queries.slo import Budget, budget_named
from incidents.render.slo_charts import incidents_of, rows_of

_ROWS = 7  # of the table in words: what a phone shows without scrolling
_WHOLE = 100.0  # percent: a budget before its first event


def slo_named(ask: Ask) -> tuple[SLOName, str] | None:
    """The SLO that somebody typed, and what follows: how long. None if it is no SLO's name."""
    word, _, over = ask.text.strip().partition(" ")
    known = {one.slo.lower(): one.slo for one in ask.desk.objectives}
    found = known.get(word.lower())
    return (found, over.strip()) if found else None


def drawn(ask: Ask, name: SLOName, over: str) -> Answer:
    """How one budget went, over its window or as long as was asked for."""
    length = _length(over, ask)
    with ask.desk.look() as connection:
        course = burn_down_of(ask.desk, connection, name, ask.now, reader=ask.reader, over=length)
        budget = budget_named(ask.desk, connection, name, ask.now)
        usual = seasonal_named(ask.desk, connection, name, ask.now)
    if budget is None or usual is None:
        raise LookupError(f"{name} is defined and has no budget.")
    week = blocks.context(f"With the usual week: {mrkdwn.escape(usual.says)}")
    summary, words = _summary(budget), [week, _table(ask, course), *_small_print(ask, course)]
    heading = f"*{mrkdwn.escape(name)}*  {budget_bar(budget)}"
    return Answer(
        Message(
            f"{heading}\n{mrkdwn.escape(budget.because)}",
            [summary, *words],
            [summary, *_charts(ask, course, length), *words],
        )
    )


def _length(over: str, ask: Ask) -> timedelta | None:
    try:
        return duration(re.sub(r"\s", "", over)) if over else None
    except ValueError:
        raise Refused(
            f"{over[:40]} is not a length of time.",
            instead=f"Type {ask.command} slo {ask.text.split()[0]} 7d.",
        ) from None


def _charts(ask: Ask, course: BurnDown, length: timedelta | None) -> list[Block]:
    """What is left as a line, and how fast it went as bars; none without events."""
    first, *rest = sampled(course, native.POINTS + 1)
    if not course.whole.total and first.left is None:
        return []
    zone = ask.person.tz
    span = course.grid.until - course.grid.since
    form = "%H:%M" if span < timedelta(days=1) else "%d %b %H:%M"
    labels = [f"{one.at.astimezone(zone):{form}}" for one in rest]
    over = course.objective.over if length is None else in_words(length)
    return [
        native.lines(
            f"Error budget left, {over}", labels, {"left": _left(rest)}, y_label="% of the budget"
        ),
        native.bars(
            f"Burn rate, {over}",
            labels,
            {"burn rate": [round(float(one.burn or 0), 2) for one in rest]},
            y_label="x; 1 spends all of it",
        ),
    ]


def _left(points: Sequence[Point]) -> list[float]:
    return [_WHOLE if one.left is None else round(float(one.left * 100), 1) for one in points]


def _summary(budget: Budget) -> Block:
    text = f"*{mrkdwn.escape(budget.slo)}*  {budget_bar(budget)}\n{mrkdwn.escape(budget.because)}"
    return blocks.section(text)


def _table(ask: Ask, course: BurnDown) -> Block:
    """The same as the charts, for clients that have none and for those who listen."""
    rows = [("Until", "Budget", "Burn rate", "Failed"), *rows_of(course, ask.person.tz, _ROWS)]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    lines = [
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in rows
    ]
    return blocks.section("```" + mrkdwn.escape("\n".join(lines)) + "```")


def _small_print(ask: Ask, course: BurnDown) -> list[Block]:
    """Which incidents ran meanwhile, and where the whole picture is."""
    said = [mrkdwn.escape(words) for _, words in incidents_of(course, ask.person.tz)[-5:]]
    url = ask.desk.public_url
    if url:
        said.append(mrkdwn.link(f"{url}/slos/{quote(course.objective.slo)}", "See the pictures"))
    return [blocks.context(" ".join(said))] if said else []
