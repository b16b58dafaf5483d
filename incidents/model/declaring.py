"""What somebody means by ``checkout 5xx sev2 @checkout``."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from incidents.model.declared_past import When, take_times
from incidents.model.severity import Severity, parse_severity
from incidents.model.text import UserText, clean_line


@dataclass(frozen=True, slots=True)
class Wish:
    """A declaration in words. ``severity`` is None when nobody named one."""

    title: UserText
    severity: Severity | None
    services: tuple[str, ...]
    is_drill: bool
    is_private: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    is_security: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    pages: bool = False  # in a drill, people outside of Slack too


def parse_declaration(
    text: str, known: Callable[[str], str | None], when: When = lambda _: None
) -> Wish:
    """Take severity, ``@service``, ``drill``, ``private`` and times out; the rest is the title.

    ``private`` counts as the last word only, or as ``--private`` and ``private:`` anywhere:
    "private subnet is down" is about a subnet.

    ``known`` gives the name of a service for a name or alias, or None. A service that the title
    names without ``@`` counts too, and stays in the title. ``when`` reads times of the past.
    """
    severity: Severity | None = None
    services: list[str] = []
    title: list[str] = []
    is_drill, is_security, pages = False, False, False
    text, fields = _take_fields(clean_line(text, limit=400).raw)
    times = take_times(text, when)
    words, is_private = _take_private(times.words.split())
    for word in words:
        marked = known(word[1:].lower()) if word.startswith("@") else None
        if severity is None and word.lower().startswith("sev") and parse_severity(word):
            severity = parse_severity(word)
        elif marked is not None:
            services.append(marked)
        elif word.lower() in {"--drill", "drill:"}:
            is_drill = True
        elif word.lower() in {"--security", "security:"}:
            is_security = True
        elif word.lower() == "--page":
            pages = True
        else:
            title.append(word)
    if not services:
        services = [found for word in title if (found := known(word.strip(".,:;!?").lower()))]
    name = " ".join(title) or " ".join(services)
    return Wish(
        title=clean_line(name, limit=200),
        severity=severity,
        services=tuple(dict.fromkeys(services)),
        is_drill=is_drill,
        is_private=is_private or is_security,
        is_security=is_security,
        fields=fields,
        started_at=times.started_at,
        ended_at=times.ended_at,
        pages=pages,
    )


_FIELD = re.compile(r'(?:^|\s)--field[= ]\s*([a-z0-9._-]+)=(?:"([^"]*)"|(\S+))')


def _take_fields(text: str) -> tuple[str, dict[str, str]]:
    """The other words, and each ``--field name=value`` or ``--field name="more words"``."""
    found = {one[1]: one[2] or one[3] or "" for one in _FIELD.finditer(text)}
    return _FIELD.sub(" ", text).strip(), found


def _take_private(words: list[str]) -> tuple[list[str], bool]:
    """The other words, and whether they ask for a private incident."""
    rest = [word for word in words if word.lower() not in {"--private", "private:"}]
    if rest and rest[-1].lower() == "private":
        return rest[:-1], True
    return rest, len(rest) < len(words)
