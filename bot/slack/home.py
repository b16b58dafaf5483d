"""The home tab: what is open, what you promised, who is on call, which budgets burn."""

from collections.abc import Sequence

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block
from bot.slack.followups import item_blocks
from bot.slack.lists import incident_line
from bot.slack.oncall import somebody
from bot.slack.room import budget_bar
from bot.slack.router import SILENT, Answer, Ask, Routes
from bot.slack.subscriptions import drop_named, list_blocks
from incidents.model.oncall import RotationName, on_call
from incidents.queries.oncall import roster
from incidents.queries.slo import all_budgets
from incidents.store import action_items, incidents, people

routes = Routes()

_LISTED, _BUDGETS, _ROTATIONS = 10, 6, 12  # a home tab holds 100 blocks


@routes.event("app_home_opened", needs="look around")
def opened(ask: Ask) -> Answer:
    """Somebody looks at the home tab: write it anew."""
    if ask.payload["event"].get("tab", "home") == "home":
        _publish(ask)
    return SILENT


@routes.button("subscribe.drop", needs="subscribe")
def drop_subscription(ask: Ask) -> Answer:
    """In the list of what they follow: on the home tab, the list itself shows that it is gone."""
    answer = drop_named(ask)
    if (ask.payload.get("view") or {}).get("type") != "home":
        return answer
    _publish(ask)
    return SILENT


def _publish(ask: Ask) -> None:
    view = blocks.home(_sections(ask))
    ask.client.call("views.publish", user_id=ask.person.id, view=view)


def _sections(ask: Ask) -> list[Block]:
    with ask.desk.look() as connection:
        running = incidents.open_ones(connection, ask.reader)
        items = action_items.owned_by(connection, ask.person.id, ask.reader)
        budgets = all_budgets(ask.desk, connection, ask.now)
    rotations = list(ask.desk.catalog.rotations)
    duty = _duty(ask, rotations[:_ROTATIONS])
    body: list[Block] = [
        blocks.header("Incidents"),
        blocks.actions(blocks.button("Declare an incident", "declare.form", "new", style="danger")),
    ]
    if running:
        body += [blocks.section(incident_line(one)) for one in running[:_LISTED]]
        body += blocks.rest(len(running) - _LISTED, f": {ask.command} list")
    else:
        body.append(blocks.section(":white_check_mark: Nothing is open."))
    body += [blocks.divider(), blocks.header("Your action items")]
    if not items:
        body.append(blocks.section("None. Enjoy it."))
    for item in items[:_LISTED]:
        body += item_blocks(item, ask.now, ask)
    body += blocks.rest(len(items) - _LISTED, f": {ask.command} mine")
    body += _followed(ask)
    if budgets:
        body += [blocks.divider(), blocks.header("Error budgets")]
        worst = sorted(budgets, key=lambda one: one.remaining)[:_BUDGETS]
        body += [
            blocks.section(
                f"*{mrkdwn.escape(one.slo)}*  {budget_bar(one)}\n{mrkdwn.escape(one.because)}"
            )
            for one in worst
        ]
        body += blocks.rest(len(budgets) - _BUDGETS, f": {ask.command} slo")
    if duty:
        body += [blocks.divider(), blocks.header("On call"), blocks.section("\n".join(duty))]
        body += blocks.rest(len(rotations) - _ROTATIONS, f": {ask.command} oncall")
    return body


def _duty(ask: Ask, names: Sequence[RotationName]) -> list[str]:
    """A line for each of these rotations: who is on call."""
    lines = []
    with ask.desk.look() as connection:
        for rotation in roster(ask.desk.catalog, connection, ask.now, names).values():
            one = on_call(rotation, ask.now)
            known = people.named(connection, one.person) if one else None
            lines.append(f"*{mrkdwn.escape(rotation.name)}* {somebody(one, known)}")
    return lines


def _followed(ask: Ask) -> list[Block]:
    """What they subscribed to."""
    followed = list_blocks(ask)
    return [blocks.divider(), blocks.header("You hear of"), *followed] if followed else []
