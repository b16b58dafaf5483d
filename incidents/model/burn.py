"""Is an error budget burning too fast, and how loudly should we say so?

A burn rate of 1 spends exactly the whole budget over the objective's window. Two windows must agree
before we alert: the long one shows that it matters, the short one that it is still happening (SRE
Workbook, chapter 5, table 5-8). All comparisons are strict (``>``) and made on whole numbers, so
that a rate of exactly 14.4 does not fire and one event more does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from incidents.model.alerting import Condition
from incidents.model.objective import NOTHING, Counts, Objective, in_words
from incidents.model.slicing import Slicing

Int64s = npt.NDArray[np.int64]


class Loudness(StrEnum):
    """How an alert reaches people, from not at all to waking somebody."""

    QUIET = "quiet"
    TICKET = "ticket"
    PAGE = "page"

    def is_louder_than(self, other: "Loudness") -> bool:
        """Strictly louder."""
        return _ORDER[self] > _ORDER[other]


_ORDER = {loudness: place for place, loudness in enumerate(Loudness)}


@dataclass(frozen=True, slots=True)
class Rule:
    """Alert at ``loudness`` once both windows burn faster than ``rate``.

    ``rate`` is a multiple of the sustainable rate: 14.4 over an hour spends 2 % of a 30-day budget.
    Our own rules fire above it and at once; an alert policy may say otherwise: ``at_rate`` fires at
    exactly the rate too, ``after`` is for how long it has to be so. ``note`` says why the rate is
    another one than usual.
    """

    long: timedelta
    short: timedelta
    rate: Fraction
    loudness: Loudness
    at_rate: bool = False
    after: timedelta = timedelta(0)
    note: str = ""

    def burns(self, counts: Mapping[timedelta, Counts], budget: Fraction) -> bool:
        """Whether both windows burn that fast now. A window without traffic never does."""
        return all(
            _reaches(counts.get(window, NOTHING), self, budget)
            for window in (self.long, self.short)
        )

    def spends(self, window: timedelta) -> Fraction:
        """The share of the budget of ``window`` that is gone when this rule fires."""
        return self.rate * Fraction(self.long // _SECOND, window // _SECOND)

    def finds_in(self, errors: Fraction, budget: Fraction) -> timedelta | None:
        """How long errors at a constant ratio stay unnoticed after a clean past; None: for ever.

        The long window decides: it passes the rate last. Microseconds are rounded to even.
        """
        if errors <= self.rate * budget:
            return None
        return _times(self.long, self.rate * budget / errors)

    def forgets_in(self, errors: Fraction, budget: Fraction) -> timedelta | None:
        """How long a rule over the long window alone would go on after it fired and errors ended.

        This is what the short window is for: with it, an alert ends within ``short``.
        """
        found = self.finds_in(errors, budget)
        return None if found is None else self.long - found


Guard = Callable[[Rule], str]
"""Why a page by this rule is only a ticket; empty if it wakes somebody."""


def rate_spending(share: Fraction, over: timedelta, window: timedelta) -> Fraction:
    """The burn rate that takes ``share`` of the budget of ``window`` within ``over``."""
    return share * Fraction(window // _SECOND, over // _SECOND)


def _times(length: timedelta, share: Fraction) -> timedelta:
    return timedelta(microseconds=round(length // timedelta(microseconds=1) * share))


_SECOND = timedelta(seconds=1)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# Loudness, long window, short window (a twelfth of it), share of the budget spent when it fires.
Spending = tuple[tuple[Loudness, timedelta, timedelta, Fraction], ...]


def _spending(*percent: int) -> Spending:
    hour, six, day, three = (Fraction(one, 100) for one in percent)
    return (
        (Loudness.PAGE, _HOUR, 5 * _MINUTE, hour),
        (Loudness.PAGE, 6 * _HOUR, 30 * _MINUTE, six),
        (Loudness.TICKET, _DAY, 2 * _HOUR, day),
        (Loudness.TICKET, 3 * _DAY, 6 * _HOUR, three),
    )


# 14.4, 6, 3 and 1 over 30 days; 13.44, 5.6 and 2.8 over 28 (SRE Workbook, table 5-8).
SPENDING = _spending(2, 5, 10, 10)
# 2 % of a week's budget is what a service may fail in 3 hours: too little to wake somebody for.
# 16.8, 5.6 and 2.8 over 7 days (Datadog, burn rate alerts).
_OF_A_WEEK = _spending(10, 20, 40, 40)
# 2 % of a quarter's budget is a great deal: 21.6, 10.8 and 4.5 over 90 days (Datadog).
_OF_A_QUARTER = _spending(1, 3, 5, 10)
_WEEK, _QUARTER = 7 * _DAY, 90 * _DAY


def spending_of(window: timedelta) -> Spending:
    """How much of a budget each of our rules lets go before it fires, by how long the budget lasts.

    Up to a week, from a quarter on, and in between.
    """
    if window <= _WEEK:
        return _OF_A_WEEK
    return SPENDING if window < _QUARTER else _OF_A_QUARTER


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that can fire for an objective, loudest first, and why the others cannot."""

    apply: tuple[Rule, ...]
    refused: tuple[tuple[Rule, str], ...]

    @property
    def windows(self) -> frozenset[timedelta]:
        """Every window that has to be counted."""
        return frozenset(window for rule in self.apply for window in (rule.long, rule.short))


