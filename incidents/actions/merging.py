"""Incidents that turn out to be one outage, or two: link, merge, split, and back again.

Whoever merges or splits first holds the alerts and then the incidents, the lower number first: so
no signal comes in between, and two who do it at once find one after the other what is true by then.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.actions import access, commanding, converting, moving, teams
from incidents.actions.cadence import promise_update, stop_updates
from incidents.actions.declare import Declare, declare_in
from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import Refused
from incidents.model import effects
from incidents.model.access import PUBLIC, Reader
from incidents.model.converting import is_borrowed
from incidents.model.ids import IncidentNumber, PersonId, key, uuid7
from incidents.model.incident import Incident
from incidents.model.lifecycle import ENDED, Status
from incidents.model.severity import is_worse
from incidents.model.text import NOTHING, UserText, clean_line
from incidents.model.timeline import Kind
from incidents.store import alerts, incidents, links, roles
from incidents.store.links import Link


@dataclass(frozen=True, slots=True)
class Toward:
    """The other incident, why, and for whom it is looked up: what they may not see is not there."""

    other: IncidentNumber
    because: str = ""
    reader: Reader = PUBLIC


@dataclass(frozen=True, slots=True)
class Split:
    """The affected service that goes its own way, and what its incident is called."""

    service: str
    title: UserText = NOTHING
    because: str = ""


def link(
    desk: Desk, number: IncidentNumber, toward: Toward, *, by: Origin, now: datetime
) -> Incident:
    """Say that two incidents have to do with each other. Of a private one, only it knows."""
    with desk.work(by, now) as work:
        one, other = _both(work, number, toward)
        there = links.of(work.connection, number)
        if any({it.incident, it.other} == {one.number, other.number} for it in there):
            raise Refused(f"{one.key} and {other.key} are linked already.")
        _add_link(work, one, other, "related", toward.because, {})
        for this, that in ((one, other), (other, one)):
            if this.is_private or not that.is_private:
                body = {"to": that.key, "because": toward.because}
                work.log(this.number, Kind.LINKED, body)
                work.refresh(this)
        return one


def merge(
    desk: Desk, number: IncidentNumber, toward: Toward, *, by: Origin, now: datetime
) -> Incident:
    """Make this incident a part of the other one. The whole, as it is then.

    Its people, alerts, action items and the name of its outage follow; `unmerge` takes it back.
    """
    with desk.work(by, now) as work:
        alerts.hold(work.connection)
        _must_see(work, toward)
        root = incidents.root_of(work.connection, toward.other)
        part, whole = _both(work, number, Toward(root, toward.because, toward.reader))
        _must_be_mergeable(part, whole)
        return _merge_in(work, part, whole, toward.because)


def unmerge(
    desk: Desk, number: IncidentNumber, *, because: str = "", by: Origin, now: datetime
) -> Incident:
    """It was an outage of its own after all: open again, with what it brought along."""
    with desk.work(by, now) as work:
        alerts.hold(work.connection)
        root = incidents.root_of(work.connection, number)
        if root == number:
            raise Refused(
                f"{key(number)} is not part of another incident.",
                instead="To take a service out of it: split @service",
            )
        held = {one: work.incident(one) for one in sorted((number, root))}
        made = links.merge_of(work.connection, number)
        facts = made.facts if made is not None else {}
        if made is not None:
            links.end(work.connection, made.id, now)
        return _take_out(work, held[number], held[root], facts, because)


def split(
    desk: Desk, number: IncidentNumber, wish: Split, *, by: Origin, now: datetime
) -> Incident:
    """Take an affected service out, into an incident and a room of its own. The new incident."""
    with desk.work(by, now) as work:
        alerts.hold(work.connection)
        whole = work.incident(number)
        if not whole.is_open:
            raise Refused(f"{whole.key} is {whole.status}.", instead="Reopen it first.")
        if wish.service not in whole.services:
            raise Refused(
                f"{wish.service} is not part of {whole.key}.",
                instead=f"Its services: {', '.join(whole.services) or 'none'}.",
            )
        if len(whole.services) == 1:
            raise Refused(
                f"{wish.service} is all that {whole.key} is about.",
                instead="Declare another incident if there is one more outage.",
            )
        child = _own_incident(work, whole, wish)
        moving.keys_and_alerts_of_service(work, whole, child, wish.service)
        whole = moving.lose_services(work, work.incident(number), (wish.service,))
        _add_link(work, child, whole, "child", wish.because, {})
        _tell_apart(work, whole, child, wish.because, wish.service)
        work.about(child.number)
        return child


def _both(work: Work, number: IncidentNumber, toward: Toward) -> tuple[Incident, Incident]:
    """The two, held, the lower number first. Raises what is raised for one that is not there."""
    if number == toward.other:
        raise Refused(f"That is {key(number)} itself.", instead="Name the other incident.")
    _must_see(work, toward)
    held = {one: work.incident(one) for one in sorted((number, toward.other))}
    work.about(number)
    return held[number], held[toward.other]


def _must_see(work: Work, toward: Toward) -> None:
    if incidents.get(work.connection, toward.other, toward.reader) is None:
        raise access.missing(toward.other)


def _must_be_mergeable(part: Incident, whole: Incident) -> None:
    if part.merged_into is not None:
        raise Refused(
            f"{part.key} is part of {key(part.merged_into)} already.",
            instead=f"To take it out first: split {part.key}",
        )
    if part.is_private or whole.is_private:
        raise Refused(
            "A private incident cannot be a part of another one, nor have one.",
            instead="Link them: only the private one knows.",
        )
    if part.is_drill != whole.is_drill:
        raise Refused("One of them is a drill.", instead="Keep drills apart from what is real.")
    for one in (part, whole):
        if one.status in ENDED:
            raise Refused(f"{one.key} is {one.status}.", instead="Reopen it first, or link them.")
    if part.is_open and not whole.is_open:
        raise Refused(
            f"{whole.key} is {whole.status}, and {part.key} is not.",
            instead=f"Reopen {whole.key}, or merge it into {part.key}.",
        )


def _merge_in(work: Work, part: Incident, whole: Incident, because: str) -> Incident:
    led = roles.holder(work.connection, part.number, "commander")
    _give_up_roles(work, part)
    work.never_mind(f"{part.key}/")
    closed = incidents.save(
        work.connection,
        part,
        status=Status.CLOSED,
        closed_at=work.now,
        open_key=None,
        next_update_at=None,
        merged_into=whole.number,
    )
    stop_updates(work, closed)
    facts = moving.everything(work, part, whole)
    whole, facts["teams"] = _bring_teams(work, part, whole, led.person if led else None, because)
    facts["services"] = [one for one in part.services if one not in facts["had"]]
    made = _add_link(work, part, whole, "merged", because, facts)
    work.log(part.number, Kind.MERGED, {"to": whole.key, "because": because})
    work.log(whole.number, Kind.TOOK_IN, {"from": part.key, "because": because})
    _point_on(work, closed, whole, made)
    if whole.is_open and is_worse(part.severity, whole.severity):
        whole = _worse(work, whole, part)
    work.refresh(closed)
    work.refresh(whole)
    return whole


def _worse(work: Work, whole: Incident, part: Incident) -> Incident:
    why = f"{part.key} was {part.severity}"
    body = {"from": whole.severity.value, "to": part.severity.value, "because": why}
    work.log(whole.number, Kind.SEVERITY, body)
    return promise_update(work, work.change(whole, severity=part.severity))


def _give_up_roles(work: Work, part: Incident) -> None:
    """There is one commander for both: that of the whole."""
    for one in roles.current(work.connection, part.number):
        roles.end(work.connection, one, work.now, "ended")
        if one.state == "offered":
            commanding.close_question(work, part, one, "ended")
        else:
            body = {"role": one.role, "person": one.person, "because": "it was merged"}
            work.log(part.number, Kind.RELEASED, body)


def _bring_teams(
    work: Work, part: Incident, whole: Incident, led: PersonId | None, because: str
) -> tuple[Incident, list[str]]:
    """The part's teams are in the whole, each once; who led or commanded there, leads here."""
    why = because or f"{part.key} became a part of it"
    teams.know_home(work, whole)
    new = tuple(one for one in part.services if one not in whole.services)
    after = work.change(whole, services=(*whole.services, *new)) if new else whole
    brought: list[str] = []
    for name in part.services:
        team = work.desk.catalog.team_of(name)
        if team is None or teams.is_in(work, after, team.name):
            continue
        theirs = teams.lead_of(work, part, team.name) or led
        if theirs == led:
            led = None  # speaks for one team
        teams.bring_in(work, after, team, name, why, lead_by=theirs)
        brought.append(team.name)
    return after, brought


