"""Slack's own client, unmodified, for every method of the Web API that the bot calls."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from emulator.embedded import ANA, Server, modal, section, text_input
from slack_sdk import WebClient

SLACK = Path(__file__).parents[2] / "bot" / "slack"
CALLED = re.compile(
    r"""(?:\.call|\.read|_tolerate)\(\s*["']([a-z]+(?:\.[A-Za-z]+)+)["']"""
    r"""|\("(conversations\.(?:history|replies))","""
)

Use = Callable[[WebClient, dict[str, Any]], Any]

USES: dict[str, Use] = {
    "auth.test": lambda slack, _: slack.auth_test(),
    "bookmarks.add": lambda slack, at: slack.bookmarks_add(
        channel_id=at["room"], title="Bridge", type="link", link="https://meet.example/1"
    ),
    "bookmarks.remove": lambda slack, at: slack.bookmarks_remove(
        channel_id=at["room"],
        bookmark_id=str(
            slack.bookmarks_add(
                channel_id=at["room"], title="Bridge", type="link", link="https://meet.example/1"
            )["bookmark"]["id"]
        ),
    ),
    "bookmarks.list": lambda slack, at: slack.bookmarks_list(channel_id=at["room"]),
    "chat.delete": lambda slack, at: slack.chat_delete(channel=at["room"], ts=at["ts"]),
    "chat.getPermalink": lambda slack, at: slack.chat_getPermalink(
        channel=at["room"], message_ts=at["ts"]
    ),
    "chat.postEphemeral": lambda slack, at: slack.chat_postEphemeral(
        channel=at["room"], user=ANA, text="only you"
    ),
    "chat.postMessage": lambda slack, at: slack.chat_postMessage(
        channel=at["room"], text="card", blocks=[section("INC-1")]
    ),
    "chat.update": lambda slack, at: slack.chat_update(
        channel=at["room"], ts=at["ts"], text="card 2", blocks=[section("INC-1, edited")]
    ),
    "conversations.archive": lambda slack, at: slack.conversations_archive(channel=at["other"]),
    "conversations.create": lambda slack, _: slack.conversations_create(name="inc-9-new"),
    "conversations.history": lambda slack, at: slack.conversations_history(
        channel=at["room"], latest=at["ts"], oldest=at["ts"], inclusive=True, limit=1
    ),
    "conversations.info": lambda slack, at: slack.conversations_info(channel=at["room"]),
    "conversations.invite": lambda slack, at: slack.conversations_invite(
        channel=at["other"], users=[ANA], force=True
    ),
    "conversations.join": lambda slack, at: slack.conversations_join(channel=at["other"]),
    "conversations.members": lambda slack, at: slack.conversations_members(
        channel=at["room"], limit=200
    ),
    "conversations.open": lambda slack, _: slack.conversations_open(users=ANA),
    "conversations.replies": lambda slack, at: slack.conversations_replies(
        channel=at["room"], ts=at["ts"]
    ),
    "conversations.setTopic": lambda slack, at: slack.conversations_setTopic(
        channel=at["room"], topic="SEV1 · investigating"
    ),
    "conversations.unarchive": lambda slack, at: _again(slack, at["other"]),
    "files.completeUploadExternal": lambda slack, at: slack.files_completeUploadExternal(
        files=[{"id": _uploaded(slack), "title": "INC-1.md"}], channel_id=at["room"]
    ),
    "files.delete": lambda slack, at: _deleted(slack, at["room"]),
    "files.info": lambda slack, at: _looked_at(slack, at["room"]),
    "files.getUploadURLExternal": lambda slack, _: slack.files_getUploadURLExternal(
        filename="INC-1.md", length=5
    ),
    "pins.add": lambda slack, at: slack.pins_add(channel=at["room"], timestamp=at["ts"]),
    "users.conversations": lambda slack, _: slack.users_conversations(
        types="public_channel,private_channel", limit=200
    ),
    "usergroups.list": lambda slack, _: slack.usergroups_list(include_disabled=True),
    "users.info": lambda slack, _: slack.users_info(user=ANA),
    "users.list": lambda slack, _: slack.users_list(limit=200),
    "views.open": lambda slack, at: slack.views_open(
        trigger_id=at["trigger"](), view=modal(text_input(), submit=_plain("Save"))
    ),
    "views.publish": lambda slack, _: slack.views_publish(
        user_id=ANA, view={"type": "home", "blocks": [section("Home")]}
    ),
    "views.update": lambda slack, at: slack.views_update(
        view_id=slack.views_open(
            trigger_id=at["trigger"](), view=modal(text_input(), submit=_plain("Save"))
        )["view"]["id"],
        view=modal(text_input(), submit=_plain("Send")),
    ),
}


def called_by_the_bot() -> set[str]:
    """Every method that stands in the bot's Slack code."""
    found = CALLED.findall("\n".join(path.read_text() for path in SLACK.rglob("*.py")))
    return {one or other for one, other in found}


def test_the_list_of_methods_is_complete() -> None:
    assert called_by_the_bot() - USES.keys() == set()


@pytest.mark.parametrize("method", sorted(USES))
def test_slacks_client_works_unmodified(method: str, served: Server) -> None:
    slack = WebClient(served.ws.identity.bot_token, base_url=served.api, retry_handlers=[])
    room = slack.conversations_create(name="inc-1-checkout")["channel"]["id"]
    other = slack.conversations_create(name="inc-2-search")["channel"]["id"]
    ts = slack.chat_postMessage(channel=room, text="first")["ts"]
    slack.conversations_invite(channel=room, users=ANA)
    at = {"room": room, "other": other, "ts": ts, "trigger": lambda: _trigger(served)}

    answer = USES[method](slack, at)

    assert answer["ok"] is True


def _trigger(served: Server) -> str:
    general = served.ws.web_api(
        "conversations.list", {"limit": 100}, served.ws.identity.bot_token
    ).body["channels"][0]["id"]
    return served.ws.act.command(ANA, general, "", "/incident").trigger_id


def _again(slack: WebClient, channel: str) -> Any:
    slack.conversations_archive(channel=channel)
    return slack.conversations_unarchive(channel=channel)


def _uploaded(slack: WebClient) -> str:
    import httpx

    place = slack.files_getUploadURLExternal(filename="INC-1.md", length=5)
    httpx.post(place["upload_url"], content=b"hello").raise_for_status()
    return str(place["file_id"])


def _looked_at(slack: WebClient, room: str) -> Any:
    file = _uploaded(slack)
    slack.files_completeUploadExternal(files=[{"id": file, "title": "INC-1.md"}], channel_id=room)
    return slack.files_info(file=file)


def _deleted(slack: WebClient, room: str) -> Any:
    file = _uploaded(slack)
    slack.files_completeUploadExternal(files=[{"id": file, "title": "INC-1.md"}], channel_id=room)
    return slack.files_delete(file=file)


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}
