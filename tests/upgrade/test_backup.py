"""A copy of the database, made while it is in use, proven whole, brought back into either kind."""

import gzip
import itertools
import json
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from upgrade.rows import START, content, fill, shape
from world import World

from bot.beats import beats_of
from incidents.actions import backups
from incidents.actions.backups import bring_back, due, examine, take
from incidents.actions.desk import Desk, Origin
from incidents.catalog.catalog import EMPTY
from incidents.errors import Refused, WarroomError
from incidents.model.ids import PersonId
from incidents.store import audit, backup, host, inbox, migrate
from incidents.store.backup import Damaged
from incidents.store.engine import Store
from incidents.store.sealing import Unreadable
from incidents.store.sql import next_number
from incidents.store.tables import audit as log
from incidents.store.tables import effect, incident

ROOT = Path(__file__).parents[2]
KEY = "correct horse battery staple, and some more"
ANA = Origin(PersonId("cli:ana"), "cli")
LATER = START + timedelta(hours=1)
COUNTED = ("incident", "action", "effect", "change", "delivery")


@pytest.fixture
def opened() -> Iterator[Callable[[str], Store]]:
    """Stores that are closed when the test ends."""
    stores: list[Store] = []

    def make(url: str) -> Store:
        stores.append(Store(url))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def light_store(sqlite_url: str, opened: Callable[[str], Store]) -> Store:
    """A migrated store, for what does not depend on the database."""
    return opened(sqlite_url)


@pytest.fixture
def other(
    request: pytest.FixtureRequest, database_url: str, opened: Callable[[str], Store]
) -> Store:
    """A migrated database of the other kind."""
    name = "postgres_url" if database_url.startswith("sqlite") else "sqlite_url"
    return opened(str(request.getfixturevalue(name)))


def furnish(store: Store, rows: int = 800) -> None:
    """Rows in every table, as after some weeks of use, and the counters where they would be."""
    with store.write() as connection:
        fill(connection, rows)
        for name in COUNTED:
            next_number(connection, name)


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All that a backup holds, apart from what a restore changes on purpose."""
    with store.read() as connection:
        found = content(connection)
    for name in ("effect", "audit", "counter", "replica"):
        found.pop(name)
    return found


@pytest.mark.parametrize(
    "key", ["", pytest.param(KEY, marks=pytest.mark.slow)], ids=["plain", "sealed"]
)
def test_it_comes_back_row_for_row_into_either_kind_of_database(
    store: Store, other: Store, tmp_path: Path, key: str
) -> None:
    furnish(store)
    file = tmp_path / "copy.backup"
    with store.read() as connection:
        before, triggers = everything(store), shape(connection)[""]

    made = take(store, file, START, key=key)
    with store.write() as connection:
        fill_more(connection)
    for target in (store, other):
        bring_back(target, file, LATER, by=ANA, key=key)

    assert made.rows > 700
    assert everything(store) == before
    assert as_text(everything(other)) == as_text(before)
    with store.read() as connection:
        assert shape(connection)[""] == triggers
        assert backup.broken_chains(connection) == ()
    with other.read() as connection:
        assert backup.broken_chains(connection) == ()


def as_text(found: dict[str, list[tuple[object, ...]]]) -> dict[str, list[str]]:
    """SQLite has no booleans of its own: compare by what they mean."""
    return {
        name: sorted(repr([int(v) if isinstance(v, bool) else v for v in row]) for row in rows)
        for name, rows in found.items()
    }


def fill_more(connection: object) -> None:
    audit.append(connection, at=LATER, actor="cli:bo", action="after", thing="the backup")


def test_the_same_record_gives_the_same_lines_on_both(
    store: Store, other: Store, tmp_path: Path
) -> None:
    furnish(store)
    first, second = tmp_path / "one.backup", tmp_path / "two.backup"
    take(store, first, START)
    bring_back(store, first, LATER, by=ANA)
    bring_back(other, first, LATER, by=ANA)

    for target, name in ((store, "one"), (other, "two")):
        take(target, tmp_path / f"{name}.again", LATER)

    assert lines(tmp_path / "one.again") == lines(tmp_path / "two.again")
    assert second.exists() is False


def lines(file: Path) -> list[str]:
    """A backup's lines; those of the counters sorted, which are in two places on PostgreSQL."""
    found = gzip.decompress(file.read_bytes()).decode().splitlines()
    at = next(n for n, line in enumerate(found) if line.startswith('{"table":"counter"'))
    end = next(n for n, line in enumerate(found) if line.startswith('{"end":"counter"'))
    rows = sorted(found[at + 1 : end])
    return [*found[: at + 1], *rows, *found[end + 1 : -1]]


