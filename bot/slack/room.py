"""The room: its card, its topic and its announcement, always the newest truth."""

from typing import Any

from bot.slack import blocks, custom, escalation, mrkdwn, oneroom, teams, vendors
from bot.slack.blocks import Block, Message
from bot.slack.router import Answer, Ask, Routes
from incidents.actions import notes
from incidents.model import drills
from incidents.model.commands import to_type
from incidents.model.incident import Incident
from incidents.model.lifecycle import ENDED, Status, emoji
from incidents.model.roles import Role
from incidents.model.severity import MEANINGS, Severity
from incidents.model.text import UserText, shorten
from incidents.queries.attribution import Cost
from incidents.queries.card import Card, card_of
from incidents.queries.composites import Composite
from incidents.queries.slo import Budget
from incidents.render.tongue import span

routes = Routes()

TOPIC = 250  # characters, Slack's limit
_BUDGETS, _STEPS = 3, 5  # shown on the card; it says how many there are beyond
_REACH = 200  # characters of how far it reaches
_STEP = 300  # characters of what could not be done


@routes.say("not_invited")
def not_invited(facts: dict[str, Any]) -> Message:
    """Who should be here, and could not be brought in."""
    lines = [f"{mrkdwn.person(who)}: {mrkdwn.escape(why)}" for who, why in facts["failed"].items()]
    text = "Not everybody could be invited"
    return Message(
        f"{text}: {'; '.join(lines)}",
        [blocks.section("\n".join((f":warning: *{text}*", *lines)))],
    )


@routes.say("no_room")
def no_room(facts: dict[str, Any]) -> Message:
    """To who declared: the room they were promised cannot be opened, and where to go on."""
    key, because = facts["key"], mrkdwn.escape(UserText(str(facts["because"])))
    text = (
        f":warning: The room of *{key}* {mrkdwn.escape(UserText(facts['title']))} could not be "
        f"opened: {because}. The incident is on record, and its people are asked.\n"
        f":arrow_right: Go on in any channel: `{to_type(f'card {key}')}`, "
        f"`{to_type(f'note {key} …')}`. "
        "Whoever runs me knows, and can try again."
    )
    return Message(f"{key} has no room: {because}", [blocks.section(text)])


@routes.say("room_hidden")
def room_hidden(facts: dict[str, Any]) -> Message:
    """In the room: it is private, and the incident is not."""
    text = (
        f":lock: This room is private now; *{facts['key']}* is not: its announcement, the console "
        f"and subscribers go on. `{to_type('private')}` hides the incident, too; "
        f"`{to_type('invite @person')}` lets somebody in."
    )
    return Message(text, [blocks.section(text)])


def title_line(card: Card) -> str:
    """``INC-42 checkout 5xx``, with a mark when it is a drill."""
    drill = "DRILL · " if card.incident.is_drill else ""
    private = "[private] " if card.incident.is_private else ""
    return f"{drill}{private}{card.incident.key} {card.incident.title.raw}"


def _headline(value: Card) -> str:
    """For notifications, where Slack reads markup too."""
    title, incident = mrkdwn.escape(title_line(value)), value.incident
    return f"{title}: {incident.severity}, {incident.status}"


def state_line(severity: Severity, status: Status) -> str:
    """Severity and status, each as a shape and a word."""
    meaning = MEANINGS[severity]
    return f"{meaning.emoji} *{meaning.label}*  ·  {emoji(status)} *{status}*"


def card(value: Card) -> Message:
    """The pinned summary, edited in place."""
    incident = value.incident
    body: list[Block] = [
        blocks.header(title_line(value)),
        blocks.section(f"{state_line(incident.severity, incident.status)}  ·  {_duration(value)}"),
        blocks.fields(*_facts(value)),
    ]
    if incident.impact:
        body.append(blocks.section(f"*Impact* {mrkdwn.escape(incident.impact)}"))
    body += custom.on_the_card(value.fields)
    body += oneroom.company(incident, value.company)
    body += teams.roster(value.teams)
    body += [
        _budget(budget, cost_line(incident, value.costs.get(budget.slo)))
        for budget in value.budgets[:_BUDGETS]
    ]
    body += blocks.rest(len(value.budgets) - _BUDGETS, " error budgets")
    body += _owed(value)
    body += vendors.on_card(value.vendors, incident)
    if value.latest is not None:
        said = mrkdwn.escape(shorten(value.latest.text.raw, 600))
        when = mrkdwn.clock_time(value.latest.sent_at)
        body.append(blocks.section(f":mega: *Latest update* ({when})\n{said}"))
    if value.failed:
        body += _failures(value)
    body.append(blocks.context(*_small_print(value)))
    body += _buttons(value)
    return Message(_headline(value), body)


