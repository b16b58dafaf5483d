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

_LONGEST_HOST = 40  # of 64 characters for an owner; what tells pods apart is at the end
_HOST = socket.gethostname()[-_LONGEST_HOST:]
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
    for holder in outbox.owners(connection):
        if is_gone(holder):
            released += outbox.release(connection, holder, now)
    return released


def is_gone(owner: str) -> bool:
    """Whether somebody of this host works no more. Of other hosts nobody can tell."""
    host, process, _ = (*owner.split("/"), "", "")[:3]
    if owner in _ours or host != _HOST:
        return False
    return process == str(os.getpid()) or not _is_alive(process)


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
