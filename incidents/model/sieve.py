"""Which of many budgets have to be looked at exactly: all are asked in one pass over arrays.

Floating point here errs on the side of looking. What is looked at is decided on whole numbers.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from incidents.model.budget import NOTICES, band
from incidents.model.burn import Rule, may_fire, rules_of
from incidents.model.calendar_window import Calendar
from incidents.model.objective import Objective, SLOName
from incidents.model.ring import Bools, Int64s
from incidents.model.rolling import Rings
from incidents.model.shards import shard_of
from incidents.model.spending import passed_of

_MARGIN = 1e-9  # far above the error of a few operations, far below one event in a million
_FIRST = NOTICES[0] / 100


_Notices = Mapping[SLOName, tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """Objectives of one window and the same rules. They lie beside each other in the rings.

    ``part`` is where; ``budgets`` are their shares of bad events, in that order.
    """

    span: timedelta | Calendar
    rules: tuple[Rule, ...]
    part: slice
    objectives: tuple[Objective, ...]
    budgets: npt.NDArray[np.float64]


class Sieve:
    """Objectives by what they have in common, in the order in which the rings count them."""

    def __init__(self, objectives: Iterable[Objective]) -> None:
        together: dict[object, list[Objective]] = {}
        held: dict[int, tuple[tuple[Rule, ...], int]] = {}  # rules are costly to compare
        equal: dict[tuple[Rule, ...], int] = {}
        for one in sorted(objectives, key=lambda one: shard_of(one.slo)):
            rules = rules_of(one).apply
            if id(rules) not in held:
                held[id(rules)] = rules, equal.setdefault(rules, len(equal))
            number = held[id(rules)][1]
            together.setdefault((one.calendar or one.window, number), []).append(one)
        self.groups: list[Alike] = []
        self._place: dict[SLOName, tuple[int, int]] = {}
        start = 0
        for some in together.values():
            part = slice(start, start + len(some))
            budgets = np.array([float(one.budget) for one in some])
            rules = rules_of(some[0]).apply
            span = some[0].calendar or some[0].window
            for place, one in enumerate(some):
                self._place[one.slo] = len(self.groups), place
            self.groups.append(Alike(span, rules, part, tuple(some), budgets))
            start += len(some)

    @property
    def objectives(self) -> list[Objective]:
        """All of them, group after group."""
        return [one for group in self.groups for one in group.objectives]

    def rules(self, name: SLOName) -> tuple[Rule, ...]:
        """The rules of one of them."""
        return self.groups[self._place[name][0]].rules

    def worth_a_look(
        self,
        rings: Rings,
        always: Iterable[SLOName],
        announced: _Notices,
        keenest: Fraction = Fraction(1),
    ) -> tuple[SLOName, ...]:
        """The SLOs that may burn, or whose notices may change; and those that ``always`` are.

        ``announced`` are the notices that stand: such a budget is looked at when it reaches the
        next one, or is well below the last one again. ``keenest`` is the lowest sensitivity that
        holds for any of them: by it, all are asked.
        """
        found = {name for name in always if name in self._place}
        noticed: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
        for name, notices in announced.items():
            if name in self._place:
                number, place = self._place[name]
                noticed.setdefault(number, []).append((place, notices))
        for number, group in enumerate(self.groups):
            places = _places(rings, _keener(group, keenest), noticed.get(number, ()))
            found |= {group.objectives[place].slo for place in places}
        return tuple(sorted(found))


def _keener(group: Alike, keenest: Fraction) -> Alike:
    if keenest == 1:
        return group
    return replace(group, rules=tuple(replace(one, rate=one.rate * keenest) for one in group.rules))


def _places(
    rings: Rings, group: Alike, noticed: Collection[tuple[int, tuple[int, ...]]]
) -> list[int]:
    good, failed = _spent(rings, group)
    spent = failed * float(passed_of(group.span, rings.watermark))
    whole = group.budgets * (good + failed)
    hits: Bools = (spent >= _FIRST * (1 - _MARGIN) * whole) & (failed > 0)
    for place, notices in noticed:
        low, high = band(notices)
        share = spent[place] / whole[place] if whole[place] else 0.0
        is_inside = low * (1 + _MARGIN) <= share < high * (1 - _MARGIN)
        # Silent slices may be good, and then less is spent than it seems here.
        hits[place] = not is_inside or group.objectives[place].slicing is not None
    known: dict[timedelta, tuple[Int64s, Int64s]] = {}

    def counts(window: timedelta) -> tuple[Int64s, Int64s]:
        if window not in known:
            good, bad = rings.sums(window, group.part)
            known[window] = bad, good + bad
        return known[window]

    hits[may_fire(counts, group.rules, group.budgets)] = True
    places: list[int] = np.flatnonzero(hits).tolist()
    return places


def _spent(rings: Rings, group: Alike) -> tuple[Int64s, Int64s]:
    """Good and bad over the window of the budgets."""
    if isinstance(group.span, Calendar):
        return rings.sums_since(group.span, group.part)
    return rings.sums(group.span, group.part)
