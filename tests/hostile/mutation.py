"""From bytes, which a fuzzer can turn over and over, to values that are nearly right.

Random bytes are hardly ever JSON, so most of them would end at the first parser. Here the bytes are
decisions instead: which example to begin with, where to change it, and into what.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

_One = TypeVar("_One")
_MOST_CHANGES = 4
_LONGEST_TEXT = 60  # bytes of an input that become one text

NASTY: tuple[Any, ...] = (
    "", "\x00", "a\x00b", " ", "x" * 5000, "\U0001f4a9" * 500, "\ud800", "\u202e", None, True,
    False, 0, -1, 2**31, 2**63, 2**70, 10**400, 1e308, -0.5, [], {}, [None], [[]], {"": ""},
    {"id": 5}, {"a\x00": "b\x00", "k" * 5000: "v" * 5000}, "9999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00Z", "2026-11-18T08:59:50Z", "INC-1", "inc-99999999999999999999",
    "INC-1 commander", "INC-1 severity", "{}", "[]", "null", '{"verb":"declare","text":"x"}',
    '{"incident":"INC-1","channel":"C1"}', '{"walk":"\\ud800","step":0,"answer":"a"}', "<!channel>",
    "https://evil.example/x", "9" * 5000, "nan", "sev1", "\u0661\u0662", "\u00b2", "1e5",
    "../../etc",
)  # fmt: skip


class Choices:
    """Reads decisions out of bytes; where they end, every decision is the first one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, below: int) -> int:
        """From 0 to ``below`` - 1."""
        size = 1 if below <= 256 else 2
        taken = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(taken, "big") % max(below, 1)

    def pick(self, choices: Sequence[_One]) -> _One:
        """One of them."""
        return choices[self.number(len(choices))]

    def piece(self, longest: int = _LONGEST_TEXT) -> bytes:
        """Some of the bytes themselves."""
        size = self.number(longest + 1)
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken

    def rest(self) -> bytes:
        """All that was not read yet."""
        return self._data[self._at :]


def varied(examples: Sequence[Any], choices: Choices) -> Any:
    """One of the examples, changed in a few places."""
    value = choices.pick(examples)
    for _ in range(choices.number(_MOST_CHANGES)):
        found = list(places(value))
        if not found:
            return value
        value = with_value(value, choices.pick(found), _other(value, found, choices))
    return value


def _other(value: Any, found: list[tuple[Any, ...]], choices: Choices) -> Any:
    """What is put in the place of something: bad, from elsewhere, or written by the fuzzer."""
    kind = choices.number(4)
    if kind == 0:
        return choices.piece().decode(
            "utf-8", "surrogateescape" if choices.number(2) else "replace"
        )
    if kind == 1:
        return at(value, choices.pick(found))
    if kind == 2:
        return GONE
    return choices.pick(NASTY)


class _Gone:
    """Stands for something that is left out."""


GONE = _Gone()


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands inside of ``value``, at every depth."""
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for name, one in inside:
        yield (*here, name)
        yield from places(one, (*here, name))


def at(value: Any, place: tuple[Any, ...]) -> Any:
    """What stands at ``place``."""
    for step in place:
        value = value[step]
    return value


def with_value(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """A copy of ``value`` with something else at ``place``; with `GONE`, without it."""
    if not place:
        return new
    copied = value.copy()
    if new is GONE and len(place) == 1:
        del copied[place[0]]
    else:
        copied[place[0]] = with_value(value[place[0]], place[1:], new)
    return copied
