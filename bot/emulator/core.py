"""The workspace's heart: who it is, its state under one lock, and what a change sets off.

A change is one ``with core.change():`` block. It becomes durable as a whole, and only then are
screens told and the event worker woken; the lock is never held while anybody outside is talked to.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.emulator.entities import AnyJson, Channel, Json, Member, Pending
from bot.emulator.errors import SlackError
from bot.emulator.live import Hub
from bot.emulator.state import State

DEFAULT_BOT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "bookmarks:read",
        "bookmarks:write",
        "channels:history",
        "channels:join",
        "channels:manage",
        "channels:read",
        "chat:write",
        "chat:write.customize",
        "commands",
        "dnd:read",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "pins:read",
        "pins:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "users.profile:read",
        "users:read",
        "users:read.email",
    }
)
"""What an app usually asks for. Posting where the app is no member needs ``chat:write.public``."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Ids and secrets of the team and of the one app that is installed in it."""

    team: str = "Embedded workspace"
    team_id: str = "T0EMBEDDED"
    domain: str = "embedded"
    bot_name: str = "warroom"
    bot_user: str = "U0WARROOM"
    bot_id: str = "B0WARROOM"
    app_id: str = "A0WARROOM"
    signing_secret: str = "embedded-signing-secret"  # noqa: S105  # only ever used on this machine
    bot_token: str = "xoxb-embedded-bot"  # noqa: S105  # only ever used on this machine
    app_token: str = "xapp-embedded-app"  # noqa: S105  # only ever used on this machine
    bot_scopes: frozenset[str] = DEFAULT_BOT_SCOPES


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a Web API call. ``kind`` is bot, user or app."""

    kind: str
    user: str
    scopes: frozenset[str] | None = None

    @property
    def is_bot(self) -> bool:
        return self.kind == "bot"

    def need(self, *scopes: str) -> None:
        """Refuse a caller who holds none of ``scopes``. People's tokens may do everything."""
        if self.scopes is None or not scopes or self.scopes & set(scopes):
            return
        raise SlackError(
            "missing_scope", needed=",".join(scopes), provided=",".join(sorted(self.scopes))
        )


@dataclass(slots=True)
class Installed:
    """What the app has registered, and where people reach it."""

    commands: list[Json] = field(default_factory=list)
    shortcuts: list[Json] = field(default_factory=list)
    public_url: str = "http://workspace.test"
    is_listening: bool = False


class Core:
    def __init__(
        self,
        identity: Identity,
        clock: Callable[[], datetime],
        state_file: Path | None,
    ) -> None:
        self.identity = identity
        self.clock = clock
        self.state = State(clock, state_file)
        self.live = Hub()
        self.installed = Installed()
        self.lock = threading.RLock()
        self.wake: Callable[[], None] = lambda: None
        self.lacks: set[str] = set()  # what this workspace's plan or the app's switches leave out
        self._depth = 0
        self._shown: list[tuple[str, frozenset[str] | None, Json]] = []

    def now(self) -> float:
        return self.clock().timestamp()

    @contextmanager
    def change(self) -> Iterator[State]:
        """All that happens inside becomes durable together, or not at all."""
        with self.lock:
            self._depth += 1
            try:
                yield self.state
            except BaseException:
                if self._depth == 1:
                    self.state.rollback()
                    self._shown.clear()
                raise
            else:
                if self._depth == 1:
                    self.state.commit()
                    for kind, audience, payload in self._shown:
                        self.live.publish(kind, audience, payload)
                    self._shown.clear()
            finally:
                self._depth -= 1
        self.wake()

    def show(self, kind: str, audience: frozenset[str] | None, **payload: AnyJson) -> None:
        """Tell the screens of ``audience`` (everybody's if None) once the change is durable."""
        self._shown.append((kind, audience, payload))

    def emit(self, event: Json, channel: Channel | None = None) -> None:
        """Queue ``event`` for the app, if it can see ``channel``."""
        me = self.identity
        if not self.installed.is_listening:
            return
        if channel is not None and me.bot_user not in channel.members:
            return
        event_id = f"Ev{self.state.new_id('')}"
        envelope = {
            "token": "verification-token-is-deprecated",
            "team_id": me.team_id,
            "api_app_id": me.app_id,
            "event": {"event_ts": self.state.new_ts(), **event},
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(self.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": me.team_id,
                    "user_id": me.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": f"4-{event_id}",
        }
        self.state.pending.put(Pending(event_id, envelope, due=self.now()))

    def audience(self, channel: Channel) -> frozenset[str] | None:
        return frozenset(channel.members) if channel.is_private else None

    def caller(self, token: str | None) -> Caller:
        """Who holds ``token``. A member's own token is ``xoxp-`` and the member's id."""
        me = self.identity
        if not token:
            raise SlackError("not_authed")
        if token == me.bot_token:
            return Caller("bot", me.bot_user, me.bot_scopes)
        if token == me.app_token:
            return Caller("app", me.bot_user, frozenset({"connections:write"}))
        member = self.state.members.get(token.removeprefix("xoxp-"))
        if not token.startswith("xoxp-") or member is None:
            raise SlackError("invalid_auth")
        if member.deleted:
            raise SlackError("account_inactive")
        return Caller("user", member.id)

    def member(self, user: str, error: str = "user_not_found") -> Member:
        found = self.state.members.get(user)
        if found is None:
            raise SlackError(error)
        return found

    def url(self, path: str) -> str:
        return self.installed.public_url.rstrip("/") + path


@dataclass(frozen=True, slots=True)
class Answer:
    """A Web API answer. ``is_lost``: the call was carried out, and the line was cut before it."""

    status: int
    headers: Mapping[str, str]
    body: Json
    is_lost: bool = False

    @property
    def ok(self) -> bool:
        return bool(self.body.get("ok"))
