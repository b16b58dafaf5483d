"""Bring a database to the schema this version needs, whole or not at all.

On SQLite a migration runs in one ``BEGIN IMMEDIATE`` transaction: killed half-way, it has not
happened, and a second process waits for the first. On PostgreSQL an advisory lock does the waiting.
"""

import functools

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from incidents import assets
from incidents.errors import WarroomError
from incidents.store.engine import Store, patience

_PATIENCE = 600.0  # seconds that others may take to migrate before us
_LOCK = 0x77617272  # "warr": the advisory lock of everybody who migrates


class WrongSchema(WarroomError):
    """The database is of another version than the program."""


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration: the scripts that ship, and the connection to use."""
    made = Config()
    made.set_main_option("script_location", str(assets.folder("migrations")))
    made.attributes["connection"] = connection
    return made


def upgrade(store: Store, revision: str = "head") -> None:
    """Bring the database to ``revision``. Refuses one that is newer than the program."""
    if revision == "head" and is_at_head(store):
        return
    with patience(_PATIENCE), store.write() as connection:
        take_turns(connection)
        upgrade_in(connection, revision)


def upgrade_in(connection: Connection, revision: str = "head") -> None:
    """The same in a transaction of the caller's, who has taken turns."""
    _refuse_unknown(current(connection))
    command.upgrade(config(connection), revision)


def downgrade(store: Store, revision: str) -> None:
    """Go back to an older revision; ``base`` removes everything."""
    with patience(_PATIENCE), store.write() as connection:
        take_turns(connection)
        downgrade_in(connection, revision)


def downgrade_in(connection: Connection, revision: str) -> None:
    """The same in a transaction of the caller's, who has taken turns."""
    _refuse_unknown(current(connection))
    command.downgrade(config(connection), revision)


def take_turns(connection: Connection) -> None:
    """Be the only one who changes the schema until the transaction ends, however long it takes.

    Statements may then last as long as the data asks for, but wait no longer than usual for locks:
    behind a migration that waits for a table, everybody else who wants that table would queue.
    """
    if connection.dialect.name != "postgresql":
        return
    for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {name} = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    connection.execute(text("SET LOCAL lock_timeout = 10000"))


def is_at_head(store: Store) -> bool:
    """Whether the database has the schema this version needs."""
    return revision(store) == head()


def is_known(store: Store) -> bool:
    """Whether this version knows the database's schema. If not, a newer version changed it.

    Cheap enough to ask every few seconds.
    """
    return revision(store) in known()


def unfit(store: Store) -> str:
    """Why this version must not work on the database as it is now; empty if it may."""
    at = revision(store)
    if at == head():
        return ""
    if at in known():
        return f"The database is at revision {at or 'none'}, this version needs {head()}."
    return _newer(str(at))


def head() -> str | None:
    """The newest revision that this version knows."""
    return _scripts().get_current_head()


def in_order() -> tuple[str, ...]:
    """Every revision, each after the one it builds on."""
    return tuple(script.revision for script in reversed(list(_scripts().walk_revisions())))


@functools.cache
def known() -> frozenset[str | None]:
    """Every revision that this version knows; None is the empty database."""
    return frozenset({None, *(script.revision for script in _scripts().walk_revisions())})


def revision(store: Store) -> str | None:
    """The database's revision; None for an empty one."""
    with store.read() as connection:
        return current(connection)


def current(connection: Connection) -> str | None:
    """The revision as a transaction sees it."""
    return MigrationContext.configure(connection).get_current_revision()


@functools.cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())


def _refuse_unknown(at: str | None) -> None:
    if at not in known():
        raise WrongSchema(_newer(str(at)))


def _newer(at: str) -> str:
    return (
        f"The database has revision {at}, which this version does not know: "
        "a newer version of warroom upgraded it. Run that version."
    )
