"""Opens an incident's room, finds one that an earlier attempt opened, and brings people in."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.slack import errors, grounds
from bot.slack.addressing import Addressing
from bot.slack.client import SlackSays
from bot.slack.manifest import SWITCH_ON
from incidents.actions.deliver import Dead
from incidents.model.effects import Receipt
from incidents.model.features import Feature
from incidents.store import incidents
from incidents.store.outbox import Claimed

log = structlog.get_logger(__name__)

_NAME_TRIES = 6
_AT_ONCE = 100  # people in one invitation, Slack's limit


class Opening:
    """One workspace's rooms."""

    def __init__(self, at: Addressing) -> None:
        self._at = at

    def open_room(self, effect: Claimed) -> Receipt:
        """A new room, or the channel that shall become one."""
        channel = effect.args.get("channel")
        return self._move_in(effect, channel) if channel else self._create(effect)

    def _move_in(self, effect: Claimed, channel: str) -> Receipt:
        """Into a channel that there is, as often as it takes; if that is over, into a new one."""
        until = self._at.incident(effect).declared_at
        try:
            return Receipt(grounds.move_in(self._at.client, channel, self._at.who_we_are(), until))
        except SlackSays as refusal:
            log.warning("channel_not_converted", because=str(refusal), channel=channel)
            return Receipt({**self._create(effect).result, "instead": str(refusal)})

    def _create(self, effect: Claimed) -> Receipt:
        """A room under the name that is wanted, or the next that is free."""
        hidden = self._at.incident(effect).is_private
        if hidden and self._at.is_off(Feature.PRIVATE):
            raise Dead(f"the app may not open private rooms: {SWITCH_ON.format(Feature.PRIVATE)}")
        for attempt in range(_NAME_TRIES):
            name = _numbered(effect.args["name"], attempt)
            try:
                answer = self._at.client.call("conversations.create", name=name, is_private=hidden)
            except SlackSays as refusal:
                if refusal.code != "name_taken":
                    raise
                ours = self._ours_named(name, effect)
                if ours is not None:
                    return ours
                continue  # a channel of somebody else's: the next name
            channel = answer["channel"]
            return Receipt({"channel": channel["id"], "name": channel["name"]})
        raise Dead(f"channels called {effect.args['name']} and so on all exist already")

    def find_room(self, effect: Claimed) -> Receipt | None:
        """The room that an earlier attempt opened."""
        wanted = {_numbered(effect.args["name"], attempt) for attempt in range(_NAME_TRIES)}
        for channel in self._at.our_channels():
            if channel["name"] in wanted and self._is_ours(channel, effect):
                found = {"channel": channel["id"], "name": channel["name"]}
                why = {"instead": "it could not be moved into"} if "channel" in effect.args else {}
                return Receipt({**found, **why})
        return None

    def _ours_named(self, name: str, effect: Claimed) -> Receipt | None:
        """A room that an earlier attempt made under this name, whose answer was lost."""
        for channel in self._at.our_channels():
            if channel["name"] == name and self._is_ours(channel, effect):
                return Receipt({"channel": channel["id"], "name": name})
        return None

    def _is_ours(self, channel: dict[str, Any], effect: Claimed) -> bool:
        """Made by the bot, after the intent, and not the room of another incident."""
        me = self._at.who_we_are()
        made = datetime.fromtimestamp(channel.get("created", 0), UTC)
        if channel.get("creator") != me or made < effect.created_at - timedelta(seconds=60):
            return False
        if bool(channel.get("is_private")) is not self._at.incident(effect).is_private:
            return False
        with self._at.desk.look() as connection:
            owner = incidents.in_room(connection, channel["id"])
        return owner is None or owner.number == effect.incident

    def invite(self, effect: Claimed) -> Receipt:
        """Everybody who may know; the receipt says who could not be brought in, and why."""
        me = self._at.identity.me.user_id
        people = [
            one for one in effect.args["people"] if one != me and self._at.may_know(effect, one)
        ]
        channel = self._at.room(effect)
        failed: dict[str, str] = {}
        for start in range(0, len(people), _AT_ONCE):
            failed |= self._invite_some(channel, people[start : start + _AT_ONCE])
        if failed and len(failed) == len(people):
            raise Dead("; ".join(sorted(set(failed.values()))))
        return Receipt({"failed": failed}, was_asked=bool(people))

    def _invite_some(self, channel: str, people: list[str]) -> dict[str, str]:
        """Who could not be invited, and why. Slack brings in the others (``force``)."""
        answer: Mapping[str, Any]
        try:
            answer = self._at.client.call(
                "conversations.invite", channel=channel, users=",".join(people), force=True
            )
        except SlackSays as refusal:
            if refusal.code in errors.ALREADY_SO:
                return {}
            if not refusal.answer.get("errors"):
                return dict.fromkeys(people, str(refusal))
            answer = refusal.answer
        return {
            str(one.get("user", "?")): errors.in_words(str(one.get("error")))
            for one in answer.get("errors") or []
            if one.get("error") not in errors.ALREADY_SO
        }


def _numbered(name: str, attempt: int) -> str:
    return name if attempt == 0 else f"{name[:76]}-{attempt + 1}"
