"""What people do with blocks: buttons, menus, pickers; and shortcuts."""

import copy
from dataclasses import replace

from bot.emulator.acts import payloads
from bot.emulator.acts.base import Hands
from bot.emulator.acts.result import ActResult, refused
from bot.emulator.blockkit.values import (
    VALUE_FIELD,
    Found,
    NoSuchElement,
    entered,
    find,
    initial_values,
    option,
)
from bot.emulator.entities import AnyJson, Channel, Ephemeral, Json, Message, View
from bot.emulator.errors import SlackError

GIVEN = (
    "selected_option",
    "selected_options",
    "selected_user",
    "selected_users",
    "selected_channel",
    "selected_channels",
    "selected_conversation",
    "selected_conversations",
    "selected_date",
    "selected_time",
    "selected_date_time",
)


class BlockActs(Hands):
    def action(  # noqa: PLR0913  # where, what, and what was chosen
        self,
        user: str,
        action_id: str,
        *,
        channel: str = "",
        message_ts: str = "",
        view_id: str = "",
        block_id: str = "",
        value: AnyJson = None,
        values: Json | None = None,
        **chosen: AnyJson,
    ) -> ActResult:
        """Click a button or choose in a menu, in a message, a modal or the home tab.

        What is chosen comes as ``value`` or by Slack's own name (``selected_option`` and so on);
        ``values`` are what else has been entered in the same place, by block and action.
        """
        if unknown := set(chosen) - set(GIVEN):
            raise TypeError(f"no such choice: {', '.join(sorted(unknown))}")
        given = next((chosen[name] for name in GIVEN if chosen.get(name) is not None), value)
        core = self._core
        try:
            if view_id:
                payload, found = self._in_view(user, view_id, action_id, block_id, given)
            else:
                payload, found = self._in_message(
                    user, channel, message_ts, (action_id, block_id), given
                )
            _fill(payload, values)
            done = _done(found, given, payloads.stamp(core))
        except NoSuchElement as problem:
            return refused("no_such_element", str(problem))
        payload["actions"] = [done]
        reply, error = self._interact(payload)
        return self._result(payload, reply, error)

    def suggest(  # noqa: PLR0913  # where, what, and what was typed
        self,
        user: str,
        action_id: str,
        typed: str,
        *,
        channel: str = "",
        message_ts: str = "",
        view_id: str = "",
        block_id: str = "",
    ) -> ActResult:
        """Type into a menu that asks the app for its options."""
        try:
            if view_id:
                payload, found = self._in_view(user, view_id, action_id, block_id, None)
            else:
                place = (action_id, block_id)
                payload, found = self._in_message(user, channel, message_ts, place, None)
        except NoSuchElement as problem:
            return refused("no_such_element", str(problem))
        payload |= {
            "type": "block_suggestion",
            "action_id": action_id,
            "block_id": found.block["block_id"],
            "value": typed,
        }
        for name in ("trigger_id", "response_url", "state"):
            payload.pop(name, None)
        reply, error = self._interact(payload)
        result = self._result(payload, reply, error)
        if error or not isinstance(result.body, dict):
            return result
        offered = list(result.body.get("options") or [])
        for group in result.body.get("option_groups") or []:
            offered += group["options"]
        return ActResult(ok=True, status=result.status, body=result.body, options=offered)

    def shortcut(
        self, user: str, callback_id: str, *, channel: str = "", message_ts: str = ""
    ) -> ActResult:
        """Use a message shortcut, or without a message a global one."""
        core = self._core
        if message_ts:
            chan = self._channel(channel, user)
            said = core.state.messages.at(chan.id, message_ts)
            if said is None:
                raise SlackError("message_not_found")
            payload = payloads.message_shortcut(core, user, chan, said, callback_id)
        else:
            payload = payloads.global_shortcut(core, user, callback_id)
        reply, error = self._interact(payload)
        return self._result(payload, reply, error)

    def _in_message(
        self, user: str, channel: str, message_ts: str, place: tuple[str, str], given: AnyJson
    ) -> tuple[Json, Found]:
        core, chan = self._core, self._channel(channel, user)
        said = self._said(user, chan, message_ts)
        blocks = said.body.get("blocks", [])
        found = find(blocks, *place)
        values = initial_values(blocks)
        _enter(values, found, given)
        payload = payloads.interactive(core, user, "block_actions")
        payload |= payloads.at_message(core, user, chan, said)
        payload["state"] = {"values": values}
        return payload, found

    def _said(self, user: str, chan: Channel, ts: str) -> Message | Ephemeral:
        state = self._core.state
        said: Message | Ephemeral | None = state.messages.at(chan.id, ts)
        if said is None:
            whisper = state.ephemerals.get(f"{chan.id}:{ts}")
            said = whisper if whisper and whisper.user == user else None
        if said is None:
            raise SlackError("message_not_found")
        return said

    def _in_view(
        self, user: str, view_id: str, action_id: str, block_id: str, given: AnyJson
    ) -> tuple[Json, Found]:
        core = self._core
        view = _view(core.state.views.get(view_id), user)
        found = find(view.body.get("blocks", []), action_id, block_id)
        values = copy.deepcopy(view.values)
        _enter(values, found, given)
        with core.change():
            view = core.state.views.put(replace(view, values=values))
        payload = payloads.interactive(core, user, "block_actions")
        return payload | payloads.at_view(core, view), found


def _view(view: View | None, user: str) -> View:
    if view is None or view.user != user:
        raise SlackError("view_not_found")
    return view


def _enter(values: Json, found: Found, given: AnyJson) -> None:
    if given is not None and found.kind in VALUE_FIELD:
        block = values.setdefault(found.block["block_id"], {})
        block[found.element["action_id"]] = entered(found, given)


def _fill(payload: Json, values: Json | None) -> None:
    """Put what else was entered into the state that travels with the action."""
    if not values:
        return
    shown = payload.get("view") or payload["message"]
    state = payload["view"]["state"]["values"] if "view" in payload else payload["state"]["values"]
    for block_id, actions in values.items():
        for action_id, given in actions.items():
            found = find(shown.get("blocks", []), action_id, block_id)
            state.setdefault(block_id, {})[action_id] = entered(found, given)


def _done(found: Found, given: AnyJson, at: str) -> Json:
    """The one entry of ``actions``."""
    element = found.element
    done: Json = {
        "action_id": element["action_id"],
        "block_id": found.block["block_id"],
        "type": found.kind,
        "action_ts": at,
    }
    if found.kind in VALUE_FIELD:
        return {**done, **entered(found, given)}
    if found.kind == "overflow":
        return {**done, "selected_option": option(found, given)}
    if "value" in element:
        done["value"] = element["value"]
    shown = ("text", "style", "confirm")
    known: Json = {name: element[name] for name in shown if name in element}
    return {**done, **known}
