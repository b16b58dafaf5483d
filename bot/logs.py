"""Logs: JSON lines for machines, plain lines for a terminal, no secret in either."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

from bot.faults import SECRETS

_SHORTEST = 6  # characters of a secret that can be told from a common word
_LONG = frozenset({"exception", "stack"})  # what has several lines, and goes below the event
_LOUD = ("httpx", "httpcore", "slack_bolt", "slack_sdk", "uvicorn", "alembic")

Mode = Literal["json", "text", "auto"]


def configure(
    mode: Mode, *, secrets: Iterable[str] = (), level: str = "INFO", stream: TextIO | None = None
) -> None:
    """Send structlog's and everybody else's records through one renderer to standard error.

    ``secrets`` are taken out wherever they stand, as is whatever looks like one.
    """
    as_json = mode == "json" or (mode == "auto" and not sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redactor(secrets),
    ]
    renderers: list[Processor] = (
        [structlog.processors.JSONRenderer()]
        if as_json
        else [
            on_one_line,
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _LOUD:
        logging.getLogger(name).setLevel("WARNING")
    # A beat that is left out because the last one is not over yet is how it is meant to be.
    logging.getLogger("apscheduler").setLevel("ERROR")


def redactor(secrets: Iterable[str] = ()) -> Processor:
    """Takes ``secrets``, tokens, bearer headers and response URLs out of every value."""
    known = (re.escape(one) for one in secrets if len(one) >= _SHORTEST)
    pattern = re.compile("|".join((*known, SECRETS)))

    def redact(_: Any, __: str, event: EventDict) -> EventDict:  # noqa: ANN401 (structlog's protocol)
        return {name: _without(pattern, value) for name, value in event.items()}

    return redact


def on_one_line(_: Any, __: str, event: EventDict) -> EventDict:  # noqa: ANN401 (structlog's protocol)
    """Nothing in an event can begin a line that passes for another, or steer a terminal.

    The lines of a traceback are set in, so that none of them looks like an event.
    """
    shown = {name: _printable(value) for name, value in event.items() if name not in _LONG}
    for name in _LONG & event.keys():
        lines = str(event[name]).split("\n")
        shown[name] = "\n".join(f"    {_printable(line)}" for line in lines)
    return shown


def _printable(value: Any) -> Any:  # noqa: ANN401 (a log value is anything)
    """A text without control characters, line ends and half characters; the rest as it is."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in value
    )


def _without(pattern: re.Pattern[str], value: Any) -> Any:  # noqa: ANN401 (a log value is anything)
    if isinstance(value, str):
        return pattern.sub("[secret]", value)
    if isinstance(value, dict):
        return {name: _without(pattern, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without(pattern, inner) for inner in value]
    shown = repr(value)
    return pattern.sub("[secret]", shown) if pattern.search(shown) else value
