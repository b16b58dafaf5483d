"""A postmortem as one Markdown document that any CommonMark viewer shows, and that diffs well.

The document depends on the record and on nothing else: no time of generation, every list in a fixed
order. Its front matter has a hash of the rest. What people wrote stands between markers; what
somebody changes there by hand in a file survives the next export (`merged`).
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

from incidents.model import keytimes
from incidents.model import postmortem as learned
from incidents.model.evidence import KINDS, TEXT, kept_of, withdrawn
from incidents.model.evidence import filename as kept_as
from incidents.model.fields import Field, FieldType
from incidents.model.followups import ActionItem
from incidents.model.incident import Incident
from incidents.model.objective import percent
from incidents.model.people import Person
from incidents.model.postmortem import SECTIONS, Held, Phase, Postmortem, Spent, fingerprint
from incidents.model.roles import parse_role
from incidents.model.severity import MEANINGS, Severity
from incidents.model.text import UserText, shorten
from incidents.model.text import markdown as escaped
from incidents.model.timeline import Entry, superseded
from incidents.render.frontmatter import front_matter
from incidents.render.jinja import prose, table, write
from incidents.render.pictures import budget_chart, gantt
from incidents.render.timeline import badge, say
from incidents.render.tongue import Tongue, in_markdown, span

TEMPLATE = "postmortem.md.j2"
FILES = "files"
"""The folder beside a document with what it shows; in the console, the path."""

_CELL_LIMIT = 1000
_NOT_KNOWN = "not known"
_NOTHING_YET = "_Nothing written yet._"

_BREAKS_OUT = re.compile(r"[\s<>|\\`\"&]|[^\x21-\x7e]")

Row = Sequence[str]


def filename(incident: Incident) -> str:
    """``INC-42-checkout-5xx.md``: the same for ever, unless the title changes.

    That of a private incident does not tell its title: names of files get into logs.
    """
    if incident.is_private:
        return f"{incident.key}.md"
    slug = re.sub(r"[^a-z0-9]+", "-", incident.title.raw.lower()).strip("-")[:60].strip("-")
    return f"{incident.key}-{slug}.md" if slug else f"{incident.key}.md"


def picture_names(incident: Incident, budgets: Sequence[Spent]) -> list[str]:
    """What the picture of each budget is called as a file, without its ending.

    Of a private incident the names tell nothing, as that of its document.
    """
    if incident.is_private:
        return [f"{incident.key}-burn-down-{place}" for place, _ in enumerate(budgets, start=1)]
    slugs = (re.sub(r"[^a-z0-9]+", "-", one.slo.lower()).strip("-") for one in budgets)
    return [f"{incident.key}-{slug}-burn-down" for slug in slugs]


def markdown(postmortem: Postmortem, overrides: Path | None = None) -> str:
    """The whole document. The same record gives the same bytes.

    ``overrides`` is the folder with an organisation's own templates.
    """
    body = write(TEMPLATE, values_of(postmortem), overrides)
    body = re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"
    return f"{front_matter(postmortem, content_hash(body))}\n{body}"


def content_hash(body: str) -> str:
    """``sha256:`` and the hash of everything after the front matter."""
    return f"sha256:{hashlib.sha256(body.encode()).hexdigest()}"


def hash_in(document: str) -> str:
    """The hash that a document of ours states in its front matter; empty if it states none."""
    found = re.search(r"^content_hash: (sha256:[0-9a-f]{64})$", document, re.MULTILINE)
    return found.group(1) if found else ""


_REGION = re.compile(
    r"^<!-- warroom:begin (?P<name>[a-z_]+) (?P<print>[0-9a-f]{12}) -->\n"
    r"(?P<text>.*?)\n^<!-- warroom:end (?P=name) -->$",
    re.MULTILINE | re.DOTALL,
)


def merged(existing: str, fresh: str) -> str:
    """``fresh``, with what somebody changed by hand between the markers of ``existing`` kept.

    A marker remembers the fingerprint of what was exported, so a change by hand shows.
    """
    kept = {
        region["name"]: region[0]
        for region in _REGION.finditer(existing)
        if fingerprint(region["text"]) != region["print"]
    }
    return _REGION.sub(lambda region: kept.get(region["name"], region[0]), fresh)


# From the record to the cells and lines of the template, all of them escaped.


def values_of(postmortem: Postmortem) -> dict[str, Any]:
    """What the template is given."""
    incident, tongue = postmortem.incident, _tongue(postmortem.people)
    return {
        "key": incident.key,
        "title": incident.title,
        "is_drill": incident.is_drill,
        "is_over": incident.resolved_at is not None,
        "opening": _opening(postmortem),
        "sections": {one.name: _section(postmortem, one.name, tongue) for one in SECTIONS},
        "titles": {one.name: one.title for one in SECTIONS},
        "impact": [*_impact(postmortem), *_own_fields(postmortem, tongue)],
        "budgets": [_budget(one) for one in postmortem.spent],
        "budget_words": [_budget_words(one) for one in postmortem.spent],
        "budget_charts": [chart for one in postmortem.spent if (chart := budget_chart(one))],
        "gantt": gantt(incident.key, _phases(postmortem), postmortem.entries),
        "phases": [_phase(one) for one in _phases(postmortem)],
        "walks": [_walk(one, tongue) for one in learned.walked(postmortem.entries)],
        "key_times": _key_times(postmortem, tongue),
        "measures": [_measure(one) for one in keytimes.measures(incident)],
        "detected_by": incident.detected_by.replace("_", " "),
        "actions": [_action(index, one, tongue) for index, one in _numbered(postmortem.actions)],
        "participants": _participants(postmortem, tongue),
        "updates": [_update(one, tongue) for one in postmortem.updates],
        "entries": _entries(postmortem, tongue),
        "files": _files(postmortem),
        "pictures": _pictures(postmortem),
        "last_hash": postmortem.entries[-1].hash if postmortem.entries else "",
    }


def _opening(postmortem: Postmortem) -> str:
    """The first sentence, which writes itself."""
    incident = postmortem.incident
    worst = learned.worst_severity(incident, postmortem.entries)
    label = MEANINGS[Severity(worst)].label
    services = _list(f"**{escaped(name)}**" for name in incident.services)
    what = f"A {label} incident of {services}" if services else f"A {label} incident"
    if incident.resolved_at is None:
        return f"{what} that began on {_moment(incident.started_at)} and is {incident.status}."
    lasted = span(incident.resolved_at - incident.started_at)
    words = (
        f"{what} that lasted {lasted}, "
        f"from {_moment(incident.started_at)} to {_moment(incident.resolved_at)}."
    )
    return f"{words} What fixed it: {_cell(incident.fix)}" if incident.fix else words


def _section(postmortem: Postmortem, name: str, tongue: Tongue) -> str:
    """What people wrote, between markers that name it and remember what it was."""
    text = postmortem.section(name)
    content = prose(text) if text else _NOTHING_YET
    if text and name == "factors":
        rows = [_factor(index, one, tongue) for index, one in _numbered(learned.factors(text))]
        content = table(rows, "#", "Factor", "Type", "Evidence")
    begin, end = f"begin {name} {fingerprint(content)}", f"end {name}"
    return f"<!-- warroom:{begin} -->\n\n{content}\n\n<!-- warroom:{end} -->"


def _impact(postmortem: Postmortem) -> list[Row]:
    incident = postmortem.incident
    worst = learned.worst_severity(incident, postmortem.entries)
    rows: list[Row] = [
        ("Services", ", ".join(escaped(name) for name in incident.services) or "not named"),
        ("Highest severity", MEANINGS[Severity(worst)].label),
        ("Started", _moment(incident.started_at)),
        ("Ended", _moment(incident.resolved_at) if incident.resolved_at else "not over"),
    ]
    if incident.resolved_at:
        rows.append(("Lasted", span(incident.resolved_at - incident.started_at)))
    rows += [
        (f"{one.counted}, {escaped(one.slo)}", f"{one.bad:,}".replace(",", " "))
        for one in postmortem.spent
    ]
    if incident.impact:
        rows.append(("Noticed by people", _cell(incident.impact)))
    return rows


def _own_fields(postmortem: Postmortem, tongue: Tongue) -> list[Row]:
    """What this organisation wants to know of every incident, as the configuration calls it."""
    return [
        (escaped(field.label), _field(field, kept, tongue)) for field, kept in postmortem.fields
    ]


def _field(field: Field, kept: str, tongue: Tongue) -> str:
    if field.type is FieldType.URL:
        return tongue.link(kept, escaped(kept))
    return tongue.person(kept) if field.type is FieldType.USER else _cell(UserText(kept))


_SLICES = {"Bad slices": " slices"}  # beside others that count events


def _budget(spent: Spent) -> Row:
    return (
        escaped(spent.slo),
        percent(spent.target, digits=3),
        spent.called,
        _share(spent.before),
        _share(spent.after),
        spent.took,
        f"{spent.bad:,}".replace(",", " ") + _SLICES.get(spent.counted, ""),
    )


def _budget_words(spent: Spent) -> str:
    gone = spent.after is not None and spent.after <= 0
    words = f"This incident used {spent.took} of the {spent.called} budget of {escaped(spent.slo)}."
    return f"{words} Nothing was left of it at the end." if gone else words


def _phases(postmortem: Postmortem) -> tuple[Phase, ...]:
    return learned.phases(postmortem.incident, learned.identified_at(postmortem.entries))


def _phase(phase: Phase) -> Row:
    return (phase.name, _moment(phase.start), _moment(phase.end), span(phase.length))


def _factor(index: int, factor: learned.Factor, tongue: Tongue) -> Row:
    evidence = tongue.link(factor.evidence, "evidence") if factor.evidence else ""
    return (str(index), _cell(factor.text), factor.kind, evidence)


def _walk(walk: learned.Walked, tongue: Tongue) -> dict[str, Any]:
    turns = [
        (
            f"{turn.at:%H:%M}",
            _cell(turn.question),
            _cell(turn.answer),
            f"a check: {_cell(turn.because)}" if turn.because else tongue.person(turn.by),
        )
        for turn in walk.turns
    ]
    return {
        "title": escaped(walk.title),
        "tree": escaped(walk.tree),
        "turns": turns,
        "outcome": _cell(walk.outcome),
    }


def _key_times(postmortem: Postmortem, tongue: Tongue) -> list[Row]:
    told = keytimes.told(postmortem.entries)
    return [
        (
            one.capitalize(),
            _moment(at) if at else _NOT_KNOWN,
            _whose(told.get(one), tongue) if at else "",
        )
        for one, at in keytimes.times(postmortem.incident).items()
    ]


def _whose(told: keytimes.Told | None, tongue: Tongue) -> str:
    if told is None:
        return ""
    return escaped(told.because) if told.because else tongue.person(told.by)


def _measure(measure: keytimes.Measure) -> Row:
    length = _NOT_KNOWN if measure.length is None else span(measure.length)
    return (f"{measure.label} ({measure.code})", length, measure.describes)


def _action(index: int, item: ActionItem, tongue: Tongue) -> Row:
    owner = tongue.person(item.owner) if item.owner else "**nobody**"
    due = f"{item.due_at:%Y-%m-%d}" if item.due_at else "**none**"
    settled = f" {item.settled_at:%Y-%m-%d}" if item.settled_at else ""
    return (str(index), _cell(item.title), owner, due, f"{item.state.value}{settled}")


def _participants(postmortem: Postmortem, tongue: Tongue) -> list[Row]:
    who = learned.participants(postmortem.roles, postmortem.entries)
    return [
        (
            tongue.person(one.person),
            ", ".join(_role_words(role, postmortem.roles, one.person) for role in one.roles)
            or "responder",
            _moment(one.since),
        )
        for one in who
    ]


def _role_words(role: str, roles: Iterable[Held], person: str) -> str:
    """``commander (14:02 to 15:30)``: a role and when it was held."""
    known = parse_role(role)
    spans = [
        f"{one.held_at:%H:%M} to {one.ended_at:%H:%M}"
        if one.ended_at
        else f"from {one.held_at:%H:%M}"
        for one in roles
        if one.role == role and one.person == person and one.held_at
    ]
    return f"{known.title if known else escaped(role)} ({', '.join(spans)})"


def _update(told: learned.Told, tongue: Tongue) -> Row:
    on_time = "late" if told.was_late else "on time"
    return (
        _moment(told.sent_at),
        escaped(told.audience),
        tongue.person(told.sent_by),
        on_time if told.was_due_at else "",
        _cell(told.text),
    )


def _entries(postmortem: Postmortem, tongue: Tongue) -> list[Row]:
    marks = superseded(postmortem.entries)
    return [_entry(one, marks.get(one.seq, ""), tongue) for one in postmortem.entries]


def _files(postmortem: Postmortem) -> list[Row]:
    """What was kept, with a link to the file beside the document."""
    at = {entry.seq: entry.occurred_at for entry in postmortem.entries}
    return [
        (
            str(one.body["of"]),
            _moment(at.get(int(one.body["of"]), one.occurred_at)),
            f"[{escaped(str(one.body['name']))}]({_beside(postmortem, one)})",
            str(one.body["hash"])[:12],
        )
        for one in _shown(postmortem)
    ]


def _pictures(postmortem: Postmortem) -> list[str]:
    return [
        f"![{escaped(str(one.body['name']))}]({_beside(postmortem, one)})"
        for one in _shown(postmortem)
        if KINDS.get(str(one.body["media"]), TEXT).is_picture
    ]


def _shown(postmortem: Postmortem) -> list[Entry]:
    """Of a message that was taken back, the files are kept and not shown."""
    gone = withdrawn(postmortem.entries)
    return [one for one in kept_of(postmortem.entries) if one.seq not in gone]


def _beside(postmortem: Postmortem, entry: Entry) -> str:
    return f"{FILES}/{kept_as(postmortem.incident.key, entry.body)}"


def _entry(entry: Entry, mark: str, tongue: Tongue) -> Row:
    words = _shortened(entry, tongue)
    if mark:
        words = f"{words} **({mark})**"
    late = entry.recorded_at - entry.occurred_at >= timedelta(minutes=1)
    recorded = f" (recorded {entry.recorded_at:%Y-%m-%d %H:%M:%S})" if late else ""
    who = "warroom" if entry.source == "clock" else tongue.person(entry.actor)
    return (
        str(entry.seq),
        f"{entry.occurred_at:%Y-%m-%d %H:%M:%S}{recorded}",
        who,
        f"{badge(entry)}, {escaped(entry.source)}",
        words,
    )


def _shortened(entry: Entry, tongue: Tongue) -> str:
    """The sentence of an entry whose longest words are cut before they are escaped, never after."""
    body = {
        name: shorten(value, _CELL_LIMIT) if isinstance(value, str) else value
        for name, value in entry.body.items()
    }
    cut = Entry(**{**{slot: getattr(entry, slot) for slot in Entry.__slots__}, "body": body})
    return say(cut, tongue)


# Small words.


def _tongue(people: Mapping[str, Person]) -> Tongue:
    """Markdown, with links that no address can break out of."""
    return replace(in_markdown(people), link=_link)


def _link(url: str, shown: str) -> str:
    """``shown`` is escaped already."""
    if not url.lower().startswith(("http://", "https://")):
        return shown
    return f"[{shown}](<{_BREAKS_OUT.sub(_encoded, url)}>)"


def _encoded(hit: re.Match[str]) -> str:
    return "&amp;" if hit[0] == "&" else quote(hit[0], errors="replace")


def _cell(text: UserText) -> str:
    """For one cell of a table: one line, cut before it is escaped."""
    return escaped(shorten(text.raw, _CELL_LIMIT))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _share(share: Fraction | None) -> str:
    return _NOT_KNOWN if share is None else percent(share)


def _list(words: Iterable[str]) -> str:
    parts = list(words)
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def _numbered(things: Iterable[Any]) -> Iterable[tuple[int, Any]]:
    return enumerate(things, start=1)
