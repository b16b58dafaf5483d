"""The offline kit as Markdown files that read well as the plain text they are.

Whoever opens it at three in the morning has no warroom and no Slack: names, numbers and what to do
stand first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from incidents.model import ids
from incidents.model.followups import ActionItem
from incidents.model.incident import Incident
from incidents.model.oncall import Handle, Rotation, Shift
from incidents.model.services import Link, Service, Team
from incidents.model.severity import MEANINGS
from incidents.model.text import readable_markdown as words
from incidents.model.timeline import Entry
from incidents.model.triage import Tree
from incidents.model.workdays import say_moment
from incidents.render import timeline as sentences
from incidents.render import tree as trees
from incidents.render.tongue import Tongue

INDEX = "README.md"
_NOTHING = "Nothing."


@dataclass(frozen=True, slots=True)
class Sheet:
    """A team, the shifts of its rotations from now on, and its people, the lead first."""

    team: Team
    rotations: tuple[tuple[Rotation, tuple[Shift, ...]], ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """An open incident: who commands it, the last update, and the end of its record."""

    incident: Incident
    commander: str
    update: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Kit:
    """All of it, as of ``made_at``.

    ``contacts`` is how to reach whom the configuration names, ``name`` what somebody is called whom
    Slack knows by an id.
    """

    organisation: str
    made_at: datetime
    sheets: tuple[Sheet, ...]
    services: tuple[Service, ...]
    trees: tuple[Tree, ...]
    running: tuple[Running, ...]
    actions: tuple[ActionItem, ...]
    contacts: Mapping[Handle, str]
    name: Callable[[str], str]


def files_of(kit: Kit) -> dict[str, str]:
    """Path in the kit, and content."""
    return {
        INDEX: _index(kit),
        "on-call.md": _page("On call", *(_sheet(kit, one) for one in kit.sheets)),
        "services.md": _page("Services", *(_service(kit, one) for one in kit.services)),
        "open-incidents.md": _page("Open incidents", *(_running(kit, one) for one in kit.running)),
        "action-items.md": _page("Open action items", _lines([_item(kit, i) for i in kit.actions])),
        **{f"trees/{one.id}.md": trees.markdown(one) for one in kit.trees},
    }


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", *(parts or (_NOTHING,)))) + "\n"


def _lines(lines: list[str]) -> str:
    return "\n".join(lines) or _NOTHING


def _index(kit: Kit) -> str:
    now = [
        f"- {words(sheet.team.title or sheet.team.name)}: {_on_now(kit, sheet)}"
        for sheet in kit.sheets
    ]
    running = [f"- {_headline(one.incident)}" for one in kit.running]
    walks = [f"- [{words(one.title)}](trees/{one.id}.md)" for one in kit.trees]
    return _page(
        f"{words(kit.organisation or 'warroom')}: working without warroom",
        f"As of {_utc(kit.made_at)}. Anything may have changed since then. Private incidents are "
        "not in here: ask the security team.",
        f"## On call now\n\n{_lines(now)}\n\nThe next two weeks: [on-call.md](on-call.md)",
        f"## Open incidents\n\n{_lines(running)}\n\nTheir records: "
        "[open-incidents.md](open-incidents.md)",
        "## What to do\n\n- [How to run an incident by hand](by-hand.md)\n"
        "- [Services, their owners and runbooks](services.md)\n"
        "- [Open action items](action-items.md)\n- [Runbooks](runbooks/)",
        f"## Decision trees\n\n{_lines(walks)}",
    )


def _on_now(kit: Kit, sheet: Sheet) -> str:
    """Whoever is on call in each rotation, or else who leads the team."""
    now = [each for _, shifts in sheet.rotations for one in shifts[:1] for each in one.people]
    if now:
        return "; ".join(words(kit.contacts[one]) for one in dict.fromkeys(now))
    return f"nobody. {words(sheet.people[0])}" if sheet.people else "nobody"


def _sheet(kit: Kit, sheet: Sheet) -> str:
    team, zone = sheet.team, ZoneInfo(sheet.team.zone)
    parts = [f"## {words(team.title or team.name)}"]
    for rotation, shifts in sheet.rotations:
        rows = [
            f"- {say_moment(one.start, zone)} to {say_moment(one.end, zone)}: "
            f"{words('; '.join(kit.contacts[each] for each in one.people))}"
            for one in shifts
            if one.person
        ]
        rows += ["- Nobody at all other times."] if any(not one.person for one in shifts) else []
        parts.append(f"### Rotation {words(rotation.name)}\n\n{_lines(rows)}")
    everybody = [f"- {words(one)}" for one in sheet.people]
    parts.append(f"### Everybody, the lead first\n\n{_lines(everybody)}")
    return "\n\n".join(parts)


def _service(kit: Kit, service: Service) -> str:
    sheet = next((one for one in kit.sheets if one.team.name == service.team), None)
    owner = words(sheet.team.title or sheet.team.name) if sheet else "nobody"
    lines = [f"- Tier {service.tier}, owned by {owner}"]
    if sheet is not None:
        lines.append(f"- On call now: {_on_now(kit, sheet)}")
    if service.description:
        lines.append(f"- {words(service.description)}")
    needs = [f"{one.on} ({one.strength})" for one in service.depends_on]
    lines += [f"- Needs {words(', '.join(needs))}"] if needs else []
    lines += [_link("Runbook", one) for one in service.runbooks]
    lines += [_link("Dashboard", one) for one in service.dashboards]
    title = f" ({service.title})" if service.title and service.title != service.name else ""
    return f"## {words(f'{service.name}{title}')}\n\n{_lines(lines)}"


def _link(what: str, link: Link) -> str:
    return f"- {what} {words(link.name)}: {words(link.url)}"


def _headline(incident: Incident) -> str:
    drill = "drill, " if incident.is_drill else ""
    label = MEANINGS[incident.severity].label
    return f"{incident.key} {words(incident.title)} ({drill}{label}, {incident.status})"


def _running(kit: Kit, running: Running) -> str:
    one = running.incident
    lines = [
        f"- Since {_utc(one.started_at)}",
        f"- Commander: {words(running.commander) if running.commander else 'nobody'}",
        f"- Services: {words(', '.join(one.services)) or 'not named'}",
    ]
    lines += [f"- Impact: {words(one.impact)}"] if one.impact else []
    lines += [f"- Call: {words(one.bridge)}"] if one.bridge else []
    lines += [f"- Room: #{words(one.room_name)}"] if one.room_name else []
    lines += [f"- Last update: {words(running.update)}"] if running.update else []
    if one.next_update_at is not None:
        lines.append(f"- The next update is promised for {_utc(one.next_update_at)}")
    tongue = _tongue(kit)
    record = [
        f"- {_utc(entry.occurred_at)}, {tongue.person(entry.actor)}: "
        f"{' '.join(sentences.say(entry, tongue).split())}"
        for entry in running.entries
    ]
    head = f"## {_headline(one)}"
    return "\n\n".join((head, _lines(lines), "### The end of its record", _lines(record)))


def _item(kit: Kit, item: ActionItem) -> str:
    due = f"due {_utc(item.due_at)}" if item.due_at else "without a date"
    key = ids.key(item.incident)
    return f"- {item.number}. {words(item.title)} ({words(kit.name(item.owner))}, {due}, {key})"


def _tongue(kit: Kit) -> Tongue:
    return Tongue(
        words=words,
        person=lambda who: words(kit.name(who)),
        moment=_utc,
        strong=lambda text: text,
        link=lambda url, label: f"{label} ({words(url)})" if url else label,
    )


def _utc(at: datetime) -> str:
    return f"{at:%a %d %b %Y %H:%M} UTC"
