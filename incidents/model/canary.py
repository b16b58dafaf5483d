"""Does the new version fail more often than the old one, or is it chance?

Both versions served events at the same time; of each, good and bad were counted. The question is
answered by Fisher's exact test (R. A. Fisher, The Design of Experiments, 1935), one-sided: given
how many events failed in all, how likely is it that as many of them or more hit the canary, if it
made no difference which version served them? It is exact for three events as for three billion.

How much worse it is, is the ratio of the two shares of failures, with an interval of 95 %: that of
Clopper and Pearson (Biometrika 26, 1934) for the canary's part of all failures, turned into a ratio
of rates. It is exact where failures are rare, and too wide rather than too narrow where they are
not. A difference that is certain and small is no reason to stop: both are asked of a verdict.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from incidents.errors import Refused
from incidents.model.gate import Gate, Ground, Reason, Verdict, decide
from incidents.model.objective import Counts

MOST_EVENTS = 10**9  # on one side: more takes longer than anybody waits, and tells nothing new
_ENOUGH = 1e-18  # of a sum: what comes after it changes nothing
_TWO_PI = 2 * math.pi


@dataclass(frozen=True, slots=True)
class Rules:
    """From when on a canary is worse.

    It is frozen if chance explains it with less than ``sure`` and it fails more than ``worse``
    times as often; it is a warning below ``likely``. With fewer than ``fewest`` events on either
    side nobody can tell, unless it is clear all the same.
    """

    sure: float = 0.01
    likely: float = 0.05
    worse: float = 1.5
    fewest: int = 100


STANDARD = Rules()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it. ``ratio`` is None where neither fails; infinite where only the canary does.

    ``low`` and ``high`` are the ends of its interval. ``p`` is the chance of as many failures or
    more on the canary if the versions were alike.
    """

    baseline: Counts
    canary: Counts
    p: float
    ratio: float | None
    low: float
    high: float


def compare(baseline: Counts, canary: Counts) -> Comparison:
    """Test the canary's failures against the baseline's."""
    bad = baseline.bad + canary.bad
    p = _tail(canary.bad, canary.total, bad, baseline.total + canary.total)
    low, high = _interval(baseline, canary)
    return Comparison(baseline, canary, p, _ratio(baseline, canary), low, high)


def judge(found: Comparison, rules: Rules = STANDARD) -> Reason:
    """What the comparison means for the gate, in one sentence."""
    verdict, why = _verdict(found, rules)
    return Reason(verdict, Ground.CANARY, f"{in_words(found)}{why}.")


def compared(baseline: Counts, canary: Counts, rules: Rules = STANDARD) -> tuple[Gate, Comparison]:
    """What the test comes to for the gate, and its figures. Raises `Refused` for too many."""
    if max(baseline.total, canary.total) > MOST_EVENTS:
        raise Refused(
            f"More than {MOST_EVENTS:,} events on one side are not compared.",
            instead="Count a shorter time.",
        )
    found = compare(baseline, canary)
    return decide([judge(found, rules)]), found


def in_words(found: Comparison) -> str:
    """``The canary fails 1.8 % against 0.2 %: 9x (95 %: 4.5 to 18x), p < 0.001``."""
    if not found.baseline.total or not found.canary.total:
        side = "canary" if found.baseline.total else "baseline"
        return f"The {side} has served nothing"
    shares = f"The canary fails {_share(found.canary)} against {_share(found.baseline)}"
    if found.ratio is None:
        return f"{shares}: no failure on either side"
    if math.isinf(found.ratio):
        return f"{shares}: at least {_short(found.low)}x (95 %), {_chance(found.p)}"
    span = f"{_short(found.low)} to {_short(found.high)}x"
    return f"{shares}: {_short(found.ratio)}x (95 %: {span}), {_chance(found.p)}"


def _verdict(found: Comparison, rules: Rules) -> tuple[Verdict, str]:
    if found.p < rules.sure and (found.ratio or 0) > rules.worse:
        return Verdict.FROZEN, ""
    fewest = min(found.baseline.total, found.canary.total)
    if fewest < rules.fewest:
        few = f"; {fewest} events are too few to tell, {rules.fewest} are needed"
        return Verdict.UNKNOWN, few if fewest else ", so there is nothing to compare"
    if found.p < rules.sure:
        return Verdict.WARN, f"; that is certain, and less than {_short(rules.worse)}x"
    if found.p < rules.likely:
        return Verdict.WARN, "; that may be chance, and more events will tell"
    return Verdict.GO, ""


def _ratio(baseline: Counts, canary: Counts) -> float | None:
    if not canary.total or not baseline.total or not (canary.bad or baseline.bad):
        return None
    if not baseline.bad:
        return math.inf
    return canary.bad * baseline.total / (baseline.bad * canary.total)


def _tail(at_least: int, drawn: int, bad: int, total: int) -> float:
    """The chance that ``at_least`` of the ``bad`` among ``total`` are in ``drawn`` of them.

    The smaller side is summed, from its largest term outwards, until nothing is added any more.
    """
    fewest, most = max(0, drawn + bad - total), min(drawn, bad)
    if at_least <= fewest:
        return 1.0
    mode = (drawn + 1) * (bad + 1) // (total + 2)

    def share(number: int) -> float:
        return _drawn(number, drawn, bad, total)

    if at_least > mode:
        return min(_sum(share, range(at_least, most + 1)), 1.0)
    return max(1.0 - _sum(share, range(at_least - 1, fewest - 1, -1)), 0.0)


