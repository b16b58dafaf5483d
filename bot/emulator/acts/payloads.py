"""What Slack sends to the app when a person does something."""

from typing import Any

from bot.emulator import shapes, surfaces, talk
from bot.emulator.core import Core
from bot.emulator.entities import Channel, Ephemeral, Json, Message, View

VERIFICATION = "verification-token-is-deprecated"


def stamp(core: Core) -> str:
    with core.change() as state:
        return state.new_ts()


def slash_command(core: Core, user: str, chan: Channel, name: str, text: str) -> Json:
    me = core.identity
    return {
        "token": VERIFICATION,
        "team_id": me.team_id,
        "team_domain": me.domain,
        "channel_id": chan.id,
        "channel_name": channel_name(chan),
        "user_id": user,
        "user_name": core.member(user).name,
        "command": name,
        "text": text,
        "api_app_id": me.app_id,
        "is_enterprise_install": "false",
        "response_url": surfaces.new_hook(core, user, chan.id),
        "trigger_id": surfaces.new_trigger(core, user),
    }


def channel_name(chan: Channel) -> str:
    if chan.kind == "im":
        return "directmessage"
    return "privategroup" if chan.kind == "private" else chan.name


def interactive(core: Core, user: str, kind: str, *, with_trigger: bool = True) -> Json:
    """The fields that all interactions share."""
    me, who = core.identity, core.member(user)
    payload: Json = {
        "type": kind,
        "user": {"id": user, "username": who.name, "name": who.name, "team_id": me.team_id},
        "api_app_id": me.app_id,
        "token": VERIFICATION,
        "team": {"id": me.team_id, "domain": me.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if with_trigger:
        payload["trigger_id"] = surfaces.new_trigger(core, user)
    return payload


def at_message(core: Core, user: str, chan: Channel, said: Message | Ephemeral) -> Json:
    """Where an action on a message happened."""
    is_ephemeral = isinstance(said, Ephemeral)
    thread = said.thread_ts
    container: Json = {
        "type": "message",
        "message_ts": said.ts,
        "channel_id": chan.id,
        "is_ephemeral": is_ephemeral,
    }
    if thread:
        container["thread_ts"] = thread
    where: Json = {
        "container": container,
        "channel": {"id": chan.id, "name": channel_name(chan)},
        "response_url": surfaces.new_hook(
            core,
            user,
            chan.id,
            message_ts=said.ts,
            is_ephemeral=is_ephemeral,
            thread_ts=thread,
        ),
    }
    if isinstance(said, Message):
        where["message"] = shapes.message(core, said, with_metadata=True)
    else:
        where["message"] = talk.ephemeral_shape(said)
    return where


def at_view(core: Core, view: View) -> Json:
    """Where an action in a modal or on the home tab happened."""
    return {"container": {"type": "view", "view_id": view.id}, "view": shapes.view(core, view)}


def view_submission(core: Core, view: View) -> Json:
    payload = interactive(core, view.user, "view_submission", with_trigger=False)
    payload["trigger_id"] = surfaces.new_trigger(core, view.user, view.id)
    return {**payload, "view": shapes.view(core, view), "response_urls": _response_urls(core, view)}


def view_closed(core: Core, view: View, *, is_cleared: bool) -> Json:
    payload = interactive(core, view.user, "view_closed", with_trigger=False)
    return {**payload, "view": shapes.view(core, view), "is_cleared": is_cleared}


def message_shortcut(core: Core, user: str, chan: Channel, said: Message, callback_id: str) -> Json:
    return {
        **interactive(core, user, "message_action"),
        "action_ts": stamp(core),
        "callback_id": callback_id,
        "message_ts": said.ts,
        "message": shapes.message(core, said, with_metadata=True),
        "channel": {"id": chan.id, "name": channel_name(chan)},
        "response_url": surfaces.new_hook(core, user, chan.id),
    }


def global_shortcut(core: Core, user: str, callback_id: str) -> Json:
    payload = interactive(core, user, "shortcut")
    return {**payload, "action_ts": stamp(core), "callback_id": callback_id}


def _response_urls(core: Core, view: View) -> list[Json]:
    """One address per channel that a ``response_url_enabled`` select holds."""
    urls: list[Json] = []
    for block in view.body.get("blocks", []):
        element: Any = block.get("element") or {}
        if not element.get("response_url_enabled"):
            continue
        entered = view.values.get(block["block_id"], {}).get(element["action_id"], {})
        channel = entered.get("selected_conversation") or entered.get("selected_channel")
        if channel and core.state.channels.get(channel):
            url = surfaces.new_hook(core, view.user, channel)
            where = {"block_id": block["block_id"], "action_id": element["action_id"]}
            urls.append({**where, "channel_id": channel, "response_url": url})
    return urls
