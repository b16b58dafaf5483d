"""Nobody edits the audit log unseen, not even who administers the database (F72)."""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from incidents.actions import auditing
from incidents.actions.desk import Desk
from incidents.catalog.catalog import EMPTY, Catalog
from incidents.errors import Refused
from incidents.model.seal import UNSEALED, Seal, fingerprint, sealed
from incidents.model.timeline import GENESIS, digest
from incidents.store import anchors, audit
from incidents.store.anchors import Anchor
from incidents.store.engine import Store
from incidents.store.types import canonical

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
OLD, NEW = (
    b"an old key of forty characters at least..",
    b"the present key of at least forty chars..",
)
SEALED = Seal(NEW, (OLD,))
LENGTH = 30
COLUMNS = ("at", "actor", "action", "object", "detail", "prev_hash", "hash", "key")

Tamper = Callable[[Connection, random.Random], None]


@dataclass(frozen=True)
class Log:
    """A log of which a third was written before there were keys, and a third with an older one."""

    store: Store
    anchor: Anchor


@pytest.fixture
def log(database_url: str) -> Iterator[Log]:
    for seal, numbers in (
        (UNSEALED, range(10)),
        (Seal(OLD), range(10, 20)),
        (SEALED, range(20, LENGTH)),
    ):
        store = Store(database_url, seal=seal)
        for number in numbers:
            _append(store, number)
        store.close()
    store = Store(database_url, seal=SEALED)
    _drop_guards(store)
    with store.read() as connection:
        seq, hash_ = audit.head(connection)
    yield Log(store, anchors.now_is(AT, seq, hash_))
    store.close()


def edits(connection: Connection, dice: random.Random) -> None:
    column = dice.choice(COLUMNS)
    seq = dice.randint(1, LENGTH)
    now = connection.execute(text(f"SELECT {column} FROM audit WHERE seq = {seq}")).scalar()
    _set(connection, seq, column, _other(now, column, dice))


def edits_and_mends_the_hashes_it_can(connection: Connection, dice: random.Random) -> None:
    """Whoever has no key can still compute SHA-256, and says that nothing was ever sealed."""
    seq = dice.randint(1, LENGTH)
    _set(connection, seq, "actor", f"somebody else {dice.random()}")
    _write_anew(connection, seq, b"", None)


def edits_and_seals_with_a_key_of_its_own(connection: Connection, dice: random.Random) -> None:
    key = dice.randbytes(40)
    seq = dice.randint(1, LENGTH)
    _set(connection, seq, "object", f"another token {dice.random()}")
    _write_anew(connection, seq, key, dice.choice([fingerprint(key), fingerprint(NEW)]))


def deletes(connection: Connection, dice: random.Random) -> None:
    connection.execute(text(f"DELETE FROM audit WHERE seq = {dice.randint(1, LENGTH)}"))


def deletes_and_closes_the_gap(connection: Connection, dice: random.Random) -> None:
    seq = dice.randint(1, LENGTH)
    connection.execute(text(f"DELETE FROM audit WHERE seq = {seq}"))
    _shift(connection, seq + 1, -1)
    _count(connection, LENGTH - 1)


def inserts(connection: Connection, dice: random.Random) -> None:
    seq = dice.randint(1, LENGTH)
    _shift(connection, seq, 1)
    source = seq - 1 if seq > 1 else seq + 1
    names = ", ".join(COLUMNS)
    copied = f"INSERT INTO audit (seq, {names}) SELECT {seq}, {names} FROM audit WHERE seq = "
    connection.execute(text(f"{copied}{source}"))
    _count(connection, LENGTH + 1)


def appends(connection: Connection, dice: random.Random) -> None:
    """One more entry at the end, with a hash that anybody can compute."""
    names = ", ".join(name for name in COLUMNS if name not in {"prev_hash", "hash", "key"})
    connection.execute(
        text(
            f"INSERT INTO audit (seq, {names}, prev_hash, hash, key) "
            f"SELECT {LENGTH + 1}, {names}, hash, hash, {dice.choice(['key', 'NULL'])} "
            f"FROM audit WHERE seq = {LENGTH}"
        )
    )
    _count(connection, LENGTH + 1)
    _write_anew(connection, LENGTH + 1, b"", None)


def swaps(connection: Connection, dice: random.Random) -> None:
    one, other = dice.sample(range(1, LENGTH + 1), 2)
    for before, after in ((one, 9999), (other, one), (9999, other)):
        connection.execute(text(f"UPDATE audit SET seq = {after} WHERE seq = {before}"))


def cuts_the_end(connection: Connection, dice: random.Random) -> None:
    kept = dice.randint(0, LENGTH - 1)
    connection.execute(text(f"DELETE FROM audit WHERE seq > {kept}"))
    _count(connection, kept)


