"""How fast we may ask something of the outside, and when to stop asking: pure arithmetic."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

_OPENS_AFTER = 5  # failures in a row
_OPEN_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, then ``per_minute`` in the long run, never more than that in any minute.

    A bucket that holds ``burst`` and is filled with ``per_minute - burst`` tokens a minute lets
    through at most ``per_minute`` in any minute, however the bursts fall.
    """

    per_minute: float
    burst: float

    @property
    def per_second(self) -> float:
        """How many tokens flow in."""
        return max(self.per_minute - self.burst, 1.0) / 60


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left of a rate: ``tokens`` at ``filled_at``; nothing at all before ``blocked_until``.

    ``blocked_until`` is what the other side asked for with a Retry-After.
    """

    tokens: float
    filled_at: datetime
    blocked_until: datetime

    def at(self, now: datetime, rate: Rate) -> "Bucket":
        """The bucket as it has filled up by ``now``. A clock that went back fills nothing."""
        passed = max((now - self.filled_at).total_seconds(), 0.0)
        tokens = min(rate.burst, self.tokens + passed * rate.per_second)
        return replace(self, tokens=tokens, filled_at=max(now, self.filled_at))

    def wait(self, now: datetime, rate: Rate) -> timedelta:
        """How long until a token may be taken; zero if now."""
        filled = self.at(now, rate)
        missing = max(1.0 - filled.tokens, 0.0) / rate.per_second
        return max(timedelta(seconds=missing), self.blocked_until - now, timedelta())

    def take(self, now: datetime, rate: Rate) -> "Bucket":
        """The bucket with one token less."""
        filled = self.at(now, rate)
        return replace(filled, tokens=filled.tokens - 1.0)

    def draw(self, now: datetime, rate: Rate, wanted: int) -> "tuple[int, Bucket]":
        """As many of ``wanted`` tokens as there are, and the bucket without them."""
        filled = self.at(now, rate)
        drawn = min(wanted, int(filled.tokens))
        return drawn, replace(filled, tokens=filled.tokens - drawn)


def full(now: datetime, rate: Rate) -> Bucket:
    """A bucket nobody has used."""
    return Bucket(rate.burst, now, now)


@dataclass(frozen=True, slots=True)
class Circuit:
    """Whether an outside system is worth calling. Closed is well; open is not, until ``again_at``.

    Five failures in a row open it; so does a token that is refused, at once. After half a minute
    one call is let through: it closes the circuit, or opens it for another half.
    """

    failures: int = 0
    opened_at: datetime | None = None
    again_at: datetime | None = None
    because: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the last calls failed."""
        return self.opened_at is not None

    def allows(self, now: datetime, wanted: int) -> int:
        """How many of ``wanted`` calls may be made now.

        A time further off than half a minute was written before the clock was set back.
        """
        if self.again_at is None:
            return wanted
        is_closed_for_now = now < self.again_at <= now + _OPEN_FOR
        return 0 if is_closed_for_now else min(wanted, 1)

    def tried(self, now: datetime) -> "Circuit":
        """The one call that an open circuit allows is under way."""
        return replace(self, again_at=now + _OPEN_FOR) if self.is_open else self

    def untried(self, now: datetime) -> "Circuit":
        """It was not needed after all: another call may be made instead."""
        return replace(self, again_at=now) if self.is_open else self

    def failed(self, now: datetime, because: str, *, at_once: bool = False) -> "Circuit":
        """After a call that failed."""
        failures = self.failures + 1
        if not at_once and failures < _OPENS_AFTER and not self.is_open:
            return replace(self, failures=failures, because=because)
        return Circuit(failures, self.opened_at or now, now + _OPEN_FOR, because)
