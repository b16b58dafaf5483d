"""Which room an alert belongs to: one that is open for it, one that was just left, or a new one.

When everything fails at once, people need one room and not two hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from incidents.actions import cascades
from incidents.actions.declare import Declare, declare_in
from incidents.actions.desk import Origin, Work
from incidents.actions.lifecycle import reopen_in
from incidents.model.access import PUBLIC
from incidents.model.alerts import Alert, Meant, Urgency, outage_key, title_of
from incidents.model.burn import Loudness
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.objective import in_words
from incidents.model.people import BOT
from incidents.model.severity import Severity
from incidents.model.text import clean_line
from incidents.queries.kin import SAME_OUTAGE
from incidents.store import inbox, incidents, outages
from incidents.store.alerts import Kept
from incidents.store.types import to_micros

ALERT = Origin(BOT, "alert")

_STORM = timedelta(minutes=1)
_MOST_ROOMS = 5  # opened by alerts within `_STORM`; what else pages then, shares a room
_FOR_THE_WORST = 2  # of them: opened for a sev1 only
_STORM_KEY = "alert/storm"  # the outage of that one room
_MET = "storm"  # what was sent to it, in the inbox
_ONE_ROOM = timedelta(minutes=10)  # in which a service gets at most one from its alerts
_LOOKED_THROUGH = 50  # incidents, the newest, among which the last of an outage is looked for


class Came(StrEnum):
    """What came of an alert."""

    OPENED = "opened"
    REOPENED = "reopened"
    JOINED = "joined"
    NOTED = "noted"
    KEPT = "kept"
    RESOLVED = "resolved"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Case:
    """An alert, the one time it went wrong, and everything that is decided from it."""

    alert: Alert
    began: datetime
    meant: Meant
    urgency: Urgency
    again: str = ""  # told apart from the first time, if it fires again with the same beginning

    @property
    def outage(self) -> str:
        """What its outage is called."""
        return outage_key(self.alert, self.meant.service, self.meant.slo)

    def name(self, what: str) -> str:
        """The input's own name, for the inbox and for the record."""
        return f"{self.alert.source}/{self.alert.fingerprint}/{to_micros(self.began)}/{what}"


Place = tuple[Came, Incident, str]


def find_place(work: Work, case: Case, before: Kept | None) -> Place | None:
    """Where people are at work on this already, or just were."""
    found = _in_use(work, case, before)
    if found is not None or case.urgency.loudness is not Loudness.PAGE:
        return found
    joined = cascades.join(work, case.meant.service, case.outage)
    if joined is not None:
        return Came.JOINED, *joined
    latest = latest_ones(work)
    return (
        _just_ended(work, case, latest)
        or _just_opened(work, case, latest)
        or _storm(work, case, latest)
    )


def _in_use(work: Work, case: Case, before: Kept | None) -> Place | None:
    service = case.meant.service
    running = incidents.with_open_key(work.connection, case.outage)
    if running is not None:
        return Came.JOINED, running, f"{running.key} is open for this outage"
    if before is not None and before.incident is not None:
        earlier = work.incident(incidents.root_of(work.connection, before.incident))
        if earlier.is_open:
            return Came.JOINED, earlier, f"{earlier.key} is open for this alert"
    serving = open_for(work, service)
    if serving is not None:
        return Came.JOINED, serving, f"{serving.key} is open for {service}"
    met = _met_in_storm(work, case)
    if met is not None:
        return Came.JOINED, met, f"{met.key} is where this storm is met"
    return None


def open_for(work: Work, service: str | None) -> Incident | None:
    """The public incident that is open for a service, held; the worst of several."""
    for one in incidents.open_ones(work.connection, PUBLIC):
        is_fresh = work.now - one.declared_at < SAME_OUTAGE
        if service and service in one.services and is_fresh and not one.is_drill:
            return work.incident(one.number)
    return None


def ended_lately(work: Work, outage: str, latest: Sequence[Incident]) -> Incident | None:
    """The incident in which this outage was met last, if it ended a short while ago; not held.

    Of one that became a part of another one, that other one.
    """
    called = outages.called(work.connection, outage)
    for one in latest:
        if one.facts.get("outage") != outage and one.number not in called:
            continue
        number = incidents.root_of(work.connection, one.number)
        whole = one if number == one.number else incidents.get(work.connection, number)
        ended = _end_of(whole) if whole is not None else None
        if whole is None or ended is None or whole.is_private:
            continue
        within = work.desk.catalog.settings.policies.reopen_within
        return whole if work.now - ended <= within else None
    return None


