"""A channel in which people fight an outage already, and that becomes its incident's room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.errors import Refused
from incidents.model.incident import Incident

FACT = "converted"
"""Among an incident's facts: the channel that it was declared in, and that became its room."""
TOPIC_BEFORE = "topic_before"
"""Among an incident's facts: what the topic of that channel was."""
BEFORE = "said_before"
"""Among an incident's facts: what was said there before, how much, since when, and who took it."""
HISTORY = "history"
"""What messages are read for that were said before the channel became a room."""

LOOK_BACK = timedelta(days=1)
MOST_MESSAGES = 200
_SILENCE = timedelta(hours=1)  # between what was talked about before, and this


@dataclass(frozen=True, slots=True)
class Ground:
    """A channel as Slack describes it. ``is_shared`` is with another organisation, now or soon."""

    channel: str
    name: str
    is_private: bool = False
    is_general: bool = False
    is_archived: bool = False
    is_direct: bool = False
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said before: how many messages since ``began``, and how many in all."""

    began: datetime
    since: int
    all: int


def talk_of(moments: Iterable[datetime]) -> Talk | None:
    """The conversation that goes on: it began after the last silence of an hour or more.

    ``moments`` are those of messages, in any order. None if nothing was said.
    """
    told = sorted(moments)
    if not told:
        return None
    first = max(
        (at for at in range(1, len(told)) if told[at] - told[at - 1] >= _SILENCE), default=0
    )
    return Talk(told[first], len(told) - first, len(told))


def is_borrowed(incident: Incident) -> bool:
    """Whether its room was there before it, and stays when it ends."""
    return incident.room is not None and incident.facts.get(FACT) == incident.room


def must_suit(
    ground: Ground, *, is_private: bool, ours: Sequence[str], lives_here: Incident | None
) -> None:
    """Raises `Refused` for a channel that cannot become the room of an incident.

    ``ours`` are the channels, by name or id, that we tell everybody things in; ``lives_here`` is
    the incident whose room the channel is or was.
    """
    refused = (
        _never(ground)
        or _taken(ground, lives_here)
        or _told_in(ground, ours)
        or _open_to_others(ground, is_private=is_private)
    )
    if refused is not None:
        raise refused


def _never(ground: Ground) -> Refused | None:
    if ground.is_direct:
        return Refused(
            "A direct message cannot become a room: nobody else can come in.",
            instead="Declare with new and a title: it gets a room, and you invite who is here.",
        )
    if ground.is_archived:
        return Refused(
            f"#{ground.name} is archived.",
            instead="Bring it back in Slack first, or declare with new and a title.",
        )
    if ground.is_general:
        return Refused(
            f"#{ground.name} is where everybody is: an incident would wake them all.",
            instead="Declare with new and a title: it gets a room of its own.",
        )
    return None


def _taken(ground: Ground, lives_here: Incident | None) -> Refused | None:
    if lives_here is None:
        return None
    if lives_here.is_open:
        return Refused(
            f"#{ground.name} is the room of {lives_here.key} already, and it is open.",
            instead="Work on it here, or declare another one with new and a title.",
        )
    return Refused(
        f"#{ground.name} was the room of {lives_here.key}, which is {lives_here.status}.",
        instead="If it is the same outage: reopen and why. If not, declare with new and a title.",
    )


def _told_in(ground: Ground, ours: Sequence[str]) -> Refused | None:
    if not {ground.name, ground.channel} & {one.removeprefix("#") for one in ours if one}:
        return None
    return Refused(
        f"#{ground.name} is where incidents are announced: it has to stay quiet.",
        instead="Declare with new and a title: it gets a room, and is announced here.",
    )


def _open_to_others(ground: Ground, *, is_private: bool) -> Refused | None:
    if not (is_private or ground.is_private):
        return None
    if ground.is_shared:
        return Refused(
            f"#{ground.name} is shared with another organisation, and this would be private.",
            instead="Declare with new, a title and --private: it gets a private room.",
        )
    if not ground.is_private:
        return Refused(
            f"Everybody can read #{ground.name}, and you want a private incident.",
            instead="Declare with new, a title and --private: it gets a private room.",
        )
    return None
