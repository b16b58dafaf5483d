"""What each page shows, as plain values for its template."""

import re
from datetime import datetime
from typing import Any

from incidents import assets
from incidents.actions.desk import Desk
from incidents.errors import NotFound
from incidents.model import ids
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.roles import Role
from incidents.model.severity import MEANINGS
from incidents.queries.card import card_of
from incidents.queries.postmortem import postmortem_of
from incidents.queries.slo import Budget, all_budgets
from incidents.render import postmortem as document
from incidents.render import timeline as sentences
from incidents.render.tongue import in_plain, names, span
from incidents.store import action_items, incidents, people, roles, timeline, updates

_RECENT = 25
_SHAPES = {"sev1": "▲", "sev2": "◆", "sev3": "■", "sev4": "●"}


def home(desk: Desk, now: datetime) -> dict[str, Any]:
    """What is going on, what was, and how the budgets are."""
    with desk.look() as connection:
        running = incidents.open_ones(connection)
        recent = [one for one in incidents.recent(connection, limit=_RECENT) if not one.is_open]
        known = {str(one.id): one for one in people.everybody(connection)}
        held = {one.number: roles.holder(connection, one.number, "commander") for one in running}
        budgets = all_budgets(desk, connection, now)
        todo = action_items.open_ones(connection)
    name = names(known)
    return {
        "open": [
            {**_row(one, now), "commander": name(hold.person) if hold else ""}
            for one in running
            for hold in [held[one.number]]
        ],
        "recent": [_row(one, now) for one in recent],
        "budgets": [_budget(one) for one in sorted(budgets, key=lambda one: one.remaining)[:8]],
        "actions": len(todo),
        "late": sum(1 for one in todo if one.is_overdue(now)),
    }


def incident(desk: Desk, number: IncidentNumber, now: datetime) -> dict[str, Any]:
    """The card and the record of one incident."""
    with desk.look() as connection:
        card = card_of(desk, connection, number, now)
        if card is None:
            raise NotFound(f"There is no {ids.key(number)}.", instead="See all of them at /.")
        entries = timeline.entries(connection, number)
        known = {str(one.id): one for one in people.everybody(connection)}
    tongue = in_plain(known)
    corrected = {entry.corrects for entry in entries if entry.corrects}
    one = card.incident
    return {
        "one": {**_row(one, now), "impact": one.impact.raw, "fix": one.fix.raw,
                "because": str(one.facts.get("severity_because", "")), "bridge": one.bridge},
        "roles": [
            (role.title.capitalize(), tongue.person(hold.person))
            for role in Role
            if (hold := card.holder(role)) is not None
        ],
        "next_update": one.next_update_at if one.is_open else None,
        "is_late": card.is_update_late,
        "budgets": [_budget(budget) for budget in card.budgets],
        "actions": [
            {"number": item.number, "title": item.title.raw, "owner": tongue.person(item.owner),
             "due": item.due_at, "state": str(item.state), "late": item.is_overdue(now)}
            for item in card.actions
        ],
        "failed": card.failed_steps,
        "entries": [
            {"seq": entry.seq, "at": entry.occurred_at, "who": tongue.person(entry.actor),
             "said": sentences.say(entry, tongue), "gone": entry.seq in corrected,
             "kind": str(entry.kind)}
            for entry in reversed(entries)
        ],
    }  # fmt: skip


def entry_count(desk: Desk, number: IncidentNumber) -> int:
    """How long the record is: what differs when something happened."""
    with desk.look() as connection:
        newest = timeline.latest(connection, number, limit=1)
    return newest[-1].seq if newest else 0


def postmortem(desk: Desk, number: IncidentNumber, now: datetime) -> tuple[str, str]:
    """The file's name and its text."""
    with desk.look() as connection:
        if incidents.get(connection, number) is None:
            raise NotFound(f"There is no {ids.key(number)}.", instead="See all of them at /.")
        value = postmortem_of(desk, connection, number, now)
    return document.filename(value.incident), document.markdown(value, desk.templates)


def slos(desk: Desk, now: datetime) -> dict[str, Any]:
    """Every error budget, the emptiest first."""
    with desk.look() as connection:
        found = all_budgets(desk, connection, now)
    return {"budgets": [_budget(one) for one in sorted(found, key=lambda one: one.remaining)]}


def actions(desk: Desk, now: datetime) -> dict[str, Any]:
    """Everything that was promised and is not done."""
    with desk.look() as connection:
        found = action_items.open_ones(connection)
        known = {str(one.id): one for one in people.everybody(connection)}
    name = names(known)
    rows = [
        {"number": one.number, "incident": ids.key(one.incident), "title": one.title.raw,
         "owner": name(one.owner), "due": one.due_at, "late": one.is_overdue(now)}
        for one in found
    ]  # fmt: skip
    return {"actions": rows}


def status(desk: Desk, now: datetime) -> dict[str, Any]:
    """For customers: only what was written for customers, no names, no internals."""
    with desk.look() as connection:
        shown = []
        for one in incidents.recent(connection, limit=_RECENT):
            said = [u for u in updates.of(connection, one.number) if u.audience == "customers"]
            if said and not one.is_drill:
                shown.append(
                    {"state": str(one.status), "is_open": one.is_open, "since": one.started_at,
                     "until": one.resolved_at,
                     "updates": [(u.sent_at, u.text.raw) for u in reversed(said)]}
                )  # fmt: skip
    return {
        "name": desk.catalog.settings.name,
        "now": now,
        "is_calm": not any(one["is_open"] for one in shown),
        "shown": shown,
    }


def help_index() -> dict[str, Any]:
    """The operators' pages."""
    folder = assets.folder("runbooks") / "operating"
    return {
        "pages": [(path.stem, _title(path.read_text())) for path in sorted(folder.glob("*.md"))]
    }


def help_page(name: str) -> tuple[str, str]:
    """Title and text of one page. Raises `NotFound`."""
    path = assets.folder("runbooks") / "operating" / f"{name}.md"
    if not re.fullmatch(r"[a-z0-9-]{1,40}", name) or not path.is_file():
        raise NotFound("There is no such page.", instead="See all of them at /help.")
    text = path.read_text(encoding="utf-8")
    return _title(text), text


def _title(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ").strip()


def _row(one: Incident, now: datetime) -> dict[str, Any]:
    return {
        "key": one.key,
        "title": one.title.raw,
        "severity": str(one.severity),
        "label": MEANINGS[one.severity].label,
        "shape": _SHAPES[str(one.severity)],
        "status": str(one.status),
        "services": ", ".join(one.services),
        "since": one.started_at,
        "lasted": span(one.lasted(now)),
        "is_open": one.is_open,
        "is_drill": one.is_drill,
    }


def _budget(one: Budget) -> dict[str, Any]:
    left = max(0.0, min(1.0, one.remaining))
    state = "spent" if one.is_exhausted else "low" if left < 0.2 else "fine"  # noqa: PLR2004 (the gate's own line)
    return {
        "slo": one.slo,
        "left": f"{one.remaining:.1%}",
        "width": round(left * 100),
        "state": state,
        "because": one.because,
        "target": f"{float(one.target):.3%}",
        "window": f"{one.window.days} d",
    }
