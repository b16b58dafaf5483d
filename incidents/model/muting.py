"""What becomes of an alert in a window that mutes it, and of one that outlasts the window."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from incidents.model.burn import Loudness
from incidents.model.episode import Alarm, Step
from incidents.model.objective import SLOName
from incidents.model.spans import Span
from incidents.model.windows import WindowId
from incidents.model.workdays import say_moment

_LOUD = frozenset({Step.OPEN, Step.LOUDER, Step.WORSE, Step.ANEW})


class Hush(StrEnum):
    """What is to be written about it."""

    NOTHING = "nothing"
    BEGINS = "begins"  # an alert is kept quiet: told once in words
    GIVEN = "alert"  # the window is over and it burns: the alert is given now
    CALM = "calm"  # the window is over, and so is the burn


@dataclass(frozen=True, slots=True)
class Suppression:
    """An alert of ``slo`` that a window kept quiet from ``opened_at`` on."""

    id: str
    slo: SLOName
    window: WindowId
    title: str
    span: Span
    loudness: Loudness
    because: str
    opened_at: datetime
    closed_at: datetime | None = None
    became: str = "muted"


def hushed(
    alarm: Alarm, step: Step, before: Suppression | None, *, is_muted: bool, zone: ZoneInfo
) -> tuple[Alarm, Step, Hush]:
    """What is done instead, inside a window or after it; ``before`` is what was kept quiet so far.

    Meanwhile an episode may end, but none begins or grows louder, and no notice is given: those
    that are due are given once the window is over.
    """
    is_wanted = step in _LOUD or bool(alarm.crossed)
    if is_muted:
        hush = Hush.BEGINS if is_wanted and before is None else Hush.NOTHING
        return replace(alarm, crossed=()), Step.NOTHING if step in _LOUD else step, hush
    if before is None:
        return alarm, step, Hush.NOTHING
    if not is_wanted:
        return alarm, step, Hush.CALM
    until = say_moment(before.span.end, zone)
    because = f"{alarm.because}; “{before.title}” ({before.window}) kept it quiet until {until}"
    return replace(alarm, because=because), step, Hush.GIVEN