def topic(value: Card) -> str:
    """One line at the top of the room, at most 250 characters."""
    incident = value.incident
    holder = value.holder("commander")
    parts = [drills.MARK] if incident.is_drill else []
    parts += [MEANINGS[incident.severity].label, str(incident.status)]
    parts.append(f"IC {mrkdwn.person(holder.person)}" if holder else "no commander yet")
    if incident.next_update_at and incident.is_open:
        parts.append(f"next update {incident.next_update_at:%H:%M} UTC")
    line = " · ".join(parts)
    whole = f"{line} · {incident.bridge}" if incident.bridge else line
    return whole if len(whole) <= TOPIC else shorten(line, TOPIC)  # half an address is none


def announcement(value: Card) -> Message:
    """One message for everybody, edited in place until the end."""
    incident = value.incident
    if incident.is_private:
        return _withdrawn(incident.key)
    where = mrkdwn.channel(incident.room) if incident.room else "room opening"
    if incident.facts.get("room_is_private"):
        where = "in a private room"
    title = mrkdwn.escape(title_line(value))
    lines = [f"*{title}*", state_line(incident.severity, incident.status)]
    holder = value.holder("commander")
    who = f"Commander {mrkdwn.person(holder.person)}" if holder else "No commander yet"
    lines.append(f"{where}  ·  {who}  ·  {_duration(value)}")
    if incident.impact:
        lines.append(mrkdwn.escape(shorten(incident.impact.raw, 300)))
    if value.is_update_late and incident.next_update_at:
        lines.append(f":alarm_clock: update overdue {span(value.now - incident.next_update_at)}")
    body = [blocks.section("\n".join(lines))]
    if value.console:
        body.append(blocks.context(mrkdwn.link(value.console, "Follow in the console")))
    if incident.status not in ENDED:
        body.append(blocks.actions(blocks.button("Subscribe", "subscribe.here", incident.key)))
    return Message(_headline(value), body)


def _withdrawn(key: str) -> Message:
    """What is left of the announcement of an incident that became private."""
    text = f"{key} is not followed here any more."
    return Message(text, [blocks.section(text)])