@dataclass(frozen=True, slots=True)
class Verdict:
    """How loud, and why. ``long`` and ``short`` are the burn rates of the rule that decided.

    They are None where no rule fired. ``is_downgraded``: it would have been a page, but there were
    too few failures to wake anybody for.
    """

    loudness: Loudness
    because: str
    rule: Rule | None = None
    long: Fraction | None = None
    short: Fraction | None = None
    is_downgraded: bool = False

    @property
    def burn(self) -> Fraction | None:
        """The governing number: the lower of the two, which both windows agree on."""
        return None if self.long is None or self.short is None else min(self.long, self.short)


def rules_of(objective: Objective) -> Rules:
    """The rules of an objective: what its alert policies say, or else ours.

    Over slices of time every window is a whole number of them.
    """
    if objective.alerting is None:
        return rules_for(objective.budget, objective.window, objective.slicing)
    return _those_that_fire(
        sorted(
            (rule_of(one, objective.slicing) for one in objective.alerting.conditions),
            key=lambda rule: (rule.loudness is not Loudness.PAGE, -rule.rate, rule.long),
        ),
        objective.budget,
        objective.window,
    )


def rule_of(condition: Condition, slicing: Slicing | None = None) -> Rule:
    """What a condition of an alert policy asks for."""
    long, short = condition.long, condition.short
    if slicing is not None:
        long, short = slicing.whole(long), slicing.whole(short)
    loudness = Loudness.PAGE if condition.is_page else Loudness.TICKET
    return Rule(
        long, short, condition.rate, loudness, at_rate=condition.at_rate, after=condition.after
    )


def guarded(objective: Objective) -> frozenset[timedelta]:
    """Over which windows failures have to be known beside slices: those that may wake somebody."""
    if objective.slicing is None or not objective.min_failures:
        return frozenset()
    return frozenset(one.long for one in rules_of(objective).apply if one.loudness is Loudness.PAGE)


def recent(objective: Objective) -> timedelta:
    """Over how long it is judged what goes on now: an hour, or the least that can tell."""
    length = min(_HOUR, objective.window)
    return objective.slicing.whole(length) if objective.slicing else length


@lru_cache(maxsize=1024)  # ten thousand objectives share a few targets
def rules_for(budget: Fraction, window: timedelta, slicing: Slicing | None = None) -> Rules:
    """The standard rules rescaled to ``window``, by the share of the budget that it may cost.

    Over 28 days the rates are 13.44, 5.6, 2.8 and 1: a rate below 1 would alert on a service that
    keeps its promise, so none is lower than that. Two things make a rule inapplicable. Nothing
    burns faster than ``1 / budget``, which is every event failing, and a rule cannot look back
    further than the objective does.
    """
    rules: list[Rule] = []
    for loudness, long, short, share in spending_of(window):
        if slicing is not None:
            long, short = slicing.whole(long), slicing.whole(short)  # noqa: PLW2901 (as they count)
        rate = max(rate_spending(share, long, window), Fraction(1))
        rules.append(Rule(long, short, rate, loudness))
    return _those_that_fire(rules, budget, window)


def _those_that_fire(rules: Iterable[Rule], budget: Fraction, window: timedelta) -> Rules:
    apply: list[Rule] = []
    refused: list[tuple[Rule, str]] = []
    for rule in rules:
        why = never_fires(rule, budget, window)
        if why:
            refused.append((rule, why))
        else:
            apply.append(rule)
    return Rules(tuple(apply), tuple(refused))


