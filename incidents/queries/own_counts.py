"""Our own counts as one source of budgets among others."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import Connection

from incidents.model.budget_source import BudgetSource, Standing
from incidents.model.objective import SLOName
from incidents.model.rolling import FINE, MIDDLE
from incidents.store import slo
from incidents.store.sli_journal import HOURLY


class OwnCounts(BudgetSource):
    """What was reported to us and pulled by us. Coverage is told in the five minutes with data."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def current(
        self, slos: Sequence[SLOName], windows: Sequence[timedelta], at: datetime
    ) -> Mapping[SLOName, Standing]:
        """Of every SLO that there is any data of."""
        connection = self._connection
        latest = slo.latest(connection, slos)
        counts = {window: slo.counts(connection, slos, window, at) for window in windows}
        found = {}
        for name, newest in latest.items():
            covered = {window: self._covered(name, window, at) for window in windows}
            found[name] = Standing(
                {window: counts[window][name] for window in windows}, covered, newest + FINE.size
            )
        return found

    def _covered(self, name: SLOName, window: timedelta, at: datetime) -> Fraction:
        tier = MIDDLE if window <= MIDDLE.span else HOURLY
        buckets = slo.history(self._connection, name, tier, at - window, at)
        return min(Fraction(len(buckets), window // tier.size), Fraction(1))