def test_numbers_go_on_where_they_were(store: Store, other: Store, tmp_path: Path) -> None:
    with store.write() as connection:
        for name in COUNTED:
            last = [next_number(connection, name) for _ in range(7)][-1]
    take(store, tmp_path / "copy", START)

    for target in (store, other):
        bring_back(target, tmp_path / "copy", LATER, by=ANA)

    for target in (store, other):
        with target.write() as connection:
            assert [next_number(connection, name) for name in COUNTED] == [last + 1] * 5


def test_what_was_not_done_yet_will_be_looked_for_before_it_is_sent(
    store: Store, tmp_path: Path
) -> None:
    with store.write() as connection:
        fill(connection, 300)
        connection.execute(update(effect).values(state="done", intent_at=START))
        flying, waiting = connection.execute(select(effect.c.key).limit(2)).scalars().all()
        connection.execute(
            update(effect)
            .where(effect.c.key == flying)
            .values(state="inflight", owner="gone/1/a", lease_until=LATER, intent_at=START)
        )
        connection.execute(
            update(effect)
            .where(effect.c.key == waiting)
            .values(state="pending", intent_at=None, created_at=START)
        )
    take(store, tmp_path / "copy", START)

    bring_back(store, tmp_path / "copy", LATER, by=ANA)

    with store.read() as connection:
        columns = (effect.c.state, effect.c.owner, effect.c.lease_until, effect.c.intent_at)
        found = connection.execute(select(*columns).where(effect.c.key.in_((flying, waiting))))
        assert [tuple(row) for row in found] == [("pending", None, None, START)] * 2


def test_a_restore_is_in_the_audit_log(store: Store, tmp_path: Path) -> None:
    furnish(store, 300)
    take(store, tmp_path / "copy.backup", START)

    made = bring_back(store, tmp_path / "copy.backup", LATER, by=ANA)

    with store.read() as connection:
        last = connection.execute(select(log).order_by(log.c.seq.desc()).limit(1)).one()
        assert audit.verify(connection).broken is None
    assert (last.actor, last.action, last.object) == ("cli:ana", "db.restore", "copy.backup")
    assert last.detail == {"rows": made.rows, "taken_at": START.isoformat()}


def test_nothing_acknowledged_before_the_backup_began_is_missing(
    store: Store, other: Store, tmp_path: Path
) -> None:
    furnish(store, 3000)
    with store.read() as connection:
        furnished = audit.verify(connection).entries
    desk = Desk(store, EMPTY)
    acknowledged: list[str] = []
    stop = threading.Event()

    def write(thread: int) -> None:
        for n in itertools.count():
            if stop.is_set():
                return
            key = f"{thread}-{n}"
            with desk.work(Origin(PersonId("U1"), "slack", key), START) as work:
                fill_more(work.connection)
            acknowledged.append(key)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for writer in writers:
        writer.start()
    time.sleep(0.3)
    before = list(acknowledged)
    take(store, tmp_path / "copy", START)
    during = len(acknowledged) - len(before)
    stop.set()
    for writer in writers:
        writer.join()

    bring_back(other, tmp_path / "copy", LATER, by=ANA)

    with other.read() as connection:
        kept = {row[0] for row in connection.execute(select(inbox.inbox.c.key))}
        found = audit.verify(connection)
    written = [key for key in kept if "-" in key]  # as `write` names them
    assert len(before) > 10
    assert during > 10, "nobody wrote while the backup was taken"
    assert set(before) <= kept
    assert found.broken is None
    assert found.entries == furnished + len(written) + 1  # the restore's own


