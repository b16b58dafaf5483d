"""Carry effects to the outside, each exactly once as people see it.

The intent is committed before the call. What was ever attempted is looked for outside before it is
sent again. The lease is checked again right before the call, so that a process that slept through
it gives the effect back. Who may know is asked then, too: the incident may have become private. An
end is recorded only by whoever still holds the lease.

An outside that fails again and again is left alone for half a minute at a time; what waits for it
waits without losing attempts.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from incidents.actions import ops
from incidents.actions.desk import CLOCK, Desk, Work
from incidents.errors import Unavailable, WarroomError
from incidents.failpoints import reach
from incidents.model import effects
from incidents.model.effects import STEP_NAMES, EffectKind, Receipt
from incidents.model.incident import Incident
from incidents.model.pace import Circuit
from incidents.model.timeline import Kind
from incidents.queries.discretion import WITHHELD, discreet
from incidents.store import incidents, leases, limits, outbox, outbox_view, people
from incidents.store.outbox import Claimed

log = structlog.get_logger(__name__)

_MOST_BREAKS = 8  # errors of ours: about two minutes of pauses
_UNTIL_REPAIRED = timedelta(seconds=5)  # between looks for a room that is gone
_UNTIL_THERE = timedelta(seconds=5)  # between looks for a room that is being opened


@dataclass(frozen=True, slots=True)
class Terms:
    """How long things may take.

    ``margin`` is what has to be left of the ``lease`` when a call begins: the HTTP timeout of 10 s,
    and time to write the end down. Pauses between attempts double from ``first_pause`` on.
    """

    lease: timedelta = timedelta(seconds=30)
    margin: timedelta = timedelta(seconds=12)
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(seconds=60)
    give_up_after: timedelta = timedelta(days=7)  # a weekend without a token, and a few days


STANDARD = Terms()

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


class LockedOut(NotSent):
    """The outside does not know us any more: nothing will work until a person has seen to it."""


class Misplaced(NotSent):
    """The room it is for is not there; it is sent as soon as that is repaired."""


class NotYet(NotSent):
    """What it is for is still being made: the outside was asked nothing, and has done no wrong."""


class TooLate(NotSent):
    """The lease ran out before the call."""


class Throttled(Exception):
    """The outside asks for patience; it has not done anything."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to wait {seconds:g} s")
        self.seconds = seconds


class Ambiguous(Exception):
    """Nobody knows whether it happened: look before trying again."""


class Dead(Exception):
    """It will never work like this; a person has to see to it."""


class Declined(Dead):
    """The outside is well, and says no for good."""


class GaveUp(Dead):
    """It might work one day, and it no longer matters."""


