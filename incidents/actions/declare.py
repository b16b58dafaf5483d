"""Declare an incident: one transaction from words, an alert or a burning budget to a room."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from incidents.actions import cascades, climbing, commanding, origins
from incidents.actions.cadence import promise_update
from incidents.actions.converting import must_suit
from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.links import bookmarks_of
from incidents.actions.retrospective import conclude, must_be_past
from incidents.actions.subscriptions import tell
from incidents.actions.suspecting import suspect
from incidents.catalog.catalog import Catalog
from incidents.errors import NotFound, Refused
from incidents.model import converting, drills, effects, fields, ids, impact_answers
from incidents.model.access import PUBLIC
from incidents.model.converting import Ground
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.impact_answers import AT_WORST, Bound
from incidents.model.incident import Incident, own_room_name
from incidents.model.lifecycle import Status
from incidents.model.origins import Spot
from incidents.model.people import BOT
from incidents.model.severity import Severity
from incidents.model.subscriptions import News
from incidents.model.text import NOTHING, UserText
from incidents.model.timeline import Kind
from incidents.queries.access import reader_of
from incidents.queries.pulled_in import announced_in
from incidents.queries.similar import Similar, similar_to
from incidents.store import alerts, incidents, insiders, people, timeline
from incidents.store.sql import next_number

NO_ANSWERS: Mapping[str, int] = MappingProxyType({})
RETROSPECTIVE = "retrospective"
"""Among an incident's facts: it was over when it was declared."""
_TIER_SEVERITY = {1: Severity.SEV2, 2: Severity.SEV3, 3: Severity.SEV3, 4: Severity.SEV4}


@dataclass(frozen=True, slots=True)
class Declare:
    """What is known when an incident is declared.

    ``open_key`` names the outage, so that its next signal finds this incident. ``started_at`` is
    when the impact began, if that is known to be earlier than now. ``facts`` are kept for ``why``.
    ``ended_at`` is when it was over, if it is: then there is nothing left but its record and its
    postmortem. ``drill_pages`` lets a drill reach people outside of Slack. ``answers`` to the
    questions about impact suggest the severity, as long as nobody names one. ``is_security`` makes
    it private, and its security team hears of it; ``spot`` is the message that it was declared
    from. ``fields`` are those of `Settings.fields`; a person must give those that are required.
    ``ground`` is the channel that becomes its room; in a private one it is private.
    """

    title: UserText
    severity: Severity | None = None
    severity_because: str = ""
    services: tuple[str, ...] = ()
    is_drill: bool = False
    open_key: str | None = None
    detected_by: str = "employee"
    started_at: datetime | None = None
    impact: UserText = NOTHING
    facts: dict[str, Any] = field(default_factory=dict)
    even_if_similar: bool = True
    is_private: bool = False
    ended_at: datetime | None = None
    drill_pages: bool = False
    is_security: bool = False
    spot: Spot | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    ground: Ground | None = None
    answers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Declared:
    """The incident, and whether it is a new one or one that was open for this outage already."""

    incident: Incident
    is_new: bool


class AlreadyOpen(Refused):
    """An incident about the same thing is open: join it, or insist."""

    def __init__(self, similar: Similar) -> None:
        found = similar.incident
        super().__init__(
            f"{found.key} {found.title.raw} is open {similar.because}.",
            instead="Join it, or declare anyway if this is something else.",
        )
        self.similar = found
        self.because = similar.because
        self.is_kin = similar.is_kin


