"""Take in totals that only grow: what they grew by is counted, once, whatever is sent again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.actions.desk import Desk
from incidents.actions.samples import Ingested, sliced_of
from incidents.model.counters import Step, Total, growth
from incidents.model.objective import SLOName
from incidents.model.rolling import MOST_EVENTS, Sample, refusal
from incidents.store import counters, sli_journal, slo
from incidents.store.types import to_micros

_MOST = 2**63 - 1
_BEYOND = f"it grew by more than {MOST_EVENTS} at once; counting goes on from here"


@dataclass(frozen=True, slots=True)
class Reported:
    """Events of an SLO since ``series`` of ``source`` began: it is named by both for ever."""

    slo: SLOName
    at: datetime
    good: int
    bad: int
    source: str
    series: str


def take_totals(desk: Desk, reports: Sequence[Reported], now: datetime) -> Ingested:
    """Count what totals grew by since they were seen last, all in one transaction.

    The first of a series tells where counting begins. One that tells nothing new is a repeated one.
    """
    slos = {objective.slo for objective in desk.objectives}
    refused = {place: why for place, one in enumerate(reports) if (why := _why_not(one, slos, now))}
    sent: dict[counters.Series, dict[Total, int]] = {}
    for place, one in enumerate(reports):
        if place not in refused:
            total = Total(to_micros(one.at), one.good, one.bad)
            sent.setdefault((one.source, one.series), {}).setdefault(total, place)
    steps = _take(desk, reports, sent, now) if sent else {}
    refused |= {place: _BEYOND for place, step in steps.items() if _is_beyond(step)}
    new = len(steps.keys() - refused.keys())
    return Ingested(new, len(reports) - len(refused) - new, tuple(sorted(refused.items())))


def _take(
    desk: Desk,
    reports: Sequence[Reported],
    sent: Mapping[counters.Series, Mapping[Total, int]],
    now: datetime,
) -> dict[int, Step]:
    """What each total told that is new, by its place."""
    with desk.store.write() as connection:
        sli_journal.hold(connection)
        known = counters.known(connection, list(sent))
        steps = {series: growth(known.get(series), totals) for series, totals in sent.items()}
        counters.remember(
            connection, {series: some[-1].total for series, some in steps.items() if some}
        )
        found = {sent[series][step.total]: step for series, some in steps.items() for step in some}
        samples = [
            Sample(reports[place].slo, reports[place].at, step.good, step.bad)
            for place, step in sorted(found.items())
            if not _is_beyond(step)
        ]
        if samples:
            slo.take(connection, samples, now, sliced_of(desk.objectives))
    return found


def _why_not(one: Reported, slos: set[SLOName], now: datetime) -> str:
    if one.slo not in slos:
        return f"there is no SLO called {one.slo[:80]}"
    if min(one.good, one.bad) < 0 or max(one.good, one.bad) > _MOST:
        return f"a total lies between 0 and {_MOST}"
    return refusal(one.at, now)


def _is_beyond(step: Step) -> bool:
    return max(step.good, step.bad) > MOST_EVENTS
