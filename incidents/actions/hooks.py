"""What webhooks bring, many deliveries in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.actions.alerts import ALERT, AT_ONCE, Taken, take_alerts, take_alerts_in
from incidents.actions.changes import Recorded, Report, record_changes, record_changes_in
from incidents.actions.desk import Desk, Work
from incidents.model.alerts import Alert


@dataclass(frozen=True, slots=True)
class News:
    """What one delivery tells; or ``ignored``, the reason why there is nothing here for us."""

    alerts: tuple[Alert, ...] = ()
    changes: tuple[Report, ...] = ()
    ignored: str = ""

    @property
    def weight(self) -> int:
        """How much there is to do."""
        return len(self.alerts) + len(self.changes)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one delivery, in the order in which it was told."""

    alerts: tuple[Taken, ...] = ()
    changes: tuple[Recorded, ...] = ()


def take_news(desk: Desk, given: Sequence[News], *, now: datetime) -> tuple[Outcome, ...]:
    """Several deliveries in one transaction; a very large one by itself, in several."""
    if not any(one.weight for one in given):
        return tuple(Outcome() for _ in given)
    if len(given) == 1 and given[0].weight > AT_ONCE:
        taken = take_alerts(desk, given[0].alerts, now=now)
        return (Outcome(taken, record_changes(desk, given[0].changes, now=now)),)
    with desk.work(ALERT, now) as work:
        return take_news_in(work, given)


def take_news_in(work: Work, given: Sequence[News]) -> tuple[Outcome, ...]:
    """Like `take_news`, inside a transaction. All alerts go first, the worst of them in front."""
    taken = iter(take_alerts_in(work, [alert for one in given for alert in one.alerts]))
    recorded = iter(record_changes_in(work, [each for one in given for each in one.changes]))
    return tuple(
        Outcome(tuple(next(taken) for _ in one.alerts), tuple(next(recorded) for _ in one.changes))
        for one in given
    )
