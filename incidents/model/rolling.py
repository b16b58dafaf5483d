"""Events counted in rings of buckets, with a running sum for every window.

Three rings: 10-second buckets for 6 hours, 5-minute buckets for 3 days, hourly buckets for the
longest window. Every event is added to all three; a window is summed over the finest ring that
spans it, so its edge is off by at most one bucket of that ring. A tick adds what is new and
subtracts what leaves: its cost does not depend on the length of any history.

Windows end at the watermark, the end of the last complete 10-second bucket, never at the wall
clock: a window that is partly empty makes an outage look smaller than it is.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from incidents.model.calendar_window import Calendar
from incidents.model.columns import Columns
from incidents.model.objective import Counts, SLOName, in_words
from incidents.model.ring import BAD, GOOD, Int64s, Ring, Seen, by_bucket

TICK = timedelta(seconds=10)
LATE = timedelta(hours=6)  # later than this, data is refused
AHEAD = timedelta(minutes=2)  # further ahead than a clock may be wrong
MOST_EVENTS = 10**12  # in one sample; the sums of a year of such samples still fit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_NEVER = -1
_ALL = slice(None)
SLOTS = ((6, 360), (30, 864))  # in 10 seconds, and how many: by the minute and by 5 minutes


@dataclass(frozen=True, slots=True)
class Tier:
    """A ring: buckets of ``size``, kept for ``span``."""

    name: str
    size: timedelta
    span: timedelta

    def number(self, moment: datetime) -> int:
        """The number of the bucket that holds ``moment``, counted from 1970."""
        return (moment - _EPOCH) // self.size

    def start(self, number: int) -> datetime:
        """When the bucket with that number begins."""
        return _EPOCH + number * self.size


FINE = Tier("10s", TICK, timedelta(hours=6))
MIDDLE = Tier("5min", timedelta(minutes=5), timedelta(days=3))


def coarse(longest: timedelta) -> Tier:
    """The hourly ring that spans ``longest``, and at least a day."""
    hours = max(-(-longest // timedelta(hours=1)), 24)
    return Tier("1h", timedelta(hours=1), timedelta(hours=hours))


def misfit(window: timedelta) -> str:
    """Why ``window`` cannot be counted in whole buckets; empty if it can."""
    if window < timedelta(minutes=5):
        return "a window is at least 5 minutes"
    for tier in (FINE, MIDDLE):
        if window <= tier.span:
            odd = window % tier.size
            return f"a window up to {in_words(tier.span)} is a multiple of {tier.name}" * bool(odd)
    return "a window over 3 days is a whole number of hours" * bool(window % timedelta(hours=1))


def refusal(at: datetime, now: datetime) -> str:
    """Why data from ``at`` is not taken at ``now``; empty if it is."""
    if at > now + AHEAD:
        return f"it lies {in_words(at - now)} in the future"
    if at < now - LATE:
        return f"it is {in_words(now - at)} old, and at most {in_words(LATE)} are taken"
    return ""


@dataclass(frozen=True, slots=True)
class Sample:
    """What happened to one SLO in the 10-second bucket that holds ``at``."""

    slo: SLOName
    at: datetime
    good: int
    bad: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One SLO at one watermark: all that verdict, budget and forecast need.

    ``history`` are the buckets of the window they were asked for, oldest first, each of length
    ``bucket``. ``latest`` is when the newest data began; None if there never was any.
    """

    slo: SLOName
    watermark: datetime
    latest: datetime | None
    counts: dict[timedelta, Counts]
    history: tuple[Counts, ...]
    bucket: timedelta


@dataclass(frozen=True, slots=True)
class Reports:
    """In which slots of time something was reported, oldest first, up to the watermark.

    A slot is ``ratio`` times 10 seconds, ``first`` the number of the oldest; ``until`` is the
    watermark in tens of seconds.
    """

    ratio: int
    first: int
    seen: npt.NDArray[np.bool_]
    until: int


