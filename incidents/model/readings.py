"""What services report: samples with a name of their own, and why one of them is not taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import numpy as np

from incidents.model.objective import SLOName
from incidents.model.ring import Int64s
from incidents.model.rolling import AHEAD, FINE, LATE, MOST_EVENTS, Sample, refusal

_LONGEST_SOURCE = 120
_MOST_SEQ = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)


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
class Batch:
    """Readings in columns: reading n is of ``slos[n]``, from ``sources[source[n]]``.

    ``at`` are microseconds since 1970. ``unfit`` are those, by their place, that have no place in a
    column: their rows mean nothing.
    """

    slos: Sequence[SLOName]
    at: Int64s
    amounts: Int64s  # [good|bad][reading]
    sources: Sequence[str]
    source: Int64s
    seqs: Int64s
    unfit: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))

    def __len__(self) -> int:
        """How many readings there are."""
        return len(self.slos)

    @property
    def numbers(self) -> Int64s:
        """The 10-second bucket of each."""
        return self.at // (FINE.size // _MICRO)

    @property
    def hours(self) -> Int64s:
        """The hour of each, counted from 1970."""
        return self.at // (_HOUR // _MICRO)


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // _MICRO


def batch_of(readings: Sequence[Reading], known: Mapping[SLOName, int], now: datetime) -> Batch:
    """Readings in columns. Those that are refused are ``unfit``."""
    unfit = {place: why for place, one in enumerate(readings) if (why := why_not(one, known, now))}
    rows = [
        (0, 0, 0, 0) if place in unfit else (micros(one.at), one.good, one.bad, one.seq)
        for place, one in enumerate(readings)
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    sources, source = numbered([one.source for one in readings])
    slos = [one.slo for one in readings]
    return Batch(slos, table[0], table[1:3], sources, source, table[3], unfit)


def numbered(names: Sequence[str]) -> tuple[list[str], Int64s]:
    """Each name once, and for every place the number of its name."""
    place = {name: number for number, name in enumerate(dict.fromkeys(names))}
    if len(place) == 1:
        return list(place), np.zeros(len(names), np.int64)
    return list(place), np.array([place[name] for name in names], np.int64)


def why_not(one: Reading, known: Mapping[SLOName, int], now: datetime) -> str:
    """Why a reading is not counted; empty if it is."""
    if one.slo not in known:
        return f"there is no SLO called {one.slo[:80]}"
    if one.at.tzinfo is None:
        return "its time has no zone"
    if min(one.good, one.bad) < 0 or max(one.good, one.bad) > MOST_EVENTS:
        return f"counts lie between 0 and {MOST_EVENTS}"
    if not 0 < len(one.source) <= _LONGEST_SOURCE or not 0 <= one.seq <= _MOST_SEQ:
        return f"it needs a source of at most {_LONGEST_SOURCE} letters, and a seq from 0 up"
    return refusal(one.at, now)


def refused_of(
    batch: Batch, which: Int64s, known: Mapping[SLOName, int], now: datetime
) -> dict[int, str]:
    """Why each reading is refused that is, by its place. ``which`` is -1 where there is no SLO.

    One look at all tells which they are; only those are looked at one by one.
    """
    wrong = (which < 0) | (batch.seqs < 0) | (batch.amounts < 0).any(axis=0)
    wrong |= (batch.amounts > MOST_EVENTS).any(axis=0)
    wrong |= (batch.at > micros(now + AHEAD)) | (batch.at < micros(now - LATE))
    lengths = np.array([len(source) for source in batch.sources], np.int64)
    wrong |= ((lengths < 1) | (lengths > _LONGEST_SOURCE))[batch.source]
    places = set(np.flatnonzero(wrong).tolist()) | batch.unfit.keys()
    return {
        place: batch.unfit.get(place) or why_not(_row(batch, place), known, now)
        for place in sorted(places)
    }


def places_of(slos: Sequence[SLOName], known: Mapping[SLOName, int]) -> Int64s:
    """The number of each SLO that is known, -1 for others."""
    get = known.get
    return np.array([get(slo, -1) for slo in slos], dtype=np.int64)


def first_of_each(batch: Batch, these: Int64s) -> Int64s:
    """Of the readings at ``these`` places, the first of each source and number, in their order.

    They come by source, and by number.
    """
    source, seqs = batch.source[these], batch.seqs[these]
    order = np.lexsort((seqs, source))  # stable: of the same name, the first stays first
    source, seqs = source[order], seqs[order]
    is_first = np.ones(order.size, dtype=np.bool_)
    is_first[1:] = (np.diff(source) != 0) | (np.diff(seqs) != 0)
    return these[order[is_first]]


def _row(batch: Batch, place: int) -> Reading:
    good, bad = batch.amounts[:, place].tolist()
    return Reading(
        batch.slos[place],
        _EPOCH + int(batch.at[place]) * _MICRO,
        good,
        bad,
        batch.sources[int(batch.source[place])],
        int(batch.seqs[place]),
    )


def all_of(batches: Sequence[Batch]) -> Batch:
    """Several batches as one; places count on."""
    if len(batches) == 1:
        return batches[0]
    unfit: dict[int, str] = {}
    begin = 0
    for batch in batches:
        unfit |= {begin + place: why for place, why in batch.unfit.items()}
        begin += len(batch)
    place = {name: 0 for batch in batches for name in batch.sources}
    place = {name: number for number, name in enumerate(place)}
    source = [
        np.array([place[name] for name in batch.sources], np.int64)[batch.source]
        for batch in batches
    ]
    return Batch(
        [slo for batch in batches for slo in batch.slos],
        np.concatenate([batch.at for batch in batches]),
        np.concatenate([batch.amounts for batch in batches], axis=1),
        list(place),
        np.concatenate(source),
        np.concatenate([batch.seqs for batch in batches]),
        unfit,
    )
