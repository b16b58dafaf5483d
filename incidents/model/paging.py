"""By which ways somebody is called: Slack always, and whatever pager their team has.

A pager outside has its own word for the same call, so that what is repeated rings once, and what is
acknowledged on either side is acknowledged on the other.
"""

from dataclasses import dataclass
from enum import StrEnum

from incidents.model.severity import Severity


class WayKind(StrEnum):
    """The pagers we can speak to."""

    SLACK = "slack"
    PAGERDUTY = "pagerduty"
    GOALERT = "goalert"
    WEBHOOK = "webhook"

    @property
    def called(self) -> str:
        """As people call it."""
        return _TITLES[self]


_TITLES = {
    WayKind.SLACK: "Slack",
    WayKind.PAGERDUTY: "PagerDuty",
    WayKind.GOALERT: "GoAlert",
    WayKind.WEBHOOK: "webhook",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A pager, and which of its services: ``target`` names a key in the settings.

    A webhook is told who is meant, and has no target.
    """

    kind: WayKind
    target: str = ""


SLACK = Way(WayKind.SLACK)

URGENCY: dict[Severity, str] = {
    Severity.SEV1: "critical",
    Severity.SEV2: "error",
    Severity.SEV3: "warning",
    Severity.SEV4: "info",
}
"""Our severities in the words of PagerDuty's common event format."""


def outside(ways: tuple[Way, ...]) -> tuple[Way, ...]:
    """The ways that do not lead through Slack, each once."""
    return tuple(dict.fromkeys(way for way in ways if way.kind is not WayKind.SLACK))
