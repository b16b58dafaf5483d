"""What every test may ask for: a database of either kind, and a world to play in."""

import os
import shutil
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path

import dialects
import pytest
import structlog
from hypothesis import HealthCheck, settings
from postgres import Server
from world import World

from bot.emulator.core import Identity
from incidents.store import migrate
from incidents.store.engine import Store

# Tracebacks as in production: without the values of variables, and fast.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)

dialects.share()

# How fast a shared machine is at the moment decides nothing.
settings.register_profile(
    "shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared-machine")

# A commit waits for the disk, thousands of times. Where memory can be had as a folder, and pytest
# was not told where to work, the databases of tests are there.
_MEMORY = Path("/dev/shm")  # noqa: S108 (pytest makes a folder of its own there)
if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 2**30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

_STORIES = {"oneroom", "stories"}  # folders
_ONE_OF = 12


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the stories on PostgreSQL every twelfth is in the default run, the others are `slow`.

    What may differ between databases is SQL, and `store`, `actions` and `replicas` run it on both.
    """
    for item in items:
        is_story = item.path.parent.name in _STORIES and "postgresql" in item.name
        if is_story and zlib.crc32(item.nodeid.encode()) % _ONE_OF:
            item.add_marker(pytest.mark.slow)


_SLACK = Identity()
_SECRETS = (_SLACK.signing_secret, _SLACK.bot_token, _SLACK.app_token)


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Whoever sets the logs up, as `warroom serve` does, sets them up for one test."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test in whose output a secret of the embedded workspace can be read fails (F69).

    Half characters in the output are spelt out: the process that collects reports takes none.
    """
    report = yield
    report.sections = [
        (title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections
    ]
    leaks = [title for title, text in report.sections if any(one in text for one in _SECRETS)]
    if leaks and report.passed:
        report.outcome, report.longrepr = "failed", f"a secret can be read in: {', '.join(leaks)}"
    return report


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL server for the whole run."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "warroom.db"
    store = Store(f"sqlite:///{path}")
    migrate.upgrade(store)
    store.close()  # the last connection folds the write-ahead log into the file
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Server) -> str:
    """A migrated PostgreSQL database, to be used as a template."""
    name = postgres.database()
    store = Store(postgres.url(name))
    migrate.upgrade(store)
    store.close()
    return name


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A migrated SQLite database of one's own."""
    path = tmp_path / "warroom.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Server, postgres_template: str) -> str:
    """A migrated PostgreSQL database of one's own."""
    return postgres.url(postgres.database(postgres_template))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The same test, on both databases."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A migrated store, on both databases."""
    made = Store(database_url)
    yield made
    made.close()


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """An organisation on an embedded workspace, with a clock that is moved by hand."""
    made = World(database_url, spool=tmp_path / "spool")
    yield made
    made.close()


@pytest.fixture
def light_world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """Like `world`, on SQLite only: for what does not depend on the database."""
    made = World(sqlite_url, spool=tmp_path / "spool")
    yield made
    made.close()
