"""When it began, and perhaps ended, in the words that declare it.

``checkout 5xx at 09:40``, ``--started yesterday 22:10``, ``--ended 23:00``. Whether words are a
time, and which, says the caller's clock (`incidents.model.past`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from incidents.errors import Refused, WarroomError
from incidents.model.past import INSTEAD, Past

When = Callable[[str], Past | None]
"""The time at the beginning of words, and what follows it."""

_AT = re.compile(r"(?:^|\s)(?:at|since)\s+(?=[\dty])", re.IGNORECASE)
_MARKED = re.compile(r"(?:sev-?\d|@\S+|--\S+|private)(?:\s+|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Times:
    """The other words, when it began, and when it was over; None where nobody says so."""

    words: str
    started_at: datetime | None = None
    ended_at: datetime | None = None


def take_times(text: str, when: When) -> Times:
    """The times, and the words without them.

    ``at 09:40`` counts at the end of the title only: "the job at 03:00 fails" is about a job.
    ``--started`` and ``--ended`` count anywhere. ``--retrospective`` without an end is refused, and
    so is an end without a start, or before it.
    """
    words, started = _after("--started", text, when)
    words, ended = _after("--ended", words, when)
    rest = [word for word in words.split() if word.lower() != "--retrospective"]
    is_over = len(rest) < len(words.split())
    words = " ".join(rest)
    if started is None:
        words, started = _at_the_end(words, when)
    if (is_over or ended) and not (started and ended):
        raise Refused(
            "What is over already has a start and an end.",
            instead="Add both: --started 09:40 --ended 10:15",
        )
    return Times(words, started, ended)


def _after(flag: str, text: str, when: When) -> tuple[str, datetime | None]:
    found = re.search(rf"(?:^|\s){flag}(?:=|\s+|$)", text, re.IGNORECASE)
    if found is None:
        return text, None
    past = when(text[found.end() :])
    if past is None:
        raise Refused(f"{flag} needs a time.", instead=INSTEAD)
    return f"{text[: found.start()]} {past.rest}".strip(), past.at


def _at_the_end(text: str, when: When) -> tuple[str, datetime | None]:
    for found in _AT.finditer(text):
        try:
            past = when(text[found.end() :])
        except WarroomError:  # then it is part of the title
            continue
        if past is not None and not _MARKED.sub("", past.rest + " ").strip():
            return f"{text[: found.start()]} {past.rest}".strip(), past.at
    return text, None