@pytest.mark.parametrize("key", ["", KEY], ids=["plain", "sealed"])
def test_any_damage_is_found_and_nothing_is_touched(
    light_store: Store, tmp_path: Path, key: str
) -> None:
    furnish(light_store, 400)
    file, chance = tmp_path / "copy", random.Random(7)
    take(light_store, file, START, key=key)
    whole = file.read_bytes()
    with light_store.read() as connection:
        before = content(connection)
    harms = [whole[: int(len(whole) * share)] for share in (0, 0.001, 0.9)]
    harms += [whole[:-1], whole + b"x", whole[:-20] + whole[-10:]]
    times = 3 if key else 15  # with a key each look takes a moment
    harms += [flipped(whole, chance.randrange(10, len(whole))) for _ in range(times)]

    for harm in harms:
        file.write_bytes(harm)
        with pytest.raises(Refused):
            bring_back(light_store, file, LATER, by=ANA, key=key)

    with light_store.read() as connection:
        assert content(connection) == before


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("find", "put"),
    [
        (b'"token.create"', b'"token.delete"'),  # a row was changed
        (b'{"end":"audit","rows":', b'{"end":"audit","rows":1'),
        (b'{"table":"timeline"', b'{"table":"timelime"'),
    ],
)
def test_a_line_that_somebody_edited_is_found(
    light_store: Store, tmp_path: Path, find: bytes, put: bytes
) -> None:
    furnish(light_store, 400)
    file = tmp_path / "copy"
    take(light_store, file, START)
    text = gzip.decompress(file.read_bytes())
    assert find in text

    file.write_bytes(gzip.compress(text.replace(find, put, 1)))

    with pytest.raises(Damaged):
        examine(file)


def test_a_forger_who_fits_every_checksum_is_found_by_the_chains(
    light_store: Store, tmp_path: Path
) -> None:
    furnish(light_store, 400)
    file = tmp_path / "copy"
    take(light_store, file, START)
    forged = forge(file, "note", '"slack"', '"forge"')
    file.write_bytes(forged)
    with light_store.read() as connection:
        before = content(connection)

    assert examine(file).rows
    with pytest.raises(WarroomError, match="do not verify: INC-1 entry"):
        bring_back(light_store, file, LATER, by=ANA)

    with light_store.read() as connection:
        assert content(connection) == before


def forge(file: Path, mark: str, old: str, new: str) -> bytes:
    """Change one row, and every checksum so that it fits."""
    import hashlib

    out: list[str] = []
    rows: list[str] = []
    done = False
    for line in gzip.decompress(file.read_bytes()).decode().splitlines():
        value = json.loads(line)
        if isinstance(value, list):
            if not done and mark in value and old in line:
                line, done = line.replace(old, new), True  # noqa: PLW2901
            rows.append(line + "\n")
        elif "table" in value:
            rows = []
        elif "end" in value:
            value["sha256"] = hashlib.sha256("".join(rows).encode()).hexdigest()
            line = json.dumps(value, ensure_ascii=False, separators=(",", ":"))  # noqa: PLW2901
        elif "over" in value:
            value["sha256"] = hashlib.sha256("".join(out).encode()).hexdigest()
            line = json.dumps(value, ensure_ascii=False, separators=(",", ":"))  # noqa: PLW2901
        out.append(line + "\n")
    assert done
    return gzip.compress("".join(out).encode())


def test_a_record_that_was_broken_before_is_brought_back_as_it_was(
    sqlite_url: str, opened: Callable[[str], Store], tmp_path: Path
) -> None:
    store = opened(sqlite_url)
    furnish(store, 1000)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TRIGGER timeline_no_update")
        connection.execute("UPDATE timeline SET actor = 'forged' WHERE incident = 3 AND seq = 2")
    connection.close()

    made = take(store, tmp_path / "copy", START)
    bring_back(store, tmp_path / "copy", LATER, by=ANA)

    assert made.head.broken == ("INC-3 entry 2",)
    with store.read() as connection:
        assert backup.broken_chains(connection) == ("INC-3 entry 2",)
        assert "timeline_no_update" in shape(connection)[""]


