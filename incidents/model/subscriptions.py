"""Who wants to hear of an incident without being in its room, and how much of it.

A subscription is about one incident, or a standing wish about a service, a severity, or both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from incidents.model import ids
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.severity import Severity, parse_severity


class Detail(StrEnum):
    """How much somebody wants to hear."""

    ALL = "all"
    MAJOR = "major"
    RESOLVED = "resolved"
    NONE = "none"  # about one incident: nothing, whatever the standing wishes are


class News(StrEnum):
    """What there is to hear."""

    DECLARED = "declared"
    UPDATE = "update"
    CHANGED = "changed"  # severity or status
    ENDED = "ended"  # resolved, or it was none
    AGAIN = "again"  # open again: whoever heard of the end must hear of this


HEARS: dict[Detail, frozenset[News]] = {
    Detail.ALL: frozenset(News),
    Detail.MAJOR: frozenset({News.DECLARED, News.CHANGED, News.ENDED, News.AGAIN}),
    Detail.RESOLVED: frozenset({News.ENDED, News.AGAIN}),
    Detail.NONE: frozenset(),
}

MEANS: dict[Detail, str] = {
    Detail.ALL: "every update and every change",
    Detail.MAJOR: "changes of status and severity",
    Detail.RESOLVED: "only the end",
    Detail.NONE: "nothing",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a subscription is about: one incident, or every one that fits.

    ``severity`` means that bad or worse, at any time of the incident's life.
    """

    incident: IncidentNumber | None = None
    service: str = ""
    severity: Severity | None = None

    @property
    def name(self) -> str:
        """``INC-42``, ``@checkout sev1``: what people type, and what it is kept under."""
        if self.incident is not None:
            return ids.key(self.incident)
        service = f"@{self.service}" if self.service else ""
        return f"{service} {self.severity or ''}".strip() or "everything"

    def fits(self, incident: Incident, worst: Severity) -> bool:
        """Whether it is about this incident, which was as bad as ``worst`` at its worst."""
        if self.incident is not None:
            return self.incident == incident.number
        if incident.is_drill:
            return False  # who practises does not wake stakeholders
        is_there = not self.service or self.service in incident.services
        return is_there and (self.severity is None or worst.rank <= self.severity.rank)

    @property
    def _closeness(self) -> int:
        """The closer it names the incident, the more it counts."""
        if self.incident is not None:
            return 3
        return 2 if self.service else 1


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody's wish to hear."""

    person: PersonId
    target: Target
    detail: Detail
    since: datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody typed: about what, and how much. ``unknown`` are words that mean nothing."""

    target: Target | None
    detail: Detail
    unknown: tuple[str, ...] = ()


def detail_for(
    wishes: Iterable[Subscription], incident: Incident, worst: Severity
) -> Detail | None:
    """How much one person wants to hear of ``incident``; None if they never asked.

    What names the incident counts before what names its service, and that before the rest; of
    equally close wishes the most curious counts.
    """
    fitting = [one for one in wishes if one.target.fits(incident, worst)]
    if not fitting:
        return None
    order = list(Detail)
    best = min(fitting, key=lambda one: (-one.target._closeness, order.index(one.detail)))  # noqa: SLF001 (our own, in this module)
    return best.detail


def parse_wish(words: str) -> Wish:
    """``INC-42 major``, ``@checkout sev1``, ``sev2 resolved``, ``all``."""
    target, unknown, detail = Target(), [], Detail.ALL
    incident, service, severity = target.incident, target.service, target.severity
    for word in words.lower().split():
        if word in {one.value for one in Detail if one is not Detail.NONE}:
            detail = Detail(word)
        elif word.startswith("@"):
            service = word.removeprefix("@")
        elif word.startswith("sev") and parse_severity(word):
            severity = parse_severity(word)
        elif word.startswith("inc") and ids.parse_key(word) is not None:
            incident = ids.parse_key(word)
        else:
            unknown.append(word)
    if incident is not None:
        return Wish(Target(incident), detail, tuple(unknown))
    named = Target(None, service, severity)
    return Wish(named if service or severity else None, detail, tuple(unknown))
