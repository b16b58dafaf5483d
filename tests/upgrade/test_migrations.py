"""Every migration, with data in every table, forwards and back, alone, in company, and killed."""

import itertools
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from postgres import Server
from sqlalchemy import make_url, select
from sqlalchemy.sql import column, table
from upgrade.rows import columns, content, fill, shape

from incidents.model.cells import cells_of
from incidents.model.objective import SLOName
from incidents.model.rolling import Sample
from incidents.store import migrate, sli_journal, sli_seen
from incidents.store.engine import Store
from incidents.store.tables import metadata

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
REVISIONS = migrate.in_order()
STEPS = list(itertools.pairwise(REVISIONS))
# Limits of the last minute, and a journal whose readers begin anew from the buckets.
EPHEMERAL = {"bucket", "sli_sample", "sli_journal"}
ROWS = 500
KINDS = ["sqlite", "postgresql"]


@dataclass(frozen=True)
class Databases:
    """Empty databases and copies of databases, of one kind."""

    kind: str
    folder: Path
    server: Server | None
    made: list[int]

    def new(self, copy_of: str = "") -> str:
        """The URL of a new database. Whoever copies one has closed it."""
        self.made.append(0)
        if self.server is not None:
            name = str(make_url(copy_of).database) if copy_of else "template1"
            return self.server.url(self.server.database(name))
        path = self.folder / f"{len(self.made)}.db"
        if copy_of:
            shutil.copy(copy_of.removeprefix("sqlite:///"), path)
        return f"sqlite:///{path}"


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    return Databases(request.param, tmp_path, server, [])


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