@routes.button("card.retry", needs="retry failed steps")
def retry_failed(ask: Ask) -> Answer:
    """Try the failed steps again."""
    count = notes.retry_failed(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    text = f"Trying {count} failed steps again." if count else "Nothing is left to retry."
    return Answer(Message(text, [blocks.section(text)]))


@routes.verb("card", "", "Show the card", aliases=("show",), needs="look")
def show(ask: Ask) -> Answer:
    """The card, to the person who asked."""
    with ask.desk.look() as connection:
        value = card_of(ask.desk, connection, ask.here.number, ask.now)
    return Answer(card(value)) if value else Answer()


def _duration(value: Card) -> str:
    incident = value.incident
    if incident.resolved_at:
        return f"lasted {span(incident.lasted(value.now))}"
    return f"since {mrkdwn.at(incident.started_at)}"


def _facts(value: Card) -> list[str]:
    incident = value.incident
    services = ", ".join(mrkdwn.code(name) for name in incident.services) or "_not named_"
    facts = [f"*Services*\n{services}"]
    for role in Role:
        label = role.title.capitalize()
        holder, asked = value.holder(role), value.asked(role)
        if holder:
            away = " :door: _left the room_" if holder.person in value.away else ""
            facts.append(f"*{label}*\n{mrkdwn.person(holder.person)}{away}")
        elif asked:
            facts.append(f"*{label}*\n{mrkdwn.person(asked.person)} was asked")
        elif role is Role.COMMANDER:
            facts.append(f"*{label}*\n:warning: nobody yet")
    if incident.is_open and incident.next_update_at:
        late = " :alarm_clock: *late*" if value.is_update_late else ""
        facts.append(f"*Next update*\n{mrkdwn.clock_time(incident.next_update_at)}{late}")
    if value.blast.reached and incident.is_open:
        says = mrkdwn.escape(shorten(value.blast.says, _REACH))
        facts.append(f"*Blast radius*\n{says}")
    if incident.is_open:
        facts += escalation.on_card(value.ascent, value.pages, value.now)
    if value.actions:
        facts.append(f"*Action items*\n{value.open_actions} open of {len(value.actions)}")
    return facts


def cost_line(incident: Incident, cost: Cost | None) -> str:
    """What the incident took of a budget: so far, while it goes on; empty if that is not felt."""
    if cost is None:
        return ""
    verb = "has cost" if incident.is_open else "cost"
    return f"\n:money_with_wings: {incident.key} {verb} *{mrkdwn.escape(cost.says)}*"


def _owed(value: Card) -> list[Block]:
    """What a budget policy asks of an incident that took so much; nothing once it is filed."""
    if not value.owed or value.incident.status in ENDED:
        return []
    why = mrkdwn.escape(value.owed[0].because)
    text = ":scroll: Before it is closed: a published postmortem, and an action item with P0"
    return [blocks.context(f"{text} ({why}).")]


def _budget(budget: Budget, cost: str) -> Block:
    text = f":chart_with_downwards_trend: *{mrkdwn.escape(budget.slo)}*  {budget_bar(budget)}"
    draw = blocks.button("Draw it", "slo.drawn", budget.slo)
    return blocks.section(f"{text}\n{mrkdwn.escape(budget.because)}{cost}", accessory=draw)


def budget_bar(budget: Budget | Composite) -> str:
    """What is left of a budget as a bar and a number, legible without colour."""
    left = max(0.0, min(1.0, budget.remaining))
    full = round(left * 10)
    return f"{'▰' * full}{'▱' * (10 - full)} {budget.remaining:.1%} of the budget left"


def _failures(value: Card) -> list[Block]:
    shown = [shorten(step, _STEP) for step in value.failed_steps[:_STEPS]]
    steps = "\n".join(f"• {mrkdwn.escape(step)}" for step in shown)
    retry = blocks.button("Retry", "card.retry", value.incident.key)
    return [
        blocks.section(f":warning: *Not done*\n{steps}", accessory=retry),
        *blocks.rest(len(value.failed_steps) - _STEPS, " that could not be done"),
    ]


def _small_print(value: Card) -> list[str]:
    incident = value.incident
    who = mrkdwn.person(incident.declared_by)
    prints = [f"Declared by {who} {mrkdwn.at(incident.declared_at)}"]
    why = incident.facts.get("severity_because")
    if why:
        prints.append(f"{incident.severity}: {mrkdwn.escape(UserText(str(why)))}")
    if value.console:
        prints.append(mrkdwn.link(value.console, "Console"))
    return prints


def _buttons(value: Card) -> list[Block]:
    incident, key = value.incident, value.incident.key
    if incident.merged_into is not None:
        return []  # everything goes on in the other room
    if not incident.is_open:
        return [
            blocks.actions(
                blocks.button("Postmortem", "postmortem.show", key, style="primary"),
                blocks.button("Close", "lifecycle.close", key)
                if incident.status is Status.RESOLVED
                else None,
                blocks.button("Reopen", "lifecycle.reopen", key),
                blocks.button("Add action item", "followups.form", key),
            )
        ]
    take = blocks.button("Take command", "roles.take", f"{key} commander", style="primary")
    return [
        blocks.actions(
            take if value.holder("commander") is None else None,
            blocks.button("Post update", "comms.form", key),
            blocks.button("Triage", "triage.choose", key),
            blocks.button("Change status", "lifecycle.status_form", key),
            blocks.button("Resolve", "lifecycle.resolve_form", key),
            blocks.overflow(
                "card.more",
                blocks.option("Change severity", f"{key} severity"),
                blocks.option("Roles", f"{key} roles"),
                blocks.option("Add action item", f"{key} todo"),
                blocks.option("Why these decisions", f"{key} why"),
                blocks.option("Export postmortem", f"{key} postmortem"),
            ),
        )
    ]
