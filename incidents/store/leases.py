"""Who holds what, and giving it back when its holder is dead.

A lease runs out by itself after half a minute. A process that is started again on the same host
need not wait for that: what the dead one held is free at once.
"""

import os
import secrets
import socket
from datetime import datetime

from sqlalchemy import Connection

from incidents.store import outbox

_HOST = socket.gethostname()[:40]
_ours: set[str] = set()  # whoever works in this very process


def new_owner() -> str:
    """A name for somebody who works in this process: host, process, and a mark of its own.

    In a container every process has the same number; the mark tells it from the one before it.
    """
    made = f"{_HOST}/{os.getpid()}/{secrets.token_hex(4)}"
    _ours.add(made)
    return made


def reclaim(connection: Connection, now: datetime) -> int:
    """Release what dead processes of this host hold."""
    released = 0
    for holder in outbox.owners(connection) - _ours:
        host, process, _ = (*holder.split("/"), "", "")[:3]
        if host == _HOST and (process == str(os.getpid()) or not _is_alive(process)):
            released += outbox.release(connection, holder, now)
    return released


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
