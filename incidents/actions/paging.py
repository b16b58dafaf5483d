"""Call people by every way they have, and keep both sides of each pager saying the same.

A page is a row. Each way outside is an effect in a lane of its own: it rings, it is acknowledged,
it is resolved, in this order, and each of them once.
"""

from collections.abc import Iterable

from incidents.actions import fallback
from incidents.actions.desk import Work
from incidents.model import effects
from incidents.model.drills import reaches_outside
from incidents.model.effects import Planned, Receipt
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.paging import URGENCY, WayKind, outside
from incidents.model.timeline import Kind
from incidents.queries.access import sees
from incidents.queries.contacts import Contact, contact_named, contact_of, ways_of
from incidents.queries.discretion import ringing
from incidents.store import outbox, outbox_view, pages, people
from incidents.store.outbox import Claimed
from incidents.store.pages import Page, Ring


def page(
    work: Work, incident: Incident, who: str, purpose: str, because: str, *, name: str
) -> Planned | None:
    """Call somebody by Slack and by every other way they have. The direct message, if one is sent.

    ``who`` is an id of Slack's or a name from the configuration; ``name`` tells one invitation to
    the room from another. Nobody who may not know of a private incident is called.
    """
    person = people.get(work.connection, who)
    if incident.is_private and (
        person is None or not sees(work.desk, work.connection, incident.number, person.id, work.now)
    ):
        work.log(
            incident.number,
            Kind.NOT_REACHED,
            {"person": who, "because": "they may not know of it"},
        )
        return None
    one = ring_for(work, incident, who, purpose, because)
    if person is None:
        return None
    facts = {
        "key": incident.key,
        "title": incident.title.raw,
        "room": incident.room or "",
        "by": work.by.actor,
        "because": because,
        "page": one.id,
        "state": "open",
    }
    directly = effects.direct(person.id, _direct_name(incident, one), "paged", facts)
    work.send(effects.invite(incident.number, (person.id,), why=f"page-{name}"), directly)
    fallback.watch_page(work, incident, person.id, directly, because=because)
    return directly


def ring_for(work: Work, incident: Incident, who: str, purpose: str, because: str) -> Page:
    """Call somebody by every way but Slack; whoever calls this has told them there.

    A drill wakes nobody outside of Slack, unless that was asked for.
    """
    connection = work.connection
    one = pages.add(connection, incident.number, who, work.now, purpose=purpose, because=because)
    person = people.get(connection, who)
    catalog = work.desk.catalog
    contact = contact_of(catalog, person) if person else contact_named(catalog, connection, who)
    ways = outside(ways_of(catalog, contact)) if reaches_outside(incident) else ()
    for way in ways:
        ring = pages.ring(connection, one, way)
        said = _said(work, incident, one, contact)
        work.send(effects.page_out(incident.number, _names(ring), "trigger", said))
    if person is None and not ways:
        why = "Slack does not know them, and they have no other way"
        work.log(incident.number, Kind.NOT_REACHED, {"person": who, "because": why})
    return one


def accepted(work: Work, incident: Incident, person: PersonId) -> None:
    """Somebody commands: whoever was called for that need not come, and they have answered."""
    falls_silent(
        work,
        incident,
        [
            one
            for one in _open(work, incident.number)
            if one.purpose != "hand" or one.person == person
        ],
        "acknowledged",
        by=person,
        via=work.by.source,
    )


def passed(work: Work, incident: Incident, person: PersonId) -> None:
    """They said no: their pager falls silent, and nobody else's."""
    mine = [
        one
        for one in _open(work, incident.number)
        if one.purpose == "command" and one.person == person
    ]
    falls_silent(work, incident, mine, "resolved", by=person, via=work.by.source)


def quiet(work: Work, incident: Incident, *, by: str, via: str) -> None:
    """Nobody is needed any more: whatever rings is acknowledged."""
    falls_silent(work, incident, _open(work, incident.number), "acknowledged", by=by, via=via)


