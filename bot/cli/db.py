"""``warroom db``: the database's schema, copies of it, and bringing one back."""

import sys
from datetime import timedelta
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
def backup(
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    encrypt: Annotated[bool, typer.Option(help="With the key in WARROOM_BACKUP_KEY.")] = False,
) -> None:
    """Copy the database while it is in use, and read the copy back."""
    from incidents.actions import backups
    from incidents.errors import Refused

    key = _key()
    if encrypt and not key:
        raise Refused(
            "There is no key to encrypt with.",
            instead="Set WARROOM_BACKUP_KEY to a long secret, and keep it elsewhere too.",
        )
    begun = _clock()
    made = backups.take(_store(), out, common.now(), key=key if encrypt else "")
    print(f"Written to {out}: {_contents(made)}, read back in {_clock() - begun:.1f} s.")
    _warn_of_breaks(made)


@app.command()
def verify(file: Annotated[Path, typer.Argument(help="What backup wrote.")]) -> None:
    """Read a backup to its end: is it whole? Exit 2 if not."""
    from incidents.actions import backups

    found = backups.examine(file, key=_key())
    print(f"{file} is whole: {_contents(found)}, taken {found.head.taken_at:%Y-%m-%d %H:%M} UTC.")
    _warn_of_breaks(found)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What backup wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Replace what is there now.")] = False,
) -> None:
    """Bring a copy back, into SQLite or PostgreSQL. Stop warroom first: all of it is replaced."""
    from incidents.actions import backups
    from incidents.errors import Refused

    if not yes:
        raise Refused("This replaces the whole database.", instead="Say --yes if you mean it.")
    begun, now = _clock(), common.now()
    found = backups.bring_back(_store(), file, now, by=common.me(), key=_key())
    age = timedelta(seconds=int((now - found.head.taken_at).total_seconds()))
    print(f"Restored {_contents(found)} in {_clock() - begun:.1f} s; counts and chains verified.")
    print(f"The backup is {age} old: what happened since {found.head.taken_at:%Y-%m-%d %H:%M:%S} "
          "UTC is not in it.")  # fmt: skip
    _warn_of_breaks(found)


def _key() -> str:
    return str(common.settings().warroom_backup_key.get_secret_value())


def _clock() -> float:
    from bot.clock import monotonic

    return monotonic()


def _contents(found: Any) -> str:  # noqa: ANN401 (incidents.actions is imported late)
    how = "encrypted" if found.is_sealed else "not encrypted"
    return f"{found.rows} rows of {found.tables} tables, {found.size} bytes, {how}"


def _warn_of_breaks(found: Any) -> None:  # noqa: ANN401
    if found.head.broken:
        broken = ", ".join(found.head.broken)
        print(f"warroom: these did not verify when it was made: {broken}.", file=sys.stderr)
