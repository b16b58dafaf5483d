"""Burn rates at which alerts come earlier, or later, for a while. All of it is exact."""

import re
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from incidents.model.burn import Loudness, Rule, Verdict, rules_of
from incidents.model.objective import Objective

SMALLEST, LARGEST = Fraction(1, 100), Fraction(10)


_WRITTEN = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?|[0-9]{1,4}/[1-9][0-9]{0,3}")


def sensitivity_in(text: str) -> Fraction | None:
    """``0.5`` or ``1/2``, exactly; None for anything else."""
    return Fraction(text) if _WRITTEN.fullmatch(text) else None


def scaled(rules: Iterable[Rule], by: Fraction, budget: Fraction) -> tuple[Rule, ...]:
    """``rules`` with their rates multiplied.

    No rate falls below 1, which would alert on a service that keeps its promise. A rate that
    nothing could exceed is refused: that rule stays as it is, and can still fire.
    """
    return tuple(replace(one, rate=_rate(one.rate, by, budget)) for one in rules)


def _rate(rate: Fraction, by: Fraction, budget: Fraction) -> Fraction:
    wanted = max(rate * by, min(rate, Fraction(1)))
    return rate if wanted >= 1 / budget and by > 1 else wanted


def out_of_reach(objective: Objective, by: Fraction) -> str:
    """Why the limits of ``objective`` cannot be multiplied; empty if they can."""
    fastest = 1 / objective.budget
    over = [one.rate * by for one in rules_of(objective).apply if one.rate * by >= fastest]
    if by <= 1 or not over:
        return ""
    return (
        f"{objective.slo} would never alert at {_shown(max(over))}x: "
        f"nothing burns faster than {_shown(fastest)}x"
    )


def as_page(verdict: Verdict, because: str) -> Verdict:
    """A ticket that wakes somebody meanwhile; what has too few failures for that does not."""
    if verdict.loudness is not Loudness.TICKET or verdict.is_downgraded:
        return verdict
    words = f"{verdict.because}; a ticket at other times, a page because of {because}"
    return replace(verdict, loudness=Loudness.PAGE, because=words)


def _shown(rate: Fraction) -> str:
    return f"{float(rate):.2f}".rstrip("0").rstrip(".")
