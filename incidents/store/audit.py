"""What was done to the bot itself, in SQL: appended, chained by hashes, never changed.

The database itself refuses changes; its administrator can overrule it, and then the chain shows it.
What is cut off at the end shows by the counter, and by an anchor on another path (`anchors`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Text, insert, select, type_coerce

from incidents.errors import Refused
from incidents.model.seal import UNSEALED, Seal, sealed
from incidents.model.timeline import GENESIS
from incidents.store.anchors import Anchor
from incidents.store.sql import next_number
from incidents.store.tables import audit, counter
from incidents.store.types import canonical, to_micros

_AT_A_TIME = 20_000  # rows in memory while a chain is verified
_quote = json.JSONEncoder(ensure_ascii=False).encode


# Every row as it is stored: no document parsed, no moment made, a million in seconds.
_ROWS = select(
    audit.c.seq,
    type_coerce(audit.c.at, BigInteger).label("at"),
    audit.c.actor,
    audit.c.action,
    audit.c.object,
    type_coerce(audit.c.detail, Text).label("detail"),
    audit.c.prev_hash,
    audit.c.hash,
    audit.c.key,
).order_by(audit.c.seq)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries fit, how many of them are sealed, and what is wrong with the next one.

    ``broken`` is the number of the first entry that does not fit, None if all do.
    """

    entries: int
    sealed: int
    broken: int | None = None
    because: str = ""


def append(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    action: str,
    thing: str,
    detail: dict[str, Any] | None = None,
) -> None:
    """One more entry. The counter's row is held until the end, so the chain has one end.

    Raises `Refused` if the log is sealed and this process has no key: the entry would break it.
    """
    seal = _seal_of(connection)
    seq = next_number(connection, "audit")
    last = connection.execute(select(audit.c.hash, audit.c.key).where(audit.c.seq == seq - 1))
    before = last.first()
    if before is not None and before.key and not seal.key:
        raise Refused("The audit log is sealed.", instead="Set WARROOM_AUDIT_KEY here too.")
    row: dict[str, Any] = {
        "seq": seq,
        "at": at,
        "actor": actor,
        "action": action,
        "object": thing,
        "detail": detail or {},
        "prev_hash": before.hash if before is not None else GENESIS,
        "key": seal.name,
    }
    text = {**row, "at": to_micros(at), "detail": canonical(row["detail"])}
    row["hash"] = sealed(seal.key, _content(**{name: text[name] for name in _COVERED}))
    connection.execute(insert(audit).values(**row))


def head(connection: Connection) -> tuple[int, str]:
    """The number and the hash of the last entry; 0 and `GENESIS` if there is none."""
    query = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return (0, GENESIS) if row is None else (int(row.seq), str(row.hash))


def last_about(connection: Connection, action: str) -> str | None:
    """What the last entry of this kind was about."""
    query = select(audit.c.object).where(audit.c.action == action).order_by(audit.c.seq.desc())
    return connection.execute(query.limit(1)).scalar()


def last_key(connection: Connection) -> str | None:
    """The fingerprint of the key that sealed the last entry."""
    query = select(audit.c.key).order_by(audit.c.seq.desc()).limit(1)
    return connection.execute(query).scalar()


def verify(connection: Connection, anchors: Sequence[Anchor] = ()) -> Verdict:
    """Read the whole chain. ``anchors`` are what was written down elsewhere about its end."""
    reader = _Reader(_seal_of(connection), anchors)
    with connection.execute(_ROWS.execution_options(yield_per=_AT_A_TIME)) as rows:
        for row in rows:
            wrong = reader.fault_of(row)
            if wrong:
                return reader.verdict(broken=reader.count + 1, because=wrong)
    wrong = reader.fault_at_the_end(_counted(connection))
    return reader.verdict(broken=reader.count + 1 if wrong else None, because=wrong)


class _Reader:
    """Follows the chain, one row after the other."""

    def __init__(self, seal: Seal, anchors: Sequence[Anchor]) -> None:
        self._keys = seal.keys()
        self._present = seal.name
        self._anchored: dict[int, list[Anchor]] = {}
        for anchor in anchors:
            self._anchored.setdefault(anchor.seq, []).append(anchor)
        self._previous = GENESIS
        self._last_key: str | None = None
        self._sealed = 0
        self.count = 0

    def fault_of(self, row: Row[Any]) -> str:
        """Why the row is not the next one; empty if it is, and then it is counted."""
        if row.seq != self.count + 1:
            return f"entry {self.count + 1} is missing"
        if row.prev_hash != self._previous:
            return "it does not follow from the entry before it"
        wrong = self._fault_of_seal(row) or self._fault_of_anchor(row)
        if not wrong:
            self._previous, self._last_key = row.hash, row.key
            self._sealed += bool(row.key)
            self.count += 1
        return wrong

    def _fault_of_seal(self, row: Row[Any]) -> str:
        if self._last_key and not row.key:
            return "it is not sealed, and the entry before it is"
        key = self._keys.get(row.key) if row.key else b""
        if key is None:
            return f"the key that sealed it is not here ({row.key}): set WARROOM_AUDIT_OLD_KEYS"
        return "" if _fits(row, key) else "its content does not match its hash"

    def _fault_of_anchor(self, row: Row[Any]) -> str:
        for anchor in self._anchored.get(row.seq, ()):
            if anchor.hash != row.hash:
                return f"the anchor of {anchor.at} remembers another entry"
        return ""

    def fault_at_the_end(self, counted: int) -> str:
        """What only shows once every row was read."""
        beyond = max(self._anchored, default=0)
        if beyond > self.count:
            return f"the anchor of {self._anchored[beyond][0].at} remembers {beyond} entries"
        if counted != self.count:
            return f"{counted} entries were written"
        if self.count and self._present and self._last_key != self._present:
            return "nothing is sealed with the present key yet: warroom serve does it at its start"
        return ""

    def verdict(self, *, broken: int | None, because: str) -> Verdict:
        """What was found so far."""
        return Verdict(self.count, self._sealed, broken, because)


_COVERED = ("seq", "at", "actor", "action", "object", "detail", "key", "prev_hash")


def _fits(row: Row[Any], key: bytes) -> bool:
    try:
        content = _content(**{name: getattr(row, name) for name in _COVERED})
    except (TypeError, ValueError):  # no text at all, or text that no database of ours can hold
        return False
    return bool(sealed(key, content) == row.hash)


def _content(**row: Any) -> bytes:  # noqa: ANN401
    """What is hashed: the hash before, and the entry as canonical JSON, its detail as stored.

    A key is part of it only if there is one: the first version of the log had no such column.
    """
    key = f'"key":{_quote(row["key"])},' if row["key"] is not None else ""
    return (
        f"{row['prev_hash']}\n"
        f'{{"action":{_quote(row["action"])},"actor":{_quote(row["actor"])},"at":{row["at"]},'
        f'"detail":{row["detail"]},{key}"object":{_quote(row["object"])},"seq":{row["seq"]}}}'
    ).encode()


def _counted(connection: Connection) -> int:
    query = select(counter.c.value).where(counter.c.name == "audit")
    return int(connection.execute(query).scalar() or 0)


def _seal_of(connection: Connection) -> Seal:
    seal = connection.get_execution_options().get("warroom_seal", UNSEALED)
    return seal if isinstance(seal, Seal) else UNSEALED