class Deliverer:
    """Claims effects and hands them to couriers, ``at_once`` at a time.

    With an ``executor`` each is carried in a thread of it, and a slow one holds up nobody; without
    one, one after the other, for tests and scripts.
    """

    def __init__(  # noqa: PLR0913
        self,
        desk: Desk,
        couriers: Sequence[Courier],
        consequences: Mapping[EffectKind, Consequence],
        *,
        owner: str,
        clock: Clock,
        executor: Executor | None = None,
        at_once: int = 16,
        terms: Terms = STANDARD,
    ) -> None:
        self._desk = desk
        self._couriers = {kind: courier for courier in couriers for kind in courier.kinds}
        self._circuits = dict.fromkeys(couriers, Circuit())
        self._consequences = consequences
        self._owner = owner
        self._clock = clock
        self._executor = executor
        self._at_once = at_once
        self._terms = terms
        self._carrying: set[Future[str]] = set()
        self._in_hand: set[str] = set()  # ids; not claimed twice, whatever the clock says meanwhile
        self._lock = threading.Lock()

    def round(self) -> int:
        """Begin to carry what may be carried now. How many effects were begun."""
        batch = self._claim()
        for effect in batch:
            if self._executor is None:
                self._one(effect)
            else:
                future = self._executor.submit(self._one, effect)
                with self._lock:
                    self._carrying.add(future)
                future.add_done_callback(self._carried)
        return len(batch)

    def drain(self) -> int:
        """Without an executor: carry everything that may be carried now, and what that allows.

        How many effects were carried to their end.
        """
        carried = 0
        while batch := self._claim():
            ended = sum(self._one(effect) != "delayed" for effect in batch)
            carried += ended
            if not ended:
                break
        return carried

    def recover(self) -> None:
        """What dead processes of this host hold is free again, and what a clock set back delays."""
        now = self._clock()
        with self._desk.store.write() as connection:
            leases.reclaim(connection, now)
            outbox.after_a_jump(connection, now, lease=self._terms.lease)
            limits.after_a_jump(connection, now)

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why outside systems are left alone at the moment, in words; empty if all is well."""
        with self._lock:
            return tuple(one.because for one in self._circuits.values() if one.is_open)

    def _claim(self) -> list[Claimed]:
        """Mark as ours what may be carried, a single effect for an outside that failed before."""
        now = self._clock()
        with self._lock:
            free = self._at_once - len(self._carrying)
            allowed = {one: self._circuits[one].allows(now, free) for one in self._circuits}
            for one in self._circuits:
                if allowed[one]:
                    self._circuits[one] = self._circuits[one].tried(now)
            in_hand = frozenset(self._in_hand)
        batch: list[Claimed] = []
        for limit in sorted(set(allowed.values()) - {0}):
            kinds = {kind for kind, one in self._couriers.items() if allowed[one] == limit}
            with self._desk.store.write() as connection:
                batch += outbox.claim(
                    connection,
                    self._owner,
                    now,
                    kinds=kinds,
                    lease=self._terms.lease,
                    limit=limit,
                    besides=in_hand,
                )
                reach("deliver.claiming")
        reach("deliver.claimed")
        with self._lock:
            self._in_hand.update(effect.id for effect in batch)
        return batch

    def _carried(self, future: Future[str]) -> None:
        with self._lock:
            self._carrying.discard(future)
        self._desk.wake()  # there is room for another, and this one may have been waited for

    def _one(self, effect: Claimed) -> str:
        with structlog.contextvars.bound_contextvars(
            effect=effect.key, incident=effect.incident, attempt=effect.attempts
        ):
            try:
                return self._carry(effect)
            except Unavailable as error:  # the lease brings it back; what was begun is probed
                log.warning("effect_left_to_its_lease", because=str(error))
                return "delayed"
            finally:
                with self._lock:
                    self._in_hand.discard(effect.id)

    def _carry(self, effect: Claimed) -> str:
        try:
            receipt = self._attempt(effect)
            self._ended(effect, was_asked=receipt.was_asked)
            return self._done(effect, receipt)
        except (NotSent, Throttled, Ambiguous) as error:
            self._failed(effect, error)
            return self._wait(effect, error)
        except Unavailable:
            raise
        except (Dead, WarroomError) as error:
            self._ended(effect, was_asked=isinstance(error, Declined))
            return self._bury(effect, str(error))
        except Exception as error:  # the courier's loop: log it, try again, give up in time
            log.exception("effect_broke")
            if effect.attempts < _MOST_BREAKS:
                return self._wait(effect, Ambiguous(repr(error)))
            return self._bury(effect, repr(error))

    def _ended(self, effect: Claimed, *, was_asked: bool) -> None:
        """The outside answered; or there was nothing to ask of it, which says nothing about it."""
        courier, now = self._couriers[effect.kind], self._clock()
        with self._lock:
            before = self._circuits[courier]
            self._circuits[courier] = Circuit() if was_asked else before.untried(now)
        if was_asked and before.is_open:
            log.info("circuit_closed", kind=effect.kind)

    def _failed(self, effect: Claimed, error: NotSent | Throttled | Ambiguous) -> None:
        """The outside did not do its part; being asked for patience is no failure."""
        if isinstance(error, Throttled | Misplaced | TooLate):
            return
        if isinstance(error, NotYet):
            self._ended(effect, was_asked=False)
            return
        courier, at_once = self._couriers[effect.kind], isinstance(error, LockedOut)
        with self._lock:
            before = self._circuits[courier]
            after = before.failed(self._clock(), str(error), at_once=at_once)
            self._circuits[courier] = after
        if after.is_open and not before.is_open:
            log.error("circuit_opened", kind=effect.kind, because=str(error))
            self._tell_of_circuit(effect, error)

    def _tell_of_circuit(self, effect: Claimed, error: Exception) -> None:
        """Whoever runs the bot hears of it once an hour, by e-mail if Slack is what is gone."""
        now = self._clock()
        is_refused = isinstance(error, LockedOut)
        headline = "Our token is refused" if is_refused else "Something outside does not answer"
        with self._desk.work(CLOCK, now) as work:
            ops.tell_ops(
                work,
                f"circuit/{type(error).__name__}/{now:%Y%m%dT%H}",
                headline,
                f"{STEP_NAMES[effect.kind].capitalize()}: {error}",
                "What waits for it is kept, and tried again every half a minute.",
            )

    def _attempt(self, effect: Claimed) -> Receipt:
        courier = self._couriers[effect.kind]
        if effect.first_intent_at is not None:
            receipt = courier.probe(effect)
            if receipt is not None:
                return receipt
        with self._desk.store.read() as connection:
            if not outbox.still_ours(connection, effect, self._clock(), self._terms.margin):
                raise TooLate("the lease ran out before the call")
            told = discreet(self._desk, connection, effect, self._clock())
        if isinstance(told, Receipt):
            return told
        reach("deliver.calling")
        receipt = courier.carry(told)
        reach("deliver.called")
        return receipt

    def _done(self, effect: Claimed, receipt: Receipt) -> str:
        now = self._clock()
        with self._desk.work(CLOCK, now) as work:
            kept = outbox.settle(work.connection, effect, now, state="done", result=receipt.result)
            if not kept:
                log.warning("effect_taken_over")
                _take_back(work, effect, receipt)
                return "delayed"
            consequence = self._consequences.get(effect.kind)
            if WITHHELD in receipt.result:
                _tell_of_silence(work, effect)
            elif consequence is not None:
                consequence(work, effect, receipt)
            reach("deliver.settling")
        reach("deliver.settled")
        log.info("effect_done", kind=effect.kind)
        return "done"

    def _wait(self, effect: Claimed, error: NotSent | Throttled | Ambiguous) -> str:
        now = self._clock()
        is_old = now - effect.created_at > self._terms.give_up_after
        if is_old and effect.kind is not EffectKind.OPEN_ROOM:
            return self._bury(effect, f"{error}, for {self._terms.give_up_after.days} days")
        begun = isinstance(error, Ambiguous) or effect.first_intent_at is not None
        with self._desk.work(CLOCK, now) as work:
            until = now + self._pause(effect, error)
            outbox.give_back(work.connection, effect, until, error=str(error), begun=begun)
            if isinstance(error, Misplaced) and effect.incident is not None:
                work.send(effects.reconcile(effect.incident, now))
        log.info("effect_delayed", kind=effect.kind, because=str(error))
        return "delayed"

    def _bury(self, effect: Claimed, error: str) -> str:
        now = self._clock()
        with self._desk.work(CLOCK, now) as work:
            if not outbox.settle(work.connection, effect, now, state="dead", error=error):
                return "delayed"
            _tell_of_failure(work, effect, error)
            ops.tell_of_dead(work, effect, error)
        log.error("effect_dead", kind=effect.kind, because=error)
        return "dead"

    def _pause(self, effect: Claimed, error: Exception) -> timedelta:
        """1, 2, 4 … 60 seconds, unless the error says better."""
        if isinstance(error, Throttled):
            return timedelta(seconds=error.seconds)
        if isinstance(error, Misplaced):
            return _UNTIL_REPAIRED
        if isinstance(error, NotYet):
            return _UNTIL_THERE
        doubled: timedelta = self._terms.first_pause * (1 << min(effect.attempts - 1, 6))
        return min(doubled, self._terms.longest_pause)


def _take_back(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """We were late, and somebody else has sent it too, or is about to find ours."""
    name = effects.LEAVES.get(effect.kind)
    if name is None:
        return
    known = outbox_view.result_of(work.connection, effect.key)
    if known is None or known.get(name) != receipt.result[name]:
        work.send(effects.take_back(effect.key, effect.incident, name, receipt.result))


def _tell_of_silence(work: Work, effect: Claimed) -> None:
    """Whoever was to be woken was not, for they may not know of it any more: that is on record."""
    if effect.incident is not None and effect.kind in {EffectKind.PAGE, EffectKind.NOTIFY}:
        body = {"person": effect.args["person"], "because": "they may not know of it"}
        work.log(effect.incident, Kind.NOT_REACHED, body)


def _tell_of_failure(work: Work, effect: Claimed, error: str) -> None:
    """A step that failed is on the record and on the card, with Retry."""
    if effect.incident is None:
        return
    step = STEP_NAMES[effect.kind]
    work.log(effect.incident, Kind.STEP_FAILED, {"step": step, "because": error, "key": effect.key})
    incident = incidents.get(work.connection, effect.incident)
    if incident is not None and effect.kind is EffectKind.OPEN_ROOM:
        _tell_without_room(work, incident, effect, error)
    elif incident is not None and effect.kind is not EffectKind.EDIT_CARD:
        work.refresh(incident)


def _tell_without_room(work: Work, incident: Incident, effect: Claimed, error: str) -> None:
    """Who was promised a room hears that there is none, and where to go on."""
    if people.get(work.connection, incident.declared_by) is None:
        return
    facts = {"key": incident.key, "title": incident.title.raw, "because": error}
    name = f"{incident.key}/no-room/{effect.attempts}"
    work.send(effects.direct(incident.declared_by, name, "no_room", facts))
