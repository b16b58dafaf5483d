"""Generated weeks of services whose traffic has seasons, with outages in them, and who was woken.

Traffic swings between day and night and is lower at weekends; some failures are there all day (a
crawler, a probe), so that at night their share looks like an outage. In the last of five weeks
there are true outages; in the weeks before as well, so that what is usual is not always clean.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from incidents.model.burn import Guard, Loudness, Rule, judge, may_fire, rules_for
from incidents.model.guards import as_in_other_weeks
from incidents.model.objective import FEWEST_FAILURES, Counts

STEP = timedelta(minutes=5)
DAY, WEEK = timedelta(days=1) // STEP, timedelta(weeks=1) // STEP
BUDGET = Fraction(1, 1000)
PAGES = tuple(
    one for one in rules_for(BUDGET, timedelta(days=28)).apply if one.loudness is Loudness.PAGE
)
_FELT = 0.01
_APART = timedelta(hours=1) // STEP  # pages with less between them are one
_LATE = timedelta(hours=1) // STEP  # a page so long after the end of an outage is still about it

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Season:
    """Five weeks of one service in pieces of five minutes.

    ``outages`` are those of the last week that took 1 % of the four-week budget at least, half of
    what the fastest rule stands for; ``small`` are the others.
    """

    good: Int64s
    bad: Int64s
    outages: tuple[tuple[int, int], ...]
    small: tuple[tuple[int, int], ...] = ()

    def counts(self, end: int, window: timedelta) -> Counts:
        """Those of the window that ends there."""
        begin = max(end - window // STEP, 0)
        return Counts(int(self.good[begin:end].sum()), int(self.bad[begin:end].sum()))


@dataclass(frozen=True, slots=True)
class Nights:
    """Over some services and a week each: pages without an outage, and outages without a page."""

    services: int
    false: int
    outages: int
    missed: int
    delay: timedelta

    @property
    def rate(self) -> float:
        """False pages of a service in a week."""
        return self.false / self.services


def season(seed: int) -> Season:
    """The same for the same seed."""
    dice = np.random.default_rng(seed)
    at = np.arange(5 * WEEK)
    hour = (at % DAY) / DAY * 24
    daily = 0.03 + 0.97 * np.clip(np.sin((hour - 6) / 24 * 2 * np.pi), 0, 1) ** 2
    weekend = np.where(at // DAY % 7 >= 5, dice.uniform(0.4, 0.9), 1.0)
    peak = dice.uniform(2_000, 20_000)
    total = dice.poisson(peak * daily * weekend * dice.lognormal(0, 0.1, at.size)).astype(np.int64)
    # By day a third of the budget at most; at night 10 to 30 times what it bears.
    always = dice.poisson(peak * dice.uniform(0.0003, 0.0009), at.size)
    bad = np.minimum(dice.binomial(total, 0.00005) + always, total)
    outages = []
    for week in range(5):
        for _ in range(int(dice.integers(0, 3)) if week < 4 else 2):
            begin = week * WEEK + int(dice.integers(0, WEEK - DAY // 12))
            end = begin + int(dice.integers(4, 18))
            share = float(dice.choice([0.05, 0.1, 0.3, 1.0]))
            bad[begin:end] += dice.binomial((total - bad)[begin:end], share)
            outages += [(begin, end)] if week == 4 else []
    allowed = float(BUDGET) * total[-4 * WEEK :].sum()
    felt = {one for one in outages if bad[one[0] : one[1]].sum() >= _FELT * allowed}
    small = tuple(sorted(set(outages) - felt))
    return Season(total - bad, bad, tuple(sorted(felt)), small)


def pages(one: Season, *, guarded: bool) -> list[int]:
    """When somebody is woken in the last week, every five minutes that it goes on."""
    return [end for end in _looks(one) if _is_page(one, end, guarded=guarded)]


def _looks(one: Season) -> Iterator[int]:
    """Where a rule may fire: all ends of windows in one pass, as the product does."""
    total, bad = np.cumsum(one.good + one.bad), np.cumsum(one.bad)
    ends = np.arange(4 * WEEK, 5 * WEEK)

    def counts(window: timedelta) -> tuple[Int64s, Int64s]:
        begin = ends - window // STEP - 1
        return bad[ends - 1] - bad[begin], total[ends - 1] - total[begin]

    budgets = np.full(ends.shape, float(BUDGET))
    yield from (int(end) for end in ends[may_fire(counts, PAGES, budgets)])


def _is_page(one: Season, end: int, *, guarded: bool) -> bool:
    def usual(rule: Rule) -> str:
        return as_in_other_weeks(rule, lambda ago, window: one.counts(end - ago // STEP, window))

    guard: Guard | None = usual if guarded else None
    counts = {w: one.counts(end, w) for rule in PAGES for w in (rule.long, rule.short)}
    found = judge(counts, PAGES, budget=BUDGET, min_failures=FEWEST_FAILURES, guard=guard)
    return found.loudness is Loudness.PAGE


def nights(seasons: list[Season], *, guarded: bool) -> Nights:
    """What all of them come to."""
    false = missed = 0
    delays: list[int] = []
    for one in seasons:
        woken = pages(one, guarded=guarded)
        true = {end for end in woken if _is_about_one(one, end)}
        false += _runs([end for end in woken if end not in true])
        for begin, over in one.outages:
            first = next((end for end in woken if begin < end <= over + _LATE), None)
            missed += first is None
            delays += [] if first is None else [first - begin]
    outages = sum(len(one.outages) for one in seasons)
    return Nights(len(seasons), false, outages, missed, STEP * int(np.median(delays or [0])))


def _is_about_one(one: Season, end: int) -> bool:
    return any(begin < end <= over + _LATE for begin, over in (*one.outages, *one.small))


def _runs(ends: list[int]) -> int:
    return sum(1 for place, end in enumerate(ends) if not place or end - ends[place - 1] > _APART)