def cuts_the_beginning(connection: Connection, dice: random.Random) -> None:
    gone = dice.randint(1, LENGTH - 1)
    connection.execute(text(f"DELETE FROM audit WHERE seq <= {gone}"))
    _shift(connection, gone + 1, -gone)
    _count(connection, LENGTH - gone)


MANIPULATIONS: tuple[Tamper, ...] = (
    edits,
    edits,
    edits_and_mends_the_hashes_it_can,
    edits_and_seals_with_a_key_of_its_own,
    deletes,
    deletes_and_closes_the_gap,
    inserts,
    appends,
    swaps,
    cuts_the_end,
    cuts_the_beginning,
)


def test_a_thousand_manipulations_are_found_each_and_every_one(log: Log) -> None:
    missed = []
    for seed in range(1000 if log.store.is_sqlite else 300):  # each takes longer on PostgreSQL
        dice = random.Random(seed)
        tamper = dice.choice(MANIPULATIONS)
        with log.store.write() as connection:
            tamper(connection, dice)
            found = audit.verify(connection, [log.anchor])
            connection.rollback()
        if found.broken is None or not found.because:
            missed.append((seed, tamper.__name__))

    with log.store.read() as connection:
        untouched = audit.verify(connection, [log.anchor])
    assert missed == []
    assert (untouched.entries, untouched.sealed, untouched.broken) == (LENGTH, 20, None)


def test_without_a_key_whoever_computes_hashes_can_mend_the_chain(store: Store) -> None:
    """Why there is a key at all: this is what it prevents."""
    for number in range(LENGTH):
        _append(store, number)
    _drop_guards(store)
    with store.write() as connection:
        edits_and_mends_the_hashes_it_can(connection, random.Random(1))
        found = audit.verify(connection)

    assert found.broken is None


def test_what_was_cut_off_since_the_last_anchor_is_the_limit_of_what_is_seen(log: Log) -> None:
    _append(log.store, LENGTH)
    with log.store.write() as connection:
        connection.execute(text(f"DELETE FROM audit WHERE seq > {LENGTH}"))
        by_the_counter = audit.verify(connection, [log.anchor])
        _count(connection, LENGTH)
        with_it_reset = audit.verify(connection, [log.anchor])

    assert by_the_counter.because == f"{LENGTH + 1} entries were written"
    assert with_it_reset.broken is None


def test_the_database_itself_refuses_changes(database_url: str) -> None:
    store = Store(database_url)
    _append(store, 1)
    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
        with (
            pytest.raises(Exception, match="append-only"),
            store.write() as connection,
        ):
            connection.execute(text(statement))
    store.close()


def test_an_entry_without_a_key_hashes_as_it_did_before_there_were_keys(store: Store) -> None:
    _append(store, 7)

    with store.read() as connection:
        (hash_,) = connection.execute(text("SELECT hash FROM audit")).one()
    content = {
        "seq": 1,
        "at": int((AT + timedelta(minutes=7)).timestamp() * 1_000_000),
        "actor": "cli:ana",
        "action": "token.create",
        "object": "token 7",
        "detail": {"scopes": ["read"], "why": 'ä "quoted" \n'},
    }
    assert hash_ == digest(GENESIS, canonical(content))


@pytest.mark.usefixtures("log")
def test_a_key_that_is_not_here_is_asked_for(database_url: str) -> None:
    because = {}
    for name, seal in (("only the new", Seal(NEW)), ("none", UNSEALED), ("old", Seal(OLD))):
        store = Store(database_url, seal=seal)
        with store.read() as connection:
            because[name] = audit.verify(connection).because
        store.close()

    assert because["only the new"].startswith("the key that sealed it is not here")
    assert because["none"].startswith("the key that sealed it is not here")
    assert because["old"].startswith("the key that sealed it is not here")
    assert OLD.decode() not in str(because)


def test_a_process_without_the_key_cannot_append_to_a_sealed_log(
    log: Log, database_url: str
) -> None:
    keyless = Store(database_url)
    with pytest.raises(Refused, match="WARROOM_AUDIT_KEY"):
        _append(keyless, 1)
    keyless.close()

    with log.store.read() as connection:
        assert audit.verify(connection, [log.anchor]).broken is None


