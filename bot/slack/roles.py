"""Who is in charge: asked, accepted, passed on, handed over, and why."""

from typing import Any

from bot.slack import blocks, escalation, mrkdwn, whos_who
from bot.slack.blocks import Block, Message
from bot.slack.lifecycle import remember
from bot.slack.router import Answer, Ask, Routes, about
from bot.slack.timeline import TONGUE
from incidents.actions import access, commanding, roles
from incidents.errors import NotFound, Refused
from incidents.model.commands import to_type
from incidents.model.ids import PersonId
from incidents.model.roles import BRIEFS, Role, parse_role
from incidents.model.timeline import Kind
from incidents.queries.card import card_of
from incidents.render import timeline as sentences
from incidents.store import people, timeline
from incidents.store import roles as stored

routes = Routes()

_MOST_OTHERS = 3  # who are named where somebody is asked


@routes.verb(
    "role", "commander|deputy|comms|scribe @person|me", "Take or give a role", needs="take a role"
)
def role_by_text(ask: Ask) -> Answer:
    """``role commander @ana``"""
    words = ask.text.split()
    if not words:
        return ask.open(_form(ask))
    role = parse_role(words[0])
    if role is None:
        raise Refused(
            f"{words[0]} is not a role.",
            instead=f"Roles: {', '.join(role.title for role in Role)}.",
        )
    person = ask.person.id if len(words) == 1 else find_person(ask, words[1])
    return _assign(ask, role, person)


@routes.verb("lead", "me", "Take command", aliases=("takeover",), needs="take a role")
def lead(ask: Ask) -> Answer:
    """``lead me``"""
    return _assign(ask, "commander", ask.person.id)


@routes.button("roles.take", needs="take a role")
def take(ask: Ask) -> Answer:
    """The button on the card."""
    return _assign(ask, ask.value.partition(" ")[2] or "commander", ask.person.id)


@routes.button("roles.form", needs="assign a role")
def form(ask: Ask) -> Answer:
    """The menu on the card."""
    return ask.open(_form(ask))


@routes.form("role", needs="assign a role")
def role_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    role = parse_role(ask.typed("role"))
    if role is None:
        return Answer(errors={"role": "Choose a role."})
    if not ask.typed("person"):
        return Answer(errors={"person": "Choose a person."})
    return _assign(ask, role, PersonId(ask.typed("person")))


@routes.button("roles.accept", needs="answer a call")
def accept(ask: Ask) -> Answer:
    """Accept, in the room or in the direct message."""
    role = ask.value.partition(" ")[2] or "commander"
    roles.accept(ask.desk, ask.here.number, role, by=ask.by, now=ask.now)
    return _said(f":helmet_with_white_cross: You are {_label(role)} of {ask.here.key}.")


@routes.button("roles.pass", needs="answer a call")
def pass_on(ask: Ask) -> Answer:
    """Pass: the next one is asked at once."""
    role = ask.value.partition(" ")[2] or "commander"
    roles.pass_on(ask.desk, ask.here.number, role, by=ask.by, now=ask.now)
    return _said("You are not asked any more.")


@routes.verb("page", "service|team|@person", "Bring somebody in", needs="page")
def page(ask: Ask) -> Answer:
    """``page payments``: whoever is on call there."""
    if not ask.text.strip():
        raise Refused("Page whom?", instead="Name a service, a team or a person: page payments")
    word = ask.text.split()[0]
    found = known_person(ask, word)
    paged, because = commanding.page(ask.desk, ask.here.number, word, found, by=ask.by, now=ask.now)
    return _said(f":bell: Paged {mrkdwn.person(paged)}: {mrkdwn.escape(because)}.")


@routes.button("roles.page_for", needs="page")
def page_for(ask: Ask) -> Answer:
    """The button at the end of a decision tree: the service is in its value."""
    return page(about(ask, ask.incident, ask.value.partition(" ")[2]))


@routes.verb("who", "", "Who is here and who does what", needs="look")
def who(ask: Ask) -> Answer:
    """Roles, people asked, responders."""
    with ask.desk.look() as connection:
        value = card_of(ask.desk, connection, ask.here.number, ask.now)
        here = people.responders(connection, ask.here.number)
    if value is None:
        raise access.missing(ask.here.number)
    return Answer(whos_who.told(value, here, ask.person.tz))


