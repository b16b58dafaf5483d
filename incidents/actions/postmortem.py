"""The postmortem: what people add to it, when it is published, and where it was put."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from incidents.actions import evidence
from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.updates import templates_of
from incidents.actions.writing import write_whole
from incidents.errors import Refused
from incidents.model import effects
from incidents.model.effects import Planned
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.postmortem import (
    SECTION_NAMES,
    SECTIONS,
    Postmortem,
    fingerprint,
    missing_to_publish,
)
from incidents.model.text import UserText
from incidents.model.timeline import Kind
from incidents.queries.postmortem import as_kept, costs_key, postmortem_of
from incidents.queries.slo import spent_by
from incidents.render import postmortem as documents
from incidents.render.chart import svg
from incidents.render.raster import INSTALL, MISSING, can_draw
from incidents.render.slo_charts import cost_chart
from incidents.store import postmortems, timeline
from incidents.store.postmortems import Draft

TERMINAL = Origin(PersonId("cli"), "cli")
_MOST_PICTURES = 3  # in one room: more would be noise, and the document has them all


class Overtaken(Refused):
    """Somebody else changed the same sections in the meantime; ``sections`` are their names."""

    def __init__(self, sections: tuple[str, ...]) -> None:
        titles = ", ".join(one.title for one in SECTIONS if one.name in sections)
        super().__init__(
            f"Somebody else changed this while you were writing: {titles}.",
            instead="Copy your words, open the form again and put both together.",
        )
        self.sections = sections


@dataclass(frozen=True, slots=True)
class Exported:
    """A document that was written; ``is_new`` is false if the room has this very version.

    ``pictures`` are how many of its budgets are drawn; ``lacks`` says why none can be, if so.
    """

    name: str
    content_hash: str
    is_new: bool
    pictures: int = 0
    lacks: str = ""


def edit(
    desk: Desk,
    number: IncidentNumber,
    changes: Mapping[str, UserText],
    *,
    seen: Mapping[str, str],
    by: Origin,
    now: datetime,
) -> Draft:
    """Write sections. ``seen`` are the fingerprints of what they were when the person began.

    Sections that are as they were are left alone. Raises `Overtaken` if somebody else changed one
    of the others meanwhile; then nothing is written.
    """
    unknown = sorted(changes.keys() - SECTION_NAMES)
    if unknown:
        raise Refused(f"A postmortem has no section called {', '.join(unknown)}.")
    with desk.work(by, now) as work:
        incident = work.incident(number)
        draft = _started(work, incident)
        news = {
            name: text.raw
            for name, text in changes.items()
            if fingerprint(text.raw) != seen.get(name, fingerprint(""))
        }
        lost = tuple(
            name
            for name in news
            if fingerprint(draft.sections.get(name, "")) != seen.get(name, fingerprint(""))
            and draft.sections.get(name, "") != news[name]
        )
        if lost:
            raise Overtaken(lost)
        if news:
            sections = {**draft.sections, **news}
            postmortems.write(work.connection, number, now, sections=sections)
            titles = ", ".join(one.title for one in SECTIONS if one.name in news)
            work.log(number, Kind.POSTMORTEM_EDITED, {"sections": titles})
        return postmortems.get(work.connection, number) or draft


def publish(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> Draft:
    """It is finished. Everything that is still missing is said at once."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        if incident.status not in {Status.RESOLVED, Status.CLOSED}:
            raise Refused(
                f"{incident.key} is {incident.status}.", instead="Resolve it first: resolve"
            )
        draft = _started(work, incident)
        if draft.state == "published":
            raise Refused(f"The postmortem of {incident.key} is published already.")
        missing = missing_to_publish(draft.sections)
        if missing:
            titles = " and ".join(one.title for one in missing)
            raise Refused(
                f"The postmortem of {incident.key} has no {titles} yet.",
                instead="Write it with Edit, then publish.",
            )
        keep_costs(work, incident)
        postmortems.write(work.connection, number, now, state="published")
        work.log(number, Kind.POSTMORTEM_EDITED, {"sections": "published"})
        return postmortems.get(work.connection, number) or draft


