"""``chat.*``: saying things."""

from dataclasses import replace
from typing import Any

from bot.emulator import shapes, talk
from bot.emulator.blockkit import check_message
from bot.emulator.blockkit.entity import check_entities
from bot.emulator.entities import Channel, Json, Message, Scheduled
from bot.emulator.errors import SlackError, missing, wrong
from bot.emulator.methods.conversations import direct_channel
from bot.emulator.methods.request import SPECIAL, TIER_3, TIER_4, Method, Request, paged

LONGEST_TEXT = 40_000
LONGEST_UPDATE = 4_000
LONGEST_MARKDOWN = 12_000
MOST_ATTACHMENTS = 100
FURTHEST_SECONDS = 120 * 86_400
MOST_SCHEDULED_IN_FIVE_MINUTES = 30


def content(request: Request, *, longest: int = LONGEST_TEXT, cut: bool = True) -> Json:
    """Text, blocks and attachments of a message, checked as Slack checks them."""
    args = request.args
    blocks = args.json("blocks", "invalid_blocks_format")
    attachments = args.json("attachments", "invalid_attachments")
    markdown, text = args.text("markdown_text"), args.text("text")
    if markdown and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if len(markdown) > LONGEST_MARKDOWN or (not cut and len(text) > longest):
        raise SlackError("msg_too_long")
    if isinstance(attachments, list) and len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    if markdown:
        text, blocks = markdown, [{"type": "markdown", "text": markdown}]
    if not (text.strip() or blocks or attachments):
        raise SlackError("no_text")
    said: Json = {"text": text[:longest]}
    if blocks:
        said["blocks"] = check_message(blocks, request.core.lacks)
    if attachments:
        said["attachments"] = attachments
    return said


