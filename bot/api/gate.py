"""May a service be changed? Asked by pipelines, which have no database."""

from datetime import timedelta
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import Depends, FastAPI, Path, Query, Request
from starlette.responses import JSONResponse, Response

from bot.api import doors
from bot.api.answers import answered
from bot.api.bodies import described
from bot.api.gate_shapes import CanaryIn, CanaryOut, GateOut, SideIn, WaiversOut
from bot.clock import Clock
from incidents.actions.desk import Desk
from incidents.model.canary import Rules
from incidents.model.gate import Verdict
from incidents.model.objective import Counts, SLOName
from incidents.queries.canary import Canary, canary_gate
from incidents.queries.gate import gate_of
from incidents.render.gate import canary_json, gate_json, waiver_json
from incidents.store import waivers

_Service = Annotated[str, Path(max_length=80)]
_Unknown = Annotated[
    Literal["go", "frozen", "unknown"] | None,
    Query(description="What it means that nobody can tell; else the settings say."),
]
_Change = Annotated[
    str, Query(max_length=300, description="What shall go out: a waiver may be for one only.")
]
_MOST_WAIVERS = 50


def add_gate(api: FastAPI, desk: Desk, clock: Clock) -> None:
    """The gate's routes."""
    may_read = Depends(doors.needs(desk, "read", clock))

    @api.get(
        "/gate/{service}",
        dependencies=[may_read],
        response_model=None,
        responses=answered((200, GateOut)),
    )
    def gate(service: _Service, unknown: _Unknown = None, change: _Change = "") -> dict[str, Any]:
        """May this service be changed now? go, warn, frozen or unknown, and every reason."""
        means = Verdict(unknown) if unknown else None
        with desk.look() as connection:
            found = gate_of(desk, connection, service, clock(), unknown=means, change=change)
        return gate_json(service, found)

    @api.get(
        "/gate/{service}/waivers",
        dependencies=[may_read],
        response_model=None,
        responses=answered((200, WaiversOut)),
    )
    def list_waivers(service: _Service) -> dict[str, Any]:
        """The newest waivers of a service, whatever became of them."""
        name = desk.catalog.find_service(service).name
        with desk.look() as connection:
            found = waivers.latest(connection, name, limit=_MOST_WAIVERS)
        return {"waivers": [waiver_json(one) for one in found]}

    @api.post(
        "/gate/{service}/canary",
        dependencies=[may_read],
        openapi_extra=described(CanaryIn),
        responses=answered((200, CanaryOut)),
    )
    async def canary(service: _Service, request: Request) -> Response:
        """Is a new version worse than the old one, or is it chance? Nothing is kept."""
        body = await doors.read(request)
        if isinstance(body, Response):
            return body
        return await anyio.to_thread.run_sync(_compare, desk, clock, service, body)


def _compare(desk: Desk, clock: Clock, service: str, body: bytes) -> Response:
    sent = doors.parse(body, CanaryIn)
    if isinstance(sent, Response):
        return sent
    asked = Canary(
        _side(sent.baseline),
        _side(sent.canary),
        timedelta(seconds=sent.over_seconds),
        Rules(sent.sure, max(sent.sure, sent.likely), sent.worse, sent.fewest),
    )
    with desk.look() as connection:
        gate, found = canary_gate(desk, connection, service, asked, clock())
    return JSONResponse(canary_json(service, gate, found))


def _side(sent: SideIn) -> Counts | SLOName:
    return SLOName(sent.slo) if sent.slo is not None else Counts(sent.good or 0, sent.bad or 0)
