"""How much room is left where we write: the database's file, the spool, the backups.

A full disk loses nothing that was acknowledged, but nothing more can be: so it is said in time.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LEAST = 200 * 1024 * 1024  # bytes
_LEAST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Room:
    """What is left for us, and how much there is at all, in bytes."""

    folder: Path
    free: int
    total: int

    @property
    def is_low(self) -> bool:
        """Time to do something about it."""
        return self.free < max(_LEAST, _LEAST_SHARE * self.total)

    def __str__(self) -> str:
        mebibytes = self.free // 1024**2
        return f"{mebibytes} MiB ({self.free / max(self.total, 1):.0%}) left in {self.folder}"


def tightest(folders: Iterable[Path]) -> Room | None:
    """The one with the least left; None if none of them can be looked at.

    A folder that is not there yet will be made where its nearest parent is.
    """
    rooms = [room for room in map(_room, folders) if room is not None]
    return min(rooms, key=lambda room: room.free, default=None)


def _room(folder: Path) -> Room | None:
    place = folder.resolve()
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        found = os.statvfs(place)
    except OSError:
        return None
    return Room(place, found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)
