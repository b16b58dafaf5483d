"""What somebody reads who is not reached through Slack: by e-mail, or in whatever a webhook feeds.

Plain text that says all of it: there is nothing to press, and the reader may have just woken up.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from incidents.model.text import clean_line

_SUBJECT = 150  # characters


class Purpose(StrEnum):
    """Why somebody is told."""

    ASK = "ask"
    PAGE = "page"
    DUTY = "duty"


@dataclass(frozen=True, slots=True)
class Message:
    """A subject on one line, and plain text."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that is said. ``links`` are titles and addresses, ``contacts`` lines of text.

    ``until`` is when the next person is asked; ``since`` is since when Slack takes nothing, None
    if it only did not take this one message.
    """

    purpose: Purpose
    key: str
    title: str
    severity: str
    started_at: datetime
    because: str
    services: tuple[str, ...] = ()
    impact: str = ""
    room: str = ""
    bridge: str = ""
    links: tuple[tuple[str, str], ...] = ()
    contacts: tuple[str, ...] = ()
    until: datetime | None = None
    since: datetime | None = None
    is_drill: bool = False


_SUBJECTS = {
    Purpose.ASK: "will you command?",
    Purpose.PAGE: "you are needed.",
    Purpose.DUTY: "nobody commands, you are on call.",
}
_WISHES = {
    Purpose.ASK: "You are asked to command it.",
    Purpose.PAGE: "You are needed.",
    Purpose.DUTY: "Nobody commands it yet, and you are on call.",
}


def message(told: Told) -> Message:
    """The whole message, the most important first."""
    drill = "[drill] " if told.is_drill else ""
    subject = f"{drill}{told.key}: {_SUBJECTS[told.purpose]} {told.severity}, {told.title}"
    parts = (
        _what(told),
        _why(told),
        _where(told),
        _section("Others who can help:", told.contacts),
        _how(told),
    )
    text = "\n\n".join(part for part in parts if part)
    return Message(clean_line(subject, limit=_SUBJECT).raw, f"{text}\n")


def _what(told: Told) -> str:
    lines = [f"{told.key}: {told.title}"]
    if told.is_drill:
        lines = [f"This is a drill. {lines[0]}"]
    lines.append(f"{told.severity}, since {_moment(told.started_at)}.")
    if told.services:
        lines.append(f"Affected: {', '.join(told.services)}.")
    if told.impact:
        lines.append(f"Impact: {told.impact}")
    return "\n".join(lines)


def _why(told: Told) -> str:
    lines = [_WISHES[told.purpose]]
    if told.because:
        lines.append(f"Why you: {told.because}")
    if told.until is not None:
        lines.append(f"The next person is asked at {_moment(told.until)}.")
    lines.append(f"You are told this way because {trouble(told.since)}.")
    return "\n".join(lines)


def trouble(since: datetime | None) -> str:
    """Why somebody is not told in Slack; ``since`` as in `Told`."""
    if since is None:
        return "Slack did not deliver the message to you"
    return f"Slack is not reachable since {_moment(since)}"


def _where(told: Told) -> str:
    lines = [f"Call: {told.bridge}"] if told.bridge else []
    lines += [f"{title}: {url}" for title, url in told.links]
    if told.room:
        lines.append(f"Room in Slack, once it is back: #{told.room}")
    return "\n".join(lines)


def _how(told: Told) -> str:
    commands = (
        f"  warroom incident show {told.key}",
        f"  warroom incident lead {told.key} YOUR-HANDLE     (take command)",
        f'  warroom incident note {told.key} "what you saw or did"',
        f'  warroom incident resolve {told.key} --fix "what helped"',
    )
    head = "Work without Slack, where warroom runs; all of it appears in Slack afterwards:"
    return "\n".join((head, *commands))


def _section(title: str, lines: tuple[str, ...]) -> str:
    return "\n".join((title, *(f"  {line}" for line in lines))) if lines else ""


def _moment(at: datetime) -> str:
    return f"{at:%H:%M} UTC on {at:%Y-%m-%d}"
