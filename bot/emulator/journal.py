"""Where the workspace survives its process.

One SQLite file, one row per entity, written in one transaction before a call is answered. The
file need not survive the machine, only the process, so the operating system's cache is enough
and a change costs some tens of microseconds.
"""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Change = tuple[str, str, dict[str, Any] | None]
"""Table, key, and the new row, or None where the row is gone."""


class Journal:
    """The durable copy. Not thread-safe: the workspace's lock guards it."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS entity (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
            " key TEXT NOT NULL, row TEXT NOT NULL, UNIQUE (kind, key))"
        )

    def read(self) -> Iterable[tuple[str, dict[str, Any]]]:
        """Every row, in the order in which the rows first appeared."""
        for kind, row in self._db.execute("SELECT kind, row FROM entity ORDER BY seq"):
            yield kind, json.loads(row)

    def write(self, changes: Iterable[Change]) -> None:
        """All of ``changes``, or none of them."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for kind, key, row in changes:
                self._write_one(kind, key, row)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _write_one(self, kind: str, key: str, row: dict[str, Any] | None) -> None:
        if row is None:
            self._db.execute("DELETE FROM entity WHERE kind = ? AND key = ?", (kind, key))
            return
        self._db.execute(
            "INSERT INTO entity (kind, key, row) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET row = excluded.row",
            (kind, key, json.dumps(row, ensure_ascii=False)),
        )

    def close(self) -> None:
        self._db.close()