_DECISIONS = frozenset(
    {
        Kind.DECLARED,
        Kind.SEVERITY,
        Kind.OFFERED,
        Kind.EXPIRED,
        Kind.UNASSIGNED,
        Kind.PAGED,
        Kind.REACHED,
        Kind.NOT_REACHED,
        Kind.ESCALATED,
        Kind.ESCALATION_STOPPED,
        Kind.PAGE_ANSWERED,
        Kind.SLO_BURN,
        Kind.POLICY,
        Kind.TREE_CHECKED,
        Kind.STEP_FAILED,
        Kind.TEAM_JOINED,
        Kind.TOOK_IN,
        Kind.SPLIT,
    }
)


@routes.verb("why", "", "Why the automatic decisions were made", needs="look")
def why(ask: Ask) -> Answer:
    """Every decision with its rule, its inputs and the alternatives."""
    with ask.desk.look() as connection:
        entries = timeline.entries(connection, ask.here.number)
        asked = stored.history(connection, ask.here.number)
    body: list[Block] = [blocks.section(f"*Why {ask.here.key} is as it is*")]
    for entry in [one for one in entries if one.kind in _DECISIONS][-12:]:
        said = sentences.say(entry, TONGUE)
        body.append(blocks.section(f"{mrkdwn.clock_time(entry.occurred_at)} {said}"))
    for one in asked:
        others = one.facts.get("alternatives") or []
        if others:
            lines = "\n".join(
                f"• {mrkdwn.person(other['person'])}: {mrkdwn.escape(other['because'])}"
                for other in others[:8]
            )
            body.append(blocks.section(f"*Not {_label(one.role)}*\n{lines}"))
    body += escalation.why(ask)
    return Answer(Message(f"Why {ask.here.key} is as it is", body))


@routes.button("why.show", needs="look")
def why_by_button(ask: Ask) -> Answer:
    """The menu on the card."""
    return why(ask)


@routes.say("commander_asked")
def commander_asked(facts: dict[str, Any]) -> Message:
    """In the room: who is asked to command, and why them."""
    who_ = mrkdwn.person(facts["person"])
    text = f":helmet_with_white_cross: {who_}, please take command of *{facts['key']}*."
    body = [
        blocks.section(f"{text}\n{mrkdwn.escape(facts['because'])}"),
        *why_not_others(facts),
        *_acknowledged(facts),
        blocks.actions(*_accept_buttons(facts)),
    ]
    if facts.get("until"):
        body.append(blocks.context(f"Without an answer by {facts['until']} the next one is asked."))
    return Message(f"{facts['key']}: {who_}, please take command.", body)


@routes.say("commander_question_closed")
def question_closed(facts: dict[str, Any]) -> Message:
    """What became of the question."""
    words = {
        "accepted": ":white_check_mark: {} commands *{}*.",
        "passed": ":arrow_right: {} passed on commanding *{}*.",
        "expired": ":hourglass: {} did not answer in time about commanding *{}*.",
        "ended": ":information_source: {} is no longer asked to command *{}*.",
    }
    who_, giver = mrkdwn.person(facts["person"]), facts.get("hands_over")
    text = words[facts["state"]].format(who_, facts["key"])
    if giver and facts["state"] in {"passed", "expired"}:
        text += f" {mrkdwn.person(giver)} commands."
    body = [blocks.section(text)]
    if facts.get("because"):
        body.append(blocks.context(mrkdwn.escape(facts["because"])))
    return Message(text, body)


@routes.say("commander_asked_directly")
def asked_directly(facts: dict[str, Any]) -> Message:
    """By direct message: what it is about, why you, and the two buttons."""
    title = mrkdwn.escape(facts["title"])
    text = f":rotating_light: *{facts['key']}* {title} ({facts['severity']}) needs you in command."
    return Message(
        f"{facts['key']} needs you in command.",
        [
            blocks.section(f"{text}\n{mrkdwn.escape(facts['because'])}"),
            *why_not_others(facts),
            *_acknowledged(facts),
            blocks.actions(*_accept_buttons(facts)),
        ],
    )


@routes.say("nobody_to_command")
def nobody(facts: dict[str, Any]) -> Message:
    """Nobody is left to ask: everybody may take it."""
    absent = facts.get("absent")
    state = (
        f"has no commander but {mrkdwn.person(absent)}, who left" if absent else "has no commander"
    )
    text = (
        f":warning: *{facts['key']}* {state}. {mrkdwn.escape(facts['because'])}\n"
        ":arrow_right: Take it yourself, or page the team that owns the service: "
        f"`{to_type('page')}`."
    )
    take_it = blocks.button(
        "Take command", "roles.take", f"{facts['key']} commander", style="primary"
    )
    return Message(
        f"{facts['key']} has no commander.", [blocks.section(text), blocks.actions(take_it)]
    )


