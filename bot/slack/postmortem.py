"""The postmortem from the room: what is there, the form to write it, the file."""

import json
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.closing import own_postmortem
from bot.slack.router import Answer, Ask, Routes
from incidents.actions import postmortem as actions
from incidents.actions.desk import Desk
from incidents.actions.postmortem import Overtaken
from incidents.errors import Refused
from incidents.model.keytimes import measures
from incidents.model.lifecycle import Status
from incidents.model.postmortem import (
    SECTIONS,
    Postmortem,
    fingerprint,
    missing_to_publish,
)
from incidents.model.text import UserText, clean, shorten
from incidents.queries.postmortem import postmortem_of
from incidents.render.tongue import span

routes = Routes()


@routes.verb(
    "postmortem",
    "[edit|own|export|publish]",
    "Write, publish or export the postmortem",
    needs="look",
)
def postmortem_by_text(ask: Ask) -> Answer:
    """``postmortem``: what is there so far, and what can be done with it."""
    word = ask.text.strip().lower()
    words = {"": show, "show": show, "edit": edit, "export": export, "publish": publish}
    does = {**words, "own": own_postmortem}.get(word)
    if does is None:
        raise Refused(
            f"A postmortem cannot be asked to {word[:40]}.",
            instead="Type postmortem, or postmortem edit, own, export or publish.",
        )
    return does(ask)


@routes.button("postmortem.show", needs="look")
def show(ask: Ask) -> Answer:
    """The button on the card of a resolved incident."""
    with ask.desk.look() as connection:
        value = postmortem_of(ask.desk, connection, ask.here.number, ask.now)
    return Answer(summary(value, ask.desk))


@routes.button("postmortem.edit", needs="edit the postmortem")
def edit(ask: Ask) -> Answer:
    """The form with all the sections that people write."""
    with ask.desk.look() as connection:
        value = postmortem_of(ask.desk, connection, ask.here.number, ask.now)
    return ask.open(form(ask, value))


@routes.form("postmortem", needs="edit the postmortem")
def edited(ask: Ask) -> Answer:
    """The form was filled in. What somebody else wrote meanwhile is never overwritten."""
    seen = ask.metadata.get("seen")
    changes = {one.name: clean(ask.typed(one.name)) for one in SECTIONS}
    try:
        actions.edit(
            ask.desk,
            ask.here.number,
            changes,
            seen=seen if isinstance(seen, dict) else {},
            by=ask.by,
            now=ask.now,
        )
    except Overtaken as overtaken:
        why = f"{overtaken.why} {overtaken.instead}"
        return Answer(errors=dict.fromkeys(overtaken.sections, why))
    return _said(f":memo: The postmortem of {ask.here.key} is saved.")


