"""Errors over HTTP, as RFC 9457 problem details: the same shape everywhere."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.faults import MOST, Known, in_words, no_names, told
from incidents.errors import Unavailable

log = structlog.get_logger(__name__)


def problem(
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,  # noqa: ANN401
) -> Response:
    """An answer of type application/problem+json. ``detail`` is words for a person.

    It is written in ASCII: what a hostile sender put in a name, even half a character, is escaped.
    """
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status,
               "detail": detail, **more}  # fmt: skip
    return Response(
        json.dumps(content, ensure_ascii=True, separators=(",", ":"), default=str),
        status_code=status,
        headers=dict(headers or {}),
        media_type="application/problem+json",
    )


def invalid(found: list[Any], known: Known = no_names) -> Response:
    """400 with each fault: its place in a list (``index``) if it has one, its field, the reason.

    ``found`` are pydantic's ErrorDetails, with what was given unless that is not to be repeated;
    ``known`` are the fields that there are.
    """
    faults = [told(one, known) for one in found[:MOST]]
    words = in_words(faults, len(found))
    return problem(400, f"Not what is expected here. {words}", errors=faults)


async def _refused(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return problem(error.status_code, str(error.detail), headers=error.headers)
    raise error


async def _broken(_: Request, error: Exception) -> Response:
    log.error("request_broke", error=type(error).__name__, exc_info=error)
    return problem(500, "That went wrong on our side; it is in the log.")


async def _unavailable(_: Request, error: Exception) -> Response:
    return unavailable(error)


def unavailable(error: Exception) -> Response:
    """503: nothing was taken, and the sender should come again soon."""
    log.warning("database_unavailable", because=str(error))
    return problem(
        503,
        "The database does not answer, so nothing was taken. Send it again.",
        headers={"Retry-After": "5"},
    )


HANDLERS: Mapping[Any, Any] = {HTTPException: _refused, Unavailable: _unavailable, 500: _broken}
