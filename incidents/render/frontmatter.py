"""The front matter of an exported document: YAML for machines.

A viewer that knows no front matter takes it for Markdown, so it is harmless there as well.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from incidents.model.incident import Incident
from incidents.model.keytimes import measures
from incidents.model.postmortem import Postmortem, Spent
from incidents.model.text import UserText, plain
from incidents.render.tongue import names

SCHEMA = "warroom.postmortem/1"


def front_matter(postmortem: Postmortem, body_hash: str) -> str:
    """Everything a machine may want to know, and the hash of what follows."""
    incident = postmortem.incident
    lengths = {one.code.lower(): one.length for one in measures(incident)}
    name = names(postmortem.people)
    commander = postmortem.commander
    lines = [
        "---",
        f"schema: {SCHEMA}",
        f"incident: {incident.key}",
        f"title: {_yaml(incident.title)}",
        f"severity: {incident.severity.value}",
        f"status: {postmortem.state}",
        f"drill: {json.dumps(incident.is_drill)}",
        f"services: [{', '.join(_yaml(one) for one in incident.services)}]",
        f"owner: {_yaml(name(postmortem.owner)) if postmortem.owner else 'null'}",
        f"commander: {_yaml(name(commander)) if commander else 'null'}",
        f"detected_by: {_yaml(incident.detected_by)}",
        *(f"{label}: {_stamp(at)}" for label, at in _instants(incident)),
        *(f"{code}: {_period(length)}" for code, length in lengths.items()),
        *_slo_lines(postmortem.spent),
        f"record_entries: {len(postmortem.entries)}",
        f"content_hash: {body_hash}",
        "",  # without this line, a viewer that knows no front matter would show a huge heading
        "---",
    ]
    return "\n".join(lines) + "\n"


def _instants(incident: Incident) -> tuple[tuple[str, datetime | None], ...]:
    return (
        ("started_at", incident.started_at),
        ("detected_at", incident.detected_at),
        ("acknowledged_at", incident.acknowledged_at),
        ("mitigated_at", incident.mitigated_at),
        ("resolved_at", incident.resolved_at),
    )


def _slo_lines(spent: Sequence[Spent]) -> list[str]:
    if not spent:
        return ["slos: []"]
    return ["slos:"] + [
        f"  - {{id: {_yaml(one.slo)}, objective: {float(one.target):g}, "
        f"window_days: {one.window / timedelta(days=1):g}, budget_before: {_number(one.before)}, "
        f"budget_after: {_number(one.after)}, consumed: {_number(one.spent)}}}"
        for one in spent
    ]


_MEANS_SOMETHING = re.compile(
    r"[`*\[\]<>&~!|@\\\"\x7f-\x9f\u2028\u2029\ufffe\uffff]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.",
    re.IGNORECASE,
)


def _yaml(text: UserText | str) -> str:
    r"""A double-quoted YAML scalar in which nothing is Markdown: ``*`` is written ``\u002a``."""
    raw = " ".join(plain(text).split())
    return '"' + _MEANS_SOMETHING.sub(lambda hit: f"\\u{ord(hit[0]):04x}", raw) + '"'


def _stamp(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else "null"


def _period(length: timedelta | None) -> str:
    """ISO 8601: ``PT58M``, ``PT1H30S``, ``PT0S``."""
    if length is None:
        return "null"
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    return "PT" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0S")


def _number(share: Fraction | None) -> str:
    return "null" if share is None else f"{float(share):.4f}"