@routes.button("postmortem.export", needs="edit the postmortem")
def export(ask: Ask) -> Answer:
    """The document as a file in the room."""
    done = actions.export_to_room(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    if not done.is_new:
        return _said(f":page_facing_up: This version of {_file(done.name)} is in the room already.")
    drawn = {0: "", 1: " with a picture of its budget"}.get(
        done.pictures, f" with {done.pictures} pictures of its budgets"
    )
    lacks = f" Without pictures: {done.lacks}" if done.lacks else ""
    return _said(f":page_facing_up: {_file(done.name)} is on its way into the room{drawn}.{lacks}")


@routes.button("postmortem.publish", needs="edit the postmortem")
def publish(ask: Ask) -> Answer:
    """It is finished."""
    actions.publish(ask.desk, ask.here.number, by=ask.by, now=ask.now)
    return _said(f":white_check_mark: The postmortem of {ask.here.key} is published.")


@routes.say("resolved")
def resolved(facts: dict[str, Any]) -> Message:
    """After resolving: what comes next, and who sees to it."""
    key, owner = facts["key"], mrkdwn.person(facts["owner"])
    text = f":white_check_mark: *{key} is resolved.* {owner} owns the postmortem."
    hint = "It is drafted from the record already; people add the reasons and what to learn."
    return Message(
        f"{key} is resolved.",
        [
            blocks.section(f"{text}\n{hint}"),
            blocks.actions(
                blocks.button("Postmortem", "postmortem.show", key, style="primary"),
                blocks.button("Edit", "postmortem.edit", key),
                blocks.button("Close", "lifecycle.close", key),
            ),
        ],
    )


def summary(value: Postmortem, desk: Desk) -> Message:
    """What is there so far, what is missing, and the buttons."""
    incident = value.incident
    title = f"Postmortem of {incident.key}"
    body = [
        blocks.header(f"{title} {incident.title.raw}"),
        blocks.section(_state(value)),
        blocks.fields(
            *(
                f"*{one.label}*\n{'not known' if one.length is None else span(one.length)}"
                for one in measures(incident)
            )
        ),
    ]
    if value.section("summary"):
        body.append(blocks.section(mrkdwn.escape(shorten(value.section("summary").raw, 1000))))
    body.append(blocks.section(_progress(value)))
    body.append(_buttons(value, desk))
    return Message(title, body)


def form(ask: Ask, value: Postmortem) -> dict[str, Any]:
    """All sections, filled with what is there; the form remembers what that was."""
    shown = {one.name: _as_shown(value.section(one.name)) for one in SECTIONS}
    body: list[Block] = [
        blocks.field_of(
            one.name,
            one.title,
            blocks.text_input(one.name, multiline=True, initial=shown[one.name]),
            optional=True,
            hint=one.asks,
        )
        for one in SECTIONS
    ]
    memory = {
        "incident": value.incident.key,
        "channel": ask.channel,
        "seen": {name: fingerprint(clean(text).raw) for name, text in shown.items()},
    }
    title = f"Postmortem {value.incident.key}"
    return blocks.modal("postmortem", title, body, submit="Save", metadata=json.dumps(memory))


def _as_shown(text: UserText) -> str:
    return shorten(text.raw, blocks.INPUT_LENGTH)


def _state(value: Postmortem) -> str:
    owner = f"owned by {mrkdwn.person(value.owner)}" if value.owner else "nobody owns it yet"
    mark = ":white_check_mark:" if value.state == "published" else ":pencil:"
    return f"{mark} *{value.state.capitalize()}*, {owner}"


def _progress(value: Postmortem) -> str:
    written = [one.title for one in SECTIONS if value.section(one.name)]
    empty = [one.title for one in SECTIONS if not value.section(one.name)]
    todo = sum(1 for one in value.actions if one.is_open)
    lines = [f"*Written* {', '.join(written) or 'nothing yet'}"]
    if empty:
        lines.append(f"*Still empty* {', '.join(empty)}")
    lines.append(f"*Action items* {todo} open of {len(value.actions)}")
    lines += [
        f":chart_with_downwards_trend: {mrkdwn.escape(one.slo)} lost {float(one.spent):.1%} "
        "of its error budget"
        for one in value.spent[:3]
    ]
    return "\n".join(lines)


def _buttons(value: Postmortem, desk: Desk) -> Block:
    incident, key = value.incident, value.incident.key
    has_page = desk.public_url and not incident.is_private
    link = f"{desk.public_url}/incidents/{key}/postmortem" if has_page else ""
    return blocks.actions(
        blocks.button("Edit", "postmortem.edit", key, style="primary"),
        blocks.button("Export", "postmortem.export", key),
        blocks.button("Publish", "postmortem.publish", key) if _may_publish(value) else None,
        blocks.button("Open in console", "postmortem.open", url=link) if link else None,
        blocks.button("Close incident", "lifecycle.close", key)
        if incident.status is Status.RESOLVED
        else None,
    )


def _may_publish(value: Postmortem) -> bool:
    sections = {name: text.raw for name, text in value.sections.items()}
    is_over = value.incident.status in {Status.RESOLVED, Status.CLOSED}
    return is_over and value.state != "published" and not missing_to_publish(sections)


def _file(name: str) -> str:
    return mrkdwn.code(name)


def _said(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]))
