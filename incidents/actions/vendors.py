"""A vendor was asked, and answered, or owes an answer: on the record, by the clock they agreed."""

from datetime import datetime, timedelta
from difflib import get_close_matches

from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import NotFound, Refused
from incidents.model import effects
from incidents.model.commands import to_type
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.objective import in_words
from incidents.model.timeline import Kind
from incidents.model.vendors import Vendor, VendorName
from incidents.model.workdays import say_span
from incidents.store import timeline
from incidents.store.due import Due


def find(desk: Desk, name: str) -> Vendor:
    """The vendor that goes by ``name``. Raises `NotFound` with the nearest names."""
    known = desk.catalog.vendors
    found = known.get(VendorName(name.strip().lower()))
    if found is None:
        near = " or ".join(get_close_matches(name.lower(), list(known), n=2))
        instead = f"Did you mean {near}?" if near else f"See who is relied on: {to_type('vendor')}"
        raise NotFound(f"There is no vendor called {name.strip()[:80]}.", instead=instead)
    return found


def ask(
    desk: Desk, number: IncidentNumber, name: str, words: str, *, by: Origin, now: datetime
) -> tuple[Vendor, datetime | None]:
    """Somebody has asked the vendor. The vendor, and until when they owe an answer, if they do."""
    vendor = find(desk, name)
    with desk.work(by, now) as work:
        incident = work.incident(number)
        if not incident.is_open:
            raise Refused(f"{incident.key} is {incident.status}.", instead="Note it: note …")
        within = vendor.agreement.answers_within.get(incident.severity)
        until = now + within if within is not None else None
        body = {"vendor": vendor.title, "name": vendor.name, "because": words}
        if within is not None and until is not None:
            body |= {"within": in_words(within), "until": until.isoformat()}
        entry = work.log(number, Kind.VENDOR_ASKED, body)
        _no_clock(work, incident, vendor)
        if until is not None and entry is not None:
            args = {"vendor": vendor.name, "until": until.isoformat()}
            key = f"{_clock(incident, vendor)}{entry.seq}"
            work.later(key, "vendor_due", until, args, incident=number)
        return vendor, until


def answered(
    desk: Desk, number: IncidentNumber, name: str, words: str, *, by: Origin, now: datetime
) -> tuple[Vendor, str]:
    """They answered. The vendor, and how long it took, in words. Raises `Refused` if unasked."""
    vendor = find(desk, name)
    with desk.work(by, now) as work:
        incident = work.incident(number)
        asked = [
            one
            for one in timeline.entries(work.connection, number)
            if one.kind in {Kind.VENDOR_ASKED, Kind.VENDOR_ANSWERED}
            and one.body["name"] == vendor.name
        ]
        if not asked or asked[-1].kind is Kind.VENDOR_ANSWERED:
            raise Refused(
                f"{vendor.title} was not asked about {incident.key}.",
                instead=f"Record that first: vendor {vendor.name}",
            )
        first = asked[-1]
        took = f"after {say_span(max(now - first.occurred_at, timedelta()))}"
        if first.body.get("until"):
            is_late = now > datetime.fromisoformat(first.body["until"])
            took += f", {'later than' if is_late else 'within'} the {first.body['within']} agreed"
        body = {"vendor": vendor.title, "name": vendor.name, "took": took, "because": words}
        work.log(number, Kind.VENDOR_ANSWERED, body)
        _no_clock(work, incident, vendor)
        return vendor, took


def overdue(work: Work, one: Due) -> None:
    """They have not answered in the time that was agreed: the record and the room hear of it."""
    incident = work.incident(IncidentNumber(one.incident or 0))
    vendor = work.desk.catalog.vendors.get(VendorName(one.args["vendor"]))
    if vendor is None or not incident.is_open:
        return
    body = {"vendor": vendor.title, "name": vendor.name, "until": one.args["until"]}
    work.log(incident.number, Kind.VENDOR_LATE, body)
    facts = {
        "key": incident.key,
        "vendor": vendor.title,
        "name": vendor.name,
        "desks": [contact.says for contact in vendor.contacts_for(incident.severity)],
        "team": vendor.accountable or "",
        "agreement": vendor.agreement.url,
    }
    name = f"vendor-late/{one.key.rpartition('/')[2]}"
    work.send(effects.post(incident.number, name, "vendor_late", facts))


def _no_clock(work: Work, incident: Incident, vendor: Vendor) -> None:
    work.never_mind(_clock(incident, vendor))


def _clock(incident: Incident, vendor: Vendor) -> str:
    return f"{incident.key}/vendor/{vendor.name}/"
