"""What a workspace consists of. Each row is immutable and made of JSON values only.

Times are seconds since 1970 on the workspace's own clock; ``ts`` is Slack's message stamp,
``seconds.micros`` as text, unique and increasing over the whole workspace.
"""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json = dict[str, Any]
AnyJson: TypeAlias = Any
"""Whatever JSON can hold; looked into where it is used."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person, or the app's own user (``bot_id`` and ``app_id`` set)."""

    id: str
    name: str
    real_name: str
    tz: str = "Europe/Berlin"
    email: str = ""
    title: str = ""
    deleted: bool = False
    is_bot: bool = False
    is_admin: bool = False
    updated: float = 0.0
    bot_id: str = ""
    app_id: str = ""

    @property
    def key(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation. ``kind`` is channel, private, im or mpim; ``pins`` are the pinned stamps.

    ``pinners`` are who pinned them and when, as ``user time``, in the same order.

    ``shared_with`` is the id of another organisation's team that takes part (Slack Connect).
    """

    id: str
    name: str
    kind: str
    creator: str
    created: int
    members: tuple[str, ...] = ()
    topic: str = ""
    topic_by: str = ""
    purpose: str = ""
    purpose_by: str = ""
    is_archived: bool = False
    previous_names: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    pinners: tuple[str, ...] = ()
    updated: int = 0
    shared_with: str = ""

    @property
    def key(self) -> str:
        return self.id

    @property
    def is_private(self) -> bool:
        return self.kind != "channel"

    @property
    def is_direct(self) -> bool:
        return self.kind in {"im", "mpim"}


@dataclass(frozen=True, slots=True)
class Message:
    """A message: ``body`` is what the Web API shows of it but replies, reactions and metadata."""

    channel: str
    ts: str
    user: str
    body: Json
    thread_ts: str = ""
    metadata: Json | None = None
    reactions: tuple[Json, ...] = ()
    replies: tuple[str, ...] = ()
    reply_users: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def key(self) -> str:
        return f"{self.channel}:{self.ts}"

    @property
    def is_reply(self) -> bool:
        return self.thread_ts not in ("", self.ts)


@dataclass(frozen=True, slots=True)
class Ephemeral:
    """A message that only ``user`` sees."""

    channel: str
    ts: str
    user: str
    body: Json
    thread_ts: str = ""

    @property
    def key(self) -> str:
        return f"{self.channel}:{self.ts}"


@dataclass(frozen=True, slots=True)
class View:
    """A modal or a home tab that is open for ``user``; ``body`` is the app's own part of it."""

    id: str
    user: str
    kind: str
    body: Json
    hash: str
    root: str = ""
    previous: str = ""
    values: Json = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Bookmark:
    id: str
    channel: str
    title: str
    link: str
    emoji: str
    created: int
    updated: int
    by: str
    rank: str

    @property
    def key(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Usergroup:
    id: str
    handle: str
    name: str
    users: tuple[str, ...]
    created: int
    is_disabled: bool = False

    @property
    def key(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class File:
    """A file; ``content`` is base64, empty until the upload has happened."""

    id: str
    name: str
    title: str
    user: str
    created: int
    size: int
    content: str = ""
    token: str = ""
    is_complete: bool = False
    channels: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Trigger:
    """The right to open one view, for three seconds."""

    id: str
    user: str
    expires: float
    view: str = ""
    is_used: bool = False

    @property
    def key(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Hook:
    """A ``response_url``: five answers in thirty minutes to what ``user`` did in ``channel``."""

    token: str
    user: str
    channel: str
    expires: float
    uses: int = 0
    message_ts: str = ""
    is_ephemeral: bool = False
    thread_ts: str = ""

    @property
    def key(self) -> str:
        return self.token


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that the app has not yet accepted. ``attempt`` counts the deliveries made."""

    id: str
    envelope: Json
    due: float
    attempt: int = 0
    reason: str = ""

    @property
    def key(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A message to be posted at ``post_at``."""

    id: str
    channel: str
    post_at: int
    created: float
    message: Json

    @property
    def key(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Seen:
    """How far ``user`` has read in ``channel``."""

    user: str
    channel: str
    ts: str

    @property
    def key(self) -> str:
        return f"{self.user}:{self.channel}"


@dataclass(frozen=True, slots=True)
class Counter:
    """A number that only grows: ids and stamps are made of it."""

    name: str
    value: int

    @property
    def key(self) -> str:
        return self.name
