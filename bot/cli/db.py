"""``warroom db``: the database's schema, copies of it, and bringing one back."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli import common
from bot.cli.common import AsJson

app = typer.Typer(no_args_is_help=True)


def _store() -> Any:  # noqa: ANN401 (incidents.store is imported late)
    from incidents.store.engine import Store

    settings = common.settings()
    return Store(settings.warroom_database_url, seal=settings.seal)


@app.command()
def upgrade() -> None:
    """Bring the schema to what this version needs, whole or not at all."""
    from incidents.store import migrate

    store = _store()
    before = migrate.revision(store)
    migrate.upgrade(store)
    print(f"{before or 'empty'} → {migrate.revision(store)}")


@app.command()
def check(as_json: AsJson = False) -> None:
    """Is the schema what this version needs, and the file sound? Exit 1 if not."""
    from incidents.store import migrate

    store = _store()
    at, head = migrate.revision(store), migrate.head()
    sound = "ok"
    if store.is_sqlite:
        with store.read() as connection:
            sound = str(connection.exec_driver_sql("PRAGMA integrity_check").scalar())
    value = {"revision": at, "needed": head, "integrity": sound}
    rows = [["Revision", at or "empty"], ["Needed", str(head)], ["Integrity", sound]]
    common.show(value, rows, as_json=as_json)
    if at != head or sound != "ok":
        sys.exit(1)


@app.command()
def backup(out: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Copy the database while it is in use. SQLite: a database file; PostgreSQL: a pg_dump file."""
    from incidents.errors import Refused

    if out.exists():
        raise Refused(f"{out} exists.", instead="Name a new file.")
    store = _store()
    if store.is_sqlite:
        with store.engine.connect() as connection:
            raw = connection.connection.driver_connection
            with closing(sqlite3.connect(out)) as target:
                raw.backup(target)
    else:
        _run("pg_dump", "--format=custom", f"--file={out}", _libpq(store))
    print(f"Written to {out} ({out.stat().st_size} bytes).")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What backup wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Replace what is there now.")] = False,
) -> None:
    """Bring a copy back. Stop warroom first; what is in the database now is replaced."""
    from incidents.errors import Refused
    from incidents.store import migrate

    if not yes:
        raise Refused("This replaces the whole database.", instead="Say --yes if you mean it.")
    store = _store()
    if store.is_sqlite:
        with closing(sqlite3.connect(file)) as source:
            if source.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise Refused(f"{file} is damaged.", instead="Use another copy.")
            with store.engine.connect() as connection:
                source.backup(connection.connection.driver_connection)
    else:
        _run("pg_restore", "--clean", "--if-exists", f"--dbname={_libpq(store)}", str(file))
    migrate.upgrade(store)
    print(f"Restored from {file}, at revision {migrate.revision(store)}.")


def _libpq(store: Any) -> str:  # noqa: ANN401
    url = store.url.set(drivername="postgresql")
    return str(url.render_as_string(hide_password=False))


def _run(program: str, *arguments: str) -> None:
    from incidents.errors import Refused

    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 (our own arguments)
    except FileNotFoundError:
        raise Refused(
            f"{program} is not installed.", instead="Install PostgreSQL's client programs."
        ) from None
    if done.returncode:
        raise Refused(f"{program} failed: {done.stderr.strip()[:400]}")
