"""What is due, is done: each with its consequences, in one transaction, and never twice.

Rows of one incident are taken together, with the incident held first. Everybody who changes
anything about an incident takes locks in that order, so that nobody waits for somebody who waits
for them. What breaks is undone by itself and does not spoil its neighbours.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import OperationalError

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
_TOGETHER = 20  # in one transaction: people who work on the same incident wait for it


def tick(desk: Desk, handlers: Mapping[str, Handler], now: datetime) -> int:
    """Do everything that is due at ``now``. How much it was.

    Kinds without a handler are left to a version that knows them. Raises `Unavailable`.
    """
    done = 0
    while done < _MOST_AT_ONCE and (some := _some(desk, handlers, now)):
        done += some
    return done


def _some(desk: Desk, handlers: Mapping[str, Handler], now: datetime) -> int:
    with desk.work(CLOCK, now) as work:
        taken = due.take(work.connection, now, kinds=handlers, limit=_TOGETHER)
        for one in taken:
            _do(work, handlers[one.kind], one)
    return len(taken)


def _do(work: Work, handle: Handler, one: Due) -> None:
    try:
        with work.connection.begin_nested():
            handle(work, one)
            due.settle(work.connection, one.key, work.now)
            reach("due.settling")
    except (OperationalError, Unavailable):  # the database, not this row
        raise
    except Exception as error:  # the worker's loop: log it, try again later, give up in time
        log.exception("due_broke", due=one.key, error=type(error).__name__)
        _set_aside(work, one, error)


def _set_aside(work: Work, one: Due, error: Exception) -> None:
    if isinstance(error, WarroomError) or one.attempts + 1 >= _MOST_ATTEMPTS:
        due.bury(work.connection, one.key, work.now, repr(error))
        return
    pause: timedelta = _PAUSE * (one.attempts + 1)
    due.postpone(work.connection, one.key, work.now + pause, repr(error))
