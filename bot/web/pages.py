"""What each page shows, as plain values for its template.

Nobody signs in to the console, so it shows what everybody may see: nothing of private incidents.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from bot.settings import COMMAND
from bot.web import company
from incidents import assets
from incidents.actions.desk import Desk
from incidents.errors import NotFound
from incidents.model import ids, keytimes
from incidents.model.access import PUBLIC
from incidents.model.evidence import KINDS, TEXT, FileKind, filename, kept_of, withdrawn
from incidents.model.followups import ActionItem
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.objective import percent
from incidents.model.postmortem import Postmortem
from incidents.model.severity import MEANINGS, Severity
from incidents.model.timeline import EVIDENCE, Entry, Kind, superseded
from incidents.queries.card import Card, card_of
from incidents.queries.composites import Composite, composites_of
from incidents.queries.delays import delay_of
from incidents.queries.postmortem import postmortem_of as everything_of
from incidents.queries.slo import Budget, all_budgets
from incidents.render import postmortem as document
from incidents.render import timeline as sentences
from incidents.render.tongue import Tongue, in_plain, names, span
from incidents.store import action_items, files, incidents, people, roles, timeline, updates

_RECENT = 25
_REMEMBERED = timedelta(days=14)  # how far back customers are shown what is over
_LOW = 0.2  # of a budget: where the gate warns too
_SHAPES = {
    Severity.SEV1: "▲",
    Severity.SEV2: "◆",
    Severity.SEV3: "■",
    Severity.SEV4: "●",
}
_WEIGHT = {
    **dict.fromkeys(
        (Kind.DECLARED, Kind.SEVERITY, Kind.STATUS, Kind.RESOLVED, Kind.REOPENED, Kind.CANCELLED),
        "loud",
    ),
    **dict.fromkeys((Kind.STEP_FAILED, Kind.UPDATE_LATE, Kind.SLO_BURN), "alarm"),
    **dict.fromkeys((Kind.JOINED, Kind.LEFT, Kind.ROOM_OPENED, Kind.STEP_RETRIED), "soft"),
    Kind.UPDATE: "update",
}
_FOR_CUSTOMERS = {
    Status.INVESTIGATING: "We are looking into it",
    Status.IDENTIFIED: "We know the cause",
    Status.MONITORING: "Put right, we keep watching",
    Status.RESOLVED: "Over",
    Status.CLOSED: "Over",
    Status.CANCELLED: "Withdrawn",
}


def home(desk: Desk, now: datetime) -> dict[str, Any]:
    """What is going on, what was, and how the budgets are."""
    with desk.look() as connection:
        running = incidents.open_ones(connection, PUBLIC)
        recent = [
            one for one in incidents.recent(connection, PUBLIC, limit=_RECENT) if not one.is_open
        ]
        known = {str(one.id): one for one in people.everybody(connection)}
        held = {one.number: roles.holder(connection, one.number, "commander") for one in running}
        asked = {one.number: roles.offered(connection, one.number, "commander") for one in running}
        budgets = all_budgets(desk, connection, now)
        todo = action_items.open_ones(connection, PUBLIC)
    name = names(known)

    def who(one: Incident) -> dict[str, Any]:
        hold, offer = held[one.number], asked[one.number]
        return {
            "commander": name(hold.person) if hold else "",
            "asked": name(offer.person) if offer else "",
            "next_update": one.next_update_at,
            "is_late": one.next_update_at is not None and one.next_update_at < now,
        }

    return {
        "organisation": desk.catalog.settings.name,
        "open": [{**_row(one, now), **who(one)} for one in running],
        "recent": [_row(one, now) for one in recent],
        "budgets": _emptiest_first(budgets)[:8],
        "more_budgets": max(0, len(budgets) - 8),
        "actions": len(todo),
        "late": sum(1 for one in todo if one.is_overdue(now)),
    }


def incident(
    desk: Desk, number: IncidentNumber, now: datetime, *, everything: bool = False
) -> dict[str, Any]:
    """The card and the record of one incident; what people said only if ``everything`` is."""
    with desk.look() as connection:
        card = card_of(desk, connection, number, now, PUBLIC)
        if card is None:
            raise _unknown(number)
        entries = timeline.entries(connection, number)
        known = {str(one.id): one for one in people.everybody(connection)}
        delay = delay_of(connection, now)
    tongue = replace(in_plain(known), link=_label)
    told = tuple(entry for entry in entries if entry.kind not in EVIDENCE)
    return {
        "one": _facts(card, now),
        "roles": company.roles(card, desk.catalog.settings, tongue),
        "teams": company.teams(card.teams, tongue),
        "others": company.others(card.company),
        "fields": company.fields(card.fields, tongue),
        "update": {"text": card.latest.text.raw, "at": card.latest.sent_at,
                   "who": tongue.person(card.latest.sent_by)} if card.latest else None,
        "next_update": card.incident.next_update_at if card.incident.is_open else None,
        "is_late": card.is_update_late,
        "budgets": [budget_row(budget) for budget in card.budgets],
        "key_times": _key_times(card.incident, entries, tongue),
        "measures": [(one.label, span(one.length)) for one in keytimes.measures(card.incident)
                     if one.length is not None],
        "conflicts": [one.say for one in keytimes.conflicts(card.incident)],
        "actions": [_action(item, tongue.person, now) for item in card.actions],
        "failed": card.failed_steps,
        "delay": delay.in_words() if delay else "",
        "count": entries[-1].seq if entries else 0,
        "days": _days(entries if everything else told, tongue),
        "said": len(entries) - len(told),
        "everything": everything,
    }  # fmt: skip


def _key_times(
    one: Incident, entries: tuple[Entry, ...], tongue: Tongue
) -> list[tuple[str, datetime, str]]:
    """The key times that are known, and whose word each is."""
    told = keytimes.told(entries)

    def whose(which: keytimes.KeyTime) -> str:
        found = told.get(which)
        return (found.because or tongue.person(found.by)) if found else ""

    known = keytimes.times(one).items()
    return [(which.capitalize(), at, whose(which)) for which, at in known if at is not None]


def kept_file(desk: Desk, number: IncidentNumber, name: str) -> tuple[bytes, FileKind]:
    """A file of the record, and what it is. Raises `NotFound`."""
    with desk.look() as connection:
        if incidents.get(connection, number, PUBLIC) is None:
            raise _unknown(number)
        kept = kept_of(timeline.entries(connection, number))
        found = next((e.body for e in kept if filename(ids.key(number), e.body) == name), None)
        content = files.content(connection, str(found["hash"])) if found else None
    if found is None or content is None:
        raise NotFound("There is no such file.", instead=f"See /incidents/{ids.key(number)}.")
    return content, KINDS.get(str(found["media"]), TEXT)


def _file_of(entry: Entry, gone: frozenset[int]) -> dict[str, Any] | None:
    """A kept file beside its entry: a picture is shown, unless its message was taken back."""
    if entry.kind is not Kind.FILE_KEPT:
        return None
    key, kind = ids.key(entry.incident), KINDS.get(str(entry.body["media"]), TEXT)
    return {
        "url": f"/incidents/{key}/files/{filename(key, entry.body)}",
        "name": str(entry.body["name"]),
        "is_picture": kind.is_picture and entry.seq not in gone,
    }


def entry_count(desk: Desk, number: IncidentNumber) -> int:
    """How long the record is: what differs when something happened. 0 without an incident."""
    with desk.look() as connection:
        if incidents.get(connection, number, PUBLIC) is None:
            return 0
        newest = timeline.latest(connection, number, limit=1)
    return newest[-1].seq if newest else 0


def postmortem(desk: Desk, number: IncidentNumber, now: datetime) -> tuple[str, str]:
    """The file's name and its text. Raises `NotFound`."""
    return as_file(desk, postmortem_of(desk, number, now))