def resolve(work: Work, incident: Incident) -> None:
    """The incident is over: every page is resolved outside."""
    left = [one for one in pages.of(work.connection, incident.number) if one.state != "resolved"]
    falls_silent(work, incident, left, "resolved", by=work.by.actor, via=work.by.source)


def carried(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """It rings: the record says by which way; what the pager calls it is remembered."""
    if effect.incident is None:
        return
    way = WayKind(effect.args["way"])
    if receipt.result.get("outside"):
        name = str(receipt.result["outside"])
        pages.call_outside(work.connection, way, effect.args["dedup"], name)
    if effect.args["action"] == "trigger":
        body = {
            "person": effect.args["person"],
            "by": way.called,
            "because": effect.args["because"],
        }
        work.log(effect.incident, Kind.REACHED, body)


def _open(work: Work, number: IncidentNumber) -> list[Page]:
    return [one for one in pages.of(work.connection, number) if one.state == "open"]


def falls_silent(  # noqa: PLR0913
    work: Work,
    incident: Incident,
    ended: Iterable[Page],
    state: str,
    *,
    by: str,
    via: str,
    besides: str = "",
) -> None:
    """Here, in every way outside, and in the direct message. An acknowledgement is on record.

    ``besides`` is what the pager that told us calls it: it knows.
    """
    kept = [
        one
        for one in ended
        if pages.end(work.connection, one, work.now, state=state, by=by, via=via)
    ]
    for one in kept:
        if one.state == "open" and one.purpose != "command":
            _edit(work, incident, one, state, by)
        if one.state == "open" and (besides or one.purpose != "command"):
            body = {"person": one.person, "by": by, "via": _via(via), "state": state}
            work.log(incident.number, Kind.PAGE_ANSWERED, body)
    for ring in pages.rings_of(work.connection, kept):
        _silence(work, incident, ring, state, f"{via}/{besides}")
    if kept and state != "resolved":
        work.refresh(incident)


def _silence(work: Work, incident: Incident, ring: Ring, state: str, told: str) -> None:
    """Unless another open page rings there under the same name, or it was the pager that said so.

    What was not sent yet need not ring at all.
    """
    still = pages.rings_of(work.connection, _open(work, incident.number))
    if any(one.dedup == ring.dedup and one.way == ring.way for one in still):
        return
    outbox.call_off(work.connection, effects.ringing(incident.number, _names(ring)), work.now)
    if told not in {f"{ring.way.kind}/{ring.dedup}", f"{ring.way.kind}/{ring.outside}"}:
        action = "acknowledge" if state == "acknowledged" else "resolve"
        work.send(effects.page_out(incident.number, _names(ring), action, {}))


def _names(ring: Ring) -> effects.Rings:
    return effects.Rings(ring.way.kind.value, ring.way.target, ring.dedup)


def _said(work: Work, incident: Incident, one: Page, contact: Contact) -> dict[str, str]:
    """What leaves the house."""
    console = work.desk.public_url
    said = {
        "page": one.id,
        "because": one.because,
        "services": ", ".join(incident.services),
        "severity": incident.severity.value,
        "urgency": URGENCY[incident.severity],
        "person": one.person,
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "link": f"{console}/incidents/{incident.key}" if console else "",
        "at": one.paged_at.isoformat(),
    }
    return ringing(incident, said)


def _edit(work: Work, incident: Incident, one: Page, state: str, by: str) -> None:
    name = _direct_name(incident, one)
    if not outbox_view.was_heard(work.connection, f"dm/{one.person}/{name}"):
        return
    facts = {
        "key": incident.key,
        "title": incident.title.raw,
        "because": one.because,
        "state": state,
        "by": by,
    }
    work.send(effects.edit_direct(PersonId(one.person), name, state, "paged", facts))


def _direct_name(incident: Incident, one: Page) -> str:
    return f"{incident.key}/page/{one.id}"


def _via(source: str) -> str:
    return WayKind(source).called if source in set(WayKind) else source
