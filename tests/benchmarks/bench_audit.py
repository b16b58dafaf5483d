"""How long a million sealed audit entries take to verify (F72: under 10 s)."""

from collections.abc import Iterator

from sqlalchemy import Connection, insert, text

from bot.clock import monotonic
from incidents.model.seal import Seal, sealed
from incidents.model.timeline import GENESIS
from incidents.store import audit
from incidents.store.engine import Store
from incidents.store.tables import audit as table
from incidents.store.types import canonical, from_micros

_ENTRIES = 1_000_000
_AT_ONCE = 20_000
_LIMIT = 10.0  # seconds
_SEAL = Seal(b"the key of a benchmark, at least 32 characters long")


def bench_a_million_entries_are_verified(database_url: str) -> None:
    store = Store(database_url, seal=_SEAL)
    with store.write() as connection:
        _fill(connection)

    begun = monotonic()
    with store.read() as connection:
        found = audit.verify(connection)
    took = monotonic() - begun
    kind = "sqlite" if store.is_sqlite else "postgresql"
    store.close()

    print(f"\n{kind}: {found.entries} entries in {took:.1f} s, {found.entries / took:.0f} a second")
    assert (found.entries, found.sealed, found.broken) == (_ENTRIES, _ENTRIES, None)
    assert took < _LIMIT


def _fill(connection: Connection) -> None:
    batch = []
    for row in _chain():
        batch.append(row)
        if len(batch) == _AT_ONCE:
            connection.execute(insert(table), batch)
            batch.clear()
    connection.execute(
        text("INSERT INTO counter (name, value) VALUES ('audit', :count)"), {"count": _ENTRIES}
    )


def _chain() -> Iterator[dict[str, object]]:
    previous = GENESIS
    for seq in range(1, _ENTRIES + 1):
        row: dict[str, object] = {
            "seq": seq,
            "at": 1_700_000_000_000_000 + seq,
            "actor": f"U{seq % 300:08}",
            "action": "access.denied",
            "object": f"INC-{seq % 5000}",
            "detail": {"wanted": "resolve", "route": "/api/v1/incidents", "n": seq},
            "key": _SEAL.name,
            "prev_hash": previous,
        }
        covered = {**row, "detail": canonical(row["detail"])}
        previous = sealed(_SEAL.key, audit._content(**covered))
        yield {**row, "at": from_micros(1_700_000_000_000_000 + seq), "hash": previous}
