"""Tell other processes that there is work, on PostgreSQL.

A hint and no more: notifications are lost with a connection and do not pass every pooler, so
everybody also looks for work by themselves, once a second.
"""

from collections.abc import Callable
from contextlib import closing
from threading import Event
from typing import Any

import structlog
from sqlalchemy import Connection, text

from incidents.store.engine import Store

log = structlog.get_logger(__name__)

_CHANNEL = "warroom"
_PAUSE = 5.0  # seconds between attempts to listen
_LOOK = 1.0  # seconds: how soon a listener notices that it shall stop


def tell(connection: Connection) -> None:
    """Everybody who listens hears of it when this transaction commits."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"NOTIFY {_CHANNEL}"))


def listen(store: Store, wake: Callable[[], None], stopping: Event) -> None:
    """Call ``wake`` whenever somebody tells, until ``stopping``. On SQLite, nobody ever does."""
    while not store.is_sqlite and not stopping.is_set():
        try:
            with closing(_connect(store)) as connection:
                connection.execute(f"LISTEN {_CHANNEL}")
                while not stopping.is_set():
                    for _ in connection.notifies(timeout=_LOOK, stop_after=1):
                        wake()
        except Exception as error:  # noqa: BLE001 (the loop of a thread: polling goes on)
            log.warning("not_listening", because=type(error).__name__)
            stopping.wait(_PAUSE)


def _connect(store: Store) -> Any:  # noqa: ANN401 (psycopg's own connection)
    import psycopg  # noqa: PLC0415 (only where there is a PostgreSQL)

    url = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(url, autocommit=True, connect_timeout=3)
