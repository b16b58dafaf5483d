"""The form to declare with: what was chosen changes at once what it says will happen.

Every view is computed from everything that was typed so far, which comes with each choice. What is
typed is given back with the new view as well, so that nothing is lost whatever Slack keeps.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.slack import blocks, custom, errors, mrkdwn
from bot.slack.blocks import Block
from bot.slack.client import SlackSays
from bot.slack.router import SILENT, Answer, Ask, Routes, stale
from incidents.actions.declare import suggest_severity
from incidents.actions.deliver import Ambiguous, Dead, NotSent, Throttled
from incidents.model.declaring import Wish
from incidents.model.features import Feature
from incidents.model.ids import IncidentNumber
from incidents.model.origins import Spot
from incidents.model.severity import MEANINGS, Severity, parse_severity
from incidents.model.text import UserText, clean, clean_line, shorten
from incidents.queries.pulled_in import Plan, PulledIn, pulled_in
from incidents.queries.similar import Similar, similar_to
from incidents.render.tongue import span

log = structlog.get_logger(__name__)
routes = Routes()

NONE = "none"
_CHANGED = "declare.changed"
_IMPACT = "impact."  # block ids of questions begin with it
_PRIVATE, _SECURITY, _DRILL = "private", "security", "drill"
_INVITED = 12  # people that are named; the rest is counted
_BECAUSE = 300
_STAYS = (
    ":house: This channel becomes the room. It keeps its name and its people, and I never "
    "archive it."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is in the form: the wish, the answers about impact, and whose room was looked at.

    ``seen`` are incidents that the form said are open for this outage already. ``memory`` is what
    the form was opened with, and stays.
    """

    wish: Wish
    impact: str = ""
    answers: Mapping[str, int] = field(default_factory=dict)
    seen: frozenset[int] = frozenset()
    memory: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spot(self) -> Spot | None:
        """The message that the form was opened from. It comes back from the outside."""
        match self.memory.get("from"):
            case [str(channel), str(ts), str(thread), bool(is_open)]:
                return Spot(channel, ts, thread, is_open)
        return None

    @property
    def converts(self) -> str:
        """The channel that shall become the room. It comes back from the outside, too."""
        channel = self.memory.get("converts")
        return channel if isinstance(channel, str) else ""


def draft_of(ask: Ask) -> Draft:
    """What was typed and chosen so far."""
    ticked = ask.typed("private").split()
    title, named = _named(ask, clean_line(ask.typed("title")))
    chosen = [name for name in ask.typed("services").split() if name != NONE]
    wish = Wish(
        title=title,
        severity=parse_severity(ask.typed("severity")),
        services=tuple(dict.fromkeys([*chosen, *named])),
        is_drill=_DRILL in ticked,
        is_private=bool({_PRIVATE, _SECURITY} & set(ticked)),
        is_security=_SECURITY in ticked,
        started_at=_moment(ask, "started"),
        ended_at=_moment(ask, "ended"),
        fields=custom.typed(ask),
        pages=bool(ask.metadata.get("pages")),
    )
    seen = ask.metadata.get("seen")
    return Draft(
        wish=wish,
        impact=clean(ask.typed("impact"), limit=1000).raw,
        answers=_answers(ask),
        seen=frozenset(one for one in seen if isinstance(one, int))
        if isinstance(seen, list)
        else frozenset(),
        memory={name: value for name, value in ask.metadata.items() if name != "seen"},
    )


def _named(ask: Ask, title: UserText) -> tuple[UserText, list[str]]:
    """Services that the title names as ``@checkout``, and the title without them."""
    canonical = ask.desk.catalog.canonical
    words = {
        word: canonical(word[1:].lower()) if word.startswith("@") else None
        for word in title.raw.split()
    }
    rest = " ".join(word for word in title.raw.split() if words[word] is None)
    return clean_line(rest or title.raw), [name for name in words.values() if name is not None]


