"""Logs: JSON lines for machines, plain lines for a terminal, no secret in either."""

import logging
import re
import sys
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

_SECRETS = re.compile(
    r"xox[abeprs]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+|wr[ht]_[A-Za-z0-9_-]+"
    r"|(?i:bearer)\s+[A-Za-z0-9._~+/=-]+"
    r"|(?:hooks\.slack\.com/[a-z]+|/workspace/hooks)/[A-Za-z0-9/_-]+"
)
_LOUD = ("httpx", "httpcore", "slack_bolt", "slack_sdk", "apscheduler", "uvicorn", "alembic")

Mode = Literal["json", "text", "auto"]


def configure(mode: Mode, *, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send structlog's and everybody else's records through one renderer to standard error."""
    as_json = mode == "json" or (mode == "auto" and not sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _LOUD:
        logging.getLogger(name).setLevel("WARNING")


def redact(_: Any, __: str, event: EventDict) -> EventDict:  # noqa: ANN401 (structlog's protocol)
    """Take tokens, bearer headers and response URLs out of every value."""
    return {name: _without_secrets(value) for name, value in event.items()}


def _without_secrets(value: Any) -> Any:  # noqa: ANN401 (a log value is anything)
    if isinstance(value, str):
        return _SECRETS.sub("[secret]", value)
    if isinstance(value, dict):
        return {name: _without_secrets(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(inner) for inner in value]
    return value
