"""How a destination writes the few things that every text is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from incidents.model.people import BOT, Person
from incidents.model.text import markdown, plain

_KEPT_IN_URL = ":/?#[]@!$&'()*+,;=%~"


@dataclass(frozen=True, slots=True)
class Tongue:
    """A destination: how it escapes words, names people, and writes moments and links."""

    words: Callable[[str], str]
    person: Callable[[str], str]
    moment: Callable[[datetime], str]
    strong: Callable[[str], str]
    link: Callable[[str, str], str]


def names(people: Mapping[str, Person]) -> Callable[[str], str]:
    """People by name; somebody unknown by their id."""

    def name(who: str) -> str:
        if who == BOT:
            return "warroom"
        known = people.get(who)
        return known.name if known else who

    return name


def in_markdown(people: Mapping[str, Person]) -> Tongue:
    """For a CommonMark document. Times are UTC, because a document has no reader's zone."""
    name = names(people)
    return Tongue(
        words=markdown,
        person=lambda who: markdown(name(who)),
        moment=lambda at: f"{at:%Y-%m-%d %H:%M} UTC",
        strong=lambda text: f"**{text}**",
        link=_markdown_link,
    )


def _markdown_link(url: str, label: str) -> str:
    """``label`` is escaped already; the address cannot end the link, or the table around it."""
    if not url.startswith(("http://", "https://")):
        return label
    return f"[{label}](<{quote(url, safe=_KEPT_IN_URL)}>)"


def in_plain(people: Mapping[str, Person]) -> Tongue:
    """For a terminal, a plain-text mail, a JSON value."""
    return Tongue(
        words=plain,
        person=names(people),
        moment=lambda at: f"{at:%Y-%m-%d %H:%M} UTC",
        strong=lambda text: text,
        link=lambda url, label: f"{label} ({url})" if url else label,
    )


def span(length: timedelta) -> str:
    """A duration in two units at most: ``2 h 05 min``, ``3 d 4 h``, ``45 s``."""
    seconds = int(length.total_seconds())
    if seconds < 0:
        return f"-{span(-length)}"
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min"
    return f"{seconds} s"
