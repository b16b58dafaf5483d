"""When an SLO wants people to hear of it, in its own words: OpenSLO's alert policies.

Where an SLO says nothing, the rules of `incidents.model.burn` hold.
"""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

SHORTEST = timedelta(minutes=5)  # a window below is not counted
_SHARE = 12  # the short window is a twelfth of the long one (SRE Workbook, chapter 5)


@dataclass(frozen=True, slots=True)
class Condition:
    """Alert once both windows burn faster than ``rate``; ``at_rate``: or exactly as fast.

    It has to be so ``after`` long; a page if ``is_page``, else a ticket.
    """

    rate: Fraction
    long: timedelta
    short: timedelta
    is_page: bool
    at_rate: bool = False
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Alerting:
    """What all alert policies of an SLO say together.

    ``when_no_data``: its owner hears of it when the metrics end. ``when_resolved``: and when a burn
    is over that was only a ticket; in a room that is said anyway.
    """

    conditions: tuple[Condition, ...]
    when_no_data: bool = False
    when_resolved: bool = False


def short_of(long: timedelta) -> timedelta:
    """The short window that goes with a long one: a twelfth, in whole buckets that are counted.

    6 h are half an hour, 3 d are 6 h, and nothing is below 5 minutes.
    """
    step = SHORTEST if long <= timedelta(days=3) else timedelta(hours=1)
    buckets = -(-(long // _SHARE) // step)
    return min(max(step * buckets, SHORTEST), long)
