"""Do probes and real users see the same?

Where they do not, neither figure is wrong, and no mean of both is right: probes take another way
in, or users do what no probe does. It is said if it is no chance, and more than the budget allows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from math import sqrt

from incidents.model.objective import (
    FEWEST_FAILURES,
    Counts,
    Objective,
    SLOName,
    in_words,
    percent,
)

SIDE = "warroom.dev/sli"
SYNTHETIC, REAL = "synthetic", "real"
OVER = timedelta(hours=6)  # a look every half a minute is 720 events in it
_Z = 3.2905  # 99.9 %, both sides: of a thousand pairs that agree, one is said to differ


@dataclass(frozen=True, slots=True)
class Contrast:
    """The events of two promises of one service over the same time; ``share`` may be bad."""

    synthetic: SLOName
    real: SLOName
    probed: Counts
    used: Counts
    share: Fraction

    @property
    def difference(self) -> Fraction | None:
        """By how much more of what users do fails; None without events on either side."""
        if self.probed.sli is None or self.used.sli is None:
            return None
        return self.probed.sli - self.used.sli

    @property
    def is_chance(self) -> bool:
        """Whether equal shares could well look like this (Newcombe's interval of Wilson scores).

        A few failures are chance, too: they would wake nobody either.
        """
        if self.difference is None:
            return True
        worse = self.used if self.difference > 0 else self.probed
        if worse.bad < FEWEST_FAILURES:
            return True
        low, high = _between(self.used, self.probed)
        return low <= 0 <= high

    @property
    def is_warning(self) -> bool:
        """Whether they really differ, by more than may fail at all."""
        return self._is_beyond(self.share)

    @property
    def is_over(self) -> bool:
        """Whether a warning may end: known, and well inside of what may fail."""
        return self.difference is not None and not self._is_beyond(self.share / 2)

    def _is_beyond(self, limit: Fraction) -> bool:
        return self.difference is not None and abs(self.difference) > limit and not self.is_chance

    @property
    def words(self) -> str:
        """Both figures with their counts, and what they say together; empty without both."""
        if self.difference is None:
            return ""
        looks, uses = _failed(self.probed), _failed(self.used)
        said = f"in {in_words(OVER)} {looks} looks of probes and {uses} events of users failed"
        if not self.is_warning:
            return said
        why = (
            "users meet what no probe does"
            if self.difference > 0
            else "probes meet what users do not"
        )
        return f"{said}: they disagree, {why}"


def pairs(objectives: Iterable[Objective]) -> Iterator[tuple[Objective, Objective]]:
    """Each synthetic promise with each real one of its service."""
    marked = [one for one in objectives if one.annotations.get(SIDE) in {SYNTHETIC, REAL}]
    for probed in marked:
        for used in marked:
            sides = (probed.annotations[SIDE], used.annotations[SIDE])
            if sides == (SYNTHETIC, REAL) and probed.service == used.service:
                yield probed, used


def _failed(counts: Counts) -> str:
    return f"{percent(1 - (counts.sli or Fraction(0)), digits=3)} of {counts.total}"


def _between(one: Counts, other: Counts) -> tuple[float, float]:
    """Where the difference of two bad shares lies (Newcombe 1998, method 10)."""
    first, low, high = _score(one)
    second, below, above = _score(other)
    difference = first - second
    return (
        difference - sqrt((first - low) ** 2 + (above - second) ** 2),
        difference + sqrt((high - first) ** 2 + (second - below) ** 2),
    )


def _score(counts: Counts) -> tuple[float, float, float]:
    """The bad share, and where it lies (Wilson 1927)."""
    n, share = counts.total, counts.bad / counts.total
    middle = share + _Z**2 / (2 * n)
    reach = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    whole = 1 + _Z**2 / n
    return share, (middle - reach) / whole, (middle + reach) / whole
