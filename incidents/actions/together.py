"""Group commit: what arrives while a transaction is being committed goes into the next, together.

A durable commit takes as long for fifty as for one, and writers who queue up one by one for a lock
make each other slow. Nobody waits for company: who comes alone is served alone, at once.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

import structlog

from incidents.errors import Unavailable

log = structlog.get_logger(__name__)

_Order = TypeVar("_Order")
_Outcome = TypeVar("_Outcome")


@dataclass(slots=True)
class _Waiting(Generic[_Order, _Outcome]):
    """Somebody who asked, until they are answered; or until it is their turn to do the work."""

    order: _Order
    outcome: _Outcome | None = None
    error: Exception | None = None
    is_answered: bool = False
    call: threading.Event = field(default_factory=threading.Event)


class Together(Generic[_Order, _Outcome]):
    """``work`` does many orders in one transaction, and gives what came of each.

    Of those who ask, one at a time does the work for all who wait; there is no thread that could
    die. ``weigh`` says how large an order is: one group weighs at most ``most``, or is one order.
    """

    def __init__(
        self,
        work: Callable[[Sequence[_Order]], Sequence[_Outcome]],
        *,
        weigh: Callable[[_Order], int] = lambda _: 1,
        most: int,
    ) -> None:
        self._work = work
        self._weigh = weigh
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[_Waiting[_Order, _Outcome]] = []
        self._is_busy = False

    @property
    def line(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def ask(self, order: _Order) -> _Outcome:
        """What came of the order, once that is durable. Raises what went wrong with this very one.

        If a group fails, its orders are tried one by one: ``work`` must bear that. Not so if the
        database is away: then nobody need be tried any more.
        """
        mine: _Waiting[_Order, _Outcome] = _Waiting(order)
        with self._lock:
            self._waiting.append(mine)
            leads, self._is_busy = not self._is_busy, True
        if not leads:
            mine.call.wait()
        if not mine.is_answered:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return cast("_Outcome", mine.outcome)  # an answer without an error has one

    def _lead(self) -> None:
        """Do the work of those who came first, ourselves among them; then it is another's turn."""
        group = self._next_group()
        try:
            self._answer(group)
        except BaseException:  # this very thread is told to end: nobody may wait for it for ever
            for one in group:
                one.error = one.error or Unavailable("Whoever was at work for all is gone.")
            raise
        finally:
            with self._lock:
                successor = self._waiting[0] if self._waiting else None
                self._is_busy = successor is not None
            for one in group:
                one.is_answered = True
                one.call.set()
            if successor is not None:
                successor.call.set()

    def _next_group(self) -> list[_Waiting[_Order, _Outcome]]:
        with self._lock:
            weight = count = 0
            for one in self._waiting:
                weight += self._weigh(one.order)
                if count and weight > self._most:
                    break
                count += 1
            group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    def _answer(self, group: Sequence[_Waiting[_Order, _Outcome]]) -> None:
        try:
            outcomes = self._work([one.order for one in group])
        except Exception as error:  # noqa: BLE001 (it is raised where it belongs)
            if len(group) == 1:
                group[0].error = error
                return
            log.warning("group_tried_one_by_one", orders=len(group), because=repr(error))
            self._answer_one_by_one(group)
        else:
            for one, outcome in zip(group, outcomes, strict=True):
                one.outcome = outcome

    def _answer_one_by_one(self, group: Sequence[_Waiting[_Order, _Outcome]]) -> None:
        away: Exception | None = None
        for one in group:
            if away is None:
                self._answer([one])
                away = one.error if isinstance(one.error, Unavailable) else None
            else:
                one.error = away