def open_form(ask: Ask, wish: Wish, more: Mapping[str, Any] | None = None) -> Answer:
    """Show the form, with what is known already; ``more`` stays with it."""
    memory = {"channel": ask.channel, "pages": wish.pages, **(more or {})}
    return ask.open(form(ask, Draft(wish, memory=memory)))


@routes.button(_CHANGED, needs="declare")
def changed(ask: Ask) -> Answer:
    """Something was chosen: what the form says follows from it."""
    view = form(ask, draft_of(ask))
    try:
        # Without the hash of what was shown: the newest choice is always shown last.
        ask.client.call("views.update", view_id=_view_of(ask), view=view)
    except (Dead, NotSent, Throttled, Ambiguous) as error:  # the form works without it
        log.info("form_not_updated", because=str(error))
    return SILENT


@routes.button("declare.join", needs="join")
def join_instead(ask: Ask) -> Answer:
    """It is the same outage: into its room, and nothing is declared."""
    incident, shown = ask.here, _view_of(ask)
    if incident.room is None:
        text = f"The room of {incident.key} is still opening. Close this and try in a moment."
    else:
        let_in(ask, incident.room)
        text = f"Welcome to {mrkdwn.channel(incident.room)}. Nothing new was declared."
    view = blocks.modal("declare.joined", "Joined", [blocks.section(f":wave: {text}")])
    ask.client.call("views.update", view_id=shown, view=view)
    return SILENT


def _view_of(ask: Ask) -> str:
    """The form that a choice was made in. Raises `Refused` outside of one."""
    view = ask.payload.get("view")
    if not isinstance(view, dict):
        raise stale(ask)
    return str(view["id"])


def form(ask: Ask, draft: Draft) -> dict[str, Any]:
    """Of its fields only the title must be filled in."""
    wish = draft.wish
    suggested, because = suggest_severity(ask.desk.catalog, wish.services, draft.answers)
    severity = wish.severity or suggested
    plan = Plan(wish.services, severity, ask.person.id, wish.is_private, wish.is_drill)
    with ask.desk.look() as connection:
        foreseen = pulled_in(ask.desk, connection, plan, ask.now)
        similar = None
        if not (wish.is_drill or wish.ended_at):
            similar = similar_to(
                connection,
                wish.title.raw,
                wish.services,
                ask.reader,
                ask.now,
                ask.desk.catalog.services,
            )
    body = [_title(wish), *_services(ask, wish), *_warning(similar), *_questions(ask, draft)]
    body += [*_severity(wish, suggested, because), _impact(draft), *custom.inputs(ask, wish)]
    body += [*_times(wish), _kind(wish)]
    body += _preview(foreseen, plan, ask) if wish.ended_at is None else _over()
    if draft.converts:
        body.append(blocks.context(_STAYS))
    seen = draft.seen | ({similar.incident.number} if similar else frozenset())
    metadata = json.dumps({**draft.memory, "seen": sorted(seen)[-20:]})
    return blocks.modal("declare", "Declare an incident", body, submit="Declare", metadata=metadata)


def warned(ask: Ask, draft: Draft, number: IncidentNumber) -> Answer:
    """The form once more, now that it says what is open: declaring again insists."""
    return Answer(view=form(ask, replace(draft, seen=draft.seen | {number})))


def _title(wish: Wish) -> Block:
    placeholder = "Checkout returns 5xx in Europe"
    element = blocks.text_input(
        f"{_CHANGED}:title", initial=wish.title.raw, placeholder=placeholder
    )
    element["dispatch_action_config"] = {"trigger_actions_on": ["on_enter_pressed"]}
    return _live(blocks.field_of("title", "What is broken?", element))


