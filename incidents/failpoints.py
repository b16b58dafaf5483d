"""Named points of the program that tests stop at, to kill it there or to hold it up.

In production nobody is armed, and reaching a point costs one comparison.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

POINTS = (
    "work.committing",  # an action has written everything, nothing is durable
    "work.committed",  # it is durable, nobody was told
    "deliver.claiming",  # effects are marked as ours, the intent is not durable
    "deliver.claimed",  # the intent is durable, nothing was sent
    "deliver.calling",  # the lease was checked, the call is next
    "deliver.called",  # the outside has done it, we have written nothing down
    "deliver.settling",  # the end is written, not durable
    "deliver.settled",  # the end is durable
    "slo.taking",  # samples are in the journal and their numbers are known, not durable
    "slo.taken",  # they are durable, nobody was told
    "slo.sorting",  # what waited in the journal is in its buckets, not durable
    "slo.sorted",  # it is durable
    "slo.held",  # our shards are ours, their counts are not known here
    "slo.counted",  # the tick has followed the journal, nothing was judged
    "slo.judged",  # it is decided what to look at closely, nothing was done
    "slo.snapping",  # a snapshot is written, not durable
    "slo.snapped",  # it is durable
    "due.settling",  # something due was done, not durable
)

_armed: Callable[[str], None] | None = None


def reach(point: str) -> None:
    """Tell whoever is armed that the program got here."""
    if _armed is not None:
        _armed(point)


@contextmanager
def armed(act: Callable[[str], None]) -> Iterator[None]:
    """``act`` is called with the name of every point that is reached. For tests."""
    global _armed  # noqa: PLW0603 (the one switch)
    before, _armed = _armed, act
    try:
        yield
    finally:
        _armed = before
