"""Key times: one form in the room that says what is missing, and lets one close when nothing is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import SILENT, Answer, Ask, Routes, stale
from incidents.actions import keytimes as actions
from incidents.actions.access import missing
from incidents.errors import Refused
from incidents.model import ids
from incidents.model.incident import Incident
from incidents.model.keytimes import ASKS, KeyTime
from incidents.model.lifecycle import Status
from incidents.model.past import INSTEAD, read_past
from incidents.render.tongue import span
from incidents.store import incidents, timeline

routes = Routes()

_BLOCK = "times"


@routes.verb(
    "times", "[mitigated 10:42]", "When it started, was noticed, taken on, over", needs="look"
)
def times(ask: Ask) -> Answer:
    """``times mitigated 10:42``; without words, the form, for whoever asks."""
    word, _, rest = ask.text.strip().partition(" ")
    if not word:
        return Answer(_form_of(ask, ask.here))
    which = next((one for one in KeyTime if one.startswith(word.lower())), None)
    if which is None:
        raise Refused(f"{word} is none of the key times.", instead=f"Use {', '.join(KeyTime)}.")
    ask.require("set a key time")
    past = read_past(rest.removeprefix("at "), ask.now, ask.person.tz)
    if past is None or past.rest:
        raise Refused(f"“{rest}” is not a time I know.", instead=INSTEAD)
    after = actions.state(ask.desk, ask.here.number, which, past.at, by=ask.by, now=ask.now)
    return Answer(_form_of(ask, after))


@routes.button("keytimes.show", needs="look")
def show(ask: Ask) -> Answer:
    """From wherever a time is said to be missing."""
    return Answer(_form_of(ask, ask.here))


def _incident_of(ask: Ask) -> Incident | None:
    """The form says in each block whose it is; what it says comes back from the outside."""
    _, key, _ = _named(ask)
    number = ids.parse_key(key)
    if number is None or (ask.incident and ask.incident.number == number):
        return ask.incident
    with ask.desk.look() as connection:
        found = incidents.get(connection, number, ask.reader)
    if found is None:
        raise missing(number)
    return found


@routes.button("keytimes.set", needs="set a key time", find=_incident_of)
def set_time(ask: Ask) -> Answer:
    """Somebody chose a time. The form shows at once what that makes of it."""
    name = _named(ask)[2]
    chosen = ask.payload["actions"][0].get("selected_date_time")
    if name not in set(KeyTime) or not isinstance(chosen, int):
        raise stale(ask)
    try:
        at = datetime.fromtimestamp(chosen, UTC)
    except (ValueError, OverflowError, OSError):
        raise stale(ask) from None
    after = actions.state(ask.desk, ask.here.number, KeyTime(name), at, by=ask.by, now=ask.now)
    if not (ask.payload.get("container") or {}).get("is_ephemeral"):
        return SILENT  # the message in the room is edited in place
    return replace(Answer(_form_of(ask, after)), replaces=True)


@routes.say(actions.VIEW)
def form(facts: dict[str, Any]) -> Message:
    """The five times with their pickers, what is wrong with them, and Close once nothing is."""
    key, is_closed = facts["key"], facts["status"] == Status.CLOSED
    unknown = [one["time"] for one in facts["times"] if one["at"] is None]
    body: list[Block] = [blocks.section(f"*Key times of {key}*\n{_verdict(facts, unknown)}")]
    for one in facts["times"]:
        body.append(blocks.section(_line(one)))
        if not is_closed and (one["time"] != KeyTime.RESOLVED or one["at"]):
            body.append(_picker(key, one))
    lengths = "  ·  ".join(
        f"{label}: {'not known' if length is None else span(timedelta(seconds=length))}"
        for label, length in facts["lengths"]
    )
    body.append(blocks.context(lengths))
    if facts["status"] == Status.RESOLVED and not unknown and not facts["wrong"]:
        close = blocks.button("Close", "lifecycle.close", key, style="primary")
        body.append(blocks.actions(close))
    return Message(f"Key times of {key}", body)


def _verdict(facts: dict[str, Any], unknown: list[str]) -> str:
    lines = [f":warning: {mrkdwn.escape(say)}" for say in facts["wrong"]]
    if unknown:
        lines.insert(0, f":grey_question: Missing: {', '.join(unknown)}.")
    if lines:
        return "\n".join(lines)
    ending = {
        Status.RESOLVED: " If they are right, close it.",
        Status.CLOSED: " It is closed.",
    }.get(Status(facts["status"]), "")
    return f":white_check_mark: All five are known, and they fit together.{ending}"


def _line(one: dict[str, Any]) -> str:
    which = KeyTime(one["time"])
    if one["at"] is None:
        return f":grey_question: *{which.capitalize()}*: missing. {ASKS[which]}"
    at = mrkdwn.at(datetime.fromisoformat(one["at"]))
    if one["because"]:
        return f"*{which.capitalize()}* {at}  _{mrkdwn.escape(one['because'])}_"
    who = f"  _said by {mrkdwn.person(one['by'])}_" if one["by"] else ""
    return f"*{which.capitalize()}* {at}{who}"


def _picker(key: str, one: dict[str, Any]) -> Block:
    at = datetime.fromisoformat(one["at"]) if one["at"] else None
    picker = blocks.moment_input("keytimes.set", initial=int(at.timestamp()) if at else 0)
    return blocks.actions(picker, block_id=f"{_BLOCK}/{key}/{one['time']}")


def _form_of(ask: Ask, incident: Incident) -> Message:
    with ask.desk.look() as connection:
        entries = timeline.entries(connection, incident.number)
    return form(actions.facts_of(incident, entries))


def _named(ask: Ask) -> tuple[str, str, str]:
    """The parts of the block's id; empty for one that is none of ours."""
    block_id = str(ask.payload["actions"][0].get("block_id", ""))
    first, _, rest = block_id.partition("/")
    key, _, name = rest.partition("/")
    return (first, key, name) if first == _BLOCK else ("", "", "")
