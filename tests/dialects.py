"""One dialect for all engines of a kind: SQLAlchemy compiles a statement once for each dialect.

A suite that opens a thousand databases would compile each of its statements a thousand times.
"""

from typing import Any

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from incidents.store import engine

_MOST = 5000  # statements


def share() -> None:
    """From now on, in this process."""
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        _make_one(kind)
    create, compiled = engine.create_engine, LRUCache(_MOST)

    def creating(*args: Any, **options: Any) -> Any:
        return create(*args, **options, execution_options={"compiled_cache": compiled})

    engine.create_engine = creating


def _make_one(kind: Any) -> None:
    """Let the class give the same object to whoever asks with the same arguments."""
    made: dict[str, Any] = {}
    begin = kind.__init__

    def new(cls: type, *args: Any, **options: Any) -> Any:
        return made.setdefault(repr((cls, args, sorted(options.items()))), object.__new__(cls))

    def begin_once(self: Any, *args: Any, **options: Any) -> None:
        if not vars(self):
            begin(self, *args, **options)

    kind.__new__, kind.__init__ = staticmethod(new), begin_once
