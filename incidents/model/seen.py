"""Which numbers of a source were seen: kept as runs, for most sources count in order.

Ten thousand samples numbered one after the other are one run, and gaps, repetitions and any order
are told as exactly as if each number were kept by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from incidents.model.ring import Int64s


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """Numbers from ``first`` to ``last``, both inclusive, of samples no newer than ``hour``.

    ``hour`` is counted from 1970. A run may be forgotten when all samples of that hour are refused
    for their age.
    """

    first: int
    last: int
    hour: int


def runs_of(seqs: Int64s, hours: Int64s) -> list[Run]:
    """The runs in ``seqs``, ascending and each once; each run has the newest of its ``hours``."""
    if not seqs.size:
        return []
    starts = np.concatenate([[0], np.flatnonzero(np.diff(seqs) != 1) + 1])
    ends = np.concatenate([starts[1:], [seqs.size]]) - 1
    newest = np.maximum.reduceat(hours, starts)
    return [
        Run(*one)
        for one in zip(seqs[starts].tolist(), seqs[ends].tolist(), newest.tolist(), strict=True)
    ]


def unseen(seqs: Int64s, known: Sequence[Run]) -> npt.NDArray[np.bool_]:
    """Which of ``seqs`` are in none of the runs that are ``known``, ascending and apart."""
    if not known:
        return np.ones(seqs.size, dtype=np.bool_)
    firsts = np.array([run.first for run in known], dtype=np.int64)
    lasts = np.array([run.last for run in known], dtype=np.int64)
    before = np.searchsorted(firsts, seqs, side="right") - 1
    return (before < 0) | (seqs > lasts[np.maximum(before, 0)])


def grown(known: Iterable[Run], new: Iterable[Run]) -> list[Run]:
    """All of them, with neighbours as one where that forgets nothing sooner.

    A younger run does not join an older one before it: else a source that goes on for ever would
    never have a number forgotten.
    """
    found: list[Run] = []
    for one in sorted([*known, *new]):
        before = found[-1] if found else None
        if before and before.last == one.first - 1 and before.hour >= one.hour:
            found[-1] = Run(before.first, one.last, before.hour)
        else:
            found.append(one)
    return found
