"""Migrates one database after the other, each in a process that kills itself at a statement.

    python dying.py upgrade|downgrade REVISION  <  lines of "STATEMENT URL"

The first statement is number 1, the commit is the last. For each line one is printed: ``killed`` if
the process died of SIGKILL, or how many statements there were if it got to its end first.
"""

import os
import signal
import sys
from typing import Any

from sqlalchemy import event

from incidents.store import migrate
from incidents.store.engine import Store


def migrate_and_die(act: str, revision: str, at: int, url: str) -> int:
    """Count statements, and die right before number ``at`` is sent. How many there were."""
    store = Store(url)
    counted = 0

    def count(*_: Any) -> None:
        nonlocal counted
        counted += 1
        if counted == at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(store.engine, "before_cursor_execute", count)
    event.listen(store.engine, "commit", count)
    {"upgrade": migrate.upgrade, "downgrade": migrate.downgrade}[act](store, revision)
    return counted


def main() -> None:
    """Fork for every line, because starting a new Python takes ten times as long."""
    act, revision = sys.argv[1:]
    for line in sys.stdin:
        at, url = line.split()
        child = os.fork()
        if not child:
            print(migrate_and_die(act, revision, int(at), url), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            print("killed", flush=True)


if __name__ == "__main__":
    main()
