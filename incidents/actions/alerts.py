"""Take alerts in: each opens a room, joins one, is put on a record, or is only kept.

Senders repeat themselves, come late and get ahead of themselves. An alert is therefore told apart
by what it is about and when it began; whatever the order its news arrive in, they lead to the same
record. Only people say that an incident is over: that its alerts are, is said in the room.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from incidents.actions.desk import Desk, Work
from incidents.actions.lifecycle import set_severity_in
from incidents.actions.places import ALERT, Came, Case, find_place, open_place
from incidents.model import effects
from incidents.model.alerts import Alert, Meant, Urgency, service_of, urgency_of
from incidents.model.budget_alerts import BudgetAlert, budget_alert, promise_of
from incidents.model.burn import Loudness
from incidents.model.ids import IncidentNumber, key, uuid7
from incidents.model.severity import is_worse
from incidents.model.timeline import Kind
from incidents.store import alerts, inbox, incidents, outbox
from incidents.store.alerts import Kept
from incidents.store.types import to_micros

_LATE = timedelta(minutes=10)  # "fires" later than this after "over" is no late copy any more
_ANCIENT = timedelta(days=7)  # as long as inputs are remembered
AT_ONCE = 200  # alerts in one transaction
_MOST_NAMED = 10  # alerts in one message
_RAISES = frozenset({Came.JOINED, Came.REOPENED})  # never to milder: people may know better


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one alert, where, and why."""

    fingerprint: str
    came: Came
    because: str
    incident: IncidentNumber | None = None


@dataclass(slots=True)
class _Talk:
    """What one delivery has to say in each room: one message, however many alerts there are."""

    fired: dict[IncidentNumber, list[Alert]] = field(default_factory=dict)
    resolved: dict[IncidentNumber, list[Alert]] = field(default_factory=dict)
    because: dict[IncidentNumber, str] = field(default_factory=dict)


def take_alerts(desk: Desk, given: Sequence[Alert], *, now: datetime) -> tuple[Taken, ...]:
    """One delivery; what came of each alert, in the order given.

    The worst is dealt with first, so that a room is opened as bad as it is. A long delivery takes
    several transactions: if it is cut off, the sender repeats it, and that is harmless.
    """
    order = _order(desk, given)
    taken: dict[int, Taken] = {}
    for start in range(0, len(order), AT_ONCE):
        with desk.work(ALERT, now) as work:
            taken.update(_take_some(work, given, order[start : start + AT_ONCE]))
    return tuple(taken[place] for place in range(len(given)))


def take_alerts_in(work: Work, given: Sequence[Alert]) -> tuple[Taken, ...]:
    """Like `take_alerts`, inside a transaction. ``given`` may be of several deliveries."""
    taken = _take_some(work, given, _order(work.desk, given)) if given else {}
    return tuple(taken[place] for place in range(len(given)))


def _order(desk: Desk, given: Sequence[Alert]) -> list[int]:
    """The worst first; but of one alert, what came first.

    A sender that gives no times means "now" by each of its news, so these may not change places.
    """
    told: Counter[tuple[str, str]] = Counter()
    keys: list[tuple[int, tuple[bool, bool, int]]] = []
    for alert in given:
        name = (alert.source, alert.fingerprint)
        keys.append((told[name], _rank(desk, alert)))
        told[name] += 1
    return sorted(range(len(given)), key=keys.__getitem__)


def _take_some(work: Work, given: Sequence[Alert], places: Sequence[int]) -> dict[int, Taken]:
    alerts.hold(work.connection)
    talk = _Talk()
    taken = {place: _take(work, given[place], talk) for place in places}
    _say(work, talk)
    return taken


def _rank(desk: Desk, alert: Alert) -> tuple[bool, bool, int]:
    urgency = _judge(desk, alert)[1]
    return not alert.is_firing, urgency.loudness is not Loudness.PAGE, urgency.severity.rank


def meant_by(desk: Desk, labels: Mapping[str, str]) -> Meant:
    """The service that an alert with these labels is about, and the promise."""
    catalog = desk.catalog
    meant = service_of(labels, catalog.canonical)
    if meant.service is None and not catalog.services and labels.get("service"):
        meant = Meant(labels["service"][:80], "its label service says so")
    about = budget_alert(labels)
    return meant if about is None else _of_budget(desk, about, meant)


def _of_budget(desk: Desk, about: BudgetAlert, meant: Meant) -> Meant:
    """Of an alert about a budget: whose it is, and the words for it."""
    promise = promise_of(about, desk.objectives)
    if promise is None:
        return replace(meant, because=f"{meant.because}; {about.words()}")
    theirs = desk.catalog.canonical(promise.service)
    because = f"it is about {promise.slo}" if meant.service is None and theirs else meant.because
    words = about.words(promise.slo)
    return Meant(meant.service or theirs, f"{because}; {words}", promise.slo)


