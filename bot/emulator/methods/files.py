"""``files.*``: the three-step upload, and what comes of it."""

import base64
import secrets
from dataclasses import replace

from bot.emulator import shapes, talk
from bot.emulator.blockkit import check_message
from bot.emulator.core import Core
from bot.emulator.entities import Channel, File, Json, Message
from bot.emulator.errors import SlackError, missing
from bot.emulator.methods.chat import thread
from bot.emulator.methods.request import TIER_2, TIER_3, TIER_4, Method, Request, paged

MOST_CHANNELS = 100


def get_upload_url(request: Request) -> Json:
    name = request.args.need("filename")
    length = request.args.number("length", 0)
    if length <= 0:
        raise missing("length")
    file = new_file(request.core, request.caller.user, name, length)
    return {"upload_url": request.core.url(f"/workspace/upload/{file.token}"), "file_id": file.id}


def new_file(core: Core, user: str, name: str, size: int) -> File:
    now, token = int(core.now()), secrets.token_urlsafe(18)
    row = File(core.state.new_id("F"), name, "", user, now, size, token=token)
    return core.state.files.put(row)


def receive_upload(core: Core, token: str, content: bytes) -> str:
    """Take the bytes of an announced file; what Slack answers, or a refusal."""
    with core.change() as state:
        file = next((f for f in state.files if f.token == token), None)
        if file is None or file.is_complete:
            raise SlackError("upload_not_found", status=404)
        if len(content) != file.size:
            raise SlackError("length_mismatch", status=400)
        state.files.put(replace(file, content=base64.b64encode(content).decode()))
    return f"OK - {len(content)}"


def complete_upload(request: Request) -> Json:
    listed = request.args.json("files")
    if not isinstance(listed, list) or not listed:
        raise missing("files")
    targets = request.args.names("channel_id") or request.args.names("channels")
    if len(targets) > MOST_CHANNELS:
        raise SlackError("too_many_channels")
    channels = [_postable(request, target) for target in targets]
    done = [_completed(request, item, channels) for item in listed]
    shown = [shapes.file(request.core, file) for file in done]
    said: Json = {"text": request.args.text("initial_comment"), "files": shown, "upload": True}
    blocks = request.args.json("blocks", "invalid_blocks_format")
    if blocks:
        said["blocks"] = check_message(blocks)
    for chan in channels:
        share(request.core, chan, request.caller.user, said, thread(request, chan))
    return {"files": shown}


def share(core: Core, chan: Channel, user: str, said: Json, thread_ts: str = "") -> Message:
    is_bot = user == core.identity.bot_user
    body = talk.app_body(core, said) if is_bot else said
    return talk.post(core, chan, user, {"subtype": "file_share", **body}, thread_ts=thread_ts)


def private_content(core: Core, file_id: str, token: str | None) -> File:
    """A file at its ``url_private``, for an app with its token and the right to read files.

    Whoever has neither is sent to the login page (docs.slack.dev, "File object").
    """
    try:
        caller = core.caller(token)
        caller.need("files:read")
    except SlackError:
        raise SlackError("login_required", status=302) from None
    file = core.state.files.get(file_id)
    channels = [core.state.channels.get(one) for one in file.channels] if file else []
    may_see = any(one and (not one.is_private or caller.user in one.members) for one in channels)
    if file is None or not file.content or not may_see:
        raise SlackError("file_not_found", status=404)
    return file


def _postable(request: Request, target: str) -> Channel:
    chan = request.see(target)
    if chan.is_archived:
        raise SlackError("is_archived")
    if request.caller.user not in chan.members:
        raise SlackError("not_in_channel")
    return chan


def _completed(request: Request, item: Json, channels: list[Channel]) -> File:
    file = request.core.state.files.get(str(item.get("id", "")))
    if file is None or not file.content:
        raise SlackError("file_not_found")
    ids, title = tuple(chan.id for chan in channels), str(item.get("title") or file.name)
    return request.core.state.files.put(replace(file, title=title, is_complete=True, channels=ids))


def _file(request: Request) -> File:
    file = request.core.state.files.get(request.args.need("file"))
    if file is None or not file.is_complete:
        raise SlackError("file_not_found")
    return file


def info(request: Request) -> Json:
    return {"file": shapes.file(request.core, _file(request)), "comments": [], **paged("")}


def delete(request: Request) -> Json:
    request.core.state.files.remove(_file(request).id)
    return {}


def listed(request: Request) -> Json:
    wanted = request.args.text("channel")
    files = [
        f
        for f in request.core.state.files
        if f.is_complete and (wanted in f.channels or not wanted)
    ]
    return {"files": [shapes.file(request.core, file) for file in files]}


METHODS = (
    Method("files.getUploadURLExternal", get_upload_url, ("files:write",), TIER_4),
    Method("files.completeUploadExternal", complete_upload, ("files:write",), TIER_4),
    Method("files.info", info, ("files:read",), TIER_4),
    Method("files.list", listed, ("files:read",), TIER_3),
    Method("files.delete", delete, ("files:write",), TIER_2),
)
