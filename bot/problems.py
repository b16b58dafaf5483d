"""Errors over HTTP, as RFC 9457 problem details: the same shape everywhere."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

log = structlog.get_logger(__name__)


def problem(
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,  # noqa: ANN401
) -> JSONResponse:
    """An answer of type application/problem+json. ``detail`` is words for a person."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status,
               "detail": detail, **more}  # fmt: skip
    return JSONResponse(
        content,
        status_code=status,
        headers=dict(headers or {}),
        media_type="application/problem+json",
    )


async def _refused(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return problem(error.status_code, str(error.detail), headers=error.headers)
    raise error


async def _broken(_: Request, error: Exception) -> Response:
    log.error("request_broke", error=type(error).__name__, exc_info=error)
    return problem(500, "That went wrong on our side; it is in the log.")


HANDLERS: Mapping[Any, Any] = {HTTPException: _refused, 500: _broken}