def _services(ask: Ask, wish: Wish) -> list[Block]:
    services = sorted(
        ask.desk.catalog.services,
        key=lambda one: (one.name not in wish.services, one.tier, one.name),
    )
    if not services:
        return []
    options = [blocks.option(f"{one.name} (tier {one.tier})", one.name) for one in services]
    menu: dict[str, Any] = {
        "type": "multi_static_select",
        "action_id": f"{_CHANGED}:services",
        "placeholder": blocks.plain("Which are affected?", blocks.PLACEHOLDER),
        "options": options[: blocks.OPTIONS],
    }
    chosen = [one for one in menu["options"] if one["value"] in wish.services]
    if chosen:
        menu["initial_options"] = chosen
    hidden = len(options) - blocks.OPTIONS
    hint = f"{hidden} more: name any of them in the title, as @{services[-1].name}."
    field = blocks.field_of(
        "services", "Services", menu, optional=True, hint=hint if hidden > 0 else ""
    )
    return [_live(field)]


def _questions(ask: Ask, draft: Draft) -> list[Block]:
    found: list[Block] = []
    for question in ask.desk.catalog.settings.impact:
        options = [
            blocks.option(choice.says, str(place)) for place, choice in enumerate(question.choices)
        ]
        place = draft.answers.get(question.name, -1)
        initial = options[place] if 0 <= place < len(options) else None
        menu = blocks.select(
            f"{_CHANGED}:{question.name}", "Choose what fits best", options, initial=initial
        )
        block_id = f"{_IMPACT}{question.name}"
        found.append(_live(blocks.field_of(block_id, question.asks, menu, optional=True)))
    return found


def _severity(wish: Wish, suggested: Severity, because: str) -> list[Block]:
    options = {
        severity: blocks.option(f"{meaning.label}: {meaning.describes}", severity.value)
        for severity, meaning in MEANINGS.items()
    }
    initial = options[wish.severity] if wish.severity else None
    menu = blocks.select(
        f"{_CHANGED}:severity", "As suggested", list(options.values()), initial=initial
    )
    meaning = MEANINGS[suggested]
    says = f"{meaning.emoji} Suggested: *{meaning.label}* ({mrkdwn.escape(because)})"
    if wish.severity is not None and wish.severity is not suggested:
        says += f". You chose *{MEANINGS[wish.severity].label}*, and that counts."
    return [
        blocks.section(says, block_id="suggested"),
        _live(blocks.field_of("severity", "Severity", menu, optional=True)),
    ]


def _impact(draft: Draft) -> Block:
    element = blocks.text_input("impact", multiline=True, initial=draft.impact)
    return blocks.field_of("impact", "What do customers notice?", element, optional=True)


def _kind(wish: Wish) -> Block:
    choices = {
        _PRIVATE: blocks.option("Private: only its room sees it, and security", _PRIVATE),
        _SECURITY: blocks.option("Security: private, and the security team is told", _SECURITY),
        _DRILL: blocks.option("Drill: marked everywhere, counted nowhere", _DRILL),
    }
    box: dict[str, Any] = {
        "type": "checkboxes",
        "action_id": f"{_CHANGED}:private",
        "options": list(choices.values()),
    }
    ticked = {_PRIVATE: wish.is_private, _SECURITY: wish.is_security, _DRILL: wish.is_drill}
    if any(ticked.values()):
        box["initial_options"] = [choices[name] for name, is_so in ticked.items() if is_so]
    return _live(blocks.field_of("private", "What kind?", box, optional=True))


def _times(wish: Wish) -> list[Block]:
    """When it began; and when it ended, of one that is over."""
    found: list[Block] = []
    labels = {"started": "When did it start, if not now?", "ended": "When was it over, if it is?"}
    for name, label in labels.items():
        at = wish.started_at if name == "started" else wish.ended_at
        initial = int(at.timestamp()) if at else 0
        element = blocks.moment_input(f"{_CHANGED}:{name}", initial=initial)
        found.append(_live(blocks.field_of(name, label, element, optional=True)))
    return found


def wrong_times(ask: Ask, wish: Wish) -> dict[str, str]:
    """What is wrong with the times, under the field that it is wrong in."""
    start, end = wish.started_at, wish.ended_at
    if start is not None and start > ask.now:
        return {"started": "That is yet to come."}
    if end is not None and end > ask.now:
        return {"ended": "That is yet to come."}
    if end is not None and start is None:
        return {"started": "What is over began some time: say when."}
    if start is not None and end is not None and end < start:
        return {"ended": "It ends before it starts."}
    return {}


