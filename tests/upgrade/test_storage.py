"""The disk is full, the file is locked, the server is killed, the file is gone: nothing is lost."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from postgres import Server
from sqlalchemy import select
from upgrade.rows import START, fill
from world import World

from incidents.actions.backups import bring_back, take
from incidents.actions.desk import Desk, Origin
from incidents.catalog.catalog import EMPTY
from incidents.errors import WarroomError
from incidents.model.ids import PersonId
from incidents.store import audit, backup, disk, incidents, migrate
from incidents.store.disk import Room
from incidents.store.engine import Store
from incidents.store.tables import inbox

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SMALL = 3 * 1024 * 1024  # less than the pages after which SQLite tidies its log
MEBIBYTE = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of 2 MiB, where we may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", folder],
        check=False, capture_output=True,
    )  # fmt: skip
    if mounted.returncode:
        yield None
        return
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_loses_nothing_that_was_acknowledged_and_says_so(
    small_disk: Path | None, tmp_path: Path, sqlite_template: Path
) -> None:
    folder = small_disk or tmp_path
    shutil.copy(sqlite_template, folder / "warroom.db")
    command = [sys.executable, HERE / "full_disk.py", folder / "warroom.db", tmp_path / "spool"]
    process = subprocess.Popen(
        [*command, *([] if small_disk else [str(SMALL)])], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
    )  # fmt: skip
    reached = process.stdout.readline() if process.stdout else ""
    if small_disk and reached:
        subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    out, err = process.communicate("\n", timeout=60)
    assert process.returncode == 0, err[-3000:]
    saw = json.loads(out.splitlines()[-1])

    assert len(saw["acknowledged"]) > 20
    assert set(saw["acknowledged"]) <= set(saw["kept"])
    assert saw["refused"].startswith("Unavailable: ")
    assert saw["before"]["writing"] == "ok"
    assert saw["full"][0] == 503
    assert saw["full"][1]["writing"] == "failing"
    assert saw["page"] == 200, "what is on record can still be read"
    assert saw["said"] is None or "kept on disk" in saw["said"]
    assert (saw["beating"], saw["after"], saw["sound"]) == (True, True, "ok")
    assert saw["ready"]["writing"] == "ok"
    print(f"disk full after {len(saw['acknowledged'])} notes, all of them there")


def test_little_room_is_told_in_time(tmp_path: Path) -> None:
    here = disk.tightest([tmp_path / "not" / "there" / "yet"])

    assert here is not None
    assert here.folder == tmp_path.resolve()
    assert 0 < here.free <= here.total
    assert Room(tmp_path, 199 * MEBIBYTE, 1000 * MEBIBYTE).is_low
    assert Room(tmp_path, 400 * MEBIBYTE, 10_000 * MEBIBYTE).is_low
    assert not Room(tmp_path, 600 * MEBIBYTE, 10_000 * MEBIBYTE).is_low
    assert str(Room(tmp_path, 100 * MEBIBYTE, 1000 * MEBIBYTE)).startswith("100 MiB (10%) left in")


@pytest.mark.slow
def test_a_lock_held_by_somebody_else_for_twenty_seconds_costs_nothing(
    sqlite_url: str, tmp_path: Path
) -> None:
    world = World(sqlite_url, spool=tmp_path / "spool")
    world.app.start()
    threads = {thread.name for thread in threading.enumerate()}
    path = sqlite_url.removeprefix("sqlite:///")
    said, answered = [], []
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        ends = time.monotonic() + 20
        for n in range(4):
            begun = time.monotonic()
            act = world.slack.act.command(
                "U0ANA", world.channel("general").id, f"trouble {n} sev3", "/incident"
            )
            answered.append(time.monotonic() - begun)
            said.append(str(act))
        time.sleep(max(ends - time.monotonic(), 0))
        holder.execute("ROLLBACK")
    begun = time.monotonic()
    found: list[str] = []
    while len(found) < 4 and time.monotonic() < begun + 30:
        time.sleep(0.05)
        with world.app.desk.look() as connection:
            found = sorted(one.title.raw for one in incidents.recent(connection, limit=9))
    took = time.monotonic() - begun
    still = {thread.name for thread in threading.enumerate()}
    world.close()

    assert found == [f"trouble {n}" for n in range(4)]
    assert took < 5
    assert max(answered) < 3
    assert [text for text in said if "locked" in text or "kept on disk" not in text] == []
    assert {"carrier", "watchdog"} <= threads & still
    print(f"locked for 20 s: 4 of 4 kept, done {took:.1f} s after the release")


@pytest.fixture
def safe_postgres() -> Iterator[Server]:
    """A server of its own that waits for the disk, as for real."""
    server = Server(safe=True)
    yield server
    server.stop()


@pytest.mark.slow
def test_ten_times_kill_nine_of_postgresql_loses_no_acknowledged_write(
    safe_postgres: Server,
) -> None:
    store = Store(safe_postgres.url(safe_postgres.database()))
    migrate.upgrade(store)
    desk = Desk(store, EMPTY)
    acknowledged: list[str] = []
    refused: list[str] = []
    stop = threading.Event()

    def write(thread: int) -> None:
        n = 0
        while not stop.is_set():
            n += 1
            key = f"{thread}-{n}"
            try:
                with desk.work(Origin(PersonId("U1"), "slack", key), START) as work:
                    audit.append(work.connection, at=START, actor="U1", action="write", thing=key)
            except WarroomError as error:
                refused.append(str(error))
                time.sleep(0.01)
            else:
                acknowledged.append(key)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for writer in writers:
        writer.start()
    back: list[float] = []
    for _ in range(10):
        time.sleep(0.5)
        count = len(acknowledged)
        safe_postgres.kill()
        begun = time.monotonic()
        safe_postgres.start()
        while len(acknowledged) <= count + 3:
            assert time.monotonic() < begun + 30, "nobody writes any more"
            time.sleep(0.005)
        back.append(time.monotonic() - begun)
    stop.set()
    for writer in writers:
        writer.join()

    with store.read() as connection:
        kept = set(connection.execute(select(inbox.c.key)).scalars())
        found = audit.verify(connection)
    store.close()
    assert set(acknowledged) - kept == set()
    assert (found.entries, found.broken) == (len(kept), None)
    assert len(acknowledged) > 300
    assert refused
    print(
        f"10 kills of the postmaster: {len(acknowledged)} of {len(acknowledged)} acknowledged "
        f"writes kept; writing again after {max(back):.1f} s at most"
    )


def test_a_lost_file_comes_back_from_its_backup(sqlite_url: str, tmp_path: Path) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    world = World(sqlite_url)
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    take(world.app.desk.store, tmp_path / "copy", world.clock())
    world.close()
    for left in path.parent.glob("warroom.db*"):
        left.unlink()

    store = Store(sqlite_url)
    found = bring_back(
        store, tmp_path / "copy", world.clock(), by=Origin(PersonId("cli:ana"), "cli")
    )

    with store.read() as connection:
        assert [one.title.raw for one in incidents.recent(connection, limit=9)] == ["checkout 5xx"]
        assert backup.broken_chains(connection) == ()
    store.close()
    assert found.rows > 20


@pytest.mark.slow
def test_what_a_backup_and_a_restore_take(database_url: str, tmp_path: Path) -> None:
    """The figures of runbooks/operating/backup.md: for 100 000 rows."""
    store = Store(database_url)
    with store.write() as connection:
        fill(connection, 100_000)
    ana = Origin(PersonId("cli:ana"), "cli")
    figures: list[str] = []
    for key in ("", "a long secret"):
        begun = time.monotonic()
        made = take(store, tmp_path / f"copy{len(key)}", START, key=key)
        taken = time.monotonic() - begun
        begun = time.monotonic()
        bring_back(store, tmp_path / f"copy{len(key)}", START, by=ana, key=key)
        restored = time.monotonic() - begun
        figures.append(
            f"{made.rows} rows, {made.size / MEBIBYTE:.1f} MiB, sealed={made.is_sealed}: "
            f"backup {taken:.1f} s, restore {restored:.1f} s"
        )
        assert restored < 60
    store.close()
    print(*figures, sep="\n")
