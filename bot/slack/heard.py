"""What Slack tells of the messages in a room: said, edited, deleted, pinned, unpinned."""

from typing import Any

from bot.slack import reading
from bot.slack.names import Names, heard_of_group
from bot.slack.router import SILENT, Answer, Ask, Routes
from incidents.actions import edits, notes, reconcile
from incidents.actions.edits import Edited
from incidents.actions.notes import Marked
from incidents.model.access import MARK_NEEDS
from incidents.model.ids import PersonId

routes = Routes()


@routes.event("message", needs="be noted")
def message(ask: Ask) -> Answer:
    """What people say in a room is evidence: it is kept, and only shown where it is asked for."""
    event = ask.payload["event"]
    if ask.incident is None:
        return SILENT
    subtype = event.get("subtype")
    if subtype == "message_changed":
        return _changed(ask, event)
    if subtype == "message_deleted":
        return _deleted(ask, event.get("deleted_ts"))
    if subtype not in reading.SPOKEN or event.get("bot_id"):
        return SILENT
    names = _names(ask)
    content = {
        **reading.content({**event, "user": ask.person.id}, names),
        "link": names.link(event["channel"], event),
    }
    said = reconcile.Said(event["channel"], event["ts"], content)
    reconcile.hear(ask.desk, said, by=ask.by, now=ask.now)
    return SILENT


@routes.event("pin_added", needs="be noted")
def pinned(ask: Ask) -> Answer:
    """A pin of Slack's own puts a message on the timeline, as the emoji does."""
    return _pin(ask, added=True)


@routes.event("pin_removed", needs="be noted")
def unpinned(ask: Ask) -> Answer:
    """The pin was taken off, and with it the entry."""
    return _pin(ask, added=False)


@routes.event("subteam_created", needs="be noted")
@routes.event("subteam_updated", needs="be noted")
def group_changed(ask: Ask) -> Answer:
    """A user group has a name, or another one."""
    heard_of_group(ask.desk, ask.payload["event"]["subteam"], ask.now)
    return SILENT


def _changed(ask: Ask, event: dict[str, Any]) -> Answer:
    """An edit by a person; unfurled links change a message too, and say nothing new."""
    now = event.get("message") or {}
    if now.get("subtype") == "tombstone":  # what is left of a message with replies
        return _deleted(ask, now.get("ts"))
    edited = now.get("edited") or {}
    if not edited.get("ts") or _is_ours(ask, now):
        return SILENT
    content = reading.content(now, _names(ask))
    content.pop("edited")
    by = PersonId(str(edited.get("user") or content["author"]))
    change = Edited(event["channel"], now["ts"], content, by, str(edited["ts"]))
    edits.follow(ask.desk, change, by=ask.by, now=ask.now)
    return SILENT


def _deleted(ask: Ask, ts: str | None) -> Answer:
    if ts:
        edits.deleted(ask.desk, ask.channel, ts, by=ask.by, now=ask.now)
    return SILENT


def _pin(ask: Ask, *, added: bool) -> Answer:
    event = ask.payload["event"]
    item = event.get("item") or {}
    said = item.get("message") or {}
    if item.get("type") != "message" or ask.incident is None or _is_ours(ask, said):
        return SILENT
    ask.require(MARK_NEEDS["timeline"])
    marked = Marked(ask.channel, str(said["ts"]), "timeline", str(event.get("event_ts", "")))
    change = notes.mark if added else notes.unmark
    change(ask.desk, ask.channel, marked, by=ask.by, now=ask.now)
    return SILENT


def _is_ours(ask: Ask, said: dict[str, Any]) -> bool:
    """Whether the message is one of our own: what it says is on the record already."""
    mine = ask.payload.get("api_app_id")
    return bool(mine) and said.get("app_id") == mine


def _names(ask: Ask) -> Names:
    return Names(ask.desk, ask.client, ask.now, ask.home)
