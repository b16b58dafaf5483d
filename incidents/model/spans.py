"""Spans in plain words: ``until friday 9:00``, ``from monday to wednesday``, ``for 4h``.

Where a day is named without a time, a span begins with that day and ends with it, on the clock of
whoever speaks.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from incidents.errors import Refused
from incidents.model.dates import read_edge

_KEYWORDS = re.compile(
    r"(?:^|\s+)(for|from|until|till|til|to|on|take|taking|because)\s+", re.IGNORECASE
)
_LENGTH = re.compile(r"(?:the next )?(?:\d|an?\s|one\s|two\s|three\s)", re.IGNORECASE)
_ENDS = frozenset({"until", "till", "til", "to"})

INSTEAD = "Say until when: until friday 9:00, on saturday, from monday to wednesday, for 4h."


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` until ``end`` (exclusive), in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Phrases:
    """What somebody typed, in its parts; each may be empty.

    ``who`` comes first, ``target`` is what it is for, ``take`` the span that is taken in return.
    """

    who: str = ""
    target: str = ""
    start: str = ""
    end: str = ""
    day: str = ""
    length: str = ""
    take: str = ""
    because: str = ""

    @property
    def has_span(self) -> bool:
        """Whether they said when."""
        return bool(self.start or self.end or self.day or self.length)


def parts(text: str) -> Phrases:
    """``@bo for payments until friday 9:00 because dentist`` in its parts."""
    found = dict.fromkeys(Phrases.__slots__, "")
    pieces = _KEYWORDS.split(" ".join(text.split()))
    who, _, rest = pieces[0].strip().partition(" ")
    found["who"], found["day"] = who, rest.strip()
    for number in range(1, len(pieces), 2):
        keyword, words = pieces[number].lower(), pieces[number + 1].strip(" ,")
        if keyword == "because":
            found["because"] = " ".join((words, *pieces[number + 2 :]))
            break
        found[_place(keyword, words)] = words
    return Phrases(**found)


def _place(keyword: str, words: str) -> str:
    if keyword == "for":
        return "length" if _LENGTH.match(words) else "target"
    if keyword in _ENDS:
        return "end"
    return {"from": "start", "on": "day"}.get(keyword, "take")


def span(phrases: Phrases, now: datetime, zone: ZoneInfo) -> Span:
    """When that is. Raises `Unclear`, and `Refused` for what is over, or says no end."""
    if phrases.day and not phrases.start:
        return _checked(_whole(phrases.day, now, zone), now)
    start = now
    if phrases.start and phrases.start.lower() != "now":
        start = read_edge(phrases.start, now, zone, at_end=False)
    if phrases.length:
        end = read_edge(phrases.length, start, zone, at_end=False)
    elif phrases.end:
        end = read_edge(phrases.end, max(start, now), zone, at_end=True)
    elif phrases.start:
        end = read_edge(phrases.start, now, zone, at_end=True)
    else:
        raise Refused("That says no end.", instead=INSTEAD)
    return _checked(Span(start, end), now)


def day_of(phrase: str, now: datetime, zone: ZoneInfo) -> Span:
    """The whole of the day that is named. Raises what `span` raises."""
    return _checked(_whole(phrase, now, zone), now)


def _whole(phrase: str, now: datetime, zone: ZoneInfo) -> Span:
    start = read_edge(phrase, now, zone, at_end=False)
    return Span(start, read_edge(phrase, now, zone, at_end=True))


def _checked(found: Span, now: datetime) -> Span:
    if found.end <= max(found.start, now):
        over = found.end <= now
        why = "That is over already." if over else "That ends before it begins."
        raise Refused(why, instead=INSTEAD)
    return Span(max(found.start, now), found.end)
