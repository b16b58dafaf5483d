"""Read a request's body: never more than allowed, for longer than allowed, or deeper than safe."""

import re
from typing import Any

import anyio
from pydantic_core import from_json
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.problems import problem

_PATIENCE = 5.0  # seconds for the whole body; Slack and monitoring systems need milliseconds
_DEEPEST = 32  # levels of JSON
# A string, even one that never ends, is one token, and what was matched is never looked at again:
# the time is linear in the length of the body.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)


async def read_body(request: Request, *, limit: int) -> bytes | Response:
    """The raw bytes, or the answer that refuses them (400, 408 or 413)."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:18]) > limit:
        return problem(413, f"The body is larger than {limit} bytes.")
    body = bytearray()
    try:
        with anyio.fail_after(_PATIENCE):
            async for piece in request.stream():
                body += piece
                if len(body) > limit:
                    return problem(413, f"The body is larger than {limit} bytes.")
    except TimeoutError:
        return problem(408, f"The body took longer than {_PATIENCE:g} seconds.")
    except ClientDisconnect:
        return problem(400, "The body ended early.")
    return bytes(body)


def not_json(headers: Headers) -> Response | None:
    """415 unless the content type says JSON (``application/json``, ``application/…+json``)."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return None
    return problem(415, "The content type has to be application/json.")


def parse_object(body: bytes) -> dict[str, Any] | Response:
    """The JSON object in ``body``, or the 400 that says why there is none.

    UTF-8, no half characters, no NaN, and at most 32 levels deep.
    """
    if depth(body) > _DEEPEST:
        return problem(400, f"The JSON is nested deeper than {_DEEPEST} levels.")
    try:
        parsed = from_json(body, allow_inf_nan=False, cache_strings=False)
    except ValueError as error:
        return problem(400, f"The body is not JSON in UTF-8: {error}.")
    if not isinstance(parsed, dict):
        return problem(400, "The body is JSON, but not an object.")
    return parsed


def depth(body: bytes) -> int:
    """How deeply objects and lists are nested."""
    level = deepest = 0
    for found in _TOKEN.finditer(body):
        token = found.group()
        if token in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif token in b"]}":
            level -= 1
    return deepest
