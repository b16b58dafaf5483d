"""Windows and exclusions for programs: by the same actions as in Slack."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import anyio.to_thread
from fastapi import Depends, FastAPI, Header, Path, Request
from starlette.responses import JSONResponse, Response

from bot.api import doors
from bot.api.answers import answered
from bot.api.bodies import IdempotencyKey, described
from bot.api.shapes_windows import exclusion_json, window_json
from bot.api.window_bodies import (
    ExclusionIn,
    ExclusionsOut,
    ScopeIn,
    WindowIn,
    WindowsOut,
)
from bot.clock import Clock
from incidents.actions import exclusions as exceptions
from incidents.actions import windows as actions
from incidents.actions.desk import Desk, Origin
from incidents.actions.exclusions import Exempt
from incidents.actions.windows import Plan, known_scope, rule_of
from incidents.errors import Refused, Repeated
from incidents.model.exclusions import Category
from incidents.model.ids import ServiceName, TeamName
from incidents.model.spans import Span
from incidents.model.text import clean_line
from incidents.model.vendors import VendorName
from incidents.model.windows import Repeats, Scope
from incidents.queries.windows import listed
from incidents.store import exclusions
from incidents.store.tokens import Token

_Id = Annotated[str, Path(max_length=110)]
_Do = Callable[[bytes, Origin], Response]
_LISTED = 200


def add_windows(api: FastAPI, desk: Desk, clock: Clock) -> None:
    """The routes below ``/windows``."""
    may_read = Depends(doors.needs(desk, "read", clock))
    may_write = doors.needs(desk, "windows:write", clock)

    @api.get(
        "/windows",
        dependencies=[may_read],
        response_model=None,
        responses=answered((200, WindowsOut)),
    )
    def list_windows() -> dict[str, Any]:
        """Every window that holds or comes within a year."""
        return _windows(desk, clock())

    @api.post(
        "/windows",
        status_code=201,
        openapi_extra=described(WindowIn),
        responses=answered((201, WindowsOut)),
    )
    async def plan_window(
        request: Request,
        token: Annotated[Token, Depends(may_write)],
        idempotency_key: Annotated[IdempotencyKey | None, Header()] = None,
    ) -> Response:
        """Plan one. The same ``Idempotency-Key`` again changes nothing. Answers with all."""
        return await _sent(request, token, idempotency_key, partial(_plan, desk, clock))

    @api.delete("/windows/{window}", response_model=None, responses=answered((200, WindowsOut)))
    def cancel_window(window: _Id, token: Annotated[Token, Depends(may_write)]) -> dict[str, Any]:
        """Call one off: what it did so far stays. Answers with those that are left."""
        actions.cancel(desk, window, by=doors.origin(token, None), now=clock())
        return _windows(desk, clock())


def add_exclusions(api: FastAPI, desk: Desk, clock: Clock) -> None:
    """The routes below ``/exclusions``."""
    may_read = Depends(doors.needs(desk, "read", clock))
    may_write = doors.needs(desk, "windows:write", clock)

    @api.get(
        "/exclusions",
        dependencies=[may_read],
        response_model=None,
        responses=answered((200, ExclusionsOut)),
    )
    def list_exclusions() -> dict[str, Any]:
        """What does not count for budgets, the newest first; those that were undone too."""
        return _exclusions(desk)

    @api.post(
        "/exclusions",
        status_code=201,
        openapi_extra=described(ExclusionIn),
        responses=answered((201, ExclusionsOut)),
    )
    async def exclude(
        request: Request,
        token: Annotated[Token, Depends(may_write)],
        idempotency_key: Annotated[IdempotencyKey | None, Header()] = None,
    ) -> Response:
        """What happened then does not count. Nothing is deleted. Answers with all."""
        return await _sent(request, token, idempotency_key, partial(_exclude, desk, clock))

    @api.delete(
        "/exclusions/{exclusion}", response_model=None, responses=answered((200, ExclusionsOut))
    )
    def restore(exclusion: _Id, token: Annotated[Token, Depends(may_write)]) -> dict[str, Any]:
        """It counts again, exactly as it was."""
        by = doors.origin(token, None)
        exceptions.restore(desk, exclusion, clean_line(""), by=by, now=clock())
        return _exclusions(desk)


async def _sent(request: Request, token: Token, key: str | None, act: _Do) -> Response:
    body = await doors.read(request)
    if isinstance(body, Response):
        return body
    return await anyio.to_thread.run_sync(act, body, doors.origin(token, key))


def _plan(desk: Desk, clock: Clock, body: bytes, by: Origin) -> Response:
    wish = doors.parse(body, WindowIn)
    if isinstance(wish, Response):
        return wish
    now = clock()
    span = Span((wish.start or now).astimezone(UTC), wish.until.astimezone(UTC))
    plan = Plan(
        kind=wish.kind,
        scope=known_scope(desk.catalog, _scope(wish.scope)),
        span=None if wish.repeats else span,
        repeats=_repeats(wish.repeats, span, wish.zone) if wish.repeats else None,
        title=clean_line(wish.title, limit=150),
        because=clean_line(wish.because, limit=300),
        excludes=wish.exclude,
        sensitivity=None if wish.sensitivity is None else Fraction(str(wish.sensitivity)),
    )
    with suppress(Repeated):
        actions.plan_window(desk, plan, by=by, now=now)
    return JSONResponse(_windows(desk, now), status_code=201)


def _scope(wish: ScopeIn) -> Scope:
    return Scope(
        tuple(ServiceName(one) for one in wish.services),
        tuple(TeamName(one) for one in wish.teams),
        tuple(sorted(set(wish.tiers))),
        tuple(ServiceName(one) for one in wish.dependencies),
        tuple(VendorName(one) for one in wish.vendors),
        wish.everything,
    )


def _repeats(rule: str, first: Span, name: str) -> Repeats:
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused("That is no time zone.", instead="One like Europe/Berlin.") from None
    start, end = (at.astimezone(zone).replace(tzinfo=None) for at in (first.start, first.end))
    return Repeats(rule_of(rule), start, zone, end - start)


def _exclude(desk: Desk, clock: Clock, body: bytes, by: Origin) -> Response:
    wish = doors.parse(body, ExclusionIn)
    if isinstance(wish, Response):
        return wish
    span = Span(wish.start.astimezone(UTC), wish.until.astimezone(UTC))
    because = clean_line(wish.because, limit=300)
    order = Exempt(wish.about, span, Category(wish.category), because)
    with suppress(Repeated):
        exceptions.exclude(desk, order, by=by, now=clock())
    return JSONResponse(_exclusions(desk), status_code=201)


def _windows(desk: Desk, now: datetime) -> dict[str, Any]:
    with desk.look() as connection:
        return {"windows": [window_json(one) for one in listed(desk, connection, now)]}


def _exclusions(desk: Desk) -> dict[str, Any]:
    with desk.look() as connection:
        found = exclusions.listed(connection, limit=_LISTED)
    return {"exclusions": [exclusion_json(one) for one in found]}