def _moment(ask: Ask, name: str) -> datetime | None:
    """The minute that was chosen: a picker knows no seconds."""
    typed = ask.typed(name)
    try:
        return datetime.fromtimestamp(int(typed), UTC) if typed else None
    except (ValueError, OverflowError, OSError):
        return None


def let_in(ask: Ask, room: str) -> None:
    """Whoever asks is in the room after that; some are already."""
    try:
        ask.client.call("conversations.invite", channel=room, users=ask.person.id, force=True)
    except SlackSays as refusal:
        if refusal.code not in errors.ALREADY_SO:
            raise


def _warning(similar: Similar | None) -> list[Block]:
    """Somebody declared it already, perhaps."""
    if similar is None:
        return []
    found = similar.incident
    where = f" in {mrkdwn.channel(found.room)}" if found.room else ""
    text = (
        f":raised_hand: *{found.key}* {mrkdwn.escape(found.title)} is open {similar.because}, "
        f"since {mrkdwn.at(found.declared_at)}{where}. Is it the same outage?"
    )
    join = blocks.button("Join it", "declare.join", found.key, style="primary")
    return [blocks.section(text, accessory=join, block_id="similar")]


def _preview(foreseen: PulledIn, plan: Plan, ask: Ask) -> list[Block]:
    """What happens when they press the button."""
    lines = ["*When you declare it*", _commander(foreseen)]
    others = [one for one in foreseen.invited if one not in {plan.by, foreseen.commander}]
    shown = ", ".join(mrkdwn.person(one) for one in others[:_INVITED])
    if len(others) > _INVITED:
        shown += f" and {len(others) - _INVITED} more"
    whose = f" (on call for {', '.join(foreseen.teams)}, and who leads)" if foreseen.teams else ""
    if plan.is_private and others:
        whose = " (security)"
    lines.append(f":busts_in_silhouette: Invited: you{', ' if shown else ''}{shown}{whose}")
    if foreseen.announced_in:
        lines.append(f":mega: Announced in #{mrkdwn.escape(foreseen.announced_in)}")
    else:
        lines.append(":shushing_face: Announced nowhere")
    if plan.is_drill:
        lines.append(":dart: A drill: everything about it says so")
    if ask.desk.fallback.media and not plan.is_drill:
        wait = span(ask.desk.catalog.settings.policies.fallback_after)
        ways = " and ".join(ask.desk.fallback.media)
        lines.append(f":telephone_receiver: If Slack fails for {wait}: by {ways}")
    return [blocks.divider(), blocks.section("\n".join(lines), block_id="preview")]


def _over() -> list[Block]:
    says = "*When you declare it*\nNobody is called: it is over. The postmortem begins at once."
    return [blocks.divider(), blocks.section(says, block_id="preview")]


def _commander(foreseen: PulledIn) -> str:
    because = mrkdwn.escape(shorten(foreseen.because, _BECAUSE))
    if foreseen.commander is None:
        return f":warning: Nobody can be asked to command: {because}"
    wait = span(foreseen.within)
    after = "then the next one is asked" if foreseen.others else "and nobody is left after them"
    who = mrkdwn.person(foreseen.commander)
    return f":bust_in_silhouette: {who} is asked to command: {because}. {wait} to accept, {after}."


def _answers(ask: Ask) -> dict[str, int]:
    found: dict[str, int] = {}
    for question in ask.desk.catalog.settings.impact:
        typed = ask.typed(f"{_IMPACT}{question.name}")
        if typed.isascii() and typed.isdigit() and len(typed) <= 2:  # noqa: PLR2004 (of ten)
            found[question.name] = int(typed)
    return found


def _live(block: Block) -> Block:
    """We hear of it as soon as something is chosen."""
    return {**block, "dispatch_action": True}


def must_be_able(ask: Ask, wish: Wish) -> None:
    """Raises `Refused` for what the app was given no permission for."""
    if wish.is_private:
        ask.use(Feature.PRIVATE)