class _Since:
    """Sums since a calendar's window began: they start anew with each, and need no buckets."""

    def __init__(self, calendar: Calendar, mine: npt.NDArray[np.bool_], at: datetime) -> None:
        self.calendar = calendar
        self.mine = mine
        self.sums = np.zeros((2, mine.size), dtype=np.int64)
        self.reaches(at)

    def reaches(self, watermark: datetime) -> None:
        """It is ``watermark`` now; a window that has begun by then is another one."""
        begin, end = self.calendar.window(watermark)
        self.first, self.beyond = FINE.number(begin), FINE.number(end)

    def advance(self, watermark: datetime) -> None:
        if FINE.number(watermark) >= self.beyond:
            self.sums[:] = 0
            self.reaches(watermark)

    def add(self, slos: Int64s, numbers: Int64s, amounts: Int64s) -> None:
        inside = self.mine[slos] & (numbers >= self.first)
        for side in (GOOD, BAD):
            np.add.at(self.sums[side], slos[inside], amounts[side][inside])


class Rings:
    """The counts of many SLOs, ready to be judged at any moment. Safe to read from any thread.

    ``at`` is where the watermark starts. Windows are those of all objectives and of all rules;
    ``by_calendar`` are the SLOs that are counted since a window of their calendar began. ``heard``
    names, for events that are not counted here themselves, what is counted in their stead: slices
    of time. When the newest data began is told by the events.
    """

    def __init__(
        self,
        slos: Sequence[SLOName],
        windows: Iterable[timedelta],
        at: datetime,
        *,
        by_calendar: Mapping[Calendar, Sequence[SLOName]] = MappingProxyType({}),
        heard: Mapping[SLOName, SLOName] = MappingProxyType({}),
    ) -> None:
        self.slos = tuple(slos)
        self.column = Columns((slo, place) for place, slo in enumerate(self.slos))
        self.windows = tuple(sorted(set(windows)))
        wrong = [
            f"{in_words(window)}: {misfit(window)}" for window in self.windows if misfit(window)
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        self.lock = threading.RLock()
        self._watermark = FINE.number(at)  # the first bucket that is not complete
        self._sums = np.zeros((len(self.windows), 2, len(self.slos)), dtype=np.int64)
        self.latest = np.full(len(self.slos), _NEVER, dtype=np.int64)
        self.by_calendar = by_calendar
        self.hearing = Columns((name, self.column[series]) for name, series in heard.items())
        self._since = {
            calendar: _Since(calendar, self._are(names), FINE.start(self._watermark))
            for calendar, names in by_calendar.items()
        }
        self._tells = ~self._are(heard.values())  # by itself what was reported, and when
        self.early: list[tuple[Int64s, Int64s]] = []  # was heard and is not over yet
        self.ahead: dict[int, list[tuple[Int64s, Int64s]]] = {}
        longest = max(self.windows, default=timedelta(days=1))
        self.tiers = (FINE, MIDDLE, coarse(longest))
        self.rings = [self._ring(tier) for tier in self.tiers]
        self.seen = [
            Seen(ratio, slots, len(self.slos), (self._watermark - 1) // ratio)
            for ratio, slots in SLOTS
        ]
        self._row = {window: place for place, window in enumerate(self.windows)}
        self._ring_of: dict[timedelta, tuple[Ring, Tier]] = {}
        for place, window in enumerate(self.windows):
            tier, ring = next(
                one for one in zip(self.tiers, self.rings, strict=True) if window <= one[0].span
            )
            ring.windows.append((place, window // tier.size))
            self._ring_of[window] = (ring, tier)

    def _ring(self, tier: Tier) -> Ring:
        ratio = tier.size // FINE.size
        return Ring(ratio, tier.span // tier.size, len(self.slos), (self._watermark - 1) // ratio)

    @property
    def number(self) -> int:
        """The number of the first bucket that is not complete."""
        return self._watermark

    @property
    def watermark(self) -> datetime:
        """Where every window ends: the end of the last complete bucket."""
        return FINE.start(self._watermark)

    def advance(self, now: datetime) -> None:
        """Move the watermark to the last 10 seconds completed at ``now``; never back."""
        with self.lock:
            wanted = FINE.number(now)
            if wanted <= self._watermark:
                return
            self._watermark = wanted
            for ring in self.rings:
                ring.advance((wanted - 1) // ring.ratio, self._sums)
            for seen in self.seen:
                seen.advance((wanted - 1) // seen.ratio)
            for since in self._since.values():
                since.advance(self.watermark)
            waited, self.early = self.early, []
            for columns, numbers in waited:
                self.hear(columns, numbers)
            for number in sorted(n for n in self.ahead if n < wanted):
                for slos, amounts in self.ahead.pop(number):
                    self._count(slos, np.full(slos.shape, number, dtype=np.int64), amounts)

    def begin(self, calendar: Calendar, counts: Mapping[SLOName, Counts]) -> None:
        """Start the sums of a calendar with what was counted between its beginning and now."""
        with self.lock:
            for slo, held in counts.items():
                self._since[calendar].sums[:, self.column[slo]] = held.good, held.bad

    def hear(self, columns: Int64s, numbers: Int64s, *, ratio: int = 1) -> None:
        """Events that are `heard` came for these columns, in these 10-second buckets.

        With ``ratio`` it is known only to that many of them.
        """
        with self.lock:
            early = numbers >= self._watermark
            if early.any():
                self.early.append((columns[early], numbers[early]))
            self._reported(columns[~early], numbers[~early], ratio)

    def add(self, samples: Sequence[Sample]) -> tuple[tuple[Sample, str], ...]:
        """Count ``samples``, in any order; those that are not, come back with the reason.

        Data for a closed bucket joins it; data for a bucket that is not complete waits for it.
        """
        refused = [(sample, why) for sample in samples if (why := self._why_not(sample))]
        unfit = {id(sample) for sample, _ in refused}
        taken = [sample for sample in samples if id(sample) not in unfit]
        if taken:
            slos = np.array([self.column[sample.slo] for sample in taken], dtype=np.int64)
            numbers = np.array([FINE.number(sample.at) for sample in taken], dtype=np.int64)
            amounts = np.array([[s.good for s in taken], [s.bad for s in taken]], dtype=np.int64)
            self.add_arrays(slos, numbers, amounts)
        return tuple(refused)

    def add_arrays(self, slos: Int64s, numbers: Int64s, amounts: Int64s) -> None:
        """`add` for many: columns, 10-second bucket numbers and ``[good|bad][sample]`` counts."""
        with self.lock:
            early = numbers >= self._watermark
            for number in np.unique(numbers[early]):
                these = numbers == number
                self.ahead.setdefault(int(number), []).append((slos[these], amounts[:, these]))
            self._count(slos[~early], numbers[~early], amounts[:, ~early])

    def restore(self, stored: Mapping[str, tuple[Int64s, Int64s, Int64s]]) -> None:
        """Fill empty rings from what was stored; every event is in all three tiers.

        ``stored`` has for each tier's name: columns, bucket numbers of that tier, and
        ``[good|bad][row]`` counts.

        What was stored for a bucket that is not complete yet is in the coarser tiers already: it
        is taken out there, and waits like any other.
        """
        with self.lock:
            fine_slos, fine_numbers, fine_amounts = stored[FINE.name]
            early = fine_numbers >= self._watermark
            for ring, tier in zip(self.rings, self.tiers, strict=True):
                slos, numbers, amounts = stored[tier.name]
                ring.add(slos, numbers, amounts, self._sums)
                ring.add(
                    fine_slos[early],
                    fine_numbers[early] // ring.ratio,
                    -fine_amounts[:, early],
                    self._sums,
                )
                self._see(slos, numbers * ring.ratio, ring.ratio)
            self.add_arrays(fine_slos[early], fine_numbers[early], fine_amounts[:, early])

    def resum(self) -> None:
        """Add up every window anew, after cells were put into the rings."""
        with self.lock:
            for window, place in self._row.items():
                ring, tier = self._ring_of[window]
                self._sums[place] = ring.recount(window // tier.size)

    def figures(
        self, slo: SLOName, windows: Iterable[timedelta], *, history: timedelta | None = None
    ) -> Figures:
        """What is known of ``slo`` now. Raises KeyError if it or a window is not counted here."""
        column = self.column[slo]
        rows = {window: self._row[window] for window in windows}
        with self.lock:
            counts = {
                window: Counts(*self._sums[row, :, column].tolist()) for window, row in rows.items()
            }
            ring, tier = self._ring_of[history] if history else (self.rings[0], FINE)
            past = ring.column(column, history // tier.size).T.tolist() if history else []
            latest = int(self.latest[column])
            return Figures(
                slo=slo,
                watermark=self.watermark,
                latest=None if latest == _NEVER else FINE.start(latest),
                counts=counts,
                history=tuple(Counts(good, bad) for good, bad in past),
                bucket=tier.size,
            )

    def reports(self, slo: SLOName) -> tuple[Reports, ...]:
        """When anything was reported of ``slo``: lately by the minute, and by 5 minutes."""
        column = self.column[slo]
        with self.lock:
            return tuple(
                Reports(seen.ratio, *seen.column(column), self._watermark) for seen in self.seen
            )

    def sums(self, window: timedelta, part: slice = _ALL) -> tuple[Int64s, Int64s]:
        """Good and bad events over ``window`` of every SLO, or of a part, in order of ``slos``."""
        with self.lock:
            good, bad = self._sums[self._row[window], :, part]
            return good.copy(), bad.copy()

    def sums_since(self, calendar: Calendar, part: slice = _ALL) -> tuple[Int64s, Int64s]:
        """Good and bad events since the calendar's window began; of its own SLOs only."""
        with self.lock:
            good, bad = self._since[calendar].sums[:, part]
            return good.copy(), bad.copy()

    def since(self, calendar: Calendar, slo: SLOName) -> Counts:
        """`sums_since` of one SLO."""
        with self.lock:
            good, bad = self._since[calendar].sums[:, self.column[slo]]
            return Counts(int(good), int(bad))

    def recounted(self, window: timedelta) -> tuple[Int64s, Int64s]:
        """The same as `sums`, slowly, from the buckets: what `sums` must always equal."""
        with self.lock:
            ring, tier = self._ring_of[window]
            good, bad = ring.recount(window // tier.size)
            return good, bad

    def _why_not(self, sample: Sample) -> str:
        if sample.slo not in self.column:
            return "there is no such SLO"
        if min(sample.good, sample.bad) < 0 or max(sample.good, sample.bad) > MOST_EVENTS:
            return f"counts lie between 0 and {MOST_EVENTS}"
        return refusal(sample.at, self.watermark)

    def _are(self, names: Iterable[SLOName]) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(self.slos), dtype=np.bool_)
        found[[self.column[name] for name in names]] = True
        return found

    def _count(self, slos: Int64s, numbers: Int64s, amounts: Int64s) -> None:
        """Add to every ring, by 10-second bucket numbers below the watermark."""
        if not slos.size:
            return
        rows = by_bucket(numbers, len(self.slos))
        if rows is None:
            for ring in self.rings:
                ring.add(slos, numbers // ring.ratio, amounts, self._sums)
        else:
            for number, these in rows:
                self._count_row(number, slos[these], amounts[:, these])
        for since in self._since.values():
            since.add(slos, numbers, amounts)
        self._see(slos, numbers)

    def _count_row(self, number: int, slos: Int64s, amounts: Int64s) -> None:
        row = np.zeros((2, len(self.slos)), dtype=np.int64)
        for side in (GOOD, BAD):
            np.add.at(row[side], slos, amounts[side])
        for ring in self.rings:
            ring.add_row(number // ring.ratio, row, self._sums)

    def _see(self, slos: Int64s, numbers: Int64s, ratio: int = 1) -> None:
        some = self._tells[slos] & (numbers < self._watermark)
        self._reported(slos[some], numbers[some], ratio)

    def _reported(self, columns: Int64s, numbers: Int64s, ratio: int) -> None:
        np.maximum.at(self.latest, columns, numbers)
        for seen in self.seen:
            if not seen.ratio % ratio:
                seen.add(columns, numbers)
