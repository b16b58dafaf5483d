"""Who works on this database: every serving process says so, and says it again every few seconds.

On SQLite all of them must be on one host: its locks and its shared memory mean nothing to another
kernel, and two that write past each other corrupt the file. So a second host is refused, told
apart by the kernel's boot id, and network filesystems are refused altogether. A host that crashed
is forgotten after a minute, or at once when it is this one after a restart.
"""

import fcntl
import os
import re
import socket
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import SQLAlchemyError

from incidents.errors import Refused, WarroomError
from incidents.store import leases
from incidents.store.engine import Store
from incidents.store.sql import insert_or_replace
from incidents.store.tables import replica

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=5)
GONE_AFTER = timedelta(seconds=60)  # without a beat: longer than any pause of a living process
_FORGOTTEN_AFTER = timedelta(hours=1)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_MOUNTS = Path("/proc/mounts")
_NETWORK = re.compile(r"nfs\d?|cifs|smb\d?|smbfs|afs|ceph|fuse\.(sshfs|glusterfs|ceph.*|s3fs)")
_TRIES = 50
_PAUSE_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Here:
    """A host: its name, and the id of the kernel's present run, which containers share."""

    name: str
    boot: str


@dataclass(frozen=True, slots=True)
class Replica:
    """A process that works on this database. ``skew`` is how far its clock is ahead."""

    owner: str
    host: str
    boot: str
    version: str
    skew: timedelta
    started_at: datetime
    seen_at: datetime


class Taken(Refused):
    """Another host works on this SQLite file."""


def here() -> Here:
    """The present host."""
    name = socket.gethostname()
    try:
        return Here(name, _BOOT_ID.read_text(encoding="ascii").strip())
    except OSError:  # not Linux
        return Here(name, name)


class Seat:
    """A process's place among those that work on a database. It is taken by `enter`.

    ``trouble`` is why its last beat failed, empty if it did not. ``is_lost`` says that another host
    has the file now: then nothing more may be written.
    """

    def __init__(self, store: Store, version: str, place: Here | None = None) -> None:
        self.owner = leases.new_owner()
        self.trouble = ""
        self.is_lost = False
        self._store = store
        self._version = version
        self._place = place or here()
        self._started_at: datetime | None = None
        self._lock: int | None = None

    def enter(self, now: datetime) -> None:
        """Take part. Raises `Taken` or `Refused` within a second if this host must not.

        Whoever takes part already stays.
        """
        if self._started_at is not None:
            return
        self._lock, is_alone = _lock(self._store)
        try:
            self._sign(now, timedelta(), started_at=now, is_alone=is_alone)
        except BaseException:
            self._unlock()
            raise
        self._started_at = now

    def beat(self, now: datetime, skew: timedelta) -> bool:
        """Say that this process lives. False if that could not be written, or must not be."""
        try:
            self._sign(now, skew, started_at=self._started_at or now, is_alone=False)
        except (SQLAlchemyError, WarroomError) as error:
            self.is_lost = isinstance(error, Taken)
            self.trouble = str(error) if self.is_lost else type(error).__name__
            log.warning("heartbeat_failed", because=self.trouble)
            return False
        self.trouble, self.is_lost = "", False
        return True

    def leave(self) -> None:
        """Take part no longer: another host may come at once."""
        if self._started_at is None:
            return
        try:
            with self._store.write() as connection:
                connection.execute(delete(replica).where(replica.c.owner == self.owner))
        except (SQLAlchemyError, WarroomError) as error:  # then the row grows old by itself
            log.warning("farewell_failed", because=type(error).__name__)
        self._started_at = None
        self._unlock()

    def objection(self) -> str:
        """Why this process must not work on the database; empty if it may."""
        return self.trouble if self.is_lost else ""

    def _sign(
        self, now: datetime, skew: timedelta, *, started_at: datetime, is_alone: bool
    ) -> None:
        row = {
            "owner": self.owner,
            "host": self._place.name[:120],
            "boot": self._place.boot[:64],
            "version": self._version[:40],
            "skew": skew // timedelta(microseconds=1),
            "started_at": started_at,
            "seen_at": now,
        }
        with self._store.write() as connection:
            if self._store.is_sqlite:
                _refuse_others(connection, self._place, now, is_alone=is_alone)
            _forget(connection, self._place, now, is_shared=not self._store.is_sqlite)
            insert_or_replace(connection, replica, row, keys=("owner",))

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def replicas(connection: Connection) -> tuple[Replica, ...]:
    """Who works on this database, or did until a moment ago, the oldest first."""
    query = select(replica).order_by(replica.c.started_at, replica.c.owner)
    return tuple(
        Replica(
            row.owner,
            row.host,
            row.boot,
            row.version,
            timedelta(microseconds=row.skew),
            row.started_at,
            row.seen_at,
        )
        for row in connection.execute(query)
    )