def _judge(desk: Desk, alert: Alert) -> tuple[Meant, Urgency]:
    meant = meant_by(desk, alert.labels)
    service = desk.catalog.service(meant.service) if meant.service else None
    return meant, urgency_of(alert.labels, service.tier if service else None)


def _take(work: Work, alert: Alert, talk: _Talk) -> Taken:
    before = alerts.get(work.connection, alert.source, alert.fingerprint)
    meant, urgency = _judge(work.desk, alert)
    case = Case(alert, _began(alert, before, work.now), meant, urgency)
    if before is not None and case.began < before.starts_at - _ANCIENT:
        return _repeated(alert, before, "a much newer one is known")
    if alert.is_firing:
        return _take_firing(work, case, before, talk)
    return _take_resolved(work, case, before, talk)


def _began(alert: Alert, before: Kept | None, now: datetime) -> datetime:
    """When it began; a sender without a memory means the time that is going on."""
    if alert.starts_at is not None:
        return alert.starts_at
    going_on = before is not None and (before.is_firing or not alert.is_firing)
    return before.starts_at if before is not None and going_on else now


def _take_firing(work: Work, case: Case, before: Kept | None, talk: _Talk) -> Taken:
    is_known = before is not None and before.starts_at == case.began
    has_grown = is_known and before is not None and _has_grown(work.desk, case, before)
    if is_known and before is not None and before.is_firing and not has_grown:
        return _repeated(case.alert, before, "it fires as it did")
    is_first = inbox.receive(work.connection, "alert", case.name("fired"), work.now)
    if has_grown and before is not None and (before.is_firing or not is_first):
        return _grown(work, case, before, talk)
    if before is None or before.starts_at < case.began:
        taken = _fired(work, case, before, talk)
        _keep(work, case, taken.incident, ended=None)
        return taken
    if is_first:
        return _fired_late(work, case, before, talk)
    if is_known and work.now - before.seen_at > _LATE:
        again = replace(case, again=f"/again/{to_micros(work.now)}")
        taken = _fired(work, again, before, talk)
        _keep(work, case, taken.incident, ended=before.ends_at)  # its copies are known by it
        return taken
    return _repeated(case.alert, before, "its end is known")


def _has_grown(desk: Desk, case: Case, before: Kept) -> bool:
    """Whether the sender calls the same time of an alert worse than ever before."""
    then, now = _judge(desk, replace(case.alert, labels=before.labels))[1], case.urgency
    return now.loudness.is_louder_than(then.loudness) or is_worse(now.severity, then.severity)


def _has_counted(desk: Desk, case: Case, before: Kept | None, number: IncidentNumber) -> bool:
    """Whether an earlier time of it made this incident as bad: what is milder now, people said."""
    return before is not None and before.incident == number and not _has_grown(desk, case, before)


def _grown(work: Work, case: Case, before: Kept, talk: _Talk) -> Taken:
    """Its room gets worse with it; what nobody was woken for is looked at anew.

    Once only: the worst is kept, and people may know better when it is repeated.
    """
    incident = None if before.incident is None else work.incident(before.incident)
    if incident is None or not incident.is_open:
        anew = replace(case, again=f"/{case.urgency.loudness}/{case.urgency.severity}")
        taken = _fired(work, anew, before, talk)
        if not before.is_firing:
            _resolved(work, case, taken.incident, before.ends_at, talk)
    else:
        if is_worse(case.urgency.severity, incident.severity):
            set_severity_in(work, incident, case.urgency.severity, why=case.urgency.because)
        because = f"it is worse than it was: {case.urgency.because}"
        taken = Taken(case.alert.fingerprint, Came.JOINED, because, incident.number)
    known = replace(before, labels=case.alert.labels, incident=taken.incident)
    alerts.keep(work.connection, known)
    return taken


def _fired_late(work: Work, case: Case, before: Kept, talk: _Talk) -> Taken:
    """The news of its end, or of the next time, got here first. It happened all the same."""
    taken = _fired(work, case, before, talk)
    if before.starts_at == case.began:
        known = replace(before, labels=case.alert.labels, incident=taken.incident)
        alerts.keep(work.connection, known)
        _resolved(work, case, taken.incident, before.ends_at, talk)
    elif alerts.was_told(work.connection, case.name("resolved")):
        _resolved(work, case, taken.incident, case.alert.ends_at, talk)
    return taken


def _take_resolved(work: Work, case: Case, before: Kept | None, talk: _Talk) -> Taken:
    is_known = before is not None and before.starts_at == case.began
    is_first = inbox.receive(work.connection, "alert", case.name("resolved"), work.now)
    if is_known and before is not None:
        if not before.is_firing or _ended_before(case.alert, before):
            return _repeated(case.alert, before, "it is over already")
        number = before.incident
        case = replace(case, alert=replace(case.alert, labels=before.labels))  # at its worst
    elif not is_first and before is not None:
        return _repeated(case.alert, before, "it is over already")
    else:
        led_to = inbox.incident_of(work.connection, "alert", case.name("fired"))
        number = None if led_to is None else incidents.root_of(work.connection, led_to)
    taken = Taken(case.alert.fingerprint, Came.RESOLVED, _over(number), number)
    if before is None or before.starts_at <= case.began:
        _keep(work, case, number, ended=case.alert.ends_at or work.now)
    _resolved(work, case, number, case.alert.ends_at, talk)
    return taken