def snapshot(store: Store, only: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """What is in the tables and columns ``only``, or in all of them."""
    with store.read() as connection:
        found = {}
        for name in only if only is not None else content(connection):
            names = columns(connection, name) if only is None else only[name]
            query = select(*(column(one) for one in names)).select_from(table(name))
            rows = [tuple(row) for row in connection.execute(query)]
            found[name] = (names, sorted(rows, key=repr))
        return found


def shared(one: Store, other_shape: dict[str, list[str]]) -> dict[str, list[str]]:
    """The tables and columns that survive between two revisions."""
    with one.read() as connection:
        return {
            name: [each for each in columns(connection, name) if each in names]
            for name, names in other_shape.items()
            if name in content(connection) and name not in EPHEMERAL
        }


def layout(store: Store) -> dict[str, list[str]]:
    with store.read() as connection:
        return {name: columns(connection, name) for name in content(connection)}


@pytest.mark.parametrize(("old", "new"), STEPS)
@pytest.mark.parametrize("rows", [ROWS, pytest.param(10_000, marks=pytest.mark.slow)])
def test_rows_survive_up_down_and_up(
    databases: Databases, opened: Callable[[str], Store], rows: int, old: str, new: str
) -> None:
    store = opened(databases.new())
    migrate.upgrade(store, old)
    with store.write() as connection:
        written = fill(connection, rows, chained=False)
    narrow = layout(store)

    before = snapshot(store, shared(store, narrow))
    migrate.upgrade(store, new)
    kept = shared(store, narrow)
    after_up = snapshot(store, kept)
    migrate.downgrade(store, old)
    after_down = snapshot(store, kept)
    migrate.upgrade(store, new)
    after_all = snapshot(store, kept)

    assert written > rows * 0.9
    assert set(kept) == set(before)
    assert sum(len(rows) for _, rows in before.values()) > rows * 0.8
    assert after_up == before
    assert after_down == before
    assert after_all == before


def test_the_newest_schema_goes_back_to_nothing_and_returns_the_same(
    databases: Databases, opened: Callable[[str], Store]
) -> None:
    store = opened(databases.new())
    migrate.upgrade(store)
    with store.write() as connection:
        fill(connection, ROWS)
        first = shape(connection)

    migrate.downgrade(store, "base")
    with store.read() as connection:
        nothing = content(connection)
    migrate.upgrade(store)

    with store.write() as connection:
        again = shape(connection)
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert nothing == {}
    assert again == first
    assert differences == []


@pytest.mark.parametrize("act", ["upgrade", "downgrade"])
def test_killed_in_the_middle_it_is_old_or_new(databases: Databases, act: str) -> None:
    kill_everywhere(databases, act, every=120)


@pytest.mark.slow
@pytest.mark.parametrize("act", ["upgrade", "downgrade"])
def test_killed_at_every_statement_it_is_old_or_new(databases: Databases, act: str) -> None:
    kill_everywhere(databases, act, every=1)


def kill_everywhere(databases: Databases, act: str, *, every: int) -> None:
    """Both ways between every two neighbours, with data, SIGKILL at every ``every``-th statement.

    Between the empty database and the first revision too. The last statement is the commit itself.
    """
    total = 0
    for old, new in [("base", REVISIONS[0]), *STEPS]:
        begin, end = (old, new) if act == "upgrade" else (new, old)
        template = prepared(databases, begin)
        old_state, new_state = state(template), state(migrated(databases, template, act, end))
        [statements] = run_dying(act, end, {0: databases.new(template)})
        batch = {at: databases.new(template) for at in range(1, int(statements) + 1, every)}
        for url, how in zip(batch.values(), run_dying(act, end, batch), strict=True):
            assert (how, state(url)) == ("killed", old_state)
            assert state(migrated(databases, url, act, end, copy=False)) == new_state
        total += len(batch)
    assert total > 60 / every
    print(f"{databases.kind}: {act} killed {total} times, always old or new")


def prepared(databases: Databases, revision: str) -> str:
    """A database at a revision with rows in it, closed."""
    url = databases.new()
    if revision != "base":
        store = Store(url)
        migrate.upgrade(store, revision)
        with store.write() as connection:
            fill(connection, 150, chained=False)
        store.close()
    return url


def migrated(databases: Databases, url: str, act: str, revision: str, *, copy: bool = True) -> str:
    """A copy of a database, or the database itself, after a migration that nobody disturbed."""
    made = databases.new(url) if copy else url
    store = Store(made)
    {"upgrade": migrate.upgrade, "downgrade": migrate.downgrade}[act](store, revision)
    store.close()
    return made


def state(url: str) -> tuple[Any, ...]:
    """Everything that can be seen of a database: its revision, schema and rows."""
    store = Store(url)
    with store.read() as connection:
        found = (migrate.current(connection), shape(connection), content(connection))
    store.close()
    found[1].pop("alembic_version", None)  # alembic leaves it behind, empty
    return found


def run_dying(act: str, revision: str, batch: dict[int, str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, HERE / "dying.py", act, revision],
        input="".join(f"{at} {url}\n" for at, url in batch.items()),
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=280,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return done.stdout.splitlines()


def test_four_who_migrate_at_once_write_one_history(
    databases: Databases, opened: Callable[[str], Store]
) -> None:
    url = databases.new()
    command = [sys.executable, "-m", "bot", "db", "upgrade"]

    started = [
        subprocess.Popen(command, cwd=ROOT, env={"WARROOM_DATABASE_URL": url, "PATH": "/usr/bin"},
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]  # fmt: skip
    ended = [(*process.communicate(timeout=60), process.returncode) for process in started]

    assert [code for *_, code in ended] == [0] * 4, ended
    store = opened(url)
    with store.read() as connection:
        query = "SELECT version_num FROM alembic_version"
        assert connection.exec_driver_sql(query).scalars().all() == [migrate.head()]
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("words", [("incident", "list"), ("serve",)])
def test_an_older_program_refuses_a_newer_schema_in_words(
    databases: Databases, opened: Callable[[str], Store], words: tuple[str, ...]
) -> None:
    url = databases.new()
    store = opened(url)
    migrate.upgrade(store)
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    environment = {
        "WARROOM_DATABASE_URL": url, "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s",
    }  # fmt: skip

    begun = time.monotonic()
    ran = subprocess.run([sys.executable, "-m", "bot", *words], cwd=ROOT, env=environment,
                         capture_output=True, text=True, check=False, timeout=60)  # fmt: skip

    assert time.monotonic() - begun < 30
    assert ran.returncode == 2
    assert ran.stderr == (
        "warroom: The database has revision 9999, which this version does not know: "
        "a newer version of warroom upgraded it. Run that version.\n"
    )
    assert migrate.revision(store) == "9999"


def test_an_older_program_finds_all_that_was_counted_and_each_number_by_itself(
    databases: Databases, opened: Callable[[str], Store]
) -> None:
    store = opened(databases.new())
    migrate.upgrade(store, "0010")
    at = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    samples = [Sample(SLOName(f"service-{number}/x"), at, number, 1) for number in range(400)]
    with store.write() as connection:
        sli_journal.hold(connection)
        sli_journal.write_down(connection, cells_of(samples), at)
        sli_seen.first_time(
            connection, ["edge"], np.zeros(5, np.int64), np.array([1, 2, 3, 4, 9]), np.full(5, 7)
        )

    migrate.downgrade(store, "0009")

    with store.read() as connection:
        counted = "SELECT tier, sum(good), sum(bad) FROM sli_bucket GROUP BY tier ORDER BY tier"
        seen = "SELECT source, seq FROM sli_batch_seen ORDER BY seq"
        assert [tuple(row) for row in connection.exec_driver_sql(counted)] == [
            ("10s", 79800, 400),
            ("1h", 79800, 400),
            ("5min", 79800, 400),
        ]
        assert [tuple(row) for row in connection.exec_driver_sql(seen)] == [
            ("edge", seq) for seq in (1, 2, 3, 4, 9)
        ]
