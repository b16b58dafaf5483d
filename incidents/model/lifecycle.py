"""Which status may follow which, and what has to be true first."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where an incident is in its life."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether responders are still at work."""
        return self in OPEN


OPEN = frozenset({Status.INVESTIGATING, Status.IDENTIFIED, Status.MONITORING})
ENDED = frozenset({Status.CLOSED, Status.CANCELLED})

MAY_FOLLOW: dict[Status, frozenset[Status]] = {
    Status.INVESTIGATING: frozenset(
        {Status.IDENTIFIED, Status.MONITORING, Status.RESOLVED, Status.CANCELLED}
    ),
    Status.IDENTIFIED: frozenset(
        {Status.INVESTIGATING, Status.MONITORING, Status.RESOLVED, Status.CANCELLED}
    ),
    Status.MONITORING: frozenset(
        {Status.INVESTIGATING, Status.IDENTIFIED, Status.RESOLVED, Status.CANCELLED}
    ),
    Status.RESOLVED: frozenset({Status.INVESTIGATING, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.INVESTIGATING}),
    Status.CANCELLED: frozenset({Status.INVESTIGATING}),
}

_LOOKS: dict[Status, str] = {
    Status.INVESTIGATING: ":mag:",
    Status.IDENTIFIED: ":dart:",
    Status.MONITORING: ":eyes:",
    Status.RESOLVED: ":white_check_mark:",
    Status.CLOSED: ":lock:",
    Status.CANCELLED: ":no_entry_sign:",
}


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that stands in the way: a stable code, what to say, and what clears it."""

    code: str
    say: str
    fix: str


def emoji(status: Status) -> str:
    """The shape that goes with the word, so that colour is never the only sign."""
    return _LOOKS[status]


def may_become(now: Status, wanted: Status) -> bool:
    """Whether ``wanted`` may follow ``now``. Staying is not a change, so it may not."""
    return wanted in MAY_FOLLOW[now]


def parse_status(typed: str) -> Status | None:
    """The status somebody typed, whole or by an unambiguous beginning (``mon``); None otherwise."""
    word = typed.strip().lower()
    hits = [status for status in Status if word and status.value.startswith(word)]
    return hits[0] if len(hits) == 1 else None
