"""Who we are and who they are, without asking Slack on the hot path.

Bolt's own authorization calls `auth.test` before every request, or once at start: the bot could not
start while Slack is down. Ours answers from memory, and learns about people when it has time.
"""

import threading
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from slack_bolt.authorization import AuthorizeResult

from bot.clock import Clock
from bot.slack import manifest
from bot.slack.client import SlackClient
from incidents.actions import handover
from incidents.actions.desk import Desk, Origin
from incidents.model.features import Feature
from incidents.model.ids import PersonId
from incidents.model.people import BOT, Person
from incidents.model.text import clean_line
from incidents.store import people

log = structlog.get_logger(__name__)

# Slack's marks for who is not a full member: guests, and people of an organisation one shares with.
_GUEST = ("is_restricted", "is_ultra_restricted", "is_stranger")
_WORKSPACE = Origin(BOT, "slack")


@dataclass(frozen=True, slots=True)
class Self:
    """The bot's own identity. Empty until Slack was reached for the first time.

    ``off`` is what does not work with the permissions that the app was given.
    """

    user_id: str = ""
    bot_id: str = ""
    team_id: str = ""
    url: str = ""
    off: frozenset[Feature] = frozenset()


class Identity:
    """Caches who is who. Safe to use from many threads."""

    def __init__(self, client: SlackClient, token: str, desk: Desk, clock: Clock) -> None:
        self._client = client
        self._token = token
        self._desk = desk
        self._clock = clock
        self._self = Self()
        self._lock = threading.Lock()

    @property
    def me(self) -> Self:
        """Who the bot is, as far as it knows."""
        return self._self

    def authorize(self) -> AuthorizeResult:
        """Bolt's question "who are we here", answered from memory."""
        me = self._self
        return AuthorizeResult(
            enterprise_id=None,
            team_id=me.team_id or None,
            bot_token=self._token,
            bot_id=me.bot_id or None,
            bot_user_id=me.user_id or None,
        )

    def introduce(self) -> Self:
        """Ask Slack who we are. Raises what the client raises."""
        introduced = self._client.identify()
        answer, granted = introduced.who, introduced.granted
        off = manifest.off(granted) if granted else frozenset()
        if off != self._self.off:
            log.info("features_off", because="scopes", features=sorted(off))
        self._self = Self(
            user_id=answer["user_id"],
            bot_id=answer.get("bot_id", ""),
            team_id=answer["team_id"],
            url=answer.get("url", ""),
            off=off,
        )
        return self._self

    def learn_everybody(self) -> int:
        """Read the workspace's people. How many there are."""
        cursor, count = "", 0
        while True:
            page = self._client.read("users.list", limit=200, cursor=cursor or None)
            for member in page["members"]:
                self._remember(member)
                count += 1
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return count

    def learn(self, user_id: str) -> Person:
        """What Slack says about one person."""
        return self._remember(self._client.read("users.info", user=user_id)["user"])

    def person(self, user_id: str) -> Person:
        """Somebody who is talking to us. Somebody new is known by their id until we learn more."""
        with self._desk.look() as connection:
            known = people.get(connection, user_id)
        return known or Person(PersonId(user_id), user_id.lower(), user_id)

    def heard_of(self, user: dict[str, Any]) -> None:
        """Slack says that somebody joined or changed."""
        known = self._remember(user)
        if not known.is_active:
            handover.deactivated(self._desk, known.id, by=_WORKSPACE, now=self._clock())

    def _remember(self, member: dict[str, Any]) -> Person:
        profile = member.get("profile", {})
        name = profile.get("display_name") or member.get("real_name") or member["name"]
        known = Person(
            id=PersonId(member["id"]),
            handle=clean_line(member["name"], limit=80).raw,
            name=clean_line(profile.get("real_name") or name, limit=120).raw,
            zone=_zone(member.get("tz") or "UTC"),
            email=clean_line(profile.get("email") or "", limit=200).raw,
            is_bot=bool(member.get("is_bot")) or member["id"] == "USLACKBOT",
            is_active=not member.get("deleted", False),
            is_guest=any(member.get(mark) for mark in _GUEST),
            is_admin=bool(member.get("is_admin")) or bool(member.get("is_owner")),
        )
        with self._lock, self._desk.store.write() as connection:
            people.remember(connection, known, self._clock())
        return known


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        log.warning("zone_unknown", zone=name)
        return "UTC"
    return name
