"""Plays people: acts through the embedded workspace, and reads it as a client of Slack would."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from bot.demo.stage import member_id

_PATIENCE = 30.0  # seconds of real time until something must have shown
_GLANCE = 0.05


class Stuck(Exception):
    """The play does not go on: something did not happen that should have."""


@dataclass(slots=True)
class Player:
    """Somebody at the keyboard for everybody of the organisation."""

    url: str
    bot_token: str
    http: httpx.Client

    def api(self, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        """A method of the Web API, with the bot's eyes."""
        answer = self.http.post(
            f"{self.url}/workspace/api/{method}",
            data=arguments,
            headers={"Authorization": f"Bearer {self.bot_token}"},
        )
        return dict(answer.json())

    def act(self, act: str, who: str, **what: Any) -> dict[str, Any]:  # noqa: ANN401
        """Do something as somebody. Raises `Stuck` if Slack itself says no."""
        body = {"user": member_id(who), **what}
        answer = self.http.post(f"{self.url}/workspace/act/{act}", json=body).json()
        if not answer.get("ok"):
            raise Stuck(f"{who} could not {act}: {answer.get('message') or answer.get('error')}")
        return dict(answer)

    def types(self, who: str, channel: str, text: str) -> dict[str, Any]:
        """A slash command, or words."""
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            return self.act("command", who, channel=channel, command=command, text=rest)
        return self.act("message", who, channel=channel, text=text)

    def presses(self, who: str, channel: str, label: str) -> None:
        """The newest button with that label."""
        message, button = self.button(channel, label)
        self.act(
            "action",
            who,
            channel=channel,
            message_ts=message["ts"],
            action_id=button["action_id"],
            block_id=button["block_id"],
            value=button.get("value"),
        )

    def button(self, channel: str, label: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The newest button with that label and its message. Raises `Stuck`."""
        for message in self.messages(channel):
            for block in message.get("blocks") or []:
                for one in [*block.get("elements", []), block.get("accessory") or {}]:
                    is_button = isinstance(one, dict) and one.get("type") == "button"
                    if is_button and one["text"]["text"] == label:
                        return message, {**one, "block_id": block.get("block_id")}
        raise Stuck(f"There is no button “{label}”.")

    def fills_in(self, who: str, values: dict[str, Any]) -> None:
        """The form that is open for somebody."""
        boot = self.http.get(f"{self.url}/workspace/boot", params={"user": member_id(who)}).json()
        if not boot["open_views"]:
            raise Stuck(f"No form is open for {who}.")
        view = boot["open_views"][-1]
        done = self.act("view", who, view_id=view["id"], values=values, kind="submit")
        if done.get("errors"):
            raise Stuck(f"The form complains: {done['errors']}")

    def channel(self, beginning: str) -> str | None:
        """The id of the channel whose name begins so."""
        for one in self.api("conversations.list", limit=1000)["channels"]:
            if one["name"] == beginning or one["name"].startswith(f"{beginning}-"):
                return str(one["id"])
        return None

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """Everything said in a channel, newest first."""
        found = self.api(
            "conversations.history", channel=channel, limit=900, include_all_metadata="true"
        )
        return list(found.get("messages", []))

    def text(self, channel: str) -> str:
        """Everything that can be read in a channel."""
        return "\n".join(_words(message) for message in reversed(self.messages(channel)))

    def direct(self, who: str) -> str:
        """The direct messages between the bot and somebody."""
        opened = self.api("conversations.open", users=member_id(who))
        return str(opened["channel"]["id"])


def wait_until(
    holds: Callable[[], bool], what: str, *, patience: float = _PATIENCE, glance: float = _GLANCE
) -> None:
    """Look every ``glance`` seconds. Raises `Stuck` when patience ends."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise Stuck(f"Waited {patience:g} s in vain: {what}.")
        time.sleep(glance)


def _words(message: dict[str, Any]) -> str:
    parts = [str(message.get("text", ""))]
    for block in message.get("blocks") or []:
        inside = (block.get("text"), *(block.get("fields") or []), *block.get("elements", []))
        for one in inside:
            text = one.get("text") if isinstance(one, dict) else None
            parts.append(text if isinstance(text, str) else (text or {}).get("text", ""))
    return "\n".join(part for part in parts if part)