class WrongFields(Refused):
    """What the organisation wants to know is missing, or is none. ``wrong`` says it by field."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__(
            " ".join(wrong.values()),
            instead="Say it in the form, or as " + " ".join(f"--field {one}=…" for one in wrong),
        )
        self.wrong = dict(wrong)


def declare(desk: Desk, order: Declare, *, by: Origin, now: datetime) -> Declared:
    """A new incident with its room on the way, or the one that is open for this outage."""
    with desk.work(by, now) as work:
        return declare_in(work, order)


def declare_in(work: Work, order: Declare) -> Declared:
    """Like `declare`, inside a transaction."""
    if order.is_security or (order.ground and order.ground.is_private):
        order = replace(order, is_private=True)
    if not order.title:
        raise Refused("An incident needs a title.", instead="Say what is broken in a few words.")
    _know(work, order.services)
    must_be_past(order.started_at, order.ended_at, work.now)
    alerts.hold(work.connection)  # of two who declare at once, the second sees the first
    _must_have_room(work, order)
    if order.open_key:
        running = incidents.with_open_key(work.connection, order.open_key)
        if running is not None:
            work.about(running.number)
            return Declared(running, is_new=False)
    if not (order.even_if_similar or order.is_drill or order.ended_at):
        similar = _similar(work, order)
        if similar is not None:
            raise AlreadyOpen(similar)
    incident = _new(work, order)
    _open_room(work, incident)
    if order.spot is not None:
        origins.bring_along(work, incident, order.spot)
    if order.is_security:
        _tell_security(work, incident)
    if order.ended_at is not None:
        return Declared(conclude(work, incident, order.ended_at), is_new=True)
    tell(work, incident, News.DECLARED, timeline.find(work.connection, incident.number, 1))
    climbing.begin(work, incident)
    commanding.propose(work, incident)
    cascades.offer(work, incident)
    suspect(work, incident)
    return Declared(promise_update(work, incident), is_new=True)


def _must_have_room(work: Work, order: Declare) -> None:
    """Raises `Refused` for a channel that cannot become the room."""
    if order.ground is not None:
        must_suit(work.desk, work.connection, order.ground, is_private=order.is_private)


def _tell_security(work: Work, incident: Incident) -> None:
    """Each of the security team, directly: they are invited, and this says what for."""
    facts = {"key": incident.key, "by": work.by.actor, "severity": incident.severity.value}
    for person in commanding.owners(work, incident):
        if person != work.by.actor:
            work.send(effects.direct(person, f"{incident.key}/security", "security_told", facts))


def suggest_severity(
    catalog: Catalog, services: tuple[str, ...], answers: Mapping[str, int] = NO_ANSWERS
) -> tuple[Severity, str]:
    """What the answers about the impact ask for, or else the tier of the service, and why."""
    tiers = [
        (service.tier, service.name)
        for name in services
        if (service := catalog.service(name)) is not None
    ]
    tier, name = min(tiers, default=(0, ""))
    at_worst = AT_WORST.get(tier)
    bound = Bound(name, tier, at_worst) if at_worst else None
    suggestion = impact_answers.suggest(answers, catalog.settings.impact, bound)
    if suggestion is not None:
        return suggestion.severity, suggestion.because
    if not tiers:
        return Severity.SEV3, "nobody named a severity or a service"
    return _TIER_SEVERITY.get(tier, Severity.SEV3), f"{name} is tier {tier}"


def _new(work: Work, order: Declare) -> Incident:
    severity, because = order.severity, order.severity_because or "named when declared"
    if severity is None:
        severity, because = suggest_severity(work.desk.catalog, order.services, order.answers)
    custom = _fields(work, order, severity)
    number = IncidentNumber(next_number(work.connection, "incident"))
    incident = Incident(
        number=number,
        title=order.title,
        severity=severity,
        status=Status.INVESTIGATING,
        services=order.services,
        source=work.by.source,
        declared_by=work.by.actor,
        declared_at=work.now,
        started_at=order.started_at or work.now,
        detected_at=_detected(work, order),
        detected_by=order.detected_by,
        room_name=order.ground.name if order.ground else "",
        room=order.ground.channel if order.ground else None,
        version=1,
        open_key=order.open_key,
        is_drill=order.is_drill,
        is_private=order.is_private,
        impact=order.impact,
        facts={
            **order.facts,
            **_answered(work, order),
            **({drills.PAGES: True} if order.drill_pages else {}),
            **({fields.FACT: custom} if custom else {}),
            **({"type": "security"} if order.is_security else {}),
            **({converting.FACT: order.ground.channel} if order.ground else {}),
            **({RETROSPECTIVE: True} if order.ended_at else {}),
            "severity_because": because,
            "outage": order.open_key,
        },
        bridge=_bridge(work, number, order),
    )
    if order.ground is None:
        incident = replace(incident, room_name=own_room_name(incident))
    incidents.add(work.connection, incident)
    if incident.is_private:
        insiders.add(work.connection, number, work.by.actor, by=work.by.actor, now=work.now)
    work.about(number)
    work.log(
        number,
        Kind.DECLARED,
        {
            "title": order.title.raw,
            "severity": severity.value,
            "because": because,
            "services": list(order.services),
            "detected_by": order.detected_by,
        },
        occurred_at=order.started_at,
    )
    return incident


def _answered(work: Work, order: Declare) -> dict[str, Any]:
    """What was said about the impact, as it was asked then."""
    found = impact_answers.given(order.answers, work.desk.catalog.settings.impact)
    return {"impact_answers": {one.asks: choice.says for one, choice in found}} if found else {}


def _fields(work: Work, order: Declare, severity: Severity) -> dict[str, str]:
    """Raises `WrongFields`. Alerts are never refused for what only people know."""
    known = work.desk.catalog.settings.fields
    if work.by.actor == BOT:
        return {}
    wrong = fields.faults(known, order.fields, severity)
    if wrong:
        raise WrongFields(wrong)
    return fields.values(known, order.fields)


def _detected(work: Work, order: Declare) -> datetime:
    """Of what is over by now, nobody knows yet when it was noticed: at the latest at its end."""
    return work.now if order.ended_at is None else order.started_at or order.ended_at


def _bridge(work: Work, number: IncidentNumber, order: Declare) -> str:
    settings = work.desk.catalog.settings
    if order.is_private:
        return settings.secret_bridge_for(ids.key(number), work.now)
    return settings.bridge_for(ids.key(number))


def _open_room(work: Work, incident: Incident) -> None:
    number, settings = incident.number, work.desk.catalog.settings
    opened = effects.open_room(number, incident.room_name)
    if incident.room is not None:
        opened = effects.adopt_room(number, own_room_name(incident), incident.room)
    work.send(
        opened,
        effects.post_card(number),
        effects.invite(number, _invited(work, incident), why="first"),
        effects.set_topic(number, "first"),
        effects.pin_card(number),
    )
    channel = announced_in(settings, is_drill=incident.is_drill, is_private=incident.is_private)
    if channel and not incident.facts.get(RETROSPECTIVE):
        work.send(effects.announce(number, channel))
    for title, link, emoji in bookmarks_of(work, incident):
        work.send(effects.add_bookmark(number, title, link, emoji))


def _invited(work: Work, incident: Incident) -> tuple[PersonId, ...]:
    """The reporter, and of each owning team who is on call and who leads it."""
    invited: list[PersonId] = []
    if incident.declared_by != BOT and work.by.source == "slack":
        invited.append(incident.declared_by)
    if not incident.facts.get(RETROSPECTIVE):  # it is over: nobody is needed any more
        invited += commanding.owners(work, incident)
    return tuple(dict.fromkeys(invited))


def _similar(work: Work, order: Declare) -> Similar | None:
    known = people.get(work.connection, work.by.actor)
    reader = PUBLIC if known is None else reader_of(work.desk, known, work.now)
    among = work.desk.catalog.services
    return similar_to(work.connection, order.title.raw, order.services, reader, work.now, among)


def _know(work: Work, services: tuple[str, ...]) -> None:
    for name in services:
        if work.desk.catalog.services and work.desk.catalog.service(name) is None:
            near = ", ".join(work.desk.catalog.near(name)[:3])
            raise NotFound(
                f"There is no service called {name}.",
                instead=f"Did you mean {near}?" if near else "See the catalogue for its names.",
            )
