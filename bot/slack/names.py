"""Messages as people read them: with the names that people, channels and groups have now.

Slack writes ``<!subteam^S1>`` and leaves it to its own screens to say whom that means. A record is
read long after the group was renamed or dissolved, so the names are written down with the words.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.slack import mrkdwn
from bot.slack.client import SlackClient
from incidents.actions.deliver import Ambiguous, Dead, NotSent, Throttled
from incidents.actions.desk import Desk
from incidents.model.text import clean_line
from incidents.store import facts, people

log = structlog.get_logger(__name__)

_GOOD_FOR = timedelta(days=1)  # then a name, or that there is none, is asked for again
_LONGEST = 80

Mention = tuple[str, str]


class Names:
    """Knows what things are called, and asks Slack about what it has never heard of.

    ``home`` is the workspace's own address, where messages are found; empty if not known yet.
    """

    def __init__(self, desk: Desk, client: SlackClient, now: datetime, home: str) -> None:
        self._desk = desk
        self._home = home.rstrip("/")
        self._client = client
        self._now = now

    def written(self, text: str) -> str:
        """The text with names instead of ids. An id stays where Slack does not tell the name."""
        if "<" not in text and "&" not in text:
            return text
        mentioned = mrkdwn.unnamed(text)
        known = self._known(mentioned)
        missing = mentioned - known.keys()
        if missing:
            known |= self._ask(missing)
        with self._desk.look() as connection:

            def name(sign: str, target: str) -> str | None:
                if sign != "@":
                    return known.get((sign, target))
                person = people.get(connection, target)
                return person.name if person else None

            return mrkdwn.written(text, name)

    def link(self, channel: str, message: dict[str, Any]) -> str:
        """Where the message is found, as `chat.getPermalink` writes it; empty without a home."""
        if not self._home:
            return ""
        ts, thread = str(message["ts"]), message.get("thread_ts")
        link = f"{self._home}/archives/{channel}/p{ts.replace('.', '')}"
        return link if thread in (None, ts) else f"{link}?thread_ts={thread}&cid={channel}"

    def _known(self, mentioned: Iterable[Mention]) -> dict[Mention, str]:
        with self._desk.look() as connection:
            found = facts.several(connection, (_fact(one) for one in mentioned))
        return {
            one: str(found[_fact(one)].value)
            for one in mentioned
            if _fact(one) in found and self._now - found[_fact(one)].known_at < _GOOD_FOR
        }

    def _ask(self, missing: Iterable[Mention]) -> dict[Mention, str]:
        """Also what Slack will not tell is remembered, so as not to ask with every message."""
        found: dict[Mention, str] = {}
        wanted = sorted(missing)
        try:
            if any(sign == "!" for sign, _ in wanted):
                found |= self._groups()
            for one in wanted:
                if one[0] == "#":
                    found[one] = self._channel(one[1])
        except (NotSent, Throttled, Ambiguous) as error:
            log.info("names_not_known", because=str(error))
            return found
        found = {**dict.fromkeys(wanted, ""), **found}
        with self._desk.store.write() as connection:
            for one, name in found.items():
                facts.learn(connection, _fact(one), name, self._now)
        return found

    def _groups(self) -> dict[Mention, str]:
        try:
            groups = self._client.read("usergroups.list", include_disabled=True)["usergroups"]
        except Dead as error:  # the scope was not granted
            log.info("groups_not_known", because=str(error))
            return {}
        return {("!", str(one["id"])): group_name(one) for one in groups}

    def _channel(self, channel: str) -> str:
        try:
            info = self._client.read("conversations.info", channel=channel)["channel"]
        except Dead:  # a private channel that we are not in
            return ""
        return _line(info.get("name", ""))


def group_name(group: dict[str, Any]) -> str:
    """What people type behind the ``@`` to mention it."""
    return _line(group.get("handle") or group.get("name") or "")


def heard_of_group(desk: Desk, group: dict[str, Any], now: datetime) -> None:
    """Slack says that a group was made or changed."""
    with desk.store.write() as connection:
        facts.learn(connection, _fact(("!", str(group["id"]))), group_name(group), now)


def _fact(one: Mention) -> str:
    return f"slack/{'group' if one[0] == '!' else 'channel'}/{one[1]}"[:_LONGEST]


def _line(name: str) -> str:
    return clean_line(str(name), limit=_LONGEST).raw
