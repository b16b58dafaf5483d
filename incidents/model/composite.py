"""What several promises allow together.

A service that cannot work without others is up at most while all of them are: the ceiling of its
own promise is the product of theirs. Each counts once, however many ways lead to it.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import prod


def serial(shares: Iterable[Fraction]) -> Fraction:
    """All are needed at once and fail independently: the product; 1 for none."""
    return prod(shares, start=Fraction(1))


def spent_together(members: Iterable[tuple[float, float]]) -> float:
    """The share of a composite's budget that ``(weight, share of its own)`` take together.

    Whatever a member spends, the composite spends at the same rate times its weight (OpenSLO).
    """
    return sum(weight * consumed for weight, consumed in members)
