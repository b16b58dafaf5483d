"""What time the database says it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text

from incidents.store.engine import Store


@dataclass(frozen=True, slots=True)
class Reading:
    """Another clock showed ``shown`` at some moment between ``before`` and ``after``.

    Those two are seconds from an arbitrary point.
    """

    before: float
    shown: datetime
    after: float


def read(store: Store, elapsed: Callable[[], float]) -> Reading:
    """Look at the clock of a PostgreSQL server. Raises `Unavailable`.

    Only the question itself is timed, not the wait for a connection. ``clock_timestamp()`` is the
    moment of the answer; ``now()`` would be that of the transaction's begin.
    """
    with store.read() as connection:
        before = elapsed()
        shown = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        after = elapsed()
    return Reading(before, shown.astimezone(UTC), after)