def metadata(request: Request) -> Json | None:
    given = request.args.json("metadata", "invalid_metadata_format")
    if not given:
        return None
    if isinstance(given, dict) and given.get("entities") is not None:
        check_entities(request.core, given["entities"])
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    if not isinstance(given.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    return given


def where(request: Request) -> Channel:
    """The channel to post in; a member's id stands for the direct messages with them."""
    target = request.args.need("channel")
    state = request.core.state
    if state.members.get(target):
        return direct_channel(request.core, request.caller.user, [target])
    named = next((c for c in state.channels if target in (f"#{c.name}", c.name)), None)
    chan = request.see(named.id if named else target)
    if chan.is_archived:
        raise SlackError("is_archived")
    outsider = request.caller.user not in chan.members
    scopes = request.caller.scopes
    if outsider and not (scopes is not None and "chat:write.public" in scopes):
        raise SlackError("not_in_channel")
    return chan


def thread(request: Request, chan: Channel) -> str:
    """The first message of the thread that is asked for; replying to a reply is the same thread."""
    asked = request.args.text("thread_ts")
    if not asked:
        return ""
    parent = request.core.state.messages.at(chan.id, asked)
    if parent is None:
        raise SlackError("thread_not_found")
    return parent.thread_ts or parent.ts


def post_message(request: Request) -> Json:
    said, core = content(request), request.core
    if request.args.text("username") or request.args.text("icon_emoji"):
        request.caller.need("chat:write.customize")
        said["username"] = request.args.text("username") or core.identity.bot_name
    chan, extra = where(request), metadata(request)
    body = talk.app_body(core, said) if request.caller.is_bot else said
    posted = talk.post(
        core, chan, request.caller.user, body, thread_ts=thread(request, chan), metadata=extra
    )
    return {
        "channel": chan.id,
        "ts": posted.ts,
        "message": shapes.message(core, posted, with_metadata=True),
    }


def own_message(request: Request, refusal: str) -> tuple[Channel, Message]:
    chan = request.channel()
    said = request.message(chan, "ts")
    if said.user != request.caller.user or said.body.get("subtype"):
        raise SlackError(refusal)
    return chan, said


def update(request: Request) -> Json:
    chan, said = own_message(request, "cant_update_message")
    if chan.is_archived:
        raise SlackError("is_archived")
    fresh = content(request, longest=LONGEST_UPDATE, cut=False)
    kept = {k: v for k, v in said.body.items() if k not in {"text", "attachments", "edited"}}
    if "blocks" in request.args or "text" in request.args:
        kept.pop("blocks", None)
    changed = talk.edit(request.core, chan, said, {**kept, **fresh}, metadata(request))
    shown = shapes.message(request.core, changed, with_metadata=True)
    return {"channel": chan.id, "ts": said.ts, "text": shown.get("text", ""), "message": shown}


def delete(request: Request) -> Json:
    chan, said = own_message(request, "cant_delete_message")
    talk.delete(request.core, chan, said)
    return {"channel": chan.id, "ts": said.ts}


def post_ephemeral(request: Request) -> Json:
    said, core = content(request), request.core
    chan = where(request)
    user = request.args.need("user")
    if user not in chan.members:
        raise SlackError("user_not_in_channel")
    body = talk.app_body(core, said) if request.caller.is_bot else said
    return {"message_ts": talk.whisper(core, chan, user, body, thread(request, chan)).ts}


def get_permalink(request: Request) -> Json:
    chan = request.channel()
    said = request.message(chan, "message_ts")
    link = request.core.url(f"/workspace/archives/{chan.id}/p{said.ts.replace('.', '')}")
    if said.is_reply:
        link += f"?thread_ts={said.thread_ts}&cid={chan.id}"
    return {"channel": chan.id, "permalink": link}


def me_message(request: Request) -> Json:
    chan = where(request)
    body = {"subtype": "me_message", "text": request.args.need("text")}
    posted = talk.post(request.core, chan, request.caller.user, body)
    return {"channel": chan.id, "ts": posted.ts}


def schedule_message(request: Request) -> Json:
    said, chan, core = content(request), where(request), request.core
    post_at = request.args.number("post_at", 0)
    if post_at <= core.now():
        raise SlackError("time_in_past")
    if post_at > core.now() + FURTHEST_SECONDS:
        raise SlackError("time_too_far")
    window = [
        s
        for s in core.state.scheduled
        if s.channel == chan.id and s.post_at // 300 == post_at // 300
    ]
    if len(window) >= MOST_SCHEDULED_IN_FIVE_MINUTES:
        raise SlackError("restricted_too_many")
    body = talk.app_body(core, said) if request.caller.is_bot else said
    row = Scheduled(
        core.state.new_id("Q"), chan.id, post_at, core.now(), {**body, "user": request.caller.user}
    )
    core.state.scheduled.put(row)
    return {
        "channel": chan.id,
        "scheduled_message_id": row.id,
        "post_at": post_at,
        "message": body,
    }


def delete_scheduled(request: Request) -> Json:
    row = request.core.state.scheduled.get(request.args.need("scheduled_message_id"))
    if row is None or row.channel != request.args.need("channel"):
        raise SlackError("invalid_scheduled_message_id")
    request.core.state.scheduled.remove(row.id)
    return {}


def list_scheduled(request: Request) -> Json:
    wanted = request.args.text("channel")
    rows = [s for s in request.core.state.scheduled if wanted in ("", s.channel)]
    rows, cursor = request.page(rows, 100)
    shown = [
        {
            "id": row.id,
            "channel_id": row.channel,
            "post_at": row.post_at,
            "date_created": int(row.created),
            "text": row.message.get("text", ""),
        }
        for row in rows
    ]
    return {"scheduled_messages": shown, **paged(cursor)}


def validate(request: Request) -> Json:
    """``blocks.validate``: would these blocks be accepted?"""
    blocks: Any = request.args.json("blocks", "invalid_blocks_format")
    if blocks is None:
        raise missing("blocks")
    check_message(blocks, request.core.lacks)
    return {}


def unfurl(request: Request) -> Json:
    chan = request.channel()
    said = request.message(chan, "ts")
    unfurls = request.args.json("unfurls")
    if not isinstance(unfurls, dict):
        raise wrong("invalid_arguments", ["unfurls must be an object"])
    attachments = [{"from_url": url, **what} for url, what in unfurls.items()]
    changed = replace(said, body={**said.body, "attachments": attachments})
    talk.refresh(request.core, chan, request.core.state.messages.put(changed))
    return {}


WRITE = ("chat:write",)
METHODS = (
    Method("chat.postMessage", post_message, WRITE, SPECIAL),
    Method("chat.update", update, WRITE, TIER_3),
    Method("chat.delete", delete, WRITE, TIER_3),
    Method("chat.postEphemeral", post_ephemeral, WRITE, TIER_4),
    Method("chat.getPermalink", get_permalink, (), SPECIAL),
    Method("chat.meMessage", me_message, WRITE, TIER_3),
    Method("chat.scheduleMessage", schedule_message, WRITE, TIER_3),
    Method("chat.deleteScheduledMessage", delete_scheduled, WRITE, TIER_3),
    Method("chat.scheduledMessages.list", list_scheduled, (), TIER_3),
    Method("chat.unfurl", unfurl, ("links:write",), TIER_3),
    Method("blocks.validate", validate, (), TIER_4),
)