def _ended_before(alert: Alert, before: Kept) -> bool:
    """Whether this is the end of an earlier time, of an alert that fires again since."""
    return (
        before.ends_at is not None and alert.ends_at is not None and alert.ends_at <= before.ends_at
    )


def _over(number: IncidentNumber | None) -> str:
    if number is None:
        return "it belongs to no incident"
    return f"{key(number)} is told; people say when an incident is over"


def _fired(work: Work, case: Case, before: Kept | None, talk: _Talk) -> Taken:
    """Find its room, or open one, and put it on the record there."""
    target = find_place(work, case, before)
    if target is None and case.urgency.loudness is not Loudness.PAGE:
        because = f"{case.urgency.because}, and no incident is open for it"
        return Taken(case.alert.fingerprint, Came.KEPT, because)
    came, incident, because = target or open_place(work, case)
    if case.urgency.loudness is not Loudness.PAGE and came is Came.JOINED:
        came = Came.NOTED
    inbox.led_to(work.connection, "alert", case.name("fired"), incident.number)
    is_news = came is Came.REOPENED or not _has_counted(work.desk, case, before, incident.number)
    if came in _RAISES and is_news and is_worse(case.urgency.severity, incident.severity):
        set_severity_in(work, incident, case.urgency.severity, why=case.urgency.because)
    entry = work.log(
        incident.number,
        Kind.ALERT_FIRED,
        {
            "name": case.alert.name,
            "summary": case.alert.summary.raw,
            "because": because,
            "severity": case.urgency.because,
            "url": case.alert.url,
        },
        occurred_at=min(case.began, work.now),
        source_key=f"alert/{case.name('fired')}{case.again}",
    )
    if entry is not None:
        talk.fired.setdefault(incident.number, []).append(case.alert)
        talk.because.setdefault(incident.number, because)
    return Taken(case.alert.fingerprint, came, because, incident.number)


def _resolved(
    work: Work, case: Case, number: IncidentNumber | None, ended: datetime | None, talk: _Talk
) -> None:
    if number is None:
        return
    at = min(ended or work.now, work.now)
    entry = work.log(
        number,
        Kind.ALERT_RESOLVED,
        {"name": case.alert.name, "summary": ""},
        occurred_at=at,
        source_key=f"alert/{case.name('resolved')}/{to_micros(at)}",
    )
    if entry is not None:
        talk.resolved.setdefault(number, []).append(case.alert)


def _keep(work: Work, case: Case, number: IncidentNumber | None, *, ended: datetime | None) -> None:
    alert = case.alert
    alerts.keep(
        work.connection,
        Kept(
            source=alert.source,
            fingerprint=alert.fingerprint,
            is_firing=alert.is_firing,
            starts_at=case.began,
            ends_at=ended,
            seen_at=work.now,
            labels=alert.labels,
            incident=number,
        ),
    )


def _repeated(alert: Alert, before: Kept, because: str) -> Taken:
    return Taken(alert.fingerprint, Came.REPEATED, because, before.incident)


def _say(work: Work, talk: _Talk) -> None:
    """In each room that is still in use: one message on what fired, one on what is over."""
    for number, fired in talk.fired.items():
        _post(work, number, "alert_fired", {**_facts(fired), "because": talk.because[number]})
    for number, over in talk.resolved.items():
        still = alerts.firing_of(work.connection, number)
        facts = {**_facts(over), "key": key(number), "number": number, "firing": still}
        _post(work, number, "alert_resolved", facts)


def _post(work: Work, number: IncidentNumber, view: str, facts: dict[str, Any]) -> None:
    """Say it; or, while the last message of the same kind still waits for its turn, with that.

    Slack takes one message a second: in a storm people would read for a quarter of an hour.
    """
    incident = incidents.get(work.connection, number)
    if incident is None or not incident.is_open:
        return
    plan = effects.post(number, f"alert/{uuid7(work.now)}", view, facts)
    last = outbox.last_unbegun(work.connection, plan.lane)
    if last is None or last[1].get("view") != view:
        work.send(plan)
        return
    waiting, args = last
    said = args["facts"]
    named = (said["alerts"] + facts["alerts"])[:_MOST_NAMED]
    count = sum(len(each["alerts"]) + each["more"] for each in (said, facts))
    both = {**facts, "alerts": named, "more": count - len(named)}
    outbox.amend(work.connection, waiting, {"view": view, "facts": both})


def _facts(some: Sequence[Alert]) -> dict[str, Any]:
    named = [
        {"name": one.name, "summary": one.summary.raw, "url": one.url} for one in some[:_MOST_NAMED]
    ]
    return {"alerts": named, "more": len(some) - len(named)}