def latest_ones(work: Work) -> tuple[Incident, ...]:
    """The newest public incidents, among which the last of an outage is looked for."""
    return incidents.recent(work.connection, PUBLIC, limit=_LOOKED_THROUGH)


def since_end(work: Work, incident: Incident) -> str:
    """How long ago it ended, in words."""
    return in_words(work.now - (_end_of(incident) or work.now))


def _end_of(incident: Incident) -> datetime | None:
    is_cancelled = incident.status is Status.CANCELLED
    return incident.closed_at if is_cancelled else incident.resolved_at


def _just_ended(work: Work, case: Case, latest: Sequence[Incident]) -> Place | None:
    """What flaps comes back to its room instead of opening one after the other."""
    ended = ended_lately(work, case.outage, latest)
    if ended is None:
        return None
    since, found = since_end(work, ended), work.incident(ended.number)
    if found.is_open:  # somebody was faster
        return Came.JOINED, found, f"{found.key} is open for this outage"
    if found.status is Status.CANCELLED:
        return Came.NOTED, found, f"people called {found.key} off {since} ago"
    because = f"{case.alert.name} fires again {since} after the end of {found.key}"
    return Came.REOPENED, reopen_in(work, found, why=because), because


def _just_opened(work: Work, case: Case, latest: Sequence[Incident]) -> Place | None:
    """A service that flaps comes back to its newest room, whatever it flaps with.

    That room is opened again and not only noted in: in a closed one nobody would read it.
    """
    service = case.meant.service
    for one in latest:
        since = work.now - one.declared_at
        is_theirs = service in one.services and one.source == ALERT.source
        has_ended = not one.is_open and one.merged_into is None
        if is_theirs and has_ended and since < _ONE_ROOM:
            because = (
                f"{one.key} was opened for {service} {in_words(since)} ago, "
                f"and alerts open one room for a service in {in_words(_ONE_ROOM)}"
            )
            found = work.incident(one.number)
            return Came.REOPENED, reopen_in(work, found, why=because), because
    return None


def _storm(work: Work, case: Case, latest: Sequence[Incident]) -> Place | None:
    """When everything fails at once, people need one room and not two hundred.

    Of the few rooms of a minute the last ones are kept for the worst, which may come late.
    """
    opened = sum(
        one.source == ALERT.source and work.now - one.declared_at < _STORM
        for one in latest
        if one.facts.get("outage") != _STORM_KEY
    )
    is_worst = case.urgency.severity is Severity.SEV1
    if opened < (_MOST_ROOMS if is_worst else _MOST_ROOMS - _FOR_THE_WORST):
        return None
    because = f"alerts opened {opened} rooms within a minute, so the others meet in one"
    running = incidents.with_open_key(work.connection, _STORM_KEY)
    found = running or _open_storm(work, case, because)
    name = _storm_name(case)
    inbox.receive(work.connection, _MET, name, work.now)
    inbox.led_to(work.connection, _MET, name, found.number)
    return (Came.JOINED if running else Came.OPENED), found, because


def _open_storm(work: Work, case: Case, because: str) -> Incident:
    first = title_of(case.alert, case.meant.service).raw
    order = Declare(
        title=clean_line(f"Alert storm: {first} and more"),
        severity=case.urgency.severity,
        severity_because=case.urgency.because,
        services=(case.meant.service,) if case.meant.service else (),
        open_key=_STORM_KEY,
        detected_by="alert",
        started_at=min(case.began, work.now),
        facts={"because": because},
    )
    return declare_in(work, order).incident


def _met_in_storm(work: Work, case: Case) -> Incident | None:
    """The storm's room, if other alerts of the same service or outage are met there."""
    number = inbox.incident_of(work.connection, _MET, _storm_name(case))
    if number is None:
        return None
    found = work.incident(incidents.root_of(work.connection, number))
    return found if found.is_open else None


def _storm_name(case: Case) -> str:
    return case.meant.service or outage_key(case.alert, None)


def open_place(work: Work, case: Case) -> Place:
    alert, service = case.alert, case.meant.service
    declared = declare_in(
        work,
        Declare(
            title=title_of(alert, service),
            severity=case.urgency.severity,
            severity_because=case.urgency.because,
            services=(service,) if service else (),
            open_key=case.outage,
            detected_by="alert",
            started_at=min(case.began, work.now),
            facts={
                "alert": alert.name,
                **({"slo": case.meant.slo} if case.meant.slo else {}),
                "because": case.meant.because,
                "labels": dict(alert.labels),
                "url": alert.url,
            },
        ),
    )
    return Came.OPENED, declared.incident, f"{case.urgency.because}; {case.meant.because}"
