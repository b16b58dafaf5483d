"""Carry effects to the outside, each exactly once as people see it.

The intent is committed before the call. What was ever attempted is looked for outside before it is
sent again. The lease is checked again right before the call, so that a process that slept through
it gives the effect back. An end is recorded only by whoever still holds the lease.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from incidents.actions.desk import CLOCK, Desk, Work
from incidents.errors import WarroomError
from incidents.failpoints import reach
from incidents.model.effects import STEP_NAMES, EffectKind, Receipt
from incidents.model.timeline import Kind
from incidents.store import incidents, outbox
from incidents.store.outbox import Claimed

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
CALL_MARGIN = timedelta(seconds=12)  # the HTTP timeout of 10 s, and time to write the end down
GIVE_UP_AFTER = timedelta(hours=24)
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(seconds=60)
_MOST_BREAKS = 8  # about two minutes of pauses

Clock = Callable[[], datetime]
Consequence = Callable[[Work, Claimed, Receipt], None]


class Courier(Protocol):
    """Carries some kinds of effects to one outside system."""

    kinds: frozenset[EffectKind]

    def probe(self, effect: Claimed) -> Receipt | None:
        """What an earlier attempt achieved, if the outside shows that it did."""

    def carry(self, effect: Claimed) -> Receipt:
        """Do it. Raises `NotSent`, `Throttled`, `Ambiguous`, `Dead`."""


class NotSent(Exception):
    """The outside has certainly not seen it: trying again is safe."""


class Throttled(Exception):
    """The outside asks for patience; it has not done anything."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to wait {seconds:g} s")
        self.seconds = seconds


class Ambiguous(Exception):
    """Nobody knows whether it happened: look before trying again."""


class Dead(Exception):
    """It will never work like this; a person has to see to it."""


class GaveUp(Dead):
    """It might work one day, and it no longer matters."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of carrying did."""

    done: int = 0
    delayed: int = 0
    dead: int = 0

    @property
    def total(self) -> int:
        """How many effects were touched."""
        return self.done + self.delayed + self.dead


class Deliverer:
    """Claims effects and hands them to couriers, several at a time."""

    def __init__(
        self,
        desk: Desk,
        couriers: Sequence[Courier],
        consequences: Mapping[EffectKind, Consequence],
        *,
        owner: str,
        clock: Clock,
        executor: Executor | None = None,
    ) -> None:
        self._desk = desk
        self._couriers = {kind: courier for courier in couriers for kind in courier.kinds}
        self._consequences = consequences
        self._owner = owner
        self._clock = clock
        self._executor = executor

    def round(self, *, limit: int = 16) -> Round:
        """Carry what may be carried now, once each. Without an executor, one after the other."""
        with self._desk.store.write() as connection:
            batch = outbox.claim(connection, self._owner, self._clock(), lease=LEASE, limit=limit)
            reach("deliver.claiming")
        reach("deliver.claimed")
        if self._executor is None:
            outcomes = [self._one(effect) for effect in batch]
        else:
            futures = [self._executor.submit(self._one, effect) for effect in batch]
            wait(futures)
            outcomes = [future.result() for future in futures]
        return Round(*(outcomes.count(word) for word in ("done", "delayed", "dead")))

    def drain(self, *, most: int = 10_000) -> int:
        """Carry everything that may be carried now, and what that makes possible."""
        carried = 0
        while carried < most:
            step = self.round()
            carried += step.done
            if not step.done:
                break
        return carried

    def _one(self, effect: Claimed) -> str:
        with structlog.contextvars.bound_contextvars(
            effect=effect.key, incident=effect.incident, attempt=effect.attempts
        ):
            try:
                return self._done(effect, self._attempt(effect))
            except (NotSent, Throttled, Ambiguous) as error:
                return self._wait(effect, error)
            except (Dead, WarroomError) as error:
                return self._bury(effect, str(error))
            except Exception as error:  # the courier's loop: log it, try again, give up in time
                log.exception("effect_broke")
                if effect.attempts < _MOST_BREAKS:
                    return self._wait(effect, Ambiguous(repr(error)))
                return self._bury(effect, repr(error))

    def _attempt(self, effect: Claimed) -> Receipt:
        courier = self._couriers.get(effect.kind)
        if courier is None:
            raise Dead(f"nobody here carries {effect.kind}")
        if effect.first_intent_at is not None:
            receipt = courier.probe(effect)
            if receipt is not None:
                return receipt
        with self._desk.store.read() as connection:
            if not outbox.still_ours(connection, effect, self._clock(), CALL_MARGIN):
                raise NotSent("the lease ran out before the call")
        reach("deliver.calling")
        receipt = courier.carry(effect)
        reach("deliver.called")
        return receipt

    def _done(self, effect: Claimed, receipt: Receipt) -> str:
        now = self._clock()
        with self._desk.work(CLOCK, now) as work:
            kept = outbox.settle(work.connection, effect, now, state="done", result=receipt.result)
            if not kept:
                log.warning("effect_taken_over")
                return "delayed"
            consequence = self._consequences.get(effect.kind)
            if consequence is not None:
                consequence(work, effect, receipt)
            reach("deliver.settling")
        reach("deliver.settled")
        log.info("effect_done", kind=effect.kind)
        return "done"

    def _wait(self, effect: Claimed, error: NotSent | Throttled | Ambiguous) -> str:
        now = self._clock()
        if now - effect.created_at > GIVE_UP_AFTER and effect.kind is not EffectKind.OPEN_ROOM:
            return self._bury(effect, f"{error} (for a day)")
        pause = _pause(effect.attempts)
        if isinstance(error, Throttled):
            pause = timedelta(seconds=error.seconds)
        begun = isinstance(error, Ambiguous) or effect.first_intent_at is not None
        with self._desk.store.write() as connection:
            outbox.give_back(connection, effect, now + pause, error=str(error), begun=begun)
        log.info("effect_delayed", kind=effect.kind, because=str(error))
        return "delayed"

    def _bury(self, effect: Claimed, error: str) -> str:
        now = self._clock()
        with self._desk.work(CLOCK, now) as work:
            if not outbox.settle(work.connection, effect, now, state="dead", error=error):
                return "delayed"
            _tell_of_failure(work, effect, error)
        log.error("effect_dead", kind=effect.kind, because=error)
        return "dead"


def _tell_of_failure(work: Work, effect: Claimed, error: str) -> None:
    """A step that failed is on the record and on the card, with Retry."""
    if effect.incident is None:
        return
    step = STEP_NAMES[effect.kind]
    work.log(effect.incident, Kind.STEP_FAILED, {"step": step, "because": error, "key": effect.key})
    if effect.kind not in {EffectKind.EDIT_CARD, EffectKind.OPEN_ROOM}:
        incident = incidents.get(work.connection, effect.incident)
        if incident is not None:
            work.refresh(incident)


def _pause(attempts: int) -> timedelta:
    """1, 2, 4 … 60 seconds."""
    doubled: timedelta = _FIRST_PAUSE * (1 << min(attempts - 1, 6))
    return min(doubled, _LONGEST_PAUSE)