def postmortem_of(desk: Desk, number: IncidentNumber, now: datetime) -> Postmortem:
    """All that there is of a postmortem that everybody may see. Raises `NotFound`."""
    with desk.look() as connection:
        if incidents.get(connection, number, PUBLIC) is None:
            raise _unknown(number)
        return everything_of(desk, connection, number, now)


def as_file(desk: Desk, value: Postmortem) -> tuple[str, str]:
    """The document's name as a file, and its text."""
    return document.filename(value.incident), document.markdown(value, desk.templates)


def slos(desk: Desk, now: datetime) -> dict[str, Any]:
    """Every error budget, the emptiest first."""
    with desk.look() as connection:
        found = all_budgets(desk, connection, now)
    together = [_together(one) for one in composites_of(desk, found)]
    return {"budgets": _emptiest_first(found), "composites": together}


def actions(desk: Desk, now: datetime) -> dict[str, Any]:
    """Everything that was promised and is not done, the soonest due first."""
    with desk.look() as connection:
        found = action_items.open_ones(connection, PUBLIC)
        known = {str(one.id): one for one in people.everybody(connection)}
    name = names(known)
    by_date = sorted(found, key=lambda one: (one.due_at is None, one.due_at or one.created_at))
    return {"actions": [_action(one, name, now) for one in by_date]}


def status(desk: Desk, now: datetime) -> dict[str, Any]:
    """For customers: only what was written for customers, no names, no internals.

    What goes on is shown however old it is; what is over, if it began in the last two weeks.
    """
    with desk.look() as connection:
        seen = {
            one.number: one for one in incidents.between(connection, now - _REMEMBERED, now, PUBLIC)
        }
        seen |= {one.number: one for one in incidents.open_ones(connection, PUBLIC)}
        told = {
            number: [u for u in updates.of(connection, number) if u.audience == "customers"]
            for number, one in seen.items()
            if not one.is_drill
        }
    shown = [
        {
            "state": _FOR_CUSTOMERS[seen[number].status],
            "is_open": seen[number].is_open,
            "since": seen[number].started_at,
            "until": seen[number].resolved_at,
            "updates": [(u.sent_at, u.text.raw) for u in reversed(said)],
        }
        for number, said in sorted(told.items(), reverse=True)
        if said
    ]
    return {
        "name": desk.catalog.settings.name,
        "now": now,
        "going_on": [one for one in shown if one["is_open"]],
        "over": [one for one in shown if not one["is_open"]],
    }