@routes.say("role_instructions")
def instructions(facts: dict[str, Any]) -> Message:
    """What somebody who has a role now should do first."""
    role = Role(facts["role"])
    brief = BRIEFS[role]
    where = f" in {mrkdwn.channel(facts['room'])}" if facts.get("room") else ""
    text = f"{brief.emoji} You are *{role.title}* of *{facts['key']}*{where}. {brief.purpose}"
    steps = "\n".join(f"• {mrkdwn.escape(step)}" for step in brief.steps)
    return Message(f"You are {role.title} of {facts['key']}.", [blocks.section(f"{text}\n{steps}")])


@routes.button("roles.take_over", needs="take over")
def take_over(ask: Ask) -> Answer:
    """The commander has left: whoever presses this commands."""
    roles.take_over_absent(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    return _said(f":helmet_with_white_cross: You command {ask.here.key} now.")


def find_person(ask: Ask, word: str) -> PersonId:
    """``@ana``, ``me`` or an e-mail address. Raises `NotFound`."""
    found = known_person(ask, word)
    if found is None:
        raise NotFound(
            f"I know nobody called {word}.", instead="Pick them from Slack's list after typing @."
        )
    return found


def known_person(ask: Ask, word: str) -> PersonId | None:
    """Like `find_person`; None if nobody is called that."""
    if word.lower() in {"me", "myself"}:
        return ask.person.id
    with ask.desk.look() as connection:
        person = people.named(connection, word)
    return person.id if person else None


def _may_assign(ask: Ask, role: str, person: PersonId) -> None:
    """To give a role, or to take one that somebody holds, needs more than to take a free one."""
    if person != ask.person.id:
        ask.require("assign a role")
    if role == Role.COMMANDER:
        return  # command that is held only changes hands when both agree
    with ask.desk.look() as connection:
        held = stored.holder(connection, ask.here.number, role)
    if held is not None and held.person != person:
        ask.require("take over")


def _assign(ask: Ask, role: str, person: PersonId) -> Answer:
    _may_assign(ask, role, person)
    outcome = roles.assign(ask.desk, ask.here.number, role, person, by=ask.by, now=ask.now)
    who_ = mrkdwn.person(person)
    if outcome == "asked":
        return _said(f"{who_} is asked to command {ask.here.key}.")
    return _said(f":helmet_with_white_cross: {who_} is {_label(role)} of {ask.here.key}.")


def _form(ask: Ask) -> dict[str, Any]:
    options = [blocks.option(role.title.capitalize(), role) for role in Role]
    menu = blocks.select("role", "Role", options, initial=options[0])
    person = blocks.people_select("person", "Person", initial=ask.person.id)
    return blocks.modal(
        "role",
        f"Roles of {ask.here.key}",
        [blocks.field_of("role", "Role", menu), blocks.field_of("person", "Person", person)],
        submit="Save",
        metadata=remember(ask, ask.here),
    )


def _acknowledged(facts: dict[str, Any]) -> list[Block]:
    """That they answered their pager, so that nobody else starts on the same."""
    heard = facts.get("acknowledged")
    if not heard:
        return []
    return [
        blocks.section(f":ok_hand: {mrkdwn.person(heard['by'])} acknowledged in {heard['via']}.")
    ]


def why_not_others(facts: dict[str, Any]) -> list[Block]:
    """A line for who was passed over; all of them are told by ``why``."""
    others = [mrkdwn.escape(why) for why in facts.get("others", ())]
    if not others:
        return []
    more = len(others) - _MOST_OTHERS
    said = "; ".join(others[:_MOST_OTHERS])
    return [blocks.context(f"{said}; {more} more: {to_type('why')}" if more > 0 else said)]


def _accept_buttons(facts: dict[str, Any]) -> tuple[blocks.Element, blocks.Element]:
    value = f"{facts['key']} {facts['role']}"
    return (
        blocks.button("Accept", "roles.accept", value, style="primary"),
        blocks.button("Pass", "roles.pass", value),
    )


def _label(role: str) -> str:
    return Role(role).title


def _said(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]))