def _point_on(work: Work, part: Incident, whole: Incident, made: Link) -> None:
    """The old room is told where it goes on, its people are invited over, and it is put away."""
    facts = {
        "key": part.key,
        "whole": whole.key,
        "title": whole.title.raw,
        "room": whole.room or "",
        "by": work.by.actor,
        "because": made.because,
        "stays": is_borrowed(part),
    }
    there = converting.at_work(work, part)
    if there:
        work.send(effects.invite(whole.number, there, why=f"merge-{made.id}"))
    took_in = {**facts, "key": whole.key, "part": part.key, "title": part.title.raw}
    work.send(
        effects.post(part.number, f"merged/{made.id}", "merged_away", facts),
        effects.post(whole.number, f"took-in/{made.id}", "took_in", took_in),
    )
    at = work.now + work.desk.catalog.settings.policies.archive_after
    archive = f"{part.key}/archive/{part.version}"
    work.later(archive, "archive_room", at, incident=part.number)


def _take_out(
    work: Work, part: Incident, whole: Incident, facts: dict[str, Any], because: str
) -> Incident:
    moving.everything_back(work, part, whole, facts)
    whole = moving.lose_services(work, whole, tuple(facts.get("services", ())))
    work.never_mind(f"{part.key}/archive/")
    name = None if part.is_private else part.facts.get("outage")
    is_taken = name is not None and incidents.with_open_key(work.connection, name) is not None
    after = work.change(
        part,
        status=Status.INVESTIGATING,
        closed_at=None,
        resolved_at=None,
        merged_into=None,
        open_key=None if is_taken else name,
    )
    _add_link(work, after, whole, "child", because, {})
    _tell_apart(work, whole, after, because, "")
    back = {"key": after.key, "whole": whole.key, "by": work.by.actor, "because": because}
    name = f"back/{uuid7(work.now)}"
    work.send(effects.post(after.number, name, "on_its_own_again", back))
    commanding.propose(work, after)
    return promise_update(work, after)


