"""When budgets run out with the traffic of a usual week, with the error of such forecasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model import season
from incidents.model.burn import recent
from incidents.model.objective import Counts, Objective, SLOName, in_words
from incidents.model.rolling import FINE
from incidents.model.season import WEEK, WEEKS, Errors, Hours
from incidents.queries.counting import budgets_at, counts_over
from incidents.queries.slo import past_of
from incidents.store import slo
from incidents.store.sli_journal import HOURLY

_HOUR = timedelta(hours=1)
_MICRO = timedelta(microseconds=1)
_LOOKS_BACK = timedelta(weeks=8)


@dataclass(frozen=True, slots=True)
class Seasonal:
    """The forecast; or ``because``, why there is none. Times are None where that does not happen.

    ``errors`` is how wrong such forecasts were in the past; None if that is not known.
    """

    slo: SLOName
    runs_out_in: timedelta | None = None
    back_in: timedelta | None = None
    is_spent: bool = False
    errors: Errors | None = None
    because: str = ""

    @property
    def says(self) -> str:
        """One line for people."""
        if self.because:
            return self.because
        return f"{self._when}{self._off}"

    @property
    def _when(self) -> str:
        if self.is_spent:
            back = self.back_in
            return "not back within its window" if back is None else f"back in {in_words(back)}"
        out = self.runs_out_in
        return "does not run out" if out is None else f"runs out in {in_words(out)}"

    @property
    def _off(self) -> str:
        if self.errors is None:
            return ""
        return (
            f" (a day's traffic was foretold {self.errors.seasonal:.0%} off, "
            f"and {self.errors.flat:.0%} by the last hour alone)"
        )


def seasonal_of(connection: Connection, objective: Objective, now: datetime) -> Seasonal:
    """If what fails now goes on, with the traffic and the failures that its hours usually have."""
    until = FINE.start(FINE.number(now))
    past = hours_of(connection, objective, until, _LOOKS_BACK)
    if len(past) < WEEKS * WEEK:
        known = in_words(len(past) * _HOUR)
        why = f"no usual week yet: {known} of history, and it takes {WEEKS} weeks"
        return Seasonal(objective.slo, because=why)
    window = _window(connection, objective, until)
    lasted = recent(objective)
    lately = counts_over(connection, [objective], lasted, until)[objective.slo]
    share = lately.bad / lately.total if lately.total else 0.0
    first = HOURLY.number(until - _MICRO)
    ahead = season.coming(season.season_of(past), first, window.horizon, share)
    runs_out = season.exhausts_in(window, ahead) if window.bad.sum() or share else None
    is_spent = runs_out == timedelta(0)
    return Seasonal(
        slo=objective.slo,
        runs_out_in=runs_out,
        back_in=season.back_in(window, ahead) if is_spent else timedelta(0),
        is_spent=is_spent,
        errors=season.measured(past),
    )


def seasonal_named(desk: Desk, connection: Connection, name: str, now: datetime) -> Seasonal | None:
    """Of one SLO; None if there is no such SLO."""
    found = next((one for one in desk.objectives if one.slo == name), None)
    return seasonal_of(connection, found, now) if found else None


def hours_of(
    connection: Connection, objective: Objective, until: datetime, back: timedelta
) -> Hours:
    """The whole hours before ``until`` since the first with events, not longer than ``back``."""
    tier = HOURLY
    end = tier.number(until)
    since = tier.start(end) - back
    rows = slo.history(connection, objective.series, tier, since, tier.start(end))
    if not rows:
        return Hours(end, np.zeros(0), np.zeros(0))
    first = tier.number(rows[0][0])
    total, bad = np.zeros((2, end - first))
    for at, counts in rows:
        place = tier.number(at) - first
        total[place], bad[place] = counts.total, counts.bad
    return Hours(first, total, bad)


def _window(connection: Connection, objective: Objective, until: datetime) -> season.Window:
    share = float(objective.budget)
    wait = (HOURLY.start(HOURLY.number(until - _MICRO) + 1) - until) / _HOUR
    if objective.calendar is None:
        past = past_of(connection, objective.series, max(objective.window, 4 * 24 * _HOUR), until)
        held = past.history[-(objective.window // past.bucket) :]
        return season.Window(_floats(held)[0], _floats(held)[1], share, wait)
    budget = budgets_at(connection, [objective], until)[objective.slo]
    ends = float((1 - budget.passed) * (budget.window // _MICRO)) / (_HOUR // _MICRO)
    total, bad = _floats([budget.counts])
    whole = None if budget.whole is None else float(budget.whole)
    return season.Window(total, bad, share, wait, ends, whole)


def _floats(held: Sequence[Counts]) -> tuple[season.Floats, season.Floats]:
    total = np.array([one.total for one in held], dtype=np.float64)
    return total, np.array([one.bad for one in held], dtype=np.float64)
