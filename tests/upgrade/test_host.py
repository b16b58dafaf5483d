"""One SQLite file, one host; several processes of it; and everybody says that they are there."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from world import World

from bot.clock import utc_now
from incidents.errors import Refused
from incidents.store import host
from incidents.store.engine import Store
from incidents.store.host import Here, Seat, Taken
from incidents.store.tables import replica

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
OURS = host.here()
OTHER = Here("other.example", "7e57b007")
SECOND = timedelta(seconds=1)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    made = Store(sqlite_url)
    yield made
    made.close()


def owners(store: Store) -> list[tuple[str, str]]:
    with store.read() as connection:
        return [(one.owner, one.host) for one in host.replicas(connection)]


def seat(store: Store, place: Here, owner: str = "") -> Seat:
    made = Seat(store, "1.0", place)
    made.owner = owner or made.owner
    return made


def test_a_process_says_where_it_is_and_how_its_clock_goes(store: Store) -> None:
    mine = Seat(store, "1.0")
    mine.enter(NOW)
    mine.beat(NOW + 5 * SECOND, timedelta(milliseconds=-40))

    with store.read() as connection:
        [found] = host.living(connection, NOW + 5 * SECOND)
    mine.leave()

    assert (found.owner, found.host, found.boot) == (mine.owner, OURS.name, OURS.boot)
    assert (found.version, found.skew) == ("1.0", timedelta(milliseconds=-40))
    assert (found.started_at, found.seen_at) == (NOW, NOW + 5 * SECOND)
    assert owners(store) == []


def test_a_second_host_is_refused_on_sqlite_within_a_second(sqlite_store: Store) -> None:
    theirs = seat(sqlite_store, OTHER, "other.example/1")
    theirs.enter(NOW)
    mine = seat(sqlite_store, OURS)

    begun = time.monotonic()
    with pytest.raises(Taken) as refused:
        mine.enter(NOW + 59 * SECOND)

    assert time.monotonic() - begun < 1
    assert str(refused.value) == (
        "The host other.example works on this SQLite file (last heard of at 09:00:00 UTC). Two "
        "hosts would corrupt it. Stop warroom there, wait 60 s if it crashed, or use PostgreSQL "
        "for several hosts."
    )
    assert owners(sqlite_store) == [("other.example/1", "other.example")]


def test_a_refused_process_leaves_no_lock_behind(sqlite_store: Store) -> None:
    theirs = seat(sqlite_store, OTHER, "other.example/1")
    theirs.enter(NOW)
    with pytest.raises(Taken):
        seat(sqlite_store, OURS).enter(NOW)
    theirs.leave()

    mine = seat(sqlite_store, OURS)
    mine.enter(NOW)

    assert owners(sqlite_store) == [(mine.owner, OURS.name)]
    mine.leave()


def test_a_host_that_was_silent_for_a_minute_is_replaced(sqlite_store: Store) -> None:
    seat(sqlite_store, OTHER, "other.example/1").enter(NOW)
    mine = seat(sqlite_store, OURS)

    mine.enter(NOW + 60 * SECOND)

    assert owners(sqlite_store) == [(mine.owner, OURS.name)]
    mine.leave()


def test_a_host_that_rebooted_gets_its_file_back_at_once(sqlite_store: Store) -> None:
    before = seat(sqlite_store, Here(OURS.name, "boot before"), f"{OURS.name}/77")
    before.enter(NOW)
    before._unlock()  # as the end of that kernel did
    mine = seat(sqlite_store, OURS)

    mine.enter(NOW + SECOND)

    assert owners(sqlite_store) == [(mine.owner, OURS.name)]
    mine.leave()


def test_the_same_name_does_not_help_while_the_lock_is_held(sqlite_store: Store) -> None:
    seat(sqlite_store, Here(OURS.name, "cloned machine"), f"{OURS.name}/77").enter(NOW)

    with pytest.raises(Taken):
        seat(sqlite_store, OURS).enter(NOW + SECOND)


def test_who_was_replaced_while_asleep_writes_nothing_more(sqlite_store: Store) -> None:
    sleeper = seat(sqlite_store, OTHER, "other.example/1")
    sleeper.enter(NOW)
    mine = seat(sqlite_store, OURS)
    mine.enter(NOW + 61 * SECOND)

    still = sleeper.beat(NOW + 62 * SECOND, timedelta())

    assert (still, sleeper.is_lost) == (False, True)
    assert sleeper.objection().startswith(f"The host {OURS.name} works on this SQLite file")
    assert owners(sqlite_store) == [(mine.owner, OURS.name)]
    mine.leave()


def test_on_postgresql_every_host_may_come(postgres_url: str) -> None:
    store = Store(postgres_url)
    seats = [seat(store, Here(f"host{n}", f"boot{n}"), f"host{n}/1") for n in range(3)]

    for one in seats:
        one.enter(NOW)

    assert owners(store) == [(f"host{n}/1", f"host{n}") for n in range(3)]
    store.close()


def test_a_dead_process_of_this_host_is_forgotten(store: Store) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    seat(store, OURS, f"{OURS.name}/{gone.pid}").enter(NOW)
    mine = seat(store, OURS)

    mine.enter(NOW)

    assert owners(store) == [(mine.owner, OURS.name)]
    mine.leave()


def test_a_row_that_an_operator_removed_comes_back_with_the_next_beat(store: Store) -> None:
    mine = seat(store, OURS)
    mine.enter(NOW)
    with store.write() as connection:
        connection.execute(replica.delete())

    assert mine.beat(NOW + 5 * SECOND, timedelta())
    assert owners(store) == [(mine.owner, OURS.name)]
    mine.leave()


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs"])
def test_a_file_on_the_network_is_refused(kind: str) -> None:
    mounts = f"/dev/sda1 / ext4 rw 0 0\nserver:/x /mnt/our\\040data {kind} rw 0 0\n"

    with pytest.raises(Refused, match="network filesystem") as refused:
        host.refuse_network(Path("/mnt/our data/warroom.db"), mounts)
    host.refuse_network(Path("/mnt/our data too/warroom.db"), mounts)

    assert "Use a local disk, or PostgreSQL" in str(refused.value)


def test_the_nearest_mount_counts() -> None:
    mounts = "server:/ / nfs rw 0 0\n/dev/sdb /var xfs rw 0 0\ntmpfs /var/cache tmpfs rw 0 0\n"

    assert host.filesystem(Path("/var/lib/w.db"), mounts) == "xfs"
    assert host.filesystem(Path("/var/cache/w.db"), mounts) == "tmpfs"
    assert host.filesystem(Path("/srv/w.db"), mounts) == "nfs"


def start_serving(url: str, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--port", str(port)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={
            "WARROOM_DATABASE_URL": url, "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s",
            "WARROOM_SLACK_API_URL": "http://127.0.0.1:9/", "WARROOM_LOG": "json",
        },
    )  # fmt: skip


def wait_until_served(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nobody serves on port {port}")


def places(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Process and host of each owner."""
    return sorted((owner.split("/")[1], place) for owner, place in found)


