"""Anchors: what the end of the audit log was, written down where its administrator is not.

A file of JSON lines on another path, better another host. A log that was cut short or begun anew
cannot contain what the file remembers.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from incidents.errors import Refused
from incidents.model.seal import Seal, sealed


@dataclass(frozen=True, slots=True)
class Anchor:
    """At that moment (ISO 8601) the last entry was this one."""

    at: str
    seq: int
    hash: str


def write(path: Path, anchor: Anchor, seal: Seal) -> None:
    """One more line, on the disk when this returns. A line that was cut off is taken away first."""
    line = {"at": anchor.at, "seq": anchor.seq, "hash": anchor.hash, "key": seal.name}
    line["seal"] = sealed(seal.key, _content(anchor))
    with path.open("ab+") as file:
        _drop_torn_end(file.fileno())
        file.write(json.dumps(line, sort_keys=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def last(path: Path, seal: Seal) -> Anchor | None:
    """The newest anchor; None if there is none yet."""
    return (read(path, seal) or (None,))[-1] if path.exists() else None


def read(path: Path, seal: Seal) -> tuple[Anchor, ...]:
    """Every anchor. Raises `Refused` for a file that is missing or not one of ours.

    What stands behind the last line end was cut off by a crash, and was never relied on.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The anchors in {path} cannot be read ({type(error).__name__}).") from error
    return tuple(_read(path, number, line, seal) for number, line in enumerate(lines, 1))


def now_is(at: datetime, seq: int, hash_: str) -> Anchor:
    """An anchor of this moment."""
    return Anchor(at.isoformat(), seq, hash_)


def _read(path: Path, number: int, line: str, seal: Seal) -> Anchor:
    try:
        given = json.loads(line)
        anchor = Anchor(str(given["at"]), int(given["seq"]), str(given["hash"]))
        name, mark = given["key"], given["seal"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"Line {number} of {path} is no anchor.") from error
    key = seal.keys().get(name) if name else b""
    if key is None:
        raise Refused(
            f"Line {number} of {path} is sealed with a key that is not here ({name}).",
            instead="Set WARROOM_AUDIT_KEY, or WARROOM_AUDIT_OLD_KEYS.",
        )
    if sealed(key, _content(anchor)) != mark:
        raise Refused(f"Line {number} of {path} was changed: its seal does not fit.")
    return anchor


def _content(anchor: Anchor) -> bytes:
    return f"anchor\n{anchor.at}\n{anchor.seq}\n{anchor.hash}".encode()


def _drop_torn_end(file: int) -> None:
    """A crash in the middle of a line leaves a piece of it behind."""
    size = os.fstat(file).st_size
    whole = os.pread(file, size, 0).rfind(b"\n") + 1
    if whole != size:
        os.ftruncate(file, whole)
