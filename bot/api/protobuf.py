"""Prometheus' remote write 1.0, read from its bytes: series, their labels, their samples.

Three messages and five fields of them; what else a sender adds is passed over, as protobuf asks
(https://prometheus.io/docs/specs/prw/remote_write_spec/, https://protobuf.dev/programming-guides/encoding/).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MORE = 0x80  # in a byte of a varint: another one follows
_SERIES, _LABELS, _SAMPLES, _NAME, _TEXT, _VALUE, _TIME = 1, 1, 2, 1, 2, 1, 2  # fields
_SIZES = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10  # bytes
_DOUBLE = struct.Struct("<d")

_Field = tuple[int, int | bytes]


class Malformed(ValueError):
    """These bytes are not what they should be."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series: ``samples`` are milliseconds since 1970, and a value."""

    labels: tuple[tuple[str, str], ...]
    samples: tuple[tuple[int, float], ...]


def read_series(body: bytes) -> Iterator[Series]:
    """Each series of a ``prometheus.WriteRequest``. Raises `Malformed`."""
    for number, held in _fields(body):
        if number == _SERIES:
            yield _series(_message(held))


def _series(body: bytes) -> Series:
    labels: list[tuple[str, str]] = []
    samples: list[tuple[int, float]] = []
    for number, held in _fields(body):
        if number == _LABELS:
            labels.append(_label(_message(held)))
        elif number == _SAMPLES:
            samples.append(_sample(_message(held)))
    return Series(tuple(labels), tuple(samples))


def _label(body: bytes) -> tuple[str, str]:
    found = {_NAME: "", _TEXT: ""}
    for number, held in _fields(body):
        if number in found:
            try:
                found[number] = _message(held).decode()
            except UnicodeDecodeError:
                raise Malformed("a label is not UTF-8") from None
    return found[_NAME], found[_TEXT]


def _sample(body: bytes) -> tuple[int, float]:
    value, at = 0.0, 0
    for number, held in _fields(body):
        if number == _VALUE:
            (value,) = _DOUBLE.unpack(_exactly(_message(held), 8))
        elif number == _TIME:
            if isinstance(held, bytes):
                raise Malformed("a time is not a number")
            at = held - (1 << 64) if held >> 63 else held
    return at, value


def _fields(body: bytes) -> Iterator[_Field]:
    place = 0
    while place < len(body):
        key, place = _varint(body, place)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _varint(body, place)
            yield number, value
            continue
        if kind == _BYTES:
            size, place = _varint(body, place)
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            raise Malformed(f"there is no wire type {kind}")
        yield number, _exactly(body[place : place + size], size)
        place += size


def _varint(body: bytes, place: int) -> tuple[int, int]:
    value = 0
    for step, byte in enumerate(body[place : place + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * step
        if byte < _MORE:
            return value & (1 << 64) - 1, place + step + 1
    raise Malformed("a number does not end")


def _message(held: int | bytes) -> bytes:
    if isinstance(held, int):
        raise Malformed("a number where a message should be")
    return held


def _exactly(held: bytes, size: int) -> bytes:
    if len(held) != size:
        raise Malformed("it ends early")
    return held
