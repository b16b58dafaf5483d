"""What a rotation's file said, as a document that is kept: past answers do not change with files.

A definition holds everything that decides who is on call but what a feed planned and what was
changed in Slack: those have histories of their own.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from incidents.model.oncall import (
    Coverage,
    Feed,
    FeedKind,
    Handle,
    Override,
    Rotation,
    RotationName,
)

Definition = Mapping[str, Any]
GONE: Definition = {}
"""What is kept of a rotation that the files do not name any more."""


def definition_of(rotation: Rotation) -> Definition:
    """Everything about it as JSON values; the same for equal rotations."""
    covers = rotation.coverage
    return {
        "people": list(rotation.people),
        "start": rotation.start.isoformat(),
        "zone": rotation.zone.key,
        "days": rotation.days,
        "hand_over": rotation.hand_over.isoformat(),
        "hours": [covers.start.isoformat(), covers.end.isoformat()],
        "weekdays": sorted(covers.days),
        "until": rotation.until.isoformat() if rotation.until else None,
        "overrides": [
            [one.start.isoformat(), one.end.isoformat(), one.person, one.because]
            for one in rotation.overrides
        ],
        "layers": [{**definition_of(one), "name": one.name} for one in rotation.layers],
        "feed": rotation.feed.kind.value if rotation.feed else None,
    }


def rotation_of(name: str, said: Definition) -> Rotation:
    """The rotation that was defined so. Of a feed only its kind is known."""
    start, end = (time.fromisoformat(one) for one in said["hours"])
    return Rotation(
        name=RotationName(name),
        people=tuple(map(Handle, said["people"])),
        start=date.fromisoformat(said["start"]),
        zone=ZoneInfo(said["zone"]),
        days=said["days"],
        hand_over=time.fromisoformat(said["hand_over"]),
        coverage=Coverage(start, end, frozenset(said["weekdays"])),
        until=date.fromisoformat(said["until"]) if said["until"] else None,
        overrides=tuple(
            Override(datetime.fromisoformat(begin), datetime.fromisoformat(end_), who, because)
            for begin, end_, who, because in said["overrides"]
        ),
        layers=tuple(rotation_of(one["name"], one) for one in said["layers"]),
        feed=Feed(FeedKind(said["feed"])) if said["feed"] else None,
    )


def in_force(generations: Sequence[tuple[datetime, Definition]], at: datetime) -> Definition | None:
    """What the files said at that time; of a time before the first record, what they said first."""
    known = [said for since, said in generations if since <= at]
    if known:
        return known[-1]
    return generations[0][1] if generations else None
