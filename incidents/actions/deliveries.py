"""More than a source's share is kept whole and worked on later: nothing is dropped, nobody starved.

A source may send a thousand at once and a hundred a second in the long run, shared by all replicas.
Once something of it waits, everything it sends waits behind that: order is kept.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

import structlog

from incidents.actions import ops
from incidents.actions.desk import Desk, Work
from incidents.actions.places import ALERT
from incidents.errors import Conflict, Unavailable, WarroomError
from incidents.model.pace import Rate
from incidents.store import deliveries, limits
from incidents.store.deliveries import Delivery, Given

log = structlog.get_logger(__name__)

Handler = Callable[[Work, Delivery], None]
"""Works on what was kept, inside a transaction. Raises a WarroomError if nobody ever can."""

_BURST = 1000
_PER_SECOND = 100
_QUOTA = Rate(per_minute=_BURST + 60 * _PER_SECOND, burst=_BURST)
_AT_ONCE = 5  # of one source in a transaction; then it is another's turn
_MOST_TEXT = 4000  # characters in a transaction, or one delivery: it keeps other writers waiting
_MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class _Went:
    """How many are out of the way, and whether there is any sense in going on now."""

    count: int
    goes_on: bool


class Malformed(WarroomError):
    """Nobody can make sense of the delivery, now or later."""


def admit(
    desk: Desk, given: Sequence[Given], now: datetime, *, room: int = sys.maxsize
) -> tuple[bool, ...]:
    """Which of them may be worked on now. The others are kept when this returns.

    There is ``room`` for so many. Who comes when there is none is better kept and answered than
    kept waiting: senders give up.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(given):
        places[one.source].append(place)
    admitted: set[int] = set()
    with desk.store.write() as connection:
        behind = deliveries.waiting(connection, places.keys())
        for source in sorted(places.keys() - set(behind)):
            wanted = places[source][: max(room - len(admitted), 0)]
            share = limits.draw(connection, f"deliveries/{source}", _QUOTA, len(wanted), now)
            admitted.update(wanted[:share])
        kept = [one for place, one in enumerate(given) if place not in admitted]
        deliveries.add(connection, kept)
    return tuple(place in admitted for place in range(len(given)))


def work(desk: Desk, handlers: Mapping[str, Handler], now: datetime, *, limit: int = 500) -> int:
    """Work on up to ``limit`` of what waits, some of each source in turn. How many that was.

    ``handlers`` are by source; other sources are left to whoever knows them. Replicas may do this
    at once. What goes wrong is tried again a few times, then buried, and told.
    """
    with desk.look() as connection:
        sources = list(deliveries.waiting(connection, handlers.keys()))
    done = 0
    while sources and done < limit:
        source, share = sources.pop(0), min(_AT_ONCE, limit - done)
        went = _work_off(desk, source, handlers[source], now, limit=share)
        done += went.count
        if went.goes_on:
            sources.append(source)
    return done


def _work_off(desk: Desk, source: str, handle: Handler, now: datetime, *, limit: int) -> _Went:
    """The next of one source; if they fail together, one by one, to find the one that does."""
    taken: Sequence[Delivery] = ()
    try:
        with desk.work(ALERT, now) as under_way:
            taken = _some(deliveries.take(under_way.connection, source, limit))
            for one in taken:
                with under_way.as_of(one.received_at):
                    handle(under_way, one)
            deliveries.settle(under_way.connection, [one.id for one in taken], now)
    except Unavailable:
        raise
    except Exception as error:  # a worker's loop: log it, try again later, give up in time
        if not taken:
            raise
        if len(taken) > 1:
            log.warning("deliveries_tried_one_by_one", source=source, because=repr(error))
            return _one_by_one(desk, source, handle, now, limit=len(taken))
        return _set_aside(desk, taken[0], now, error)
    return _Went(len(taken), goes_on=bool(taken))


def _some(taken: Sequence[Delivery]) -> Sequence[Delivery]:
    """The first of them, as many as are not too much for one transaction."""
    total = accumulate(len(one.body) for one in taken)
    return taken[: max(sum(size <= _MOST_TEXT for size in total), 1)]


def _one_by_one(desk: Desk, source: str, handle: Handler, now: datetime, *, limit: int) -> _Went:
    done = 0
    while done < limit:
        went = _work_off(desk, source, handle, now, limit=1)
        done += went.count
        if not went.goes_on:
            return _Went(done, goes_on=False)
    return _Went(done, goes_on=True)


def _set_aside(desk: Desk, failed: Delivery, now: datetime, error: Exception) -> _Went:
    """Out of the way if it is buried; else those behind it have to wait for its next attempt."""
    is_hopeless = isinstance(error, WarroomError) and not isinstance(error, Conflict)
    trace = None if is_hopeless else error
    log.error("delivery_broke", source=failed.source, delivery=failed.id, exc_info=trace)
    if not is_hopeless and failed.attempts + 1 < _MOST_ATTEMPTS:
        with desk.store.write() as connection:
            deliveries.fail(connection, failed.id, repr(error))
        return _Went(0, goes_on=False)
    with desk.work(ALERT, now) as under_way:
        deliveries.bury(under_way.connection, failed.id, now, str(error) or repr(error))
        ops.tell_ops(
            under_way,
            f"deliveries/{failed.source}/{now:%Y%m%dT%H}",
            f"A delivery of {failed.source} could not be worked on",
            str(error) or repr(error),
            "What came of it and of others: warroom deliveries list",
        )
    return _Went(1, goes_on=True)