def never_fires(rule: Rule, budget: Fraction, window: timedelta) -> str:
    """Why nothing can make a rule fire; empty if something can."""
    if rule.long > window:
        return f"{in_words(rule.long)} is longer than the objective's own {in_words(window)}"
    fastest = 1 / budget
    if rule.rate > fastest or (rule.rate == fastest and not rule.at_rate):
        return (
            f"nothing burns faster than {_rate(fastest)} when {_rate(budget * 100)} % may fail, "
            f"so a rate above {_rate(rule.rate)} never happens"
        )
    return ""


def burn_rate(counts: Counts, budget: Fraction) -> Fraction | None:
    """``(bad / total) / budget``, exactly; None without traffic."""
    return Fraction(counts.bad, counts.total) / budget if counts.total else None


def is_faster(counts: Counts, rate: Fraction, budget: Fraction) -> bool:
    """Whether ``counts`` burn strictly faster than ``rate``. Never without traffic."""
    threshold = rate * budget
    return counts.bad * threshold.denominator > threshold.numerator * counts.total


def _reaches(counts: Counts, rule: Rule, budget: Fraction) -> bool:
    if is_faster(counts, rule.rate, budget):
        return True
    return rule.at_rate and burn_rate(counts, budget) == rule.rate


def judge(
    counts: Mapping[timedelta, Counts],
    rules: Sequence[Rule],
    *,
    budget: Fraction,
    min_failures: int = 0,
    failures: Mapping[timedelta, int] | None = None,
    guard: Guard | None = None,
) -> Verdict:
    """The loudest rule that fires, given the events in each window.

    A window missing from ``counts`` has no traffic, and a rule over it never fires. A page over
    fewer than ``min_failures`` bad events is downgraded to a ticket, never muted. ``failures`` are
    the bad events of the long windows, where ``counts`` are those of something else: of slices.
    ``guard`` says why a page is only a ticket, if it is.
    """
    loudest = Verdict(Loudness.QUIET, "no rule fires")
    for rule in rules:
        long, short = counts.get(rule.long, NOTHING), counts.get(rule.short, NOTHING)
        if not rule.burns(counts, budget):
            continue
        failed = long.bad if failures is None else failures.get(rule.long, 0)
        lowered = "" if rule.loudness is not Loudness.PAGE else _few(rule, failed, min_failures)
        if rule.loudness is Loudness.PAGE and guard is not None:
            lowered = lowered or guard(rule)
        found = _fired(rule, long, short, budget=budget, lowered=lowered)
        if found.loudness.is_louder_than(loudest.loudness):
            loudest = found
    return loudest


def _few(rule: Rule, failed: int, min_failures: int) -> str:
    if failed >= min_failures:
        return ""
    return (
        f"only {failed} failures in {in_words(rule.long)}, "
        f"fewer than the {min_failures} that wake somebody"
    )


def _fired(rule: Rule, long: Counts, short: Counts, *, budget: Fraction, lowered: str) -> Verdict:
    over_long, over_short = burn_rate(long, budget), burn_rate(short, budget)
    words = (
        f"burning {_rate(over_long)}x over {in_words(rule.long)} and {_rate(over_short)}x over "
        f"{in_words(rule.short)}, the limit is {_rate(rule.rate)}x{rule.note}"
    )
    if lowered:
        words = f"{words}; {lowered}"
        return Verdict(Loudness.TICKET, words, rule, over_long, over_short, is_downgraded=True)
    return Verdict(rule.loudness, words, rule, over_long, over_short)


def may_fire(
    counts: Callable[[timedelta], tuple[Int64s, Int64s]],
    rules: Sequence[Rule],
    budgets: npt.NDArray[np.float64],
) -> Int64s:
    """Which of many SLOs `judge` has to look at, by their places; all in one pass.

    ``counts`` tells the bad events of a window, and all of them; ``budgets`` has one entry for each
    SLO, and they share ``rules``. Floating point here errs on the side of looking: it is off by
    less than the margin, and `judge` decides on whole numbers.
    """
    found: list[Int64s] = []
    for rule in rules:
        limits = budgets * (float(rule.rate) * (1 - _MARGIN))
        bad, total = counts(rule.long)
        # Few burn over the long window, and only those are looked at over the short one.
        places = np.flatnonzero((bad >= limits * total) & (bad > 0))
        if places.size:
            bad, total = counts(rule.short)
            bad, total = bad[places], total[places]
            found.append(places[(bad >= limits[places] * total) & (bad > 0)])
    return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)


_MARGIN = 1e-9  # far above the error of one multiplication, far below one event in a million


def _rate(rate: Fraction | None) -> str:
    """Two digits, shown only; nothing is compared after rounding."""
    return "?" if rate is None else f"{float(rate):.2f}".rstrip("0").rstrip(".")
