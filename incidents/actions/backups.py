"""Copies of the whole database, made while it is in use, proven whole, and brought back.

A copy is gzipped lines (see `incidents.store.backup`), sealed if there is a key. It is read back
before it gets its name, so a file with that name is a whole backup.
"""

import contextlib
import fcntl
import gzip
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from incidents import assets
from incidents.actions.desk import Origin
from incidents.errors import Refused
from incidents.store import audit, backup, host, migrate, sealing
from incidents.store.backup import Head, Reading
from incidents.store.engine import Store

_LEVEL = 4  # of compression: three quarters of what the best gets, in a third of the time
_NAME = "warroom-%Y%m%dT%H%M%SZ.backup"


@dataclass(frozen=True, slots=True)
class Backup:
    """A file that was read to its end, and is whole."""

    path: Path
    head: Head
    tables: int
    rows: int
    size: int
    is_sealed: bool


def take(store: Store, out: Path, now: datetime, *, key: str = "") -> Backup:
    """A copy of everything committed so far, in a new file that only we may read.

    With a ``key``, nobody can read it without. Raises `Refused` if it cannot be written.
    """
    if out.exists():
        raise Refused(f"{out} exists.", instead="Name a new file.")
    draft = out.with_name(f"{out.name}.part")
    try:
        with _new(draft) as file:
            _write(store, file, now, key)
        done = examine(draft, key=key)
        draft.replace(out)
        _settle(out.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Refused(f"{out} cannot be written: {error.strerror}.") from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return Backup(out, done.head, done.tables, done.rows, done.size, done.is_sealed)


def examine(path: Path, *, key: str = "") -> Backup:
    """Read a backup to its end. Raises `Refused` unless it is whole."""
    with _opened(path, key) as reading:
        for _ in reading.batches():
            pass
    size, is_sealed = path.stat().st_size, _is_sealed(path)
    return Backup(
        path, reading.head, len(reading.rows), sum(reading.rows.values()), size, is_sealed
    )


def bring_back(store: Store, path: Path, now: datetime, *, by: Origin, key: str = "") -> Backup:
    """Replace everything in the database by a backup, in one transaction.

    Nothing is touched unless the file is whole. Raises `Refused` while somebody serves from this
    database; what was not done when the backup was made will be probed before it is sent.
    """
    found = examine(path, key=key)
    _refuse_company(store, now)
    with _opened(path, key) as reading, store.write() as connection:
        backup.load(connection, reading)
        detail = {"taken_at": found.head.taken_at.isoformat(), "rows": found.rows}
        audit.append(
            connection,
            at=now,
            actor=by.actor,
            action="db.restore",
            thing=path.name[:120],
            detail=detail,
        )
    return found


def due(
    store: Store, folder: Path, now: datetime, *, every: timedelta, keep: int, key: str = ""
) -> Backup | None:
    """A new backup in ``folder`` if the newest is older than ``every``; ``keep`` of them stay.

    None if none is due, or if another process is at it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _turn(folder) as is_ours:
        newest = max((at for at in map(taken_at, kept(folder)) if at <= now), default=None)
        if not is_ours or (newest is not None and now - newest < every):
            return None
        for left in folder.glob("warroom-*.backup.part"):  # by a process that died
            left.unlink()
        made = take(store, folder / now.astimezone(UTC).strftime(_NAME), now, key=key)
        for old in kept(folder)[:-keep]:
            old.unlink()
        return made


def kept(folder: Path) -> list[Path]:
    """The scheduled backups in a folder, the oldest first."""
    return sorted(folder.glob("warroom-*T*Z.backup"))


def taken_at(path: Path) -> datetime:
    """When a scheduled backup was taken, by its name."""
    return datetime.strptime(path.name, _NAME).replace(tzinfo=UTC)


def _write(store: Store, file: BinaryIO, now: datetime, key: str) -> None:
    sealed = sealing.SealedWriter(file, key) if key else None
    target = cast(BinaryIO, sealed) if sealed else file
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=target, compresslevel=_LEVEL) as packed,
        store.read() as connection,
    ):
        backup.write(connection, cast(BinaryIO, packed), now, program=assets.version())
    if sealed:
        sealed.finish()
    file.flush()
    os.fsync(file.fileno())


@contextlib.contextmanager
def _opened(path: Path, key: str) -> Iterator[Reading]:
    """A backup, unsealed and unpacked."""
    try:
        with path.open("rb") as file:
            yield Reading(cast(BinaryIO, gzip.GzipFile(fileobj=_unsealed(path, file, key))))
    except FileNotFoundError:
        raise Refused(f"There is no {path}.") from None


def _unsealed(path: Path, file: BinaryIO, key: str) -> BinaryIO:
    if not _is_sealed(path):
        return file
    if not key:
        raise Refused(f"{path} is encrypted.", instead="Set WARROOM_BACKUP_KEY.")
    return cast(BinaryIO, io.BufferedReader(sealing.SealedReader(file, key)))


def _is_sealed(path: Path) -> bool:
    with path.open("rb") as file:
        return sealing.is_sealed(file.read(len(sealing.MAGIC)))


def _refuse_company(store: Store, now: datetime) -> None:
    if migrate.revision(store) != migrate.head():
        return
    with store.read() as connection:
        living = host.living(connection, now)
    if living:
        where = ", ".join(sorted({one.owner for one in living}))
        raise Refused(
            f"Somebody serves from this database: {where}.",
            instead="Stop `warroom serve` there first; after a crash, wait a minute.",
        )


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[bool]:
    """Whether we are the only process that makes a backup there now."""
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _new(path: Path) -> BinaryIO:
    """A new file that only we may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _settle(folder: Path) -> None:
    """Make a new name in a folder outlast the loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
