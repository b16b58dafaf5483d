"""Read a request's body: never more than allowed, never for longer than allowed."""

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.problems import problem

_PATIENCE = 5.0  # seconds for the whole body; Slack and monitoring systems need milliseconds


async def read_body(request: Request, *, limit: int) -> bytes | Response:
    """The raw bytes, or the answer that refuses them (400, 408 or 413)."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
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
