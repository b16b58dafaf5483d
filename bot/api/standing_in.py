"""Overrides and swaps of the on-call, for programs: by the same actions as in Slack."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, FastAPI, Header, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from bot.api.answers import ChangesOut, answered
from bot.api.bodies import IdempotencyKey, OverrideIn, SwapIn, UndoIn, described
from bot.api.shapes import stand_in_json
from bot.clock import Clock
from incidents.actions import oncall
from incidents.actions.desk import Desk, Origin
from incidents.errors import NotFound, Repeated
from incidents.model.ids import PersonId
from incidents.model.oncall import RotationName
from incidents.model.spans import Span
from incidents.model.text import clean_line
from incidents.queries.oncall import the_one
from incidents.store import oncall as stored
from incidents.store import people
from incidents.store.oncall import StandIn
from incidents.store.tokens import Token

_LARGEST = 64 * 1024  # bytes of a body

Act = Callable[[Desk, Any, Origin, datetime], tuple[StandIn, ...]]


@dataclass(frozen=True, slots=True)
class Doors:
    """How the API lets somebody in, and how it reads what they bring."""

    needs: Callable[[Desk, str, Clock], Callable[..., Token]]
    read: Callable[[Request, int], Awaitable[bytes | Response]]
    parse: Callable[[bytes, type[BaseModel]], BaseModel | Response]
    origin: Callable[[Token, str | None], Origin]


@dataclass(frozen=True, slots=True)
class _Way:
    name: str
    summary: str
    body: type[BaseModel]
    act: Act


def add_changes(api: FastAPI, desk: Desk, clock: Clock, doors: Doors) -> None:
    """The routes below ``/oncall`` that change it, and the one that shows what was changed."""
    may_read = Depends(doors.needs(desk, "read", clock))

    @api.get(
        "/oncall/changes",
        dependencies=[may_read],
        response_model=None,
        responses=answered((200, ChangesOut)),
    )
    def list_changes() -> dict[str, Any]:
        """What was changed by hand and is not over."""
        with desk.look() as connection:
            found = stored.standing(connection, clock())
        return {"changes": [stand_in_json(one) for one in found]}

    for way in _WAYS:
        _add_way(api, desk, clock, doors, way)


def _add_way(api: FastAPI, desk: Desk, clock: Clock, doors: Doors, way: _Way) -> None:
    may_write = doors.needs(desk, "oncall:write", clock)

    @api.post(
        f"/oncall/{way.name}",
        name=way.name,
        summary=way.summary,
        operation_id=f"oncall_{way.name}",
        openapi_extra=described(way.body),
        response_model=None,
        responses=answered((200, ChangesOut)),
    )
    async def do(
        request: Request,
        token: Annotated[Token, Depends(may_write)],
        idempotency_key: Annotated[IdempotencyKey | None, Header()] = None,
    ) -> Response:
        """The same ``Idempotency-Key`` again changes nothing, and answers without changes."""
        body = await doors.read(request, _LARGEST)
        if isinstance(body, Response):
            return body
        wanted = doors.parse(body, way.body)
        if isinstance(wanted, Response):
            return wanted
        by = doors.origin(token, idempotency_key)
        return await anyio.to_thread.run_sync(_grant, desk, clock, way, wanted, by)


def _grant(desk: Desk, clock: Clock, way: _Way, wanted: BaseModel, by: Origin) -> Response:
    made: tuple[StandIn, ...] = ()
    with suppress(Repeated):
        made = way.act(desk, wanted, by, clock())
    return JSONResponse({"changes": [stand_in_json(one) for one in made]})


def _override(desk: Desk, body: OverrideIn, by: Origin, now: datetime) -> tuple[StandIn, ...]:
    person, because = _person(desk, body.person), clean_line(body.because)
    when = _span(body.start or now, body.until)
    name = _rotation(desk, body.rotation)
    return (oncall.put_on_call(desk, name, person, when, because, by=by, now=now),)


def _swap(desk: Desk, body: SwapIn, by: Origin, now: datetime) -> tuple[StandIn, ...]:
    theirs = _span(body.take.start, body.take.until) if body.take else None
    wish = oncall.Swap(
        _rotation(desk, body.rotation),
        _person(desk, body.person),
        _span(body.start or now, body.until),
        theirs,
        clean_line(body.because),
        _person(desk, body.of),
    )
    return oncall.ask_to_swap(desk, wish, by=by, now=now)


def _undo(desk: Desk, body: UndoIn, by: Origin, now: datetime) -> tuple[StandIn, ...]:
    oncall.call_off(desk, body.undo, by=by, now=now)
    return ()


def _span(start: datetime, end: datetime) -> Span:
    return Span(start.astimezone(UTC), end.astimezone(UTC))


def _rotation(desk: Desk, word: str) -> RotationName:
    with desk.look() as connection:
        return the_one(desk.catalog, connection, word)


def _person(desk: Desk, word: str) -> PersonId:
    with desk.look() as connection:
        found = people.named(connection, word)
    if found is None:
        raise NotFound(
            f"There is nobody called {word[:80]}.", instead="Name a handle or an address."
        )
    return found.id


_WAYS = (
    _Way("overrides", "Put somebody on call, whoever's turn it is.", OverrideIn, _override),
    _Way("swaps", "Ask somebody to take another one's shift; they agree in Slack.", SwapIn, _swap),
    _Way("undo", "Call a change off: the rotation decides again.", UndoIn, _undo),
)
