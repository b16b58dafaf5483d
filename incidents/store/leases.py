"""Who holds what, and giving it back when its holder is dead.

A lease runs out by itself after half a minute. A process that is started again on the same host
need not wait for that: what the dead one held is free at once.
"""

import os
import socket
from datetime import datetime

from sqlalchemy import Connection

from incidents.store import outbox

_LONGEST_HOST = 52  # of 64 characters for an owner; what tells pods apart is at the end


def owner() -> str:
    """The present process on its host."""
    return f"{socket.gethostname()[-_LONGEST_HOST:]}/{os.getpid()}"


def reclaim(connection: Connection, now: datetime) -> int:
    """Release what dead processes of this host hold. Call it before claiming anything."""
    host, _, own = owner().rpartition("/")
    released = 0
    for holder in outbox.owners(connection):
        place, _, process = holder.rpartition("/")
        if place == host and (process == own or not is_alive(process)):
            released += outbox.release(connection, holder, now)
    return released


def is_alive(process: str) -> bool:
    """Whether a process of this host is there."""
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
