"""Windows in words, by form and by button: maintenance, freezes, peaks; and what does not count."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import Answer, Ask, Routes, split_verb
from incidents.actions import exclusions as exceptions
from incidents.actions import windows as actions
from incidents.actions.exclusions import Exempt, category_named
from incidents.actions.window_words import plan_from, sensitivity_of
from incidents.actions.windows import Plan, scope_named
from incidents.errors import NotFound, Refused
from incidents.model.commands import to_type
from incidents.model.exclusions import Category, Exclusion
from incidents.model.spans import Span
from incidents.model.text import clean_line
from incidents.model.window_words import EXAMPLE, Words, parse_window, past_span_of
from incidents.model.windows import Window, WindowKind, WindowSource
from incidents.model.workdays import say_moment
from incidents.queries.windows import Listed, listed
from incidents.store import exclusions

routes = Routes()

_SHOWN = 10
_MARKS = {
    WindowKind.MAINTENANCE: ":wrench:",
    WindowKind.FREEZE: ":snowflake:",
    WindowKind.PEAK: ":chart_with_upwards_trend:",
    WindowKind.MARKETING: ":mega:",
}
_MEANS = {
    WindowKind.MAINTENANCE: "its pages and tickets are muted",
    WindowKind.FREEZE: "nothing is deployed",
    WindowKind.PEAK: "alerts come earlier, tickets page",
    WindowKind.MARKETING: "alerts come earlier, tickets page",
}
_HOUR = 3600
_EXEMPT = re.compile(
    r"(?P<about>\S+)\s+(?P<when>.+?)\s+as\s+(?P<as>\S+)(?:\s+because\s+(?P<why>.+))?"
)
_LIKE = "exclude checkout/availability 13:40-14:10 as network because of the fire"


@routes.verb(
    "window",
    f"[{EXAMPLE}] · cancel w7 · exclude checkout 13:40-14:10 as network because … · restore x7",
    "Maintenance, freezes and peaks; what does not count for budgets",
    in_room=False,
    aliases=("windows",),
    needs="look around",
)
def window(ask: Ask) -> Answer:
    """Every window; or plan one, call one off, except something from a budget."""
    word, rest = split_verb(ask.text) if ask.text.strip() else ("list", "")
    act = _BY_WORD.get(word)
    if act is not None:
        return act(ask, rest)
    ask.require("plan a window")
    text = rest if word in {"add", "plan"} else ask.text
    typed = parse_window(text)
    if typed.kind is None and text.strip():
        raise Refused(
            "A window is a maintenance, a freeze, a peak or a marketing event.",
            instead=f"Like this: {to_type(f'window {EXAMPLE}')}",
        )
    if not typed.target or not typed.when:
        return ask.open(_form(ask, typed))
    plan = plan_from(ask.desk.catalog, typed, "", ask.now, ask.person.tz)
    return _planned(ask, actions.plan_window(ask.desk, plan, by=ask.by, now=ask.now))


def _list(ask: Ask, _: str) -> Answer:
    with ask.desk.look() as connection:
        found = listed(ask.desk, connection, ask.now)
    plan = blocks.actions(blocks.button("Plan a window", "window.form"))
    if not found:
        text = "No window is planned."
        return Answer(Message(text, [blocks.section(text), plan]))
    body: list[Block] = [_line(ask, one) for one in found[:_SHOWN]]
    body += blocks.rest(len(found) - _SHOWN, ": warroom window list")
    return Answer(Message("Windows", [*body, plan]))


def _line(ask: Ask, one: Listed) -> Block:
    shown = one.window
    if shown.source is not WindowSource.HAND:
        return blocks.section(_words(ask, one))
    button = blocks.button("Call off", f"window.cancel:{shown.id}", shown.id)
    return blocks.section(_words(ask, one), accessory=button)


def _words(ask: Ask, one: Listed) -> str:
    shown = one.window
    name = f"“{mrkdwn.escape(shown.title)}” " if shown.title else ""
    when = _when(ask, one.next.span) if one.next else ""
    again = f", again by `{mrkdwn.escape(shown.repeats.rule)}`" if shown.repeats else ""
    text = (
        f"{_MARKS[shown.kind]} *{shown.kind} {mrkdwn.escape(shown.id)}* {name}for "
        f"{mrkdwn.escape(shown.scope.words)}\n{when}{again}: {_MEANS[shown.kind]}"
    )
    if shown.sensitivity is not None:
        text += f" (at {float(shown.sensitivity):g} times the usual rates)"
    if shown.excludes:
        text += ", what fails does not count"
    return f"{text}\nbecause {mrkdwn.escape(shown.because)}" if shown.because else text


def _when(ask: Ask, span: Span) -> str:
    first = "now" if span.start <= ask.now else mrkdwn.escape(say_moment(span.start, ask.person.tz))
    return f"{first} until {mrkdwn.escape(say_moment(span.end, ask.person.tz))}"


def _planned(ask: Ask, made: Window) -> Answer:
    with ask.desk.look() as connection:
        found = next(
            one for one in listed(ask.desk, connection, ask.now) if one.window.id == made.id
        )
    undo = blocks.button("Call off", "window.cancel", made.id)
    text = _words(ask, found)
    return Answer(Message(text, [blocks.section(text), blocks.actions(undo)]))


def _cancel(ask: Ask, text: str) -> Answer:
    ask.require("plan a window")
    if not text.strip():
        return _list(ask, "")
    return _called_off(ask, text)


@routes.button("window.cancel", needs="plan a window")
def cancel(ask: Ask) -> Answer:
    """From the list, or the answer to one's own."""
    return _called_off(ask, ask.value)


