"""A database, opened the way warroom needs it, and the only two ways to talk to it: read and write.

SQLite: write-ahead log, full sync (an acknowledged write survives power loss), foreign keys, and
``BEGIN IMMEDIATE`` for writers, because a reader that turns writer fails at once whatever the busy
timeout says. PostgreSQL: READ COMMITTED, short statement and lock timeouts.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import ConnectionPoolEntry

from incidents.errors import Unavailable
from incidents.model.seal import UNSEALED, Seal
from incidents.store.turns import Turns

_PATIENCE = 15.0  # seconds that a transaction waits for a lock
_PG_CONNECTING = {
    "connect_timeout": 3,  # seconds
    "tcp_user_timeout": 5_000,  # milliseconds: a peer that vanished is noticed
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "options": "-c statement_timeout=15000 -c lock_timeout=10000"
    " -c idle_in_transaction_session_timeout=20000",
}
_POOL_PATIENCE = 10.0  # seconds
_patience: ContextVar[float] = ContextVar("patience", default=_PATIENCE)
_open_transactions = threading.local()


class Store:
    """One database. ``is_sqlite`` tells apart the two kinds where a lock has two spellings.

    ``seal`` is what seals the audit log; it travels with every transaction.
    """

    def __init__(self, url: str, *, seal: Seal = UNSEALED) -> None:
        self.seal = seal
        self.url: URL = make_url(url)
        if self.url.drivername in {"postgresql", "postgres"}:
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self.url) if self.is_sqlite else _postgresql(self.url)
        self._writers = Turns()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may change things: committed at the end, rolled back on an error.

        Raises `Unavailable` if the database cannot be reached, or not written to.
        """
        with self._turn(), self._transaction(writes=True) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent look, never a change. Raises `Unavailable`."""
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite has one writer. Its own way to wait is to sleep and try again, for up to 0.1 s.

        Under load some would sleep for seconds while others come and go: so the threads of a
        process queue up here, and only processes wait for each other in SQLite's way.
        """
        if not self.is_sqlite:
            yield
            return
        if not self._writers.take(_patience.get()):
            raise Unavailable("The database cannot be used now (other work takes too long).")
        try:
            yield
        finally:
            self._writers.end()

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        options = {"warroom_writes": writes, "warroom_seal": self.seal}
        _open_transactions.count = transactions_open() + 1
        try:
            with (
                self.engine.connect().execution_options(**options) as connection,
                connection.begin(),
            ):
                yield connection
        except (OperationalError, InterfaceError, NoConnectionFree) as error:
            raise Unavailable(f"The database cannot be used now ({_cause(error)}).") from error
        finally:
            _open_transactions.count = transactions_open() - 1

    def close(self) -> None:
        """Give every pooled connection back."""
        self.engine.dispose()


def transactions_open() -> int:
    """How many transactions this thread has open. Couriers refuse to call out unless it is 0."""
    return getattr(_open_transactions, "count", 0)


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Transactions of this thread wait for a lock no longer than this: a person is waiting."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


def _cause(error: Exception) -> str:
    """The database's own words, on one line. They hold no parameters."""
    return " ".join(str(getattr(error, "orig", None) or error).split())[:200]


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=16,
        max_overflow=16,
        pool_timeout=_POOL_PATIENCE,
        connect_args={"check_same_thread": False, "timeout": _PATIENCE},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401, ARG001
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("warroom_writes", True)
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_patience.get() * 1000:.0f}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=16,
        max_overflow=16,
        pool_timeout=_POOL_PATIENCE,
        connect_args=_PG_CONNECTING,
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if _patience.get() < _PATIENCE:
            limit = f"{_patience.get() * 1000:.0f}"
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {limit}")
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {limit}")

    return engine
