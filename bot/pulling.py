"""Counts of SLOs that a Prometheus keeps, fetched again and again, and counted here like any other.

Each step of an SLO has a name, so it is counted once, however often it is read and by how many
replicas. What was read before is read again for a while, since it may have been late. After a time
without answers everything missed is fetched, as far back as late data is taken.

While there is no answer nothing is made up: budgets have no new data, and freeze.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import structlog

from bot.prometheus import NoAnswer, Prometheus, Step
from incidents.actions import sources
from incidents.actions.desk import Desk
from incidents.actions.samples import Reading, ingest
from incidents.model.alerts import PROMETHEUS
from incidents.model.objective import SLOName
from incidents.model.rolling import LATE
from incidents.store import slo

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=15)
_AGAIN = timedelta(minutes=10)  # what is read again, since it may have been late
_PIECE = timedelta(minutes=30)  # of time, in one question
_MARGIN = timedelta(minutes=1)
_MOST = 5_000  # readings in one transaction
_LONGEST_NAME = 100


class Puller:
    """Fetches what happened since the last time. One thread at a time.

    ``trouble`` is why the last time failed; ``odd`` are SLOs with counts that cannot be right.
    """

    def __init__(self, desk: Desk, source: Prometheus, clock: Callable[[], datetime]) -> None:
        self.desk, self.source, self.clock = desk, source, clock
        self.trouble = ""
        self.odd: dict[SLOName, str] = {}
        self._until: datetime | None = None
        self._floors: dict[SLOName, datetime] = {}
        self._counted: dict[tuple[SLOName, datetime], None] = {}  # lately

    def pull(self) -> int:
        """Count what is new. How many steps of SLOs it was."""
        now = self.clock()
        known = {one.slo for one in self.desk.objectives}
        new, odd = 0, dict[SLOName, str]()
        try:
            for begin, end in self._pieces(now):
                found = self.source.steps(begin, end)
                odd |= {name: why for name, why in found.odd.items() if name in known}
                new += self._count([one for one in found.steps if one.slo in known], now)
                self._until = end
        except NoAnswer as error:
            self._failed(str(error))
            return new
        self._went_well(odd, now)
        return new

    def _pieces(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From what was read last, or what is known, until now."""
        if self._until is None:
            self._floors = self._newest_known()
        oldest = now - LATE + _MARGIN
        names = [one.slo for one in self.desk.objectives]
        begin = self._until or min((self._floors.get(name, oldest) for name in names), default=now)
        begin = max(begin - _AGAIN, oldest)
        while begin < now:
            end = min(begin + _PIECE, now)
            yield begin, end
            begin = end

    def _newest_known(self) -> dict[SLOName, datetime]:
        with self.desk.look() as connection:
            return slo.latest(connection, [one.slo for one in self.desk.objectives])

    def _count(self, steps: list[Step], now: datetime) -> int:
        new = [one for one in steps if self._may_be_new(one)]
        accepted = 0
        for start in range(0, len(new), _MOST):
            some = new[start : start + _MOST]
            taken = ingest(self.desk, [self._reading(one) for one in some], now)
            refused = {place for place, _ in taken.refused}  # of a clock ahead: taken later
            known = ((one.slo, one.at) for place, one in enumerate(some) if place not in refused)
            self._counted.update(dict.fromkeys(known))
            accepted += taken.accepted
        for name in [name for name in self._counted if name[1] < now - 2 * _AGAIN]:
            del self._counted[name]
        return accepted

    def _may_be_new(self, one: Step) -> bool:
        """The record knows for sure; what this process counted lately need not be asked there."""
        floor = self._floors.get(one.slo)
        is_old = floor is not None and one.at <= floor - _AGAIN
        return not is_old and (one.slo, one.at) not in self._counted

    def _reading(self, one: Step) -> Reading:
        """A step is named by its number, and counts in the last moment of its time."""
        number = int(one.at.timestamp() // self.source.step.total_seconds())
        at = one.at - timedelta(milliseconds=1)
        return Reading(one.slo, at, one.counts.good, one.counts.bad, source_of(one.slo), number)

    def _failed(self, why: str) -> None:
        if why != self.trouble:
            log.warning("prometheus_failed", because=why)
        self.trouble = why

    def _went_well(self, odd: dict[SLOName, str], now: datetime) -> None:
        if self.trouble:
            log.info("prometheus_answers_again")
        for name, why in odd.items() - self.odd.items():
            log.warning("prometheus_count_odd", slo=name, because=why)
        self.trouble, self.odd = "", odd
        sources.hear(self.desk, PROMETHEUS, now)


def source_of(name: SLOName) -> str:
    """What samples of an SLO are said to come from, whichever server they were read from."""
    is_short = len(name) <= _LONGEST_NAME
    return f"{PROMETHEUS}/{name if is_short else hashlib.sha256(name.encode()).hexdigest()}"
