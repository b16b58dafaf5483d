"""Files that people put on the record: what we keep, and what we show of it.

A file is judged by what is in it, not by its name. Pictures can be looked at; whatever else is kept
can be saved and is never shown, because what a browser shows, it may also run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.model.timeline import Entry, Kind

_BINARY = frozenset(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D, 0x1B}
_RIFF, _WEBP = slice(0, 4), slice(8, 12)


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is: its media type, the ending we give it, and whether it is a picture."""

    media: str
    ending: str
    is_picture: bool = False


PNG = FileKind("image/png", "png", is_picture=True)
JPEG = FileKind("image/jpeg", "jpg", is_picture=True)
GIF = FileKind("image/gif", "gif", is_picture=True)
WEBP = FileKind("image/webp", "webp", is_picture=True)
PDF = FileKind("application/pdf", "pdf")
TEXT = FileKind("text/plain", "txt")

KINDS: Mapping[str, FileKind] = {kind.media: kind for kind in (PNG, JPEG, GIF, WEBP, PDF, TEXT)}
"""Everything that is kept, by its media type."""

_BEGINNINGS: tuple[tuple[bytes, FileKind], ...] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is ours. ``hash`` is the SHA-256 of its content in hexadecimal."""

    hash: str
    media: str
    size: int


def kind_of(content: bytes) -> FileKind | None:
    """What a file is by its content; None if it is nothing that we keep.

    HTML, SVG and scripts are text like any other, and are only ever saved, never shown.
    """
    for beginning, kind in _BEGINNINGS:
        if content.startswith(beginning):
            return kind
    if content[_RIFF] == b"RIFF" and content[_WEBP] == b"WEBP":
        return WEBP
    return TEXT if _is_text(content) else None


def too_large(size: int, most: int) -> str:
    """Why a file of ``size`` bytes is not kept where ``most`` are; empty if it is."""
    if size <= most:
        return ""
    return f"it has {_megabytes(size)} MB, and {_megabytes(most)} MB are kept at most"


def kept_of(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries about files that are ours."""
    return tuple(entry for entry in entries if entry.kind is Kind.FILE_KEPT)


def withdrawn(entries: Iterable[Entry]) -> frozenset[int]:
    """The entries about files of messages that were taken back, or deleted in Slack."""
    everything = tuple(entries)
    later = {entry.corrects: entry for entry in everything if entry.corrects is not None}

    def is_gone(seq: int) -> bool:
        """An edit carries its files on: what counts is what became of the newest version."""
        after = later.get(seq)
        while after is not None and after.kind is Kind.MESSAGE:
            after = later.get(after.seq)
        return after is not None

    return frozenset(one.seq for one in kept_of(everything) if is_gone(int(one.body["of"])))


def filename(key: str, body: Mapping[str, Any]) -> str:
    """``INC-42-1f3870be274f.png``: what a kept file is called outside, from its entry.

    Nothing in it is what somebody typed, so that it is safe in any folder, link and header.
    """
    kind = KINDS.get(str(body.get("media", "")), TEXT)
    return f"{key}-{str(body['hash'])[:12]}.{kind.ending}"


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return bool(content) and _BINARY.isdisjoint(content)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}".removesuffix(".0")
