"""Buckets in a ring: what was counted in each, for many series at once, in little memory.

Numbers are those of buckets since 1970, and the bucket numbered n lies at n modulo the capacity.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Cells = npt.NDArray[np.integer[Any]]

GOOD, BAD = 0, 1
_KINDS: tuple[type[np.integer[Any]], ...] = (np.uint16, np.uint32, np.int64)
_FEW = 16  # a bucket is counted as a whole row if at least a sixteenth of the series are in it


class Ring:
    """``capacity`` buckets, each ``ratio`` of the smallest ones long, of ``width`` series.

    Failures are few: they begin with 16 bits, everything else with 32, and both widen when a bucket
    needs it.
    """

    def __init__(self, ratio: int, capacity: int, width: int, last: int) -> None:
        self.ratio, self.capacity, self.width = ratio, capacity, width
        self.last = last  # the newest bucket, inclusive
        self.windows: list[tuple[int, int]] = []  # (row in the sums, buckets)
        self.cells: list[Cells] = [
            np.zeros((capacity, width), dtype=np.uint32),
            np.zeros((capacity, width), dtype=np.uint16),
        ]
        self.touched: set[int] = set()  # buckets that changed since somebody asked

    @property
    def first(self) -> int:
        """The oldest bucket that is held."""
        return self.last - self.capacity + 1

    def advance(self, last: int, sums: Int64s) -> None:
        """Make ``last`` the newest bucket: what leaves a window leaves its sum."""
        if last - self.last >= self.capacity:
            for cells in self.cells:
                cells[:] = 0
            for position, _ in self.windows:
                sums[position] = 0
            self.last = last
            return
        for number in range(self.last + 1, last + 1):
            for position, buckets in self.windows:
                leaves = (number - buckets) % self.capacity
                for side, cells in enumerate(self.cells):
                    sums[position, side] -= cells[leaves]
            for cells in self.cells:
                cells[number % self.capacity] = 0
        self.last = max(last, self.last)

    def add_row(self, number: int, amounts: Int64s, sums: Int64s) -> None:
        """Add ``amounts`` ``[good|bad][series]`` to one bucket and to the sums it is in."""
        if not self.first <= number <= self.last:
            return
        self.touched.add(number)
        place = number % self.capacity
        for side in (GOOD, BAD):
            new = self.cells[side][place] + amounts[side]
            self._fits(side, int(new.max(initial=0)))
            self.cells[side][place] = new
        for position, buckets in self.windows:
            if number > self.last - buckets:
                sums[position] += amounts

    def add(self, series: Int64s, numbers: Int64s, amounts: Int64s, sums: Int64s) -> None:
        """Add ``amounts`` ``[good|bad][sample]`` to their buckets and to the sums they are in."""
        held = (numbers >= self.first) & (numbers <= self.last)
        if not held.all():
            series, numbers, amounts = series[held], numbers[held], amounts[:, held]
        if not series.size:
            return
        self.touched.update(np.unique(numbers).tolist())
        for side in (GOOD, BAD):
            self._put(side, series, numbers, amounts[side])
            for position, buckets in self.windows:
                inside = numbers > self.last - buckets
                np.add.at(sums[position, side], series[inside], amounts[side][inside])

    def _put(self, side: int, series: Int64s, numbers: Int64s, amounts: Int64s) -> None:
        """Several samples may share a cell: they are joined first, to see whether it still fits."""
        places, which = np.unique(
            (numbers % self.capacity) * self.width + series, return_inverse=True
        )
        more = np.zeros(places.shape, dtype=np.int64)
        np.add.at(more, which, amounts)
        buckets, columns = np.divmod(places, self.width)
        new = self.cells[side][buckets, columns] + more
        self._fits(side, int(new.max()))
        self.cells[side][buckets, columns] = new

    def put(self, side: int, numbers: Int64s, series: Int64s, cells: Cells) -> None:
        """Put ``cells`` ``[bucket][series]`` where there is nothing. The sums do not know of it."""
        if not cells.size:
            return
        self._fits(side, int(cells.max()))
        places = numbers % self.capacity
        is_run = series[-1] - series[0] == series.size - 1 and bool((np.diff(series) == 1).all())
        if is_run:  # as they mostly are: plain copies
            self.cells[side][places, series[0] : series[-1] + 1] = cells
        else:
            self.cells[side][np.ix_(places, series)] = cells

    def _fits(self, side: int, most: int) -> None:
        if most > np.iinfo(self.cells[side].dtype).max:
            wide = next(kind for kind in _KINDS if most <= np.iinfo(kind).max)
            self.cells[side] = self.cells[side].astype(wide)

    def numbers(self, buckets: int) -> range:
        """The newest ``buckets``, oldest first."""
        return range(self.last - buckets + 1, self.last + 1)

    def places(self, numbers: range) -> list[slice]:
        """Where buckets lie that follow each other: in one piece, or in two around the end."""
        if not numbers:
            return []
        start, length = numbers[0] % self.capacity, len(numbers)
        if start + length <= self.capacity:
            return [slice(start, start + length)]
        return [slice(start, self.capacity), slice(0, start + length - self.capacity)]

    def recount(self, buckets: int) -> Int64s:
        """The sum of the newest ``buckets``, from the cells alone: ``[good|bad][series]``."""
        found = np.zeros((2, self.width), dtype=np.int64)
        for piece in self.places(self.numbers(buckets)):
            for side, cells in enumerate(self.cells):
                found[side] += cells[piece].sum(axis=0, dtype=np.int64)
        return found

    def column(self, column: int, buckets: int) -> Int64s:
        """The newest ``buckets`` of one series, oldest first: ``[good|bad][bucket]``."""
        pieces = self.places(self.numbers(buckets))
        return np.array(
            [np.concatenate([cells[piece, column] for piece in pieces]) for cells in self.cells],
            dtype=np.int64,
        )


class Seen:
    """In which slots of time there was any report, be it of nothing. ``ratio`` as in `Ring`."""

    def __init__(self, ratio: int, capacity: int, width: int, last: int) -> None:
        self.ratio, self.capacity, self.last = ratio, capacity, last
        self.slots: Bools = np.zeros((capacity, width), dtype=np.bool_)

    def advance(self, last: int) -> None:
        """Make ``last`` the newest slot."""
        first = max(self.last + 1, last - self.capacity + 1)
        for number in range(first, last + 1):
            self.slots[number % self.capacity] = False
        self.last = max(last, self.last)

    def add(self, series: Int64s, numbers: Int64s) -> None:
        """There were reports in these of the smallest buckets."""
        slots = numbers // self.ratio
        held = (slots > self.last - self.capacity) & (slots <= self.last)
        self.slots[slots[held] % self.capacity, series[held]] = True

    def column(self, column: int) -> tuple[int, Bools]:
        """The number of the oldest slot, and of each from there on whether there was a report."""
        first = self.last - self.capacity + 1
        return first, np.roll(self.slots[:, column], -(first % self.capacity))


def by_bucket(numbers: Int64s, width: int) -> Iterator[tuple[int, Int64s]] | None:
    """Each bucket and which samples are in it; None if most of the series are in none of them."""
    if numbers.min() == numbers.max():
        return iter([(int(numbers[0]), np.arange(numbers.size))])
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))
    if starts.size * width > _FEW * numbers.size:
        return None
    found = ordered[starts].tolist()
    return zip(found, np.split(order, starts[1:]), strict=True)