def keep_costs(work: Work, incident: Incident) -> None:
    """What the incident took from error budgets goes on the record, once for its span of impact.

    Samples lose their detail with time; the record does not. Nothing happens while it is open.
    """
    key = costs_key(incident)
    is_kept = timeline.by_source_key(work.connection, incident.number, key) is not None
    if incident.resolved_at is None or is_kept:
        return
    spent = spent_by(work.desk, work.connection, incident, work.now)
    if spent:
        work.log(
            incident.number,
            Kind.SLO_COST,
            {"costs": [as_kept(one) for one in spent]},
            source_key=key,
        )
        work.send(effects.edit_card(incident.number, key))


def export_to_room(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> Exported:
    """Put the document into the room as a file; a version that is there already is not repeated."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        keep_costs(work, incident)
        postmortem = postmortem_of(work.desk, work.connection, number, work.now)
        content = documents.markdown(postmortem, templates_of(work.desk))
        name, version = documents.filename(incident), documents.hash_in(content)
        is_new = _log_export(work, number, name, version, "room")
        if not is_new:
            return Exported(name, version, is_new)
        work.send(effects.upload(number, name, content, version=fingerprint(version)))
        pictures = _pictures(postmortem)
        if pictures and not can_draw():
            return Exported(name, version, is_new, lacks=f"{MISSING} {INSTALL}")
        for picture in pictures:
            work.send(picture)
        return Exported(name, version, is_new, len(pictures))


def _pictures(postmortem: Postmortem) -> list[Planned]:
    """The burn-down of every budget that it took from, those it took most from first."""
    incident, budgets = postmortem.incident, postmortem.spent[:_MOST_PICTURES]
    found = []
    for name, spent in zip(documents.picture_names(incident, budgets), budgets, strict=True):
        chart = cost_chart(spent, incident.key)
        if chart is None:
            continue
        drawing = svg(chart)
        planned = effects.upload_picture(
            incident.number,
            f"{name}.png",
            drawing,
            says=f"{chart.headline}. {chart.subject}",
            describes=chart.describes,
            version=fingerprint(drawing),
        )
        found.append(planned)
    return found


def export(
    desk: Desk, number: IncidentNumber, out: Path, now: datetime, *, by: Origin = TERMINAL
) -> Path:
    """Write the document into the folder ``out``, and that it was written into the record.

    What was changed by hand in a file that is there survives. The file appears whole or not at all.
    Pictures and files of the timeline go into a folder beside it.
    """
    again = Origin(by.actor, by.source)
    with desk.work(by, now) as work:
        incident = work.incident(number)
        keep_costs(work, incident)
        fresh = _document(work, number)
    path = out / documents.filename(incident)
    out.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    write_whole(path, documents.merged(before, fresh).encode())
    evidence.write_out(desk, number, out / documents.FILES)
    with desk.work(again, now) as work:
        _log_export(work, number, path.name, documents.hash_in(fresh), "file")
    return path


def _document(work: Work, number: IncidentNumber) -> str:
    postmortem = postmortem_of(work.desk, work.connection, number, work.now)
    return documents.markdown(postmortem, templates_of(work.desk))


def _log_export(work: Work, number: IncidentNumber, name: str, version: str, where: str) -> bool:
    """True the first time this version goes there."""
    body = {"name": name, "content_hash": version, "to": where}
    key = f"postmortem/{where}/{version}"
    return work.log(number, Kind.POSTMORTEM_EXPORTED, body, source_key=key) is not None


def _started(work: Work, incident: Incident) -> Draft:
    """What people wrote so far; begun now if nobody has, and owned by who asks."""
    number, owner = incident.number, work.by.actor
    if postmortems.start(work.connection, number, owner, work.now):
        work.log(number, Kind.POSTMORTEM_STARTED, {"owner": owner})
    draft = postmortems.get(work.connection, number)
    if draft is None:
        raise LookupError(f"The postmortem of {incident.key} vanished inside a transaction.")
    return draft