def help_index() -> dict[str, Any]:
    """The operators' pages."""
    folder = assets.folder("runbooks") / "operating"
    found = [(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.md"))]
    return {"pages": [(name, _title(text)) for name, text in found]}


def help_page(name: str, command: str) -> tuple[str, str]:
    """Title and text of one page, with ``command`` as people type it. Raises `NotFound`."""
    path = assets.folder("runbooks") / "operating" / f"{name}.md"
    if not re.fullmatch(r"[a-z0-9-]{1,40}", name) or not path.is_file():
        raise NotFound("There is no such page.", instead="See all of them at /help.")
    text = path.read_text(encoding="utf-8").replace(f"`{COMMAND} ", f"`{command} ")
    return _title(text), text


def _unknown(number: IncidentNumber) -> NotFound:
    return NotFound(f"There is no {ids.key(number)}.", instead="All incidents are at /.")


def _title(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ").strip()


def _row(one: Incident, now: datetime) -> dict[str, Any]:
    return {
        "key": one.key,
        "title": one.title.raw,
        "severity": str(one.severity),
        "label": MEANINGS[one.severity].label,
        "shape": _SHAPES[one.severity],
        "status": str(one.status),
        "services": ", ".join(one.services),
        "since": one.started_at,
        "lasted": span(one.lasted(now)),
        "is_open": one.is_open,
        "is_drill": one.is_drill,
    }


def _facts(card: Card, now: datetime) -> dict[str, Any]:
    one = card.incident
    return {
        **_row(one, now),
        "impact": one.impact.raw,
        "fix": one.fix.raw,
        "because": str(one.facts.get("severity_because", "")),
        "bridge": _safe(one.bridge),
        "room": one.room_name,
        "until": one.resolved_at,
    }


def _days(entries: tuple[Entry, ...], tongue: Tongue) -> list[dict[str, Any]]:
    """The record by day, in the order in which things happened, the newest first."""
    marks, gone = superseded(entries), withdrawn(entries)
    days: list[dict[str, Any]] = []
    for entry in sorted(entries, key=lambda one: (one.occurred_at, one.seq), reverse=True):
        day = entry.occurred_at.date()
        if not days or days[-1]["day"] != day:
            days.append({"day": day, "at": entry.occurred_at, "entries": []})
        who, said = tongue.person(entry.actor), sentences.say(entry, tongue)
        days[-1]["entries"].append(
            {"seq": entry.seq, "at": entry.occurred_at, "who": "" if said.startswith(who) else who,
             "said": said, "mark": marks.get(entry.seq, ""),
             "badge": sentences.badge(entry), "file": _file_of(entry, gone),
             "link": _safe(str(entry.body.get("link", ""))),
             "url": _safe(str(entry.body.get("url", ""))),
             "recorded": entry.recorded_at if _is_late(entry) else None,
             "weight": _WEIGHT.get(entry.kind, "usual")}
        )  # fmt: skip
    return days


def _is_late(entry: Entry) -> bool:
    """Whether it was written down so much later that a reader has to know."""
    return entry.recorded_at - entry.occurred_at >= timedelta(minutes=1)


def _label(_: str, label: str) -> str:
    """The page has a link of its own beside the sentence."""
    return "" if label == "message" else label


def _safe(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _action(item: ActionItem, name: Callable[[str], str], now: datetime) -> dict[str, Any]:
    return {
        "number": item.number,
        "incident": ids.key(item.incident),
        "title": item.title.raw,
        "owner": name(item.owner),
        "due": item.due_at,
        "state": str(item.state),
        "late": item.is_overdue(now),
    }


def _emptiest_first(found: tuple[Budget, ...]) -> list[dict[str, Any]]:
    return [budget_row(one) for one in sorted(found, key=lambda one: (one.remaining, one.slo))]


def budget_row(one: Budget) -> dict[str, Any]:
    """One error budget, as all pages show it."""
    left = max(0.0, min(1.0, one.remaining))
    return {
        "slo": one.slo,
        "title": one.title,
        "left": percent(Fraction(one.remaining)),
        "width": round(left * 100, 1),
        "state": _state(one),
        "because": one.because,
        "incident": ids.key(one.incident) if one.incident else "",
    }


def _together(one: Composite) -> dict[str, Any]:
    left = max(0.0, min(1.0, one.remaining))
    state = "spent" if one.consumed >= 1 else "low" if one.remaining < _LOW else "fine"
    return {
        "slo": one.slo,
        "title": one.title,
        "left": percent(Fraction(one.remaining)),
        "width": round(left * 100, 1),
        "state": state if any(member.has_data for member in one.members) else "unknown",
        "because": one.because,
        "incident": "",
    }


def _state(one: Budget) -> str:
    if not one.counts.total:
        return "unknown"
    if one.is_exhausted:
        return "spent"
    return "low" if one.remaining < _LOW else "fine"
