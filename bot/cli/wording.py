"""What rules and messages tell people to type, as it is typed at a terminal."""

from incidents.errors import WarroomError
from incidents.model.commands import OPENS, outside, shown

WAYS = {
    "affected": "warroom incident affected",
    "list": "warroom incident list",
    "oncall": "warroom oncall now",
    "resolve": "warroom incident resolve",
    "role": "warroom incident role",
    "timeline": "warroom timeline show",
    "times": "warroom incident times",
    "update": "warroom incident update",
    "window": "warroom window list",
}
"""The command for a verb of Slack's. A test holds each to exist."""


def here(text: str) -> str:
    """``text`` for whoever sits at the machine."""
    return shown(text, outside(WAYS, _slash())) if OPENS in text else text


def _slash() -> str:
    """The slash command; its usual name if the settings cannot be read."""
    from bot.settings import COMMAND, read_settings

    try:
        return read_settings().warroom_command
    except WarroomError:
        return COMMAND
