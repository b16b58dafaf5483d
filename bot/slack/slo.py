"""Error budgets, asked for in words."""

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.room import budget_bar
from bot.slack.router import Answer, Ask, Routes
from incidents.queries.slo import all_budgets

routes = Routes()

_LISTED = 15


@routes.verb(
    "slo",
    "[service]",
    "Error budgets",
    in_room=False,
    aliases=("budget", "slos"),
    needs="look around",
)
def slo(ask: Ask) -> Answer:
    """Every budget, or those of one service; the emptiest first."""
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
    if not found:
        text = f"No SLO is defined for {service}." if service else "No SLO is defined."
        return Answer(Message(text, [blocks.section(f"{text} Put OpenSLO files into slos/.")]))
    body: list[Block] = [
        blocks.section(
            f"*{mrkdwn.escape(one.slo)}*  {budget_bar(one)}\n{mrkdwn.escape(one.because)}"
        )
        for one in sorted(found, key=lambda one: one.remaining)[:_LISTED]
    ]
    body += blocks.rest(len(found) - _LISTED, f"; name a service: {ask.command} slo checkout")
    return Answer(Message("Error budgets", body))


@routes.say("slo_alert")
def slo_alert(facts: dict[str, str]) -> Message:
    """In the room: what the budget does."""
    text = f":fire: *{mrkdwn.escape(facts['slo'])}* {mrkdwn.escape(facts['because'])}"
    return Message(text, [blocks.section(text)])
