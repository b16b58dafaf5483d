"""How the workspace says no: Slack's own error codes, and what travels with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.emulator.entities import AnyJson


class SlackError(Exception):
    """A refusal: ``code`` is what Slack puts in ``error``; ``extra`` joins it in the body."""

    def __init__(
        self,
        code: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **extra: AnyJson,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.headers = dict(headers or {})
        self.extra = extra

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.code, **self.extra}


def wrong(code: str, messages: Sequence[str]) -> SlackError:
    """``code`` with one line per problem, where Slack's clients look for them."""
    lines = [f"[ERROR] {line}" for line in messages]
    return SlackError(code, errors=list(messages), response_metadata={"messages": lines})


def missing(name: str) -> SlackError:
    """A required argument was not given."""
    return wrong("invalid_arguments", [f"missing required field: {name}"])
