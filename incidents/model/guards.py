"""Why a page is only a ticket, or has to wait: what a burn rate alone does not know.

At night few requests meet failures that are there all day, a crawler's or a probe's, and the ratio
of the two looks like an outage. Two guards know better, each switched on by whoever owns the SLO.
They never mute: a page becomes a ticket, and says why.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from statistics import median_low

from incidents.model.burn import Rule, burn_rate, rules_of
from incidents.model.objective import Counts, Objective, in_words, percent

WEEK = timedelta(days=7)
WEEKS = 4  # that an hour is compared with
_FEWEST_WEEKS = 3  # of them with traffic: of two, one that was bad would decide
_SPREADS = 5  # of a count by chance, above what is usual: a night has many looks
_MOSTLY_FAILING = Fraction(1, 2)  # is an outage in any season


@dataclass(frozen=True, slots=True)
class Second:
    """What a second look at an SLO that burns found out.

    ``waiting`` are the rules that burn, but not yet for as long as they have to, with how long they
    do; ``lowered`` are those that page, but should not, and why.
    """

    waiting: Mapping[Rule, timedelta] = field(default_factory=dict)
    lowered: Mapping[Rule, str] = field(default_factory=dict)

    def rules(self, objective: Objective) -> tuple[Rule, ...]:
        """The rules that may fire now."""
        return tuple(one for one in rules_of(objective).apply if one not in self.waiting)

    def guard(self, rule: Rule) -> str:
        """Why a page by ``rule`` is only a ticket; empty if it wakes somebody."""
        return self.lowered.get(rule, "")

    @property
    def patience(self) -> str:
        """What burns and is waited for, in words; empty if nothing is."""
        told = (
            f"burning for {in_words(held)}, and it alerts after {in_words(rule.after)}"
            for rule, held in self.waiting.items()
        )
        return next(told, "")


FIRST = Second()
"""What is known without a second look."""


def needs_a_second_look(objective: Objective) -> bool:
    """Whether more has to be known of an SLO than its counts now."""
    waits = objective.alerting is not None and any(
        one.after for one in objective.alerting.conditions
    )
    return waits or objective.weighs_traffic or objective.knows_seasons


def traffic_weight(
    lately: Counts, over: timedelta, whole: Counts, window: timedelta
) -> Fraction | None:
    """``(n_L / L) / (n_W / W)``: today's traffic as a share of the usual; None without any.

    The coefficient of seznam's and sloth's ``denominator_corrected`` rules.
    """
    if not whole.total:
        return None
    second = timedelta(seconds=1)
    return Fraction(lately.total * (window // second), whole.total * (over // second))


def too_quiet(
    rule: Rule, lately: Counts, whole: Counts, window: timedelta, *, budget: Fraction
) -> str:
    """Why a page is only a ticket, weighed by traffic; empty if it is one.

    Weighed, a burn rate says what the failures take of the budget, not of the hour. It only ever
    lowers: a busy hour is not made to burn faster than it does.
    """
    weight, burn = traffic_weight(lately, rule.long, whole, window), burn_rate(lately, budget)
    if weight is None or burn is None or weight >= 1:
        return ""
    weighed = burn * weight
    if weighed > rule.rate or (rule.at_rate and weighed == rule.rate):
        return ""
    return (
        f"traffic is {percent(weight)} of the usual, and weighed by it the burn is "
        f"{float(weighed):.2f}x"
    )


def as_in_other_weeks(rule: Rule, held: Callable[[timedelta, timedelta], Counts]) -> str:
    """Why a page is only a ticket: it fails as it does at this hour in any week; else empty.

    ``held(ago, window)`` are the counts of the window that ended so long ago. Both windows have to
    be more than usual: the long one shows that it matters, the short one that it still goes on.
    """
    for window in (rule.short, rule.long):
        before = [held(WEEK * weeks, window) for weeks in range(1, WEEKS + 1)]
        usual = usual_failures(held(timedelta(0), window), before)
        if usual is not None:
            return (
                f"about {round(float(usual))} failures in {in_words(window)} are usual at this "
                "hour of the week"
            )
    return ""


def usual_failures(now: Counts, before: Sequence[Counts]) -> Fraction | None:
    """How many failures other weeks had in that window, if ``now`` has no more; else None.

    The lower median of the weeks, so that one outage among them does not make the next one usual;
    by count and by share, whichever is less; and five times the spread of a count by chance above
    it. Never where most of it fails, or where fewer than three weeks are known.
    """
    weeks = [one for one in before if one.total]
    if len(weeks) < _FEWEST_WEEKS or now.bad > _MOSTLY_FAILING * now.total:
        return None
    share = median_low([Fraction(one.bad, one.total) for one in weeks])
    usual = min(Fraction(median_low([one.bad for one in weeks])), share * now.total)
    more = now.bad - usual - 1
    return usual if more <= 0 or more * more <= _SPREADS**2 * usual else None