def living(connection: Connection, now: datetime) -> tuple[Replica, ...]:
    """Those of them that were heard of within a minute, and do not belong to a dead process."""
    place = here()
    return tuple(
        one
        for one in replicas(connection)
        if one.seen_at > now - GONE_AFTER and not _is_dead(one, place)
    )


def file_of(store: Store) -> Path | None:
    """Where a SQLite database is; None for one in memory, and for PostgreSQL."""
    name = store.url.database if store.is_sqlite else None
    if not name or name == ":memory:" or "mode=memory" in name:
        return None
    return Path(name.removeprefix("file:").partition("?")[0]).resolve()


def filesystem(path: Path, mounts: str) -> str:
    """The kind of filesystem a path is on, by the lines of ``/proc/mounts``."""
    found, length = "", -1
    for line in mounts.splitlines():
        _, place, kind, *_ = line.split(" ")
        place = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), place)
        if path.is_relative_to(place) and len(place) >= length:  # the later one covers the earlier
            found, length = kind, len(place)
    return found


def refuse_network(path: Path, mounts: str) -> None:
    """Raises `Refused` if the file would be shared over a network."""
    kind = filesystem(path, mounts)
    if _NETWORK.fullmatch(kind):
        raise Refused(
            f"{path} is on a network filesystem ({kind}), where SQLite loses data.",
            instead="Use a local disk, or PostgreSQL: WARROOM_DATABASE_URL=postgresql://…",
        )


def _refuse_others(connection: Connection, place: Here, now: datetime, *, is_alone: bool) -> None:
    """Another kernel that was heard of within a minute has the file.

    If it has our name, and nobody else holds the lock, it is this host before its restart.
    """
    for other in replicas(connection):
        was_us = is_alone and other.host == place.name
        if other.boot != place.boot and other.seen_at > now - GONE_AFTER and not was_us:
            raise Taken(
                f"The host {other.host} works on this SQLite file (last heard of at "
                f"{other.seen_at:%H:%M:%S} UTC). Two hosts would corrupt it.",
                instead=f"Stop warroom there, wait {GONE_AFTER.seconds} s if it crashed, "
                "or use PostgreSQL for several hosts.",
            )


def _forget(connection: Connection, place: Here, now: datetime, *, is_shared: bool) -> None:
    """Rows of the dead: this host's dead processes, very old ones, on SQLite other hosts'."""
    for other in replicas(connection):
        is_gone = not is_shared and other.boot != place.boot
        is_old = other.seen_at < now - _FORGOTTEN_AFTER
        if is_gone or is_old or _is_dead(other, place):
            connection.execute(delete(replica).where(replica.c.owner == other.owner))


def _is_dead(other: Replica, place: Here) -> bool:
    is_here = (other.host, other.boot) == (place.name, place.boot)
    return is_here and leases.is_gone(other.owner)


def _lock(store: Store) -> tuple[int | None, bool]:
    """A shared lock on the file beside the database, and whether nobody else had one."""
    path = file_of(store)
    if path is None:
        return None, True
    if _MOUNTS.exists():
        refuse_network(path, _MOUNTS.read_text(encoding="utf-8", errors="replace"))
    try:
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Refused(f"{path}.lock cannot be opened: {error.strerror}.") from None
    alone = _try(lock, fcntl.LOCK_EX)
    for _ in range(_TRIES):  # whoever finds itself alone holds it for a moment
        if _try(lock, fcntl.LOCK_SH):
            return lock, alone
        time.sleep(_PAUSE_SECONDS)
    os.close(lock)
    raise Taken(
        f"Another program holds {path}.lock for itself.", instead="Stop it, then start again."
    )


def _try(lock: int, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