def test_a_start_seals_the_end_and_writes_down_a_new_configuration_once(database_url: str) -> None:
    keyless = Store(database_url)
    _append(keyless, 1)
    keyless.close()
    store = Store(database_url, seal=Seal(NEW))
    with store.read() as connection:
        before = audit.verify(connection)
    for catalog in (EMPTY, EMPTY, Catalog(version="2" * 64)):
        auditing.note_start(Desk(store, catalog), AT)
    with store.read() as connection:
        after = audit.verify(connection)
        kinds = connection.execute(text("SELECT action FROM audit ORDER BY seq")).scalars().all()
    store.close()

    assert before.because.startswith("nothing is sealed with the present key yet")
    assert (after.broken, after.sealed) == (None, 3)
    assert kinds == ["token.create", "audit.key", "config.load", "config.load"]


def test_an_anchor_is_written_when_there_is_news_and_survives_a_torn_line(
    log: Log, tmp_path: Path
) -> None:
    path, desk = tmp_path / "anchors.jsonl", Desk(log.store, EMPTY)
    wrote = [auditing.anchor(desk, path, AT) for _ in range(2)]
    with path.open("ab") as file:
        file.write(b'{"at": "2026-')
    _append(log.store, LENGTH)
    torn = path.read_text()
    wrote.append(auditing.anchor(desk, path, AT + timedelta(hours=1)))

    known = anchors.read(path, SEALED)
    with log.store.read() as connection:
        found = audit.verify(connection, known)
    assert torn.endswith('"2026-')
    assert wrote == [True, False, True]
    assert [one.seq for one in known] == [LENGTH, LENGTH + 1]
    assert found.broken is None


@pytest.mark.parametrize("change", ["seq", "hash", "at", "seal", "key"])
def test_an_anchor_that_was_changed_is_refused(tmp_path: Path, change: str) -> None:
    import json

    path = tmp_path / "anchors.jsonl"
    anchors.write(path, anchors.now_is(AT, 5, "ab" * 32), SEALED)
    line = json.loads(path.read_text())
    line[change] = {"seq": 4, "key": None}.get(change, "other")
    path.write_text(json.dumps(line) + "\n")

    with pytest.raises(Refused):
        anchors.read(path, SEALED)


def _append(store: Store, number: int) -> None:
    with store.write() as connection:
        audit.append(
            connection,
            at=AT + timedelta(minutes=number),
            actor="cli:ana",
            action="token.create",
            thing=f"token {number}",
            detail={"scopes": ["read"], "why": 'ä "quoted" \n'},
        )


def _drop_guards(store: Store) -> None:
    """As an attacker would who administers the database."""
    with store.write() as connection:
        if store.is_sqlite:
            connection.execute(text("DROP TRIGGER audit_no_update"))
            connection.execute(text("DROP TRIGGER audit_no_delete"))
        else:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))


def _set(connection: Connection, seq: int, column: str, value: Any) -> None:
    connection.execute(
        text(f"UPDATE audit SET {column} = :value WHERE seq = {seq}"), {"value": value}
    )


def _shift(connection: Connection, start: int, by: int) -> None:
    """Give every entry from ``start`` on another number, by way of numbers that are free."""
    far = 10_000
    connection.execute(text(f"UPDATE audit SET seq = seq + {far} WHERE seq >= {start}"))
    connection.execute(text(f"UPDATE audit SET seq = seq - {far - by} WHERE seq > {far}"))


def _count(connection: Connection, value: int) -> None:
    connection.execute(text(f"UPDATE counter SET value = {value} WHERE name = 'audit'"))


def _other(now: Any, column: str, dice: random.Random) -> Any:
    """A value that differs, by as little as one character or one microsecond."""
    if isinstance(now, int):
        return now + dice.choice([-1, 1, 1_000_000])
    if now is None:
        return dice.choice([fingerprint(OLD), fingerprint(NEW), os.urandom(8).hex()])
    if column == "key":
        return dice.choice([None, os.urandom(8).hex()])
    if column == "detail":
        return dice.choice([now + " ", now.replace(":", ": ", 1), "{}"])
    at = dice.randrange(len(now))
    return now[:at] + ("x" if now[at] != "x" else "y") + now[at + 1 :]


def _write_anew(connection: Connection, start: int, key: bytes, name: str | None) -> None:
    """Compute the hashes from ``start`` on again, as well as one can without the real keys."""
    rows = connection.execute(text(f"SELECT * FROM audit WHERE seq >= {start} ORDER BY seq")).all()
    query = text(f"SELECT hash FROM audit WHERE seq = {start - 1}")
    previous = connection.execute(query).scalar() or GENESIS
    for row in rows:
        covered = {**row._mapping, "prev_hash": previous, "key": name}
        content = audit._content(**{one: covered[one] for one in audit._COVERED})
        mended = sealed(key, content)
        connection.execute(
            text("UPDATE audit SET prev_hash = :p, hash = :h, key = :k WHERE seq = :s"),
            {"p": previous, "h": mended, "k": name, "s": row.seq},
        )
        previous = mended