def _own_incident(work: Work, whole: Incident, wish: Split) -> Incident:
    title = wish.title or clean_line(f"{wish.service}: taken out of {whole.key}")
    order = Declare(
        title,
        severity=whole.severity,
        severity_because=f"as {whole.key}, which it was taken out of",
        services=(wish.service,),
        is_drill=whole.is_drill,
        is_private=whole.is_private,
        started_at=whole.started_at,
        detected_by=whole.detected_by,
        facts={"apart_from": whole.number},
    )
    return declare_in(work, order).incident


def _tell_apart(work: Work, whole: Incident, child: Incident, because: str, service: str) -> None:
    body = {"to": child.key, "service": service, "because": because}
    work.log(whole.number, Kind.SPLIT, body)
    work.log(child.number, Kind.SPLIT_OFF, {"from": whole.key, "because": because})
    facts = {
        "key": whole.key,
        "child": child.key,
        "title": child.title.raw,
        "room": child.room or "",
        "service": service,
        "by": work.by.actor,
        "because": because,
    }
    work.send(effects.post(whole.number, f"split/{uuid7(work.now)}", "split_off", facts))
    work.refresh(whole)


def _add_link(
    work: Work,
    one: Incident,
    other: Incident,
    kind: str,
    because: str,
    facts: dict[str, Any],
) -> Link:
    made = Link(
        id=uuid7(work.now),
        incident=one.number,
        other=other.number,
        kind=kind,
        because=because,
        made_by=work.by.actor,
        made_at=work.now,
        ended_at=None,
        facts=facts,
    )
    links.add(work.connection, made)
    return made