def _called_off(ask: Ask, name: str) -> Answer:
    found = actions.cancel(ask.desk, name, by=ask.by, now=ask.now)
    text = (
        f":leftwards_arrow_with_hook: {found.kind.capitalize()} {mrkdwn.escape(found.id)} for "
        f"{mrkdwn.escape(found.scope.words)} is called off. What burns is an alert from now on."
    )
    return Answer(Message(text, [blocks.section(text)]), replaces=bool(ask.value))


@routes.button("window.form", needs="plan a window")
def form(ask: Ask) -> Answer:
    """The empty form."""
    return ask.open(_form(ask, Words()))


@routes.form("window", needs="plan a window")
def planned_by_form(ask: Ask) -> Answer:
    """The form was filled in."""
    start, end = _moment(ask, "start"), _moment(ask, "end")
    if end is None or end <= max(start or ask.now, ask.now):
        return Answer(errors={"end": "That is over, or before it begins."})
    try:
        scope = scope_named(ask.desk.catalog, ask.typed("target"))
    except NotFound as error:
        return Answer(errors={"target": str(error)})
    kind = WindowKind(ask.typed("kind"))
    try:
        plan = Plan(
            kind=kind,
            scope=scope,
            span=Span(start or ask.now, end),
            title=clean_line(ask.typed("title"), limit=150),
            because=clean_line(ask.typed("because"), limit=300),
            excludes=ask.typed("counts") == "no",
            sensitivity=sensitivity_of(ask.typed("sensitivity").strip()),
        )
        made = actions.plan_window(ask.desk, plan, by=ask.by, now=ask.now)
    except Refused as error:
        place = "sensitivity" if ask.typed("sensitivity").strip() else "counts"
        return Answer(errors={place: str(error)})
    return _planned(ask, made)


def _moment(ask: Ask, block_id: str) -> datetime | None:
    typed = ask.typed(block_id)
    return datetime.fromtimestamp(int(typed), UTC) if typed.isdigit() else None


