"""Which names lie in which columns of the rings, asked for many names at once."""

from collections.abc import Iterable, Sequence

import numpy as np

from incidents.model.objective import SLOName
from incidents.model.ring import Int64s

_MOST = 64  # lists of names that are remembered; sources report the same ones again and again


class Columns(dict[SLOName, int]):
    """The column of each name. Those that are asked for together are looked up once."""

    def __init__(self, columns: Iterable[tuple[SLOName, int]]) -> None:
        super().__init__(columns)
        self._known: dict[tuple[SLOName, ...], Int64s] = {}

    def of(self, names: Sequence[SLOName]) -> Int64s:
        """The column of each of them; -1 if it has none."""
        key = tuple(names)
        found = self._known.get(key)
        if found is None:
            found = np.fromiter((self.get(name, -1) for name in key), np.int64, len(key))
            found.flags.writeable = False
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = found
        return found
