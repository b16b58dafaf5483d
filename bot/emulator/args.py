"""The arguments of a Web API call, whatever way they travelled.

A form carries text only, JSON carries values, and Slack's clients send lists both as JSON text and
separated by commas. Reading them here keeps every method free of that.
"""

import json
from collections.abc import Mapping
from typing import Any

from bot.emulator.entities import AnyJson
from bot.emulator.errors import SlackError, missing, wrong

TRUE = {"true", "1", "yes", "on"}
MOST_DIGITS = 15


class Args:
    """Read-only view of one call's arguments; an absent and an empty argument are the same."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {name: value for name, value in values.items() if value not in (None, "")}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def raw(self, name: str) -> AnyJson:
        return self._values.get(name)

    def text(self, name: str, default: str = "") -> str:
        value = self._values.get(name, default)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list | tuple):
            return ",".join(str(item) for item in value)
        return value if isinstance(value, str) else str(value)

    def need(self, name: str) -> str:
        if name not in self._values:
            raise missing(name)
        return self.text(name)

    def flag(self, name: str, *, default: bool = False) -> bool:
        if name not in self._values:
            return default
        return self.text(name).lower() in TRUE

    def number(self, name: str, default: int) -> int:
        text = self.text(name, str(default)).split(".")[0]
        if not text.lstrip("-").isdecimal() or len(text) > MOST_DIGITS:
            raise wrong("invalid_arguments", [f"must be an integer: {name}"])
        return int(text)

    def names(self, name: str) -> list[str]:
        """A list of plain words."""
        value = self._values.get(name, "")
        if isinstance(value, str):
            value = json.loads(value) if value.startswith("[") else value.split(",")
        return [str(item).strip() for item in value if str(item).strip()]

    def json(self, name: str, error: str = "invalid_arguments") -> AnyJson:
        """A JSON value, given as such or as text; None when absent."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error) from None
