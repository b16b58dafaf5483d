"""Changes of services: what was deployed, when, by whom. The first thing a responder asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.actions.desk import Desk, Origin, Work
from incidents.model.access import PUBLIC
from incidents.model.ids import IncidentNumber, key, uuid7
from incidents.model.people import BOT
from incidents.model.text import UserText, clean_line
from incidents.model.timeline import Kind
from incidents.store import changes, incidents
from incidents.store.changes import Change

CHANGES = Origin(BOT, "alert")
_LONGEST_SERVICE = 80


@dataclass(frozen=True, slots=True)
class Report:
    """A change as it is reported. ``source`` and ``key`` name it, however often it comes."""

    source: str
    key: str
    service: str
    title: UserText
    made_at: datetime | None = None
    url: str = ""
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of a report, and on which records the change is now."""

    key: str
    service: str
    is_new: bool
    incidents: tuple[IncidentNumber, ...]
    because: str


def record_changes(desk: Desk, reports: Sequence[Report], *, now: datetime) -> tuple[Recorded, ...]:
    """Keep each change once, and put it on the timeline of every open incident of its service."""
    with desk.work(CHANGES, now) as work:
        return record_changes_in(work, reports)


def record_changes_in(work: Work, reports: Sequence[Report]) -> tuple[Recorded, ...]:
    """Like `record_changes`, inside a transaction."""
    return tuple(_record(work, report) for report in reports)


def _record(work: Work, report: Report) -> Recorded:
    known = work.desk.catalog.canonical(report.service)
    service = known or clean_line(report.service, limit=_LONGEST_SERVICE).raw
    change = Change(
        id=uuid7(work.now),
        source=report.source,
        key=report.key,
        service=service,
        title=report.title,
        url=report.url,
        made_by=clean_line(report.made_by, limit=120).raw,
        made_at=min(report.made_at or work.now, work.now),
    )
    if not changes.add(work.connection, change):
        return Recorded(report.key, service, is_new=False, incidents=(), because="it is known")
    found = _put_on_record(work, change)
    because = (
        f"it is on the timeline of {', '.join(key(number) for number in found)}"
        if found
        else f"no incident of {service} is open"
    )
    if known is None:
        because = f"no service of the catalogue is called {service}; {because}"
    return Recorded(report.key, service, is_new=True, incidents=found, because=because)


def _put_on_record(work: Work, change: Change) -> tuple[IncidentNumber, ...]:
    found: list[IncidentNumber] = []
    for one in incidents.open_ones(work.connection, PUBLIC):
        services = {work.desk.catalog.canonical(name) or name for name in one.services}
        if change.service not in services:
            continue
        entry = work.log(
            one.number,
            Kind.CHANGE,
            {
                "service": change.service,
                "title": change.title.raw,
                "url": change.url,
                "made_by": change.made_by,
            },
            occurred_at=change.made_at,
            source_key=f"change/{change.source}/{change.key}"[:200],
        )
        found += [one.number] if entry is not None else []
    return tuple(sorted(found))
