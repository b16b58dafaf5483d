"""What somebody should be reminded of, and only while it is true.

Each condition has a moment since when it holds: one nudge for each time that it comes to hold, so
that nobody is asked twice for the same thing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.model.ids import PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status

ALONE = timedelta(minutes=10)  # without a commander, and nobody asked
CALM = timedelta(hours=1)  # monitoring, with no alert firing
UNFILED = timedelta(days=2)  # resolved, and not closed


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules look at. ``status_since`` is when the status last changed."""

    incident: Incident
    now: datetime
    status_since: datetime
    commander: PersonId | None = None
    free_since: datetime | None = None
    is_somebody_asked: bool = False
    firing: int = 0


@dataclass(frozen=True, slots=True)
class Nudge:
    """Something to remind of: a stable code, since when, what to say, and whom to ask."""

    code: str
    since: datetime
    say: str
    to: PersonId | None


def nudges(situation: Situation) -> tuple[Nudge, ...]:
    """Everything that is true now and has been for long enough, the most urgent first."""
    found = (_alone(situation), _calm(situation), _unfiled(situation))
    return tuple(one for one in found if one is not None)


def _alone(now: Situation) -> Nudge | None:
    since = now.free_since or now.incident.declared_at
    if not now.incident.is_open or now.commander or now.is_somebody_asked:
        return None
    if now.now - since < ALONE:
        return None
    return Nudge("no_commander", since, "Nobody commands this, and nobody is being asked.", None)


def _calm(now: Situation) -> Nudge | None:
    is_long = now.now - now.status_since >= CALM
    if now.incident.status is not Status.MONITORING or not is_long or now.firing:
        return None
    say = "This has been monitored for an hour and no alert is firing. Is it over?"
    return Nudge("calm", now.status_since, say, now.commander)


def _unfiled(now: Situation) -> Nudge | None:
    is_long = now.now - now.status_since >= UNFILED
    if now.incident.status is not Status.RESOLVED or not is_long:
        return None
    say = "This was resolved two days ago and is not closed. What is still missing?"
    return Nudge("unfiled", now.status_since, say, now.commander)
