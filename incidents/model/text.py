"""What people typed, and the only ways it may leave.

A `UserText` refuses to become a string by accident: formatting or printing it raises. An escaper
for a destination turns it into text that is inert there: it pings nobody, links nowhere and
breaks no table.
"""

import re
from dataclasses import dataclass
from typing import Never, final

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls except tab and newline
    "\u202a-\u202e\u2066-\u2069"  # bidirectional overrides and isolates
    "\u200b\u2060\ufeff"  # zero-width characters that hide words from a search
    "\ud800-\udfff]"  # lone surrogates, which no database can store
)
_AUDIENCE = re.compile(r"@(?=(?:here|channel|everyone|group))", re.IGNORECASE)
_FORMULA = re.compile(
    r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\x00]"
)  # spreadsheets read the wide ones too
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>&:@])")
_MARKDOWN_INLINE = re.compile(r"([\\`*_\[\]|~<>&])")
_SPACES = re.compile(r"\s+")


@final
@dataclass(frozen=True, slots=True, eq=True)
class UserText:
    """Text from outside: cleaned, and not yet escaped for any destination."""

    raw: str

    def __str__(self) -> Never:
        raise TypeError(
            "UserText has no plain form: choose mrkdwn, markdown, html, csv_cell or plain."
        )

    def __format__(self, spec: str) -> Never:
        raise TypeError(
            "UserText has no plain form: choose mrkdwn, markdown, html, csv_cell or plain."
        )

    def __bool__(self) -> bool:
        return bool(self.raw)


NOTHING = UserText("")


def clean(typed: str, *, limit: int = 12_000) -> UserText:
    """``typed`` without control characters, bidirectional tricks and lone surrogates.

    At most ``limit`` characters; a cut is marked.
    """
    text = _UNSAFE.sub("", typed.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return UserText(shorten(text, limit))


def clean_line(typed: str, *, limit: int = 200) -> UserText:
    """Like `clean`, on one line: every run of white space becomes one space."""
    return UserText(shorten(_SPACES.sub(" ", clean(typed).raw).strip(), limit))


def shorten(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` characters; a cut is marked with an ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


def plain(text: UserText | str) -> str:
    """For destinations that interpret nothing: a plain_text element, a JSON value, a terminal."""
    return text.raw if isinstance(text, UserText) else text


def mrkdwn(text: UserText | str) -> str:
    """For Slack's mrkdwn: nothing in it can mention, link or format.

    Slack asks for ``&``, ``<`` and ``>`` to be escaped; a word joiner keeps ``*_~`` and the back
    quote from pairing up, and ``@here`` from being taken for the mention that it looks like.
    """
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([*_~`])", "\\1\u2060", _AUDIENCE.sub("@\u2060", escaped))


def markdown(text: UserText | str) -> str:
    """For CommonMark with GitHub's tables, inline: what could mean something is escaped."""
    one_line = _SPACES.sub(" ", plain(text)).strip()
    return _MARKDOWN_SPECIAL.sub(r"\\\1", one_line)


def readable_markdown(text: UserText | str) -> str:
    """For Markdown that is mostly read as the text it is, inline, never at the start of a line.

    Only what means something in the middle of a line is escaped, so that it can be read.
    """
    one_line = _SPACES.sub(" ", plain(text)).strip()
    return _MARKDOWN_INLINE.sub(r"\\\1", one_line)


def html(text: UserText | str) -> str:
    """For an HTML text node or a quoted attribute."""
    table = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
    return "".join(table.get(letter, letter) for letter in plain(text))


def csv_cell(text: UserText | str) -> str:
    """For one CSV cell: no formula begins in it, not even behind white space (OWASP)."""
    value = plain(text)
    safe = "'" + value if _FORMULA.match(value) else value
    return '"' + safe.replace('"', '""') + '"'
