"""What is due, is done: each in one transaction with its consequences, and never twice."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from incidents.actions.desk import CLOCK, Desk, Work
from incidents.errors import Unavailable, WarroomError
from incidents.failpoints import reach
from incidents.store import due
from incidents.store.due import Due

log = structlog.get_logger(__name__)

Handler = Callable[[Work, Due], None]

_MOST_ATTEMPTS = 8
_PAUSE = timedelta(seconds=30)
_MOST_AT_ONCE = 500


def tick(desk: Desk, handlers: Mapping[str, Handler], now: datetime) -> int:
    """Do everything that is due at ``now``. How much it was."""
    done = 0
    while done < _MOST_AT_ONCE and _next(desk, handlers, now):
        done += 1
    return done


def _next(desk: Desk, handlers: Mapping[str, Handler], now: datetime) -> bool:
    taken: Due | None = None
    try:
        with desk.work(CLOCK, now) as work:
            taken = due.take(work.connection, now)
            if taken is None:
                return False
            handlers[taken.kind](work, taken)
            due.settle(work.connection, taken.key, now)
            reach("due.settling")
    except Unavailable:
        raise
    except Exception as error:  # the worker's loop: log it, try again later, give up in time
        log.exception("due_broke", error=type(error).__name__)
        if taken is None:
            return False
        _set_aside(desk, taken, now, error)
    return True


def _set_aside(desk: Desk, taken: Due, now: datetime, error: Exception) -> None:
    hopeless = isinstance(error, WarroomError) or taken.attempts + 1 >= _MOST_ATTEMPTS
    with desk.store.write() as connection:
        if hopeless:
            due.bury(connection, taken.key, now, repr(error))
        else:
            pause: timedelta = _PAUSE * (taken.attempts + 1)
            due.postpone(connection, taken.key, now + pause, repr(error))
