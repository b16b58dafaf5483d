"""Words for Slack: people, places, links and moments in Slack's own markup."""

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote as percent_encoded

from incidents.model.ids import PersonId
from incidents.model.text import UserText
from incidents.model.text import mrkdwn as escape

__all__ = [
    "at",
    "bold",
    "channel",
    "clock_time",
    "code",
    "day",
    "escape",
    "link",
    "linked",
    "person",
    "quote",
]


def person(who: str) -> str:
    """A mention, if it is a user id of Slack's; otherwise the name as it is, escaped."""
    is_id = (
        who[:1] in {"U", "W"} and len(who) > 1 and who.isascii() and who.isalnum() and who.isupper()
    )
    return f"<@{who}>" if is_id else f"@{escape(who)}"


def channel(channel_id: str) -> str:
    """A link to a channel."""
    return f"<#{channel_id}>"


def link(url: str, label: str | UserText) -> str:
    """A link, on one line; neither part can break out of it. Only the web is linked to."""
    return linked(url, escape(label))


def linked(url: str, words: str) -> str:
    """Like `link`, for words that are escaped already."""
    label = " ".join(words.replace("|", "/").split())
    if not url.startswith(("https://", "http://")):
        return label
    return f"<{_ENDS_A_LINK.sub(lambda found: percent_encoded(found[0], safe=''), url)}|{label}>"


_ENDS_A_LINK = re.compile(r"[\s<>|\x00-\x1f]")
_ENTITY = re.compile(r"<(?:([@#!])([^<>|]+)|((?:https?|mailto):[^<>|]+))(?:\|([^<>]*))?>")


Naming = Callable[[str, str], str | None]
"""A name for a sign (``@`` person, ``#`` channel, ``!`` group) and an id; None if unknown."""


def typed(text: str, handle: Callable[[str], str | None]) -> str:
    """What somebody typed, from what Slack made of it: ``<@U1|bo>`` is ``@bo`` again.

    ``handle`` gives the handle of a user id.
    """
    return written(text, lambda sign, target: handle(target) if sign == "@" else None)


def written(text: str, name: Naming) -> str:
    """A message as people read it: mentions of people, channels and groups by their names."""

    def plainly(found: re.Match[str]) -> str:
        sign, target, address, label = found.groups()
        if sign == "@":
            return f"@{name(sign, target) or label or target}"
        if sign == "#":
            return f"#{label or name(sign, target) or target}"
        if sign == "!":
            return _called(target, label, name)
        return f"{label} ({address})" if label and label not in address else str(address)

    plain_text = _ENTITY.sub(plainly, text)
    return plain_text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _called(target: str, label: str | None, name: Naming) -> str:
    """A group, everybody at once, or a date."""
    kind, _, group = target.partition("^")
    if kind == "subteam" and group:
        return f"@{(name('!', group) or label or group).removeprefix('@')}"
    return label or f"@{kind}"


def unnamed(text: str) -> frozenset[tuple[str, str]]:
    """The channels and groups that a message mentions by their ids alone, with their signs."""
    found = [hit.groups() for hit in _ENTITY.finditer(text)]
    channels = {("#", target) for sign, target, _, label in found if sign == "#" and not label}
    groups = {
        ("!", target.removeprefix("subteam^"))
        for sign, target, _, _ in found
        if sign == "!" and target.startswith("subteam^")
    }
    return frozenset(channels | groups)


def bold(text: str) -> str:
    """Bold; ``text`` is escaped already."""
    return f"*{text}*"


def code(text: str | UserText) -> str:
    """Fixed width. A back quote inside becomes an apostrophe."""
    return f"`{escape(text).replace('`', chr(39))}`"


def quote(text: str | UserText) -> str:
    """A quotation, line by line."""
    return "\n".join(f">{line}" for line in escape(text).splitlines()) or ">"


def at(moment: datetime) -> str:
    """Day and time in each reader's own zone; UTC where dates are not rendered."""
    fallback = f"{moment:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def clock_time(moment: datetime) -> str:
    """Time of day in each reader's own zone."""
    return f"<!date^{int(moment.timestamp())}^{{time}}|{moment:%H:%M} UTC>"


def day(moment: datetime) -> str:
    """The day in each reader's own zone."""
    return f"<!date^{int(moment.timestamp())}^{{date_short}}|{moment:%Y-%m-%d}>"


def people(ids: tuple[PersonId, ...]) -> str:
    """Several mentions in a row."""
    return ", ".join(person(one) for one in ids) or "nobody"
