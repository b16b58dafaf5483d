"""What came in while the database was away: on disk, synced before it is acknowledged, in order.

A file of lines, each a seal (HMAC-SHA256) and a JSON document. A line that was cut off by a crash
was never acknowledged and is dropped. What is played back twice does nothing the second time,
because every input has a name of its own.
"""

import fcntl
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import structlog

from incidents.errors import Unavailable, WarroomError
from incidents.store.types import canonical, from_micros, to_micros

log = structlog.get_logger(__name__)

_LARGEST = 64 * 1024 * 1024  # bytes: hours of a busy workspace
_SEAL = 64  # characters


class Full(WarroomError):
    """The spool has no room, or the disk does not take it: the input is not kept."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An input as it came: where from, when, and everything it takes to work on it."""

    source: str
    received_at: datetime
    headers: Mapping[str, str]
    body: str


class Spool:
    """One process's spool in a folder that the processes of a host share.

    ``key`` seals the lines, so that nobody who can write to the folder can put words into people's
    mouths. Whoever finds the file of a dead process plays it back.
    """

    def __init__(self, folder: Path, key: bytes, *, largest: int = _LARGEST) -> None:
        self._folder = folder
        self._key = hashlib.sha256(b"warroom spool" + key).digest()
        self._largest = largest
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._path = folder
        self._played = 0  # bytes of our own file

    @property
    def is_empty(self) -> bool:
        """Whether this process has nothing to play back. Until then, everything new queues up."""
        return self._file is None

    def keep(self, kept: Kept) -> None:
        """Write it down, durably. Raises `Full`."""
        document = canonical(
            {
                "source": kept.source,
                "at": to_micros(kept.received_at),
                "headers": dict(kept.headers),
                "body": kept.body,
            }
        ).encode()
        line = self._seal(document) + b" " + document + b"\n"
        with self._lock:
            try:
                file = self._file or self._open(kept.received_at)
                if file.seek(0, os.SEEK_END) + len(line) > self._largest:
                    raise Full("The spool is full.")
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            except OSError as error:
                raise Full(f"The spool cannot be written ({error.strerror}).") from error
        log.warning("input_spooled", source=kept.source)

    def play(self, handle: Callable[[Kept], None]) -> int:
        """Hand everything to ``handle`` in order, own files and those of the dead. How many.

        Stops where the database is away again. What breaks for another reason is set aside in
        ``broken.ndjson``, so that it holds up nobody and is not lost.
        """
        return sum(self._play_dead(path, handle) for path in self._orphans()) + self._play_own(
            handle
        )

    def close(self) -> None:
        """Let go of the file; whoever comes next plays what is in it."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file, self._played = None, 0

    def _play_own(self, handle: Callable[[Kept], None]) -> int:
        played = 0
        while line := self._next_line():
            self._hand_over(line, handle)
            self._played += len(line)
            played += 1
        return played

    def _next_line(self) -> bytes:
        """The next line of our own file; nothing once it is played, and then it is gone."""
        with self._lock:
            if self._file is None:
                return b""
            self._file.seek(self._played)
            line = self._file.readline()
            if not line:
                self._path.unlink()
                self._file.close()
                self._file, self._played = None, 0
            return line

    def _play_dead(self, path: Path, handle: Callable[[Kept], None]) -> int:
        played = 0
        with path.open("r+b") as file:
            if not _hold(file):
                return 0
            for line in file:
                self._hand_over(line, handle)
                played += 1
            path.unlink()
        return played

    def _hand_over(self, line: bytes, handle: Callable[[Kept], None]) -> None:
        kept = self._read(line)
        if kept is None:
            log.error("spool_line_broken", length=len(line))
            return
        try:
            handle(kept)
        except Unavailable:
            raise
        except Exception:  # what cannot be worked on must not hold up what comes after it
            log.exception("spool_input_broke", source=kept.source)
            with (self._folder / "broken.ndjson").open("ab") as aside:
                aside.write(line)

    def _read(self, line: bytes) -> Kept | None:
        seal, _, document = line.rstrip(b"\n").partition(b" ")
        is_whole = line.endswith(b"\n") and len(seal) == _SEAL
        if not is_whole or not hmac.compare_digest(seal, self._seal(document)):
            return None
        found = json.loads(document)
        return Kept(found["source"], from_micros(found["at"]), found["headers"], found["body"])

    def _seal(self, document: bytes) -> bytes:
        return hmac.new(self._key, document, hashlib.sha256).hexdigest().encode()

    def _open(self, now: datetime) -> IO[bytes]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = self._folder / f"{now:%Y%m%dT%H%M%S%f}-{os.getpid()}.ndjson"
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._file = os.fdopen(descriptor, "r+b")
        _hold(self._file)
        _sync_folder(self._folder)
        return self._file

    def _orphans(self) -> Iterator[Path]:
        """Files of processes that are no more, the oldest first."""
        found = sorted(self._folder.glob("*-*.ndjson")) if self._folder.is_dir() else []
        yield from (path for path in found if self.is_empty or path != self._path)


def _hold(file: IO[bytes]) -> bool:
    """Whether the file is ours now, until it is closed or we are dead."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Make the new file's name durable, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