def _sum(share: Callable[[int], float], numbers: range) -> float:
    terms: list[float] = []
    whole = 0.0
    for number in numbers:
        term = share(number)
        terms.append(term)
        whole += term
        if term <= whole * _ENOUGH:
            break
    return math.fsum(terms)


def _drawn(number: int, drawn: int, bad: int, total: int) -> float:
    """The hypergeometric chance of ``number`` bad ones among ``drawn``.

    As three binomial chances, each by C. Loader's saddle-point expansion (Fast and accurate
    computation of binomial probabilities, 2000): products of huge factorials would lose every
    digit in floating point.
    """
    share = drawn / total
    rest = total - drawn
    below = _binomial(drawn, total, share, rest / total)
    chance = _binomial(number, bad, share, rest / total)
    return chance * _binomial(drawn - number, total - bad, share, rest / total) / below


def _binomial(number: int, trials: int, share: float, other: float) -> float:
    if number == 0:
        return math.exp(_power(trials, share, other))
    if number == trials:
        return math.exp(_power(trials, other, share))
    left = trials - number
    exponent = (
        _stirling(trials)
        - _stirling(number)
        - _stirling(left)
        - _deviance(number, trials * share)
        - _deviance(left, trials * other)
    )
    return math.exp(exponent) * math.sqrt(trials / (_TWO_PI * number * left))


def _power(trials: int, share: float, other: float) -> float:
    """The logarithm of ``other ** trials``, where ``share`` is the rest to 1."""
    if not trials:
        return 0.0
    if not other:
        return -math.inf
    return trials * (math.log1p(-share) if share < 0.5 else math.log(other))  # noqa: PLR2004


def _stirling(number: int) -> float:
    """What Stirling's formula lacks of the logarithm of ``number!``."""
    if number <= _EXACT:
        return math.lgamma(number + 1) - (number + 0.5) * math.log(number) + number - _HALF_LOG
    square = number * number
    return (
        1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square
    ) / number


_EXACT = 15
_HALF_LOG = 0.5 * math.log(_TWO_PI)


def _deviance(number: int, expected: float) -> float:
    """``number log(number / expected) + expected - number``, without cancellation near nothing."""
    apart = number - expected
    if abs(apart) >= 0.1 * (number + expected):
        return number * math.log(number / expected) + expected - number
    ratio = apart / (number + expected)
    whole, term, odd = apart * ratio, 2 * number * ratio, 1
    while True:
        term *= ratio * ratio
        odd += 2
        more = whole + term / odd
        if more == whole:
            return whole
        whole = more


def _interval(baseline: Counts, canary: Counts) -> tuple[float, float]:
    """Of the ratio of rates, from the canary's part of all failures (Clopper and Pearson)."""
    bad = baseline.bad + canary.bad
    if not bad or not canary.total or not baseline.total:
        return 0.0, math.inf
    odds = baseline.total / canary.total
    low, high = 0.0, math.inf
    if canary.bad:
        low = odds * _odds(_quantile(0.025, canary.bad, bad - canary.bad + 1))
    if baseline.bad:
        high = odds * _odds(_quantile(0.975, canary.bad + 1, bad - canary.bad))
    return low, high


def _odds(share: float) -> float:
    return math.inf if share >= 1 else share / (1 - share)


def _quantile(chance: float, a: int, b: int) -> float:
    """Where the beta distribution of ``a`` and ``b`` reaches ``chance``, by halving."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        if _beta(middle, a, b) < chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta(x: float, a: int, b: int) -> float:
    """The regularised incomplete beta function: a chance of the binomial distribution."""
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    if not x:
        return 0.0
    # x^a (1-x)^b / (a B(a, b)) is a binomial chance times (1 - x), which is never off by much.
    front = _binomial(a, a + b, x, 1 - x) * b / (a + b)
    return front * _fraction(x, a, b)


def _fraction(x: float, a: int, b: int) -> float:
    """Lentz's method for the continued fraction (DLMF 8.17.22)."""
    tiny = 1e-300
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    whole = d
    for step in range(1, 100_000):
        even = step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step))
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1))
        for part in (even, odd):
            d = 1 / (1 + part * d or tiny)
            c = 1 + part / c or tiny
            whole *= c * d
        if abs(c * d - 1) < 1e-15:  # noqa: PLR2004 (the precision of a float)
            break
    return whole


def _share(counts: Counts) -> str:
    return f"{_short(100 * counts.bad / counts.total)} %"


def _short(number: float) -> str:
    """Two digits that count: ``0.2``, ``1.8``, ``18``, ``120``."""
    if math.isinf(number):
        return "∞"
    return f"{number:.2g}" if abs(number) < 100 else f"{number:.0f}"  # noqa: PLR2004


def _chance(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"  # noqa: PLR2004 (as it is printed)
