"""What webhooks bring, many deliveries in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.actions.alerts import AT_ONCE, Taken, meant_by, take_alerts, take_alerts_in
from incidents.actions.changes import Recorded, Report, record_changes, record_changes_in
from incidents.actions.desk import Desk, Work
from incidents.actions.places import ALERT
from incidents.model.alerts import Alert, shown
from incidents.store import alerts, inbox
from incidents.store.tokens import Token


@dataclass(frozen=True, slots=True)
class News:
    """What one delivery tells; or ``ignored``, the reason why there is nothing here for us.

    ``key`` is the sender's own name for it, if it has one: what comes twice counts once.
    """

    alerts: tuple[Alert, ...] = ()
    changes: tuple[Report, ...] = ()
    ignored: str = ""
    key: str = ""

    @property
    def weight(self) -> int:
        """How much there is to do."""
        return len(self.alerts) + len(self.changes)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one delivery, in the order in which it was told."""

    alerts: tuple[Taken, ...] = ()
    changes: tuple[Recorded, ...] = ()
    is_repeated: bool = False


def beyond(desk: Desk, token: Token, news: News) -> str:
    """Why the token may not bring these news; empty if it may.

    An alert has to be about one of its services, and has to have been when it was heard of before:
    or else whoever knows its fingerprint could say that it is over.
    """
    if token.services is None:
        return ""
    allowed = {desk.catalog.canonical(name) or name for name in token.services}
    with desk.look() as connection:
        known = [alerts.get(connection, one.source, one.fingerprint) for one in news.alerts]
    told = [*(one.labels for one in news.alerts), *(one.labels for one in known if one)]
    meant = [
        *(meant_by(desk, labels).service for labels in told),
        *(desk.catalog.canonical(one.service) or one.service for one in news.changes),
    ]
    wrong = next((name for name in meant if name not in allowed), "")
    if wrong == "":
        return ""
    whose = shown(wrong) if wrong else "what names no service"
    return f"The token {token.name} speaks for {', '.join(token.services)}, not for {whose}."


def take_news(desk: Desk, given: Sequence[News], *, now: datetime) -> tuple[Outcome, ...]:
    """Several deliveries in one transaction; a very large one by itself, in several.

    The large one is known again by its alerts and changes, and not by its ``key``.
    """
    if not any(one.weight for one in given):
        return tuple(Outcome() for _ in given)
    if len(given) == 1 and given[0].weight > AT_ONCE:
        taken = take_alerts(desk, given[0].alerts, now=now)
        return (Outcome(taken, record_changes(desk, given[0].changes, now=now)),)
    with desk.work(ALERT, now) as work:
        return take_news_in(work, given)


def take_news_in(work: Work, given: Sequence[News]) -> tuple[Outcome, ...]:
    """Like `take_news`, inside a transaction. All alerts go first, the worst of them in front."""
    fresh = [_is_new(work, one) for one in given]
    new = [one for one, is_new in zip(given, fresh, strict=True) if is_new]
    taken = iter(take_alerts_in(work, [alert for one in new for alert in one.alerts]))
    recorded = iter(record_changes_in(work, [each for one in new for each in one.changes]))
    return tuple(
        Outcome(tuple(next(taken) for _ in one.alerts), tuple(next(recorded) for _ in one.changes))
        if is_new
        else Outcome(is_repeated=True)
        for one, is_new in zip(given, fresh, strict=True)
    )


def _is_new(work: Work, news: News) -> bool:
    return not news.key or inbox.receive(work.connection, "hook", news.key, work.now)
