"""How bad a burn is: from how fast the budget goes and how much the service matters.

Speed alone would wake the company for an internal report; importance alone would sleep through the
loss of a budget in an afternoon. One table joins the two.
"""

from datetime import timedelta
from enum import StrEnum
from fractions import Fraction

from incidents.model.burn import Loudness, Verdict, rate_spending, spending_of
from incidents.model.objective import in_words, percent
from incidents.model.severity import Severity

LOWEST_TIER = 4


class Pace(StrEnum):
    """How fast a budget goes."""

    SPENT = "spent"
    FAST = "fast"
    STEADY = "steady"
    SLOW = "slow"


# One row for each tier of service, 1 being what the company lives by.
_SEVERITIES: dict[int, dict[Pace, Severity]] = {
    1: {
        Pace.SPENT: Severity.SEV1,
        Pace.FAST: Severity.SEV1,
        Pace.STEADY: Severity.SEV2,
        Pace.SLOW: Severity.SEV3,
    },
    2: {
        Pace.SPENT: Severity.SEV2,
        Pace.FAST: Severity.SEV2,
        Pace.STEADY: Severity.SEV3,
        Pace.SLOW: Severity.SEV4,
    },
    3: {
        Pace.SPENT: Severity.SEV3,
        Pace.FAST: Severity.SEV3,
        Pace.STEADY: Severity.SEV3,
        Pace.SLOW: Severity.SEV4,
    },
    4: {
        Pace.SPENT: Severity.SEV3,
        Pace.FAST: Severity.SEV4,
        Pace.STEADY: Severity.SEV4,
        Pace.SLOW: Severity.SEV4,
    },
}


def pace(verdict: Verdict, window: timedelta, *, is_exhausted: bool) -> Pace:
    """Spent, or as fast as the first page rule (14.4 for 30 days), or another page, or slower."""
    if is_exhausted:
        return Pace.SPENT
    if verdict.burn is not None and verdict.burn >= _fast(window):
        return Pace.FAST
    return Pace.STEADY if verdict.loudness is Loudness.PAGE else Pace.SLOW


def severity_from_burn(
    verdict: Verdict, *, tier: int, window: timedelta, is_exhausted: bool, over: str = ""
) -> tuple[Severity, str]:
    """The severity and its reason. ``tier`` is 1 to 4; anything beyond is taken as 4.

    ``over`` is the window in words, where it is not its length.
    A burn that is only a ticket is never worse than sev3.
    """
    row = min(max(tier, 1), LOWEST_TIER)
    found = pace(verdict, window, is_exhausted=is_exhausted)
    severity = _SEVERITIES[row][found]
    share, called = percent(spending_of(window)[0][3]), over or in_words(window)
    words = {
        Pace.SPENT: f"the whole {called} budget is spent",
        Pace.FAST: f"it takes {share} of the {called} budget or more in an hour",
        Pace.STEADY: "it burns fast enough to page",
        Pace.SLOW: "it burns, but not fast enough to page",
    }[found]
    return severity, f"{severity.value}: tier {row}, and {words}"


def _fast(window: timedelta) -> Fraction:
    """The rate of our first page rule: 2 % of a month's budget in an hour."""
    _, long, _, share = spending_of(window)[0]
    return rate_spending(share, long, window)