def test_a_backup_of_an_older_schema_is_brought_to_this_one(
    store: Store, other: Store, tmp_path: Path
) -> None:
    migrate.downgrade(store, "0001")
    with store.write() as connection:
        fill(connection, 600, chained=False)

    made = take(store, tmp_path / "copy", START)
    bring_back(other, tmp_path / "copy", LATER, by=ANA)

    assert made.head.revision == "0001"
    assert made.head.broken is None
    assert migrate.is_at_head(other)
    with other.read() as connection:
        assert not connection.execute(select(incident.c.is_private).distinct()).scalar_one()


def test_a_backup_of_a_newer_version_is_refused(light_store: Store, tmp_path: Path) -> None:
    with light_store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    take(light_store, tmp_path / "copy", START)
    with light_store.write() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{migrate.head()}'")

    with pytest.raises(Refused, match="revision 9999, which this version does not know"):
        bring_back(light_store, tmp_path / "copy", LATER, by=ANA)


def test_nobody_reads_a_sealed_backup_without_the_key(light_store: Store, tmp_path: Path) -> None:
    furnish(light_store, 400)
    file = tmp_path / "copy"
    take(light_store, file, START, key=KEY)

    with pytest.raises(Refused, match=r"is encrypted\. Set WARROOM_BACKUP_KEY"):
        examine(file)
    with pytest.raises(Unreadable, match="key does not fit"):
        examine(file, key=KEY + "!")

    assert examine(file, key=KEY).is_sealed
    assert b"cli:ana" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_nobody_restores_under_those_who_serve(store: Store, tmp_path: Path) -> None:
    furnish(store, 300)
    take(store, tmp_path / "copy", START)
    serving = host.Seat(store, "1.0")
    serving.enter(LATER)

    with pytest.raises(Refused, match="Somebody serves from this database"):
        bring_back(store, tmp_path / "copy", LATER, by=ANA)
    serving.leave()

    assert bring_back(store, tmp_path / "copy", LATER, by=ANA).rows


def test_a_name_that_exists_is_never_overwritten_and_a_failure_leaves_nothing(
    light_store: Store, tmp_path: Path
) -> None:
    (tmp_path / "copy").write_text("precious")

    with pytest.raises(Refused, match="exists"):
        take(light_store, tmp_path / "copy", START)
    with pytest.raises(Refused, match="No such file or directory"):
        take(light_store, tmp_path / "nowhere" / "copy", START)

    assert (tmp_path / "copy").read_text() == "precious"
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_scheduled_backups_come_when_they_are_due_and_the_oldest_go(
    light_store: Store, tmp_path: Path
) -> None:
    folder, day = tmp_path / "backups", timedelta(hours=24)
    terms = {"every": day, "keep": 3}
    furnish(light_store, 300)

    made = [due(light_store, folder, START + n * day / 4, **terms) is not None for n in range(21)]
    left = folder / "warroom-20200101T000000Z.backup.part"
    left.write_text("of a process that died")
    again = due(light_store, folder, START + 6 * day, **terms)

    assert made == [n % 4 == 0 for n in range(21)]
    assert again is not None
    assert not left.exists()
    assert [backups.taken_at(path) for path in backups.kept(folder)] == [
        START + n * day for n in (4, 5, 6)
    ]
    assert all(examine(path).rows for path in backups.kept(folder))


def test_two_processes_do_not_make_the_same_backup(light_store: Store, tmp_path: Path) -> None:
    terms = {"every": timedelta(hours=24), "keep": 3}
    tmp_path.joinpath("b").mkdir()

    with backups._turn(tmp_path / "b") as ours:
        second = due(light_store, tmp_path / "b", START, **terms)

    assert ours
    assert second is None
    assert due(light_store, tmp_path / "b", START, **terms) is not None


def test_the_application_backs_up_by_itself(tmp_path: Path, sqlite_url: str) -> None:
    world = World(sqlite_url, warroom_backup_dir=tmp_path / "backups")
    [beat] = [beat for beat in beats_of(world.app) if beat.name == "backups"]

    beat.call()
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.clock.pass_(timedelta(hours=24))
    beat.call()
    world.close()

    first, second = (examine(path) for path in backups.kept(tmp_path / "backups"))
    assert first.rows < second.rows
