"""An incident as the rules see it: what is wrong, how bad, since when, and where people meet."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incidents.model import ids
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.lifecycle import Status
from incidents.model.severity import Severity
from incidents.model.text import NOTHING, UserText


@dataclass(frozen=True, slots=True)
class Incident:
    """One outage. Instants are aware UTC; ``facts`` holds what automatic decisions were made from.

    ``open_key`` names the outage while it lasts, so that the same signal finds the same incident.
    ``room`` is Slack's channel id, None until the room exists. ``merged_into`` is the incident that
    this one is a part of, since people or signals showed that they are the same outage.
    """

    number: IncidentNumber
    title: UserText
    severity: Severity
    status: Status
    services: tuple[str, ...]
    source: str
    declared_by: PersonId
    declared_at: datetime
    started_at: datetime
    detected_at: datetime
    detected_by: str
    room_name: str
    version: int
    open_key: str | None = None
    is_drill: bool = False
    is_private: bool = False
    acknowledged_at: datetime | None = None
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    impact: UserText = NOTHING
    fix: UserText = NOTHING
    facts: dict[str, Any] = field(default_factory=dict)
    bridge: str = ""
    room: str | None = None
    card_ts: str | None = None
    announcement_channel: str | None = None
    announcement_ts: str | None = None
    seen_ts: str | None = None
    next_update_at: datetime | None = None
    merged_into: IncidentNumber | None = None

    @property
    def key(self) -> str:
        """``INC-42``."""
        return ids.key(self.number)

    @property
    def is_open(self) -> bool:
        """Whether responders are still at work."""
        return self.status.is_open

    def lasted(self, now: datetime) -> timedelta:
        """From the start of the impact to its end, or to ``now`` while it goes on."""
        return (self.resolved_at or now) - self.started_at


def own_room_name(incident: Incident) -> str:
    """What a room is called that is opened for it."""
    if incident.is_private:
        return ids.private_room_name(incident.number)
    drill = "drill " if incident.is_drill else ""
    return ids.room_name(incident.number, f"{drill}{incident.title.raw}")