def test_two_processes_of_one_host_serve_and_a_killed_one_is_replaced(
    sqlite_store: Store, sqlite_url: str
) -> None:
    first, second = start_serving(sqlite_url, 47101), start_serving(sqlite_url, 47102)
    running = [first, second]
    try:
        wait_until_served(47101)
        wait_until_served(47102)
        both = owners(sqlite_store)
        second.send_signal(signal.SIGKILL)
        second.wait()
        running.append(start_serving(sqlite_url, 47103))
        wait_until_served(47103)
        after = owners(sqlite_store)
    finally:
        for process in running:
            process.terminate()
            process.communicate(timeout=30)

    third = running[-1]
    assert places(both) == sorted((str(each.pid), OURS.name) for each in (first, second))
    assert places(after) == sorted((str(each.pid), OURS.name) for each in (first, third))
    assert owners(sqlite_store) == []


def test_serving_on_another_hosts_file_ends_at_once_with_words(
    sqlite_store: Store, sqlite_url: str
) -> None:
    theirs = seat(sqlite_store, OTHER, "other.example/1")
    theirs.enter(utc_now())

    process = start_serving(sqlite_url, 47104)
    out, err = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "warroom: The host other.example works on this SQLite file" in err
    assert "Traceback" not in out + err


def test_a_short_command_works_beside_another_host(sqlite_store: Store, sqlite_url: str) -> None:
    seat(sqlite_store, OTHER, "other.example/1").enter(utc_now())

    ran = subprocess.run(
        [sys.executable, "-m", "bot", "incident", "list"], cwd=ROOT, check=False,
        capture_output=True, text=True, timeout=30, env={"WARROOM_DATABASE_URL": sqlite_url},
    )  # fmt: skip

    assert ran.returncode == 0, ran.stderr


def test_a_process_that_lost_its_file_takes_no_more_work(light_world: World) -> None:
    light_world.app.seat.enter(light_world.clock())
    with light_world.app.desk.store.write() as connection:
        connection.execute(update(replica).values(boot="another", host="other.example"))

    light_world.app.seat.beat(light_world.clock(), timedelta())
    light_world.app.gate.look()

    assert not light_world.app.gate.is_open
    assert "other.example" in light_world.app.gate.because