def _form(ask: Ask, typed: Words) -> dict[str, Any]:
    kinds = [blocks.option(f"{one.capitalize()}: {_MEANS[one]}", one.value) for one in WindowKind]
    chosen = kinds[list(WindowKind).index(typed.kind)] if typed.kind else kinds[0]
    counts = [blocks.option("counts", "yes"), blocks.option("does not count", "no")]
    now = int(ask.now.timestamp())
    target = blocks.text_input("target", initial=typed.target, placeholder="checkout")
    return blocks.modal(
        "window",
        "Plan a window",
        [
            blocks.field_of("kind", "What", blocks.select("kind", "Kind", kinds, initial=chosen)),
            blocks.field_of(
                "target",
                "For",
                target,
                hint="A service, team, tier 1, dependency payments, vendor, or everything.",
            ),
            blocks.field_of("start", "From", blocks.moment_input("start", initial=now)),
            blocks.field_of("end", "Until", blocks.moment_input("end", initial=now + _HOUR)),
            blocks.field_of(
                "counts",
                "What fails meanwhile",
                blocks.select("counts", "Counts", counts, initial=counts[typed.excludes]),
                hint="Only in a maintenance can it be left out of the budget.",
            ),
            blocks.field_of(
                "sensitivity",
                "Sensitivity of a peak",
                blocks.text_input("sensitivity", initial=typed.sensitivity, placeholder="0.5"),
                optional=True,
            ),
            blocks.field_of("title", "Title", blocks.text_input("title"), optional=True),
            blocks.field_of(
                "because", "Why", blocks.text_input("because", initial=typed.because), optional=True
            ),
        ],
        submit="Plan",
        metadata=json.dumps({"channel": ask.channel}),
    )


def _exclude(ask: Ask, text: str) -> Answer:
    """``exclude checkout/availability 13:40-14:10 as network because …``"""
    ask.require("exclude from a budget")
    found = _EXEMPT.fullmatch(" ".join(text.split()))
    if found is None:
        known = ", ".join(one.value for one in Category if one is not Category.PLANNED)
        raise Refused(
            "What does not count, when was it, and why?",
            instead=f"Like this: {to_type(f'window {_LIKE}')} (or as one of {known})",
        )
    span = past_span_of(found["when"], ask.now, ask.person.tz)
    wish = Exempt(
        found["about"], span, category_named(found["as"]), clean_line(found["why"] or "", limit=300)
    )
    made = exceptions.exclude(ask.desk, wish, by=ask.by, now=ask.now)
    undo = f"It counts again with `{ask.command} window restore {made.id}`."
    text = f":scissors: {_exempt(ask, made)}"
    return Answer(Message(text, [blocks.section(text), blocks.context(undo)]))


def _exempt(ask: Ask, one: Exclusion) -> str:
    return (
        f"*{mrkdwn.escape(one.id)}* {mrkdwn.escape(one.words)}: {_when(ask, one.span)} does not "
        f"count ({one.category.words}), because {mrkdwn.escape(one.because)}"
    )


def _excluded(ask: Ask, _: str) -> Answer:
    with ask.desk.look() as connection:
        found = [one for one in exclusions.listed(connection, limit=50) if one.lifted_at is None]
    if not found:
        return Answer(Message("Everything counts.", [blocks.section("Everything counts.")]))
    body: list[Block] = [blocks.section(_exempt(ask, one)) for one in found[:_SHOWN]]
    body.append(blocks.context(f"One counts again with `{ask.command} window restore x7`."))
    rest = blocks.rest(len(found) - _SHOWN, ": warroom window exclusions")
    return Answer(Message("What does not count", [*body, *rest]))


def _restore(ask: Ask, text: str) -> Answer:
    ask.require("exclude from a budget")
    name, _, why = text.strip().partition(" ")
    if not name:
        return _excluded(ask, "")
    return _restored(ask, name, why.removeprefix("because "))


def _restored(ask: Ask, name: str, why: str) -> Answer:
    because = clean_line(why, limit=300)
    found = exceptions.restore(ask.desk, name, because, by=ask.by, now=ask.now)
    text = f":leftwards_arrow_with_hook: {mrkdwn.escape(found.id)} counts again, as it was."
    return Answer(Message(text, [blocks.section(text)]))


_BY_WORD = {
    "list": _list,
    "cancel": _cancel,
    "exclude": _exclude,
    "except": _exclude,
    "exclusions": _excluded,
    "restore": _restore,
}
