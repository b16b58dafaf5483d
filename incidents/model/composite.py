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


def at_worst(shares: Iterable[Fraction]) -> Fraction:
    """All are needed and never fail at the same time: the misses add up, until nothing is left."""
    return max(1 - sum((1 - share for share in shares), Fraction(0)), Fraction(0))


def parallel(shares: Iterable[Fraction]) -> Fraction:
    """One is enough: an upper bound only, since what stands side by side often falls together."""
    return 1 - prod((1 - share for share in shares), start=Fraction(1))


def weighted(members: Iterable[tuple[int, Fraction | None]]) -> Fraction | None:
    """The mean of ``(weight, share)``; members without data are left out, None if all are."""
    known = [(weight, share) for weight, share in members if share is not None]
    whole = sum(weight for weight, _ in known)
    return sum((weight * share for weight, share in known), Fraction(0)) / whole if whole else None


def spent_together(members: Iterable[tuple[float, float]]) -> float:
    """The share of a composite's budget that ``(weight, share of its own)`` take together.

    Whatever a member spends, the composite spends at the same rate times its weight (OpenSLO).
    """
    return sum(weight * consumed for weight, consumed in members)
