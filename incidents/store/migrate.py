"""Bring a database to the schema this version needs, whole or not at all.

On SQLite a migration runs in one ``BEGIN IMMEDIATE`` transaction: killed half-way, it has not
happened, and a second process waits for the first. On PostgreSQL an advisory lock does the waiting.
"""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from incidents import assets
from incidents.errors import WarroomError
from incidents.store.engine import Store

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
    with store.write() as connection:
        _take_turns(connection)
        known = {script.revision for script in _scripts().walk_revisions()}
        current = _current(connection)
        if current is not None and current not in known:
            raise WrongSchema(
                f"The database has revision {current}, which this version does not know. "
                "Run the newer version of warroom."
            )
        command.upgrade(config(connection), revision)


def downgrade(store: Store, revision: str) -> None:
    """Go back to an older revision; ``base`` removes everything."""
    with store.write() as connection:
        _take_turns(connection)
        command.downgrade(config(connection), revision)


def is_at_head(store: Store) -> bool:
    """Whether the database has the schema this version needs."""
    with store.read() as connection:
        return _current(connection) == head()


def head() -> str | None:
    """The newest revision that this version knows."""
    return _scripts().get_current_head()


def revision(store: Store) -> str | None:
    """The database's revision; None for an empty one."""
    with store.read() as connection:
        return _current(connection)


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _take_turns(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
