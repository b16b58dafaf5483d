"""What somebody may do next, in words that belong to no surface.

Slack's command has whatever name the workspace gave it, and at a terminal or over HTTP there is
none. So rules, actions and messages mark what is meant, ``See {to_type("list")}.``, and whoever
shows the words puts there what can be typed or called where they are read.
"""

import re
from collections.abc import Callable, Mapping

OPENS, CLOSES = "\u2039\u2060", "\u2060\u203a"
"""Around what is meant: quotes, each with a word joiner, which nobody can type (see `clean`)."""

LONGEST = 32
"""Characters of a slash command, as Slack has it: by so much may words grow when they are shown."""

Say = Callable[[str], str]
"""What can be typed where it is read, for a verb and what follows it."""

_MEANT = re.compile(f"{OPENS}([^\u2039\u203a]*){CLOSES}")


def to_type(words: str) -> str:
    """A verb and what follows it, to be shown as each surface has it."""
    return f"{OPENS}{words}{CLOSES}"


def shown(text: str, say: Say) -> str:
    """``text`` with ``say`` in the place of everything that is meant to be typed."""
    return _MEANT.sub(lambda found: say(found[1]), text) if OPENS in text else text


def slash(command: str) -> Say:
    """As it is typed in Slack."""
    return lambda words: f"{command} {words}"


def outside(ways: Mapping[str, str], command: str) -> Say:
    """As it is done elsewhere: ``ways`` by their verb, and for all others how Slack has it."""

    def say(words: str) -> str:
        return ways.get(words.partition(" ")[0]) or f"{command} {words} (in Slack)"

    return say
