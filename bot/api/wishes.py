"""What programs may ask to be done: a POST each, of one shape, wherever it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, FastAPI, Header, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from bot.api import doors
from bot.api.answers import answered
from bot.api.bodies import IdempotencyKey, described
from bot.clock import Clock
from incidents.actions.desk import Desk, Origin
from incidents.store.tokens import Token


@dataclass(frozen=True, slots=True)
class Wish:
    """``POST …/<name>``: what it says for itself, its body, and what it does."""

    name: str
    summary: str
    body: type[BaseModel]
    act: Callable[[Desk, Any, Any], object]


@dataclass(frozen=True, slots=True)
class Sent:
    """A wish that came in: the ``{key}`` in its path, if there is one, from whom, and when."""

    key: str
    by: Origin
    token: Token
    now: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where wishes stand: below ``path``, for tokens with ``scope``.

    ``path`` may have a ``{key}``; ``prefix`` begins their names in the OpenAPI document. ``grant``
    does a wish with its body, and gives what is answered: an ``out``, of which ``about`` speaks.
    """

    path: str
    prefix: str
    scope: str
    out: type[BaseModel]
    about: str
    grant: Callable[[Desk, Wish, Sent, Any], object]


def add_wish(api: FastAPI, desk: Desk, clock: Clock, place: Place, wish: Wish) -> None:
    """One route."""
    may_write = doors.needs(desk, place.scope, clock)
    key_of = _named if "{key}" in place.path else _nothing

    @api.post(
        f"{place.path}/{wish.name}",
        name=wish.name,
        summary=wish.summary,
        description=place.about,
        operation_id=f"{place.prefix}_{wish.name}",
        openapi_extra=described(wish.body),
        response_model=None,
        responses=answered((200, place.out)),
    )
    async def do(
        request: Request,
        key: Annotated[str, Depends(key_of)],
        token: Annotated[Token, Depends(may_write)],
        idempotency_key: Annotated[IdempotencyKey | None, Header()] = None,
    ) -> Response:
        body = await doors.read(request)
        if isinstance(body, Response):
            return body

        def granted() -> Response:
            wanted = doors.parse(body, wish.body)
            if isinstance(wanted, Response):
                return wanted
            sent = Sent(key, doors.origin(token, idempotency_key), token, clock())
            return JSONResponse(place.grant(desk, wish, sent, wanted))

        return await anyio.to_thread.run_sync(granted)


def _named(key: str) -> str:
    return key


def _nothing() -> str:
    return ""
