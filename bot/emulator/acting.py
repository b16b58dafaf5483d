"""``POST /workspace/act/<what>``: acts described as JSON, for the page and for scripts."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from bot.emulator.acts import Acts
from bot.emulator.acts.blocks import GIVEN
from bot.emulator.acts.result import ActResult
from bot.emulator.entities import AnyJson, Json
from bot.emulator.errors import SlackError, missing


def act(acts: Acts, kind: str, given: AnyJson) -> ActResult:
    """Carry out one act. A wrong description is a ``SlackError``."""
    run = ACTS.get(kind)
    if run is None:
        raise SlackError("unknown_act", known=sorted(ACTS))
    if not isinstance(given, dict):
        raise SlackError("invalid_json")
    return run(acts, given)


def _need(given: Mapping[str, Any], *names: str) -> list[str]:
    found = [given.get(name) for name in names]
    for name, value in zip(names, found, strict=True):
        if not isinstance(value, str) or not value:
            raise missing(name)
    return [str(value) for value in found]


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""


def _command(acts: Acts, given: Json) -> ActResult:
    user, channel = _need(given, "user", "channel")
    name = _text(given, "command")
    thread = _text(given, "thread_ts") or None
    return acts.command(user, channel, _text(given, "text"), name, thread_ts=thread)


def _place(given: Json) -> dict[str, str]:
    names = ("channel", "message_ts", "view_id", "block_id")
    return {name: _text(given, name) for name in names}


def _action(acts: Acts, given: Json) -> ActResult:
    user, action_id = _need(given, "user", "action_id")
    if given.get("kind") == "suggestion":
        return acts.suggest(user, action_id, _text(given, "value"), **_place(given))
    chosen = {name: given[name] for name in GIVEN if given.get(name) is not None}
    state = given.get("state")
    values = state.get("values") if isinstance(state, dict) else None
    return acts.action(
        user, action_id, **_place(given), value=given.get("value"), values=values, **chosen
    )


def _view(acts: Acts, given: Json) -> ActResult:
    user, view_id = _need(given, "user", "view_id")
    values = given.get("values") or {}
    if not isinstance(values, dict) or not all(isinstance(v, dict) for v in values.values()):
        raise SlackError("invalid_values")
    kind = _text(given, "kind") or "submit"
    if kind == "close" and given.get("is_cleared"):
        return acts.close_all(user)
    return acts.view(user, view_id, values, kind=kind)


def _shortcut(acts: Acts, given: Json) -> ActResult:
    user, callback_id = _need(given, "user", "callback_id")
    message_ts = _text(given, "message_ts")
    return acts.shortcut(user, callback_id, channel=_text(given, "channel"), message_ts=message_ts)


def _message(acts: Acts, given: Json) -> ActResult:
    user, channel = _need(given, "user", "channel")
    ts = _text(given, "ts")
    if ts and given.get("delete"):
        return acts.delete(user, channel, ts)
    if ts:
        return acts.edit(user, channel, ts, *_need(given, "edit"))
    thread = _text(given, "thread_ts") or None
    return acts.message(user, channel, *_need(given, "text"), thread_ts=thread)


def _reaction(acts: Acts, given: Json) -> ActResult:
    user, channel, name = _need(given, "user", "channel", "name")
    ts = _text(given, "ts") or _text(given, "message_ts")
    return acts.reaction(user, channel, ts, name, remove=bool(given.get("remove")))


def _home(acts: Acts, given: Json) -> ActResult:
    return acts.home(_need(given, "user")[0], _text(given, "tab") or "home")


def _join(acts: Acts, given: Json) -> ActResult:
    return acts.join(*_need(given, "user", "channel"))


def _leave(acts: Acts, given: Json) -> ActResult:
    return acts.leave(*_need(given, "user", "channel"))


def _file(acts: Acts, given: Json) -> ActResult:
    user, channel, name = _need(given, "user", "channel", "name")
    try:
        content = base64.b64decode(_text(given, "content_base64"), validate=True)
    except binascii.Error:
        raise SlackError("invalid_content") from None
    content = content or _text(given, "content").encode()
    return acts.file(user, channel, name, content, _text(given, "comment"))


ACTS: dict[str, Callable[[Acts, Json], ActResult]] = {
    "command": _command,
    "action": _action,
    "view": _view,
    "shortcut": _shortcut,
    "message": _message,
    "reaction": _reaction,
    "home": _home,
    "join": _join,
    "leave": _leave,
    "file": _file,
}
