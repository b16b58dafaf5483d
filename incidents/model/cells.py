"""Events in columns, joined by SLO and 10-second bucket: what is written, followed and added up.

Ten thousand samples are a few arrays here, and no ten thousand objects.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from incidents.model.objective import SLOName
from incidents.model.ring import Int64s
from incidents.model.rolling import FINE, Sample, Tier


@dataclass(frozen=True, slots=True)
class Cells:
    """Cell n is of the SLO ``names[which[n]]`` and of the 10-second bucket ``numbers[n]``.

    ``amounts`` are ``[good|bad][cell]``; both may be 0, for a report of nothing. There is one cell
    for each SLO and bucket, and each name has some: `joined` sees to it.
    """

    names: tuple[SLOName, ...]
    which: Int64s
    numbers: Int64s
    amounts: Int64s

    def __len__(self) -> int:
        """How many cells there are."""
        return self.which.size

    def only(self, these: npt.NDArray[np.bool_]) -> "Cells":
        """Some of the cells."""
        return joined(self.names, self.which[these], self.numbers[these], self.amounts[:, these])

    def of(self, slos: Iterable[SLOName]) -> "Cells":
        """The cells of some SLOs."""
        wanted = set(slos)
        mine = np.fromiter((name in wanted for name in self.names), np.bool_, len(self.names))
        return self.only(mine[self.which])

    def between(self, first: int, last: int) -> "Cells":
        """The cells of the buckets from ``first`` to ``last``, both inclusive."""
        return self.only((self.numbers >= first) & (self.numbers <= last))

    def newest(self, slos: Container[SLOName]) -> dict[SLOName, int]:
        """The newest bucket of each of some SLOs."""
        ends = np.searchsorted(self.which, np.arange(len(self.names)), side="right") - 1
        newest = zip(self.names, self.numbers[ends].tolist(), strict=True)
        return {name: number for name, number in newest if name in slos}

    def in_tier(self, tier: Tier) -> "Cells":
        """The same in the buckets of a coarser tier; ``numbers`` are of that tier."""
        numbers = self.numbers // (tier.size // FINE.size)
        return joined(self.names, self.which, numbers, self.amounts)

    def rows(self) -> Iterator[tuple[SLOName, int, int, int]]:
        """Name, bucket, good and bad of each cell."""
        names = [self.names[place] for place in self.which.tolist()]
        good, bad = self.amounts.tolist()
        return zip(names, self.numbers.tolist(), good, bad, strict=True)


def joined(names: Sequence[SLOName], which: Int64s, numbers: Int64s, amounts: Int64s) -> Cells:
    """Cells in the order of names and buckets; several of one bucket become one."""
    order = np.lexsort((numbers, which))
    which, numbers, amounts = which[order], numbers[order], amounts[:, order]
    if which.size:
        is_first = np.ones(which.size, dtype=np.bool_)
        is_first[1:] = (np.diff(which) != 0) | (np.diff(numbers) != 0)
        starts = np.flatnonzero(is_first)
        which, numbers = which[starts], numbers[starts]
        amounts = np.add.reduceat(amounts, starts, axis=1)
    used, places = np.unique(which, return_inverse=True)
    return Cells(
        tuple(names[place] for place in used.tolist()),
        places.astype(np.int64),
        numbers,
        amounts,
    )


def together(parts: Sequence[Cells]) -> Cells:
    """Several as one, in the order of their names."""
    names = sorted({name for part in parts for name in part.names})
    place = {name: number for number, name in enumerate(names)}
    which = [
        np.array([place[name] for name in part.names], dtype=np.int64)[part.which] for part in parts
    ]
    return joined(
        names,
        np.concatenate([NO_CELLS.which, *which]),
        np.concatenate([NO_CELLS.numbers, *(part.numbers for part in parts)]),
        np.concatenate([NO_CELLS.amounts, *(part.amounts for part in parts)], axis=1),
    )


def cells_of(samples: Iterable[Sample]) -> Cells:
    """What samples come to."""
    place: dict[SLOName, int] = {}
    rows = [
        (place.setdefault(one.slo, len(place)), FINE.number(one.at), one.good, one.bad)
        for one in samples
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return joined(tuple(place), table[0], table[1], table[2:])


NO_CELLS = cells_of(())
