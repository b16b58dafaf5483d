"""Take in what services report: each reading is counted once, however often and late it comes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.actions.desk import Desk
from incidents.model.objective import Objective, SLOName
from incidents.model.rolling import MOST_EVENTS, Sample, refusal
from incidents.store import slo
from incidents.store.slo_slices import Sliced

_LONGEST_SOURCE = 120
_MOST_SEQ = 2**63 - 1

_Name = tuple[str, int]  # of a reading: its source and its number


@dataclass(frozen=True, slots=True)
class Reading:
    """A sample as it is sent: ``source`` and ``seq`` name it for ever, however often it comes."""

    slo: SLOName
    at: datetime
    good: int
    bad: int
    source: str
    seq: int

    @property
    def sample(self) -> Sample:
        """What is counted."""
        return Sample(self.slo, self.at, self.good, self.bad)


@dataclass(frozen=True, slots=True)
class Ingested:
    """How many readings were new and how many known; the others by their place, with the reason."""

    accepted: int
    repeated: int
    refused: tuple[tuple[int, str], ...]


def ingest(desk: Desk, readings: Sequence[Reading], now: datetime) -> Ingested:
    """Count each reading once, all in one transaction. A refused one does not stop the others.

    What is too old is refused before it is known whether it was counted: either way it changes
    nothing, and that is why its name need not be kept any longer.
    """
    (taken,) = ingest_together(desk, [readings], now)
    return taken


def ingest_together(
    desk: Desk, batches: Sequence[Sequence[Reading]], now: datetime
) -> tuple[Ingested, ...]:
    """Like `ingest`, several batches in one transaction. Of copies, the first batch's counts."""
    known = {objective.slo for objective in desk.objectives}
    refused = [
        tuple((place, why) for place, one in enumerate(batch) if (why := _why_not(one, known, now)))
        for batch in batches
    ]
    named: dict[_Name, tuple[int, Reading]] = {}
    for number, batch in enumerate(batches):
        wrong = {place for place, _ in refused[number]}
        for place, one in enumerate(batch):
            if place not in wrong:
                named.setdefault((one.source, one.seq), (number, one))
    new = _count_new(desk, [one for _, one in named.values()], now) if named else frozenset()
    accepted = Counter(named[name][0] for name in new)
    return tuple(
        Ingested(accepted[number], len(batch) - len(wrong) - accepted[number], wrong)
        for number, (batch, wrong) in enumerate(zip(batches, refused, strict=True))
    )


def _count_new(desk: Desk, readings: Sequence[Reading], now: datetime) -> frozenset[_Name]:
    """Count those that never came before; which they were."""
    sound = {(one.source, one.seq): one for one in readings}
    keys = sorted((one.source, one.seq, one.at) for one in readings)
    with desk.store.write() as connection:
        slo.hold(connection)
        new = slo.first_time(connection, keys)
        samples = [sound[key].sample for key in sorted(new)]
        slo.take(connection, samples, now, sliced_of(desk.objectives))
    return new


def sliced_of(objectives: Iterable[Objective]) -> Sliced:
    """Whose slices of time are counted, and under what."""
    return {one.slo: (one.series, one.slicing) for one in objectives if one.slicing is not None}


def _why_not(one: Reading, known: set[SLOName], now: datetime) -> str:
    if one.slo not in known:
        return f"there is no SLO called {one.slo[:80]}"
    if one.at.tzinfo is None:
        return "its time has no zone"
    if min(one.good, one.bad) < 0 or max(one.good, one.bad) > MOST_EVENTS:
        return f"counts lie between 0 and {MOST_EVENTS}"
    if not 0 < len(one.source) <= _LONGEST_SOURCE or not 0 <= one.seq <= _MOST_SEQ:
        return f"it needs a source of at most {_LONGEST_SOURCE} letters, and a seq from 0 up"
    return refusal(one.at, now)
