"""``response_url``: answering what somebody did, five times within thirty minutes."""

from dataclasses import replace

from bot.emulator import talk
from bot.emulator.blockkit import check_message
from bot.emulator.core import Core
from bot.emulator.entities import AnyJson, Channel, Hook, Json
from bot.emulator.errors import SlackError

MOST_USES = 5


def respond(core: Core, token: str, answer: AnyJson) -> None:
    """Carry out one POST to a response_url; a refusal has Slack's code."""
    if not isinstance(answer, dict):
        raise SlackError("invalid_payload", status=400)
    with core.change() as state:
        hook = state.hooks.get(token)
        if hook is None:
            raise SlackError("no_service", status=404)
        if core.now() > hook.expires:
            raise SlackError("expired_url", status=404)
        if hook.uses >= MOST_USES:
            raise SlackError("used_url", status=404)
        state.hooks.put(replace(hook, uses=hook.uses + 1))
        chan = state.channels.get(hook.channel)
        if chan is None:
            raise SlackError("channel_not_found", status=404)
        _apply(core, hook, chan, answer)


def say(core: Core, chan: Channel, user: str, answer: Json, thread_ts: str = "") -> Json:
    """The app's answer to ``user``: for them alone, unless it says ``in_channel``."""
    body = talk.app_body(core, content(core, answer))
    if answer.get("response_type") == "in_channel":
        said = talk.post(core, chan, core.identity.bot_user, body, thread_ts=thread_ts)
        return {**said.body, "ts": said.ts, "channel": chan.id}
    whispered = talk.whisper(core, chan, user, body, thread_ts)
    return talk.ephemeral_shape(whispered)


def content(core: Core, answer: Json) -> Json:
    """Text, blocks and attachments of an answer, checked."""
    said: Json = {"text": str(answer.get("text") or "")}
    if answer.get("blocks"):
        said["blocks"] = check_message(answer["blocks"], core.lacks)
    if answer.get("attachments"):
        said["attachments"] = answer["attachments"]
    if not any(said.values()):
        raise SlackError("no_text", status=400)
    return said


def _apply(core: Core, hook: Hook, chan: Channel, answer: Json) -> None:
    has_original = bool(hook.message_ts)
    if answer.get("delete_original") and has_original:
        _delete(core, hook, chan)
    elif answer.get("replace_original") and has_original:
        _replace(core, hook, chan, answer)
    else:
        thread = str(answer.get("thread_ts") or hook.thread_ts)
        say(core, chan, hook.user, answer, thread)


def _delete(core: Core, hook: Hook, chan: Channel) -> None:
    if hook.is_ephemeral:
        whisper = core.state.ephemerals.get(f"{chan.id}:{hook.message_ts}")
        if whisper:
            talk.unwhisper(core, whisper)
        return
    said = core.state.messages.at(chan.id, hook.message_ts)
    if said is None:
        raise SlackError("message_not_found", status=404)
    talk.delete(core, chan, said)


def _replace(core: Core, hook: Hook, chan: Channel, answer: Json) -> None:
    fresh = talk.app_body(core, content(core, answer))
    if hook.is_ephemeral:
        whisper = core.state.ephemerals.get(f"{chan.id}:{hook.message_ts}")
        if whisper is None:
            talk.whisper(core, chan, hook.user, fresh, hook.thread_ts)
        else:
            talk.rewhisper(core, whisper, fresh)
        return
    said = core.state.messages.at(chan.id, hook.message_ts)
    if said is None:
        raise SlackError("message_not_found", status=404)
    talk.edit(core, chan, said, fresh)
