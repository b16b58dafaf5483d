"""Cells as text: columns of the narrowest whole numbers that hold them, compressed, in base64.

Some bytes for each cell, where a row of a table takes a hundred. A backup holds it as it is.
"""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np

from incidents.model.cells import Cells
from incidents.model.objective import SLOName
from incidents.model.ring import Int64s

_FAST = 1
_WIDTHS = (np.dtype("<i1"), np.dtype("<i2"), np.dtype("<i4"), np.dtype("<i8"))
_BY_SIZE = {width.itemsize: width for width in _WIDTHS}


class _Packed(msgspec.Struct, array_like=True):
    names: bytes
    first: int  # what the numbers of the buckets are counted from
    size: int
    which: bytes
    numbers: bytes
    good: bytes
    bad: bytes


def pack(cells: Cells) -> str:
    """The text of some cells. What was taken back is negative, and keeps its sign."""
    first = int(cells.numbers.min()) if len(cells) else 0
    packed = _Packed(
        names=_names(cells.names),
        first=first,
        size=len(cells),
        which=_narrow(cells.which),
        numbers=_narrow(cells.numbers - first),
        good=_narrow(cells.amounts[0]),
        bad=_narrow(cells.amounts[1]),
    )
    return b64encode(msgspec.msgpack.encode(packed)).decode("ascii")


def unpack(text: str) -> Cells:
    """The inverse of `pack`."""
    packed = msgspec.msgpack.decode(b64decode(text), type=_Packed)
    return Cells(
        _named(packed.names),
        _wide(packed.which, packed.size),
        _wide(packed.numbers, packed.size) + packed.first,
        np.stack([_wide(packed.good, packed.size), _wide(packed.bad, packed.size)]),
    )


@lru_cache(maxsize=32)
def _names(names: Sequence[SLOName]) -> bytes:
    """A source reports the same SLOs again and again, so what they come to is kept at hand."""
    return zlib.compress(msgspec.msgpack.encode(names), _FAST)


@lru_cache(maxsize=32)
def _named(packed: bytes) -> tuple[SLOName, ...]:
    names = msgspec.msgpack.decode(zlib.decompress(packed), type=tuple[str, ...])
    return tuple(SLOName(name) for name in names)


def _narrow(numbers: Int64s) -> bytes:
    lowest, highest = (int(numbers.min()), int(numbers.max())) if numbers.size else (0, 0)
    width = next(
        one for one in _WIDTHS if np.iinfo(one).min <= lowest and highest <= np.iinfo(one).max
    )
    return zlib.compress(numbers.astype(width).tobytes(), _FAST)


def _wide(packed: bytes, size: int) -> Int64s:
    held = zlib.decompress(packed)
    width = _BY_SIZE[len(held) // size] if size else _WIDTHS[0]
    return np.frombuffer(held, dtype=width).astype(np.int64)
