"""What is uploaded: a document as it is, or a picture, drawn when it is carried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.slack import mrkdwn
from incidents.model.text import UserText, shorten
from incidents.render.raster import can_draw, png

ALT_TEXT = 1000  # characters, for those who do not see a picture


@dataclass(frozen=True, slots=True)
class Upload:
    """A file. ``described`` and ``said`` are further arguments of Slack's two calls."""

    name: str
    content: bytes
    described: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)


def is_picture(args: Mapping[str, Any]) -> bool:
    """Whether it has yet to be drawn. Then it can be left out: its words stand elsewhere, too."""
    return "svg" in args


def upload_of(args: Mapping[str, Any]) -> Upload | None:
    """The file that an effect's arguments tell of; None for a picture that cannot be drawn here."""
    if not is_picture(args):
        return Upload(args["name"], str(args["content"]).encode())
    if not can_draw():
        return None
    return Upload(
        args["name"],
        png(args["svg"]),
        {"alt_txt": shorten(args["describes"], ALT_TEXT)},
        {"initial_comment": mrkdwn.escape(UserText(args["says"]))},
    )
