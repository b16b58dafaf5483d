"""The workspace's memory: tables of immutable rows, changed together or not at all."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from bot.emulator.entities import (
    Bookmark,
    Channel,
    Counter,
    Ephemeral,
    File,
    Hook,
    Json,
    Member,
    Message,
    Pending,
    Scheduled,
    Seen,
    Trigger,
    Usergroup,
    View,
)
from bot.emulator.journal import Journal


class Row(Protocol):
    @property
    def key(self) -> str: ...


R = TypeVar("R", bound=Row)
Undo = dict[tuple[str, str], Any]

BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Table(Generic[R]):
    """Rows of one kind by key, in order of appearance. Every change notes what was there before."""

    def __init__(self, name: str, kind: Callable[..., R], undo: Undo) -> None:
        self.name = name
        self._kind = kind
        self._undo = undo
        self._rows: dict[str, R] = {}

    def get(self, key: str) -> R | None:
        return self._rows.get(key)

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, row: R) -> R:
        self._remember(row.key)
        self.set(row.key, row)
        return row

    def remove(self, key: str) -> None:
        if key in self._rows:
            self._remember(key)
            self.set(key, None)

    def set(self, key: str, row: R | None) -> None:
        """Change without noting it: for ``put``, ``remove``, loading and taking back."""
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row

    def load(self, row: Json) -> None:
        loaded = self._kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()})
        self.set(loaded.key, loaded)

    def _remember(self, key: str) -> None:
        self._undo.setdefault((self.name, key), self._rows.get(key))


class Messages(Table[Message]):
    """Messages, also by channel in order of their stamps."""

    def __init__(self, undo: Undo) -> None:
        super().__init__("message", Message, undo)
        self._by_channel: dict[str, dict[str, Message]] = {}

    def set(self, key: str, row: Message | None) -> None:
        super().set(key, row)
        channel, _, ts = key.partition(":")
        there = self._by_channel.setdefault(channel, {})
        if row is None:
            there.pop(ts, None)
            return
        is_late = ts not in there and bool(there) and ts < next(reversed(there))
        there[ts] = row
        if is_late:  # a deletion was taken back
            self._by_channel[channel] = dict(sorted(there.items()))

    def of(self, channel: str) -> list[Message]:
        """The channel's messages, oldest first."""
        return list(self._by_channel.get(channel, {}).values())

    def at(self, channel: str, ts: str) -> Message | None:
        return self._by_channel.get(channel, {}).get(ts)


class State:
    """All tables. ``commit`` makes the changes since the last one durable; or ``rollback``."""

    def __init__(self, clock: Callable[[], datetime], file: Path | None = None) -> None:
        self._clock = clock
        self._undo: Undo = {}
        self.members = Table[Member]("member", Member, self._undo)
        self.channels = Table[Channel]("channel", Channel, self._undo)
        self.messages = Messages(self._undo)
        self.ephemerals = Table[Ephemeral]("ephemeral", Ephemeral, self._undo)
        self.views = Table[View]("view", View, self._undo)
        self.bookmarks = Table[Bookmark]("bookmark", Bookmark, self._undo)
        self.usergroups = Table[Usergroup]("usergroup", Usergroup, self._undo)
        self.files = Table[File]("file", File, self._undo)
        self.triggers = Table[Trigger]("trigger", Trigger, self._undo)
        self.hooks = Table[Hook]("hook", Hook, self._undo)
        self.pending = Table[Pending]("pending", Pending, self._undo)
        self.scheduled = Table[Scheduled]("scheduled", Scheduled, self._undo)
        self.seen = Table[Seen]("seen", Seen, self._undo)
        self.counters = Table[Counter]("counter", Counter, self._undo)
        self._tables: dict[str, Table[Any]] = {
            table.name: table for table in vars(self).values() if isinstance(table, Table)
        }
        self._journal = Journal(file) if file else None
        if self._journal:
            for kind, row in self._journal.read():
                self._tables[kind].load(row)

    def now(self) -> float:
        return self._clock().timestamp()

    def next(self, counter: str) -> int:
        known = self.counters.get(counter)
        return self.counters.put(Counter(counter, (known.value if known else 0) + 1)).value

    def new_id(self, prefix: str) -> str:
        """An id as Slack makes them: a letter, then ten capitals and digits."""
        number, digits = self.next(f"id {prefix}") + 36**6, ""
        while number:
            number, digit = divmod(number, 36)
            digits = BASE36[digit] + digits
        return prefix + digits.rjust(10, "0")

    def new_ts(self) -> str:
        """The stamp of this instant, later than every stamp before."""
        known = self.counters.get("ts")
        micros = max(round(self.now() * 1_000_000), known.value + 1 if known else 0)
        self.counters.put(Counter("ts", micros))
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def commit(self) -> bool:
        """Whether anything had changed."""
        if not self._undo:
            return False
        if self._journal:
            self._journal.write(
                (name, key, dataclasses.asdict(row) if row is not None else None)
                for (name, key) in self._undo
                for row in [self._tables[name].get(key)]
            )
        self._undo.clear()
        return True

    def rollback(self) -> None:
        for (name, key), row in reversed(self._undo.items()):
            self._tables[name].set(key, row)
        self._undo.clear()

    def close(self) -> None:
        if self._journal:
            self._journal.close()
