"""People whom Slack does not reach are reached otherwise: in time, once, and on the record.

Every question and every page puts a row into ``due``. When its time comes and Slack still has not
taken the message, the same transaction plans what is sent instead.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from incidents.actions.desk import Work
from incidents.model import effects
from incidents.model.drills import reaches_outside
from incidents.model.effects import Planned, Receipt
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.oncall import Handle
from incidents.model.people import Person
from incidents.model.timeline import Kind
from incidents.queries.access import sees
from incidents.queries.contacts import Contact, contact_named, contact_of, on_duty
from incidents.queries.discretion import plainly
from incidents.render import fallback as words
from incidents.render.fallback import Purpose, Told
from incidents.store import outbox_view, people, roles, slack_state
from incidents.store.due import Due
from incidents.store.outbox import Claimed
from incidents.store.roles import Assignment

EMAIL, WEBHOOK = "email", "webhook"
_MOST_CONTACTS = 6
_MEDIA_WORDS = {EMAIL: "e-mail", WEBHOOK: "webhook"}


def watch_question(
    work: Work, incident: Incident, offer: Assignment, said: Planned, until: datetime
) -> None:
    """Reach whoever is asked to command otherwise, unless ``said`` arrives soon."""
    args = {
        "purpose": Purpose.ASK,
        "watch": said.key,
        "person": offer.person,
        "assignment": offer.id,
        "because": offer.because,
        "until": until.isoformat(),
    }
    _watch(work, incident, f"ask-{offer.id}", args)


def watch_page(
    work: Work, incident: Incident, person: PersonId, said: Planned, *, because: str
) -> None:
    """Reach whoever is paged otherwise, unless ``said`` arrives soon."""
    args = {"purpose": Purpose.PAGE, "watch": said.key, "person": person, "because": because}
    name = hashlib.sha256(said.key.encode()).hexdigest()[:16]
    _watch(work, incident, f"page-{name}", args)


def watch_duty(work: Work, incident: Incident, handles: tuple[Handle, ...], because: str) -> None:
    """Reach who is on call, unless somebody is asked to command soon.

    Until Slack answered for the first time nobody is known by the id that a question needs.
    """
    args = {"purpose": Purpose.DUTY, "handles": list(handles), "because": because}
    _watch(work, incident, "duty", args)


def fall_back(work: Work, due: Due) -> None:
    """Slack had its time. If it did not take the message, send it otherwise."""
    incident = work.incident(IncidentNumber(due.incident or 0))
    if not incident.is_open or not work.desk.fallback.media or _is_settled(work, incident, due):
        return
    if due.args["purpose"] == Purpose.DUTY:
        found = [
            contact_named(work.desk.catalog, work.connection, handle)
            for handle in due.args["handles"]
            if _may_know(work, incident, people.named(work.connection, handle))
        ]
        for contact in found:
            _reach(work, incident, due, contact, contact.handle)
        return
    person = people.get(work.connection, due.args["person"])
    if not _may_know(work, incident, person):
        return
    who = str(due.args["person"])
    contact = contact_of(work.desk.catalog, person) if person else Contact(who, who)
    _reach(work, incident, due, contact, who)


def reached(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """It was handed over: the record says who was told, how, and why not in Slack."""
    del receipt
    if effect.incident is None:
        return
    work.log(
        effect.incident,
        Kind.REACHED,
        {
            "person": effect.args["person"],
            "by": _MEDIA_WORDS[effect.args["by"]],
            "because": effect.args["because"],
        },
    )


def _watch(work: Work, incident: Incident, name: str, args: Mapping[str, object]) -> None:
    if not reaches_outside(incident):
        return
    after: timedelta = work.desk.catalog.settings.policies.fallback_after
    key = f"{incident.key}/fallback/{name}"
    work.later(key, "fallback_due", work.now + after, dict(args), incident=incident.number)


def _may_know(work: Work, incident: Incident, person: Person | None) -> bool:
    """Nobody learns by this way of a private incident that is none of theirs."""
    if not incident.is_private:
        return True
    return person is not None and sees(
        work.desk, work.connection, incident.number, person.id, work.now
    )


def _is_settled(work: Work, incident: Incident, due: Due) -> bool:
    """Whether the message arrived, or what it asked for is no longer asked for."""
    number, purpose = incident.number, due.args["purpose"]
    if purpose == Purpose.DUTY:
        return bool(roles.history(work.connection, number))
    if outbox_view.state_of(work.connection, due.args["watch"]) == "done":
        return True
    if purpose == Purpose.PAGE:
        return False
    offer = roles.offered(work.connection, number, "commander")
    return offer is None or offer.id != due.args["assignment"]


def _reach(work: Work, incident: Incident, due: Due, contact: Contact, who: str) -> None:
    """Plan one message by each medium; say so if there is none that leads to this person."""
    since = slack_state.unreachable_since(work.connection)
    said = words.message(_told(work, incident, due, contact, since))
    name = due.key.rpartition("/")[2]
    if due.args["purpose"] == Purpose.DUTY:  # several people under one name
        name = f"duty-{hashlib.sha256(who.encode()).hexdigest()[:16]}"
    args = {
        "person": who,
        "name": contact.name,
        "to": contact.email,
        "phone": contact.phone,
        "subject": said.subject,
        "text": said.text,
        "purpose": str(due.args["purpose"]),
        "because": words.trouble(since),
        "until": due.args.get("until"),
    }
    media = [by for by in work.desk.fallback.media if by == WEBHOOK or contact.email]
    work.send(*(effects.notify(incident.number, name, by, args) for by in media))
    if not media:
        why = f"{args['because']}, and no e-mail address is known"
        work.log(incident.number, Kind.NOT_REACHED, {"person": who, "because": why})


def _told(
    work: Work, incident: Incident, due: Due, contact: Contact, since: datetime | None
) -> Told:
    until = due.args.get("until")
    moment = datetime.fromisoformat(until) if until else None
    plain = plainly(incident, Purpose(due.args["purpose"]), moment, since)
    if incident.is_private:  # what is written here leaves the house
        return plain
    return _in_full(work, incident, plain, str(due.args["because"]), contact)


def _in_full(work: Work, incident: Incident, plain: Told, because: str, contact: Contact) -> Told:
    services = [one for name in incident.services if (one := work.desk.catalog.service(name))]
    runbooks = [(f"Runbook {link.name}", link.url) for one in services for link in one.runbooks]
    console = work.desk.public_url
    record = (("Record", f"{console}/incidents/{incident.key}"),) if console else ()
    return replace(
        plain,
        title=incident.title.raw,
        because=because,
        services=tuple(f"{one.name} (tier {one.tier})" for one in services),
        impact=incident.impact.raw,
        room=incident.room_name,
        bridge=incident.bridge,
        links=(*record, *runbooks),
        contacts=_others(work, incident, contact),
    )


def _others(work: Work, incident: Incident, contact: Contact) -> tuple[str, ...]:
    """Who else is on call for what is affected, and who leads those teams."""
    catalog = work.desk.catalog
    handles = [
        each
        for name in incident.services
        for each in on_duty(catalog, work.connection, name, work.now)
    ]
    found = (contact_named(catalog, work.connection, one) for one in dict.fromkeys(handles))
    others = [one.line() for one in found if one.handle != contact.handle]
    return tuple(others[:_MOST_CONTACTS])
