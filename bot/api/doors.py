"""How the API lets somebody in, and how it reads what they bring."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from bot.api.bodies import fields_at
from bot.body import not_json, parse_object, read_body
from bot.clock import Clock
from bot.problems import invalid
from incidents.actions.access import denied
from incidents.actions.desk import Desk, Origin
from incidents.actions.tokens import use_token
from incidents.model.ids import PersonId
from incidents.store.tokens import Token

LARGEST = 64 * 1024  # bytes of a body

_BEARER = HTTPBearer(auto_error=False, description="Made with warroom token create.")

_Body = TypeVar("_Body", bound=BaseModel)


def needs(desk: Desk, scope: str, clock: Clock) -> Callable[..., Token]:
    """A dependency: the bearer's token, which must have ``scope``."""

    def bearer(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Token:
        token = use_token(desk, given.credentials.strip(), clock()) if given else None
        if token is None:
            raise HTTPException(
                401,
                f"A bearer token with the scope {scope} is needed: warroom token create.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if scope not in token.scopes:
            denied(desk, scope, "api", by=origin(token, None), now=clock())
            raise HTTPException(403, f"The token lacks the scope {scope}.")
        return token

    return bearer


async def read(request: Request, limit: int = LARGEST) -> bytes | Response:
    """The raw body, or the answer that refuses it."""
    return not_json(request.headers) or await read_body(request, limit=limit)


def parse(body: bytes, model: type[_Body]) -> _Body | Response:
    """The body as the model has it, or the 400 with everything that is wrong with it."""
    parsed = parse_object(body)
    if isinstance(parsed, Response):
        return parsed
    try:
        return model.model_validate(parsed)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        return invalid(list(found), partial(fields_at, model))


def origin(token: Token, key: str | None) -> Origin:
    """Who asks; each sender has keys of its own."""
    return Origin(PersonId(f"api:{token.name[:59]}"), "api", key and f"{token.name}/{key}")
