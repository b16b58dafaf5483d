"""The API's routes: parse, one action or query, and the answer.

Everything that waits runs in a thread: FastAPI sees to it for plain functions, and the two routes
that read a body themselves, to bound it before it is parsed, hand the rest over.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime
from starlette.responses import JSONResponse, Response

from bot.api import doors
from bot.api.answers import (
    BudgetOut,
    BudgetsOut,
    EscalationOut,
    IncidentOut,
    IncidentsOut,
    OnCallOut,
    ServicesOut,
    TimelineOut,
    TimesOut,
    answered,
)
from bot.api.bodies import DeclareIn, IdempotencyKey, described
from bot.api.budgets import add_budget_reports
from bot.api.gate import add_gate
from bot.api.looking import incident_named, reader_of
from bot.api.pictures import add_pictures
from bot.api.remote_write import add_remote_write
from bot.api.running import RUNNING, WISHES
from bot.api.samples import add_samples
from bot.api.shapes import (
    budget_json,
    composite_json,
    duty_json,
    entry_json,
    escalation_json,
    incident_json,
    times_json,
)
from bot.api.standing_in import add_changes
from bot.api.windows import add_exclusions, add_windows
from bot.api.wishes import add_wish
from bot.clock import Clock
from bot.problems import HANDLERS, invalid, problem, unavailable
from incidents.actions import keytimes
from incidents.actions.access import denied
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Desk, Origin
from incidents.errors import Forbidden, NotFound, Refused, Repeated, Unavailable, WarroomError
from incidents.model.commands import Say, outside, shown
from incidents.model.text import clean_line
from incidents.queries.composites import composites_of
from incidents.queries.escalation import calls_of
from incidents.queries.oncall import duties, named, roster_at
from incidents.queries.slo import all_budgets, budget_named
from incidents.store import incidents, timeline
from incidents.store.tokens import Token

WAYS = {
    "affected": "POST /api/v1/incidents/{key}/affected",
    "list": "GET /api/v1/incidents",
    "oncall": "GET /api/v1/oncall",
    "resolve": "POST /api/v1/incidents/{key}/resolve",
    "role": "POST /api/v1/incidents/{key}/roles",
    "timeline": "GET /api/v1/incidents/{key}/timeline",
    "times": "POST /api/v1/incidents/{key}/times",
    "update": "POST /api/v1/incidents/{key}/updates",
    "window": "GET /api/v1/windows",
}
"""What is called here for a verb of Slack's command. A test holds each to be a route."""


def create_api(desk: Desk, clock: Clock, *, command: str) -> FastAPI:
    """The API over a desk. Mount it at ``/api/v1``. ``command`` is what people type in Slack."""
    api = FastAPI(
        title="warroom",
        version="1",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    for kind, handler in HANDLERS.items():
        api.add_exception_handler(kind, handler)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(WarroomError, partial(_refused, outside(WAYS, command)))
    add_samples(api, desk, clock)
    add_remote_write(api, desk, clock)
    _add_incidents(api, desk, clock)
    _add_declaring(api, desk, clock)
    for wish in WISHES:
        add_wish(api, desk, clock, RUNNING, wish)
    _add_budgets(api, desk, clock)
    add_gate(api, desk, clock)
    _add_oncall(api, desk, clock)
    add_changes(api, desk, clock)
    add_pictures(api, desk, clock)
    add_windows(api, desk, clock)
    add_exclusions(api, desk, clock)
    add_budget_reports(api, desk, clock)
    return api


def _add_incidents(api: FastAPI, desk: Desk, clock: Clock) -> None:
    may_read = doors.needs(desk, "read", clock)

    @api.get("/incidents", response_model=None, responses=answered((200, IncidentsOut)))
    def list_incidents(
        token: Annotated[Token, Depends(may_read)],
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """The newest incidents."""
        with desk.look() as connection:
            found = incidents.recent(connection, reader_of(token), limit=limit)
        return {"incidents": [incident_json(one) for one in found]}

    @api.get("/incidents/{key}", response_model=None, responses=answered((200, IncidentOut)))
    def show_incident(key: str, token: Annotated[Token, Depends(may_read)]) -> dict[str, Any]:
        """One incident."""
        return incident_json(incident_named(desk, key, reader_of(token)))

    @api.get(
        "/incidents/{key}/timeline", response_model=None, responses=answered((200, TimelineOut))
    )
    def show_timeline(key: str, token: Annotated[Token, Depends(may_read)]) -> dict[str, Any]:
        """Its record, with the hashes that prove it."""
        number = incident_named(desk, key, reader_of(token)).number
        with desk.look() as connection:
            return {"entries": [entry_json(one) for one in timeline.entries(connection, number)]}

    @api.get(
        "/incidents/{key}/escalation", response_model=None, responses=answered((200, EscalationOut))
    )
    def show_escalation(key: str, token: Annotated[Token, Depends(may_read)]) -> dict[str, Any]:
        """Who is asked next and when, how fast the path is climbed, and who answered a page."""
        one = incident_named(desk, key, reader_of(token))
        with desk.look() as connection:
            return escalation_json(one, calls_of(desk, connection, one.number))

    @api.get("/incidents/{key}/times", response_model=None, responses=answered((200, TimesOut)))
    def show_times(key: str, token: Annotated[Token, Depends(may_read)]) -> dict[str, Any]:
        """The five times it is measured by, whose word each is, and what contradicts what."""
        one = incident_named(desk, key, reader_of(token))
        with desk.look() as connection:
            return times_json(keytimes.facts_of(one, timeline.entries(connection, one.number)))


def _add_declaring(api: FastAPI, desk: Desk, clock: Clock) -> None:
    may_write = doors.needs(desk, "incidents:write", clock)

    @api.post(
        "/incidents",
        status_code=201,
        openapi_extra=described(DeclareIn),
        responses=answered((201, IncidentOut), (200, IncidentOut)),
    )
    async def declare_incident(
        request: Request,
        token: Annotated[Token, Depends(may_write)],
        idempotency_key: Annotated[IdempotencyKey | None, Header()] = None,
    ) -> Response:
        """Declare an incident. The same ``Idempotency-Key`` again answers with the same one."""
        body = await doors.read(request)
        if isinstance(body, Response):
            return body
        by = doors.origin(token, idempotency_key)
        return await anyio.to_thread.run_sync(_declare, desk, clock, body, by, token)


def _declare(desk: Desk, clock: Clock, body: bytes, by: Origin, token: Token) -> Response:
    wish = doors.parse(body, DeclareIn)
    if isinstance(wish, Response):
        return wish
    if (wish.private or wish.security) and "private" not in token.scopes:
        denied(desk, "private", "api", by=by, now=clock())
        return problem(403, "The token lacks the scope private.")
    known = desk.catalog.canonical
    order = Declare(
        title=clean_line(wish.title),
        severity=wish.severity,
        services=tuple(dict.fromkeys(known(name) or name for name in wish.services)),
        is_drill=wish.drill,
        detected_by="api",
        is_private=wish.private,
        started_at=_in_utc(wish.started_at),
        ended_at=_in_utc(wish.ended_at),
        drill_pages=wish.page,
        is_security=wish.security,
        fields=wish.fields,
    )
    try:
        found, status = declare(desk, order, by=by, now=clock()).incident, 201
    except Repeated as repeated:
        found, status = incident_named(desk, f"INC-{repeated.incident}", reader_of(token)), 200
    return JSONResponse(incident_json(found), status_code=status)


def _in_utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)


def _add_budgets(api: FastAPI, desk: Desk, clock: Clock) -> None:
    may_read = Depends(doors.needs(desk, "read", clock))

    @api.get(
        "/slos", dependencies=[may_read], response_model=None, responses=answered((200, BudgetsOut))
    )
    def list_slos() -> dict[str, Any]:
        """Every error budget, and what several come to together."""
        with desk.look() as connection:
            found = all_budgets(desk, connection, clock())
        return {
            "slos": [budget_json(one) for one in found],
            "composites": [composite_json(one) for one in composites_of(desk, found)],
        }

    @api.get(
        "/slos/{service}/{name}",
        dependencies=[may_read],
        response_model=None,
        responses=answered((200, BudgetOut)),
    )
    def show_slo(service: str, name: str) -> dict[str, Any]:
        """One error budget."""
        with desk.look() as connection:
            found = budget_named(desk, connection, f"{service}/{name}", clock())
        if found is None:
            raise HTTPException(404, f"There is no SLO called {service}/{name}.")
        return budget_json(found)

    @api.get(
        "/services",
        dependencies=[may_read],
        response_model=None,
        responses=answered((200, ServicesOut)),
    )
    def services() -> dict[str, Any]:
        """The catalogue."""
        return {
            "services": [
                {"name": one.name, "title": one.title, "tier": one.tier, "team": one.team}
                for one in desk.catalog.services
            ]
        }


def _add_oncall(api: FastAPI, desk: Desk, clock: Clock) -> None:
    may_read = Depends(doors.needs(desk, "read", clock))

    @api.get(
        "/oncall",
        dependencies=[may_read],
        response_model=None,
        responses=answered((200, OnCallOut)),
    )
    def on_call(
        of: Annotated[str, Query(max_length=80)] = "",
        at: Annotated[AwareDatetime | None, Query()] = None,
    ) -> dict[str, Any]:
        """Who is, was or will be on call: ``of`` a rotation, a team or a service, or in all.

        What was does not change when the configuration does.
        """
        now = clock()
        moment = at.astimezone(UTC) if at else now
        with desk.look() as connection:
            names = named(desk.catalog, connection, of) if of else None
            found = roster_at(desk.catalog, connection, moment, now, names)
            duty = [duty_json(one) for one in duties(connection, found, moment)]
        return {"at": moment.isoformat(), "oncall": duty}


async def _invalid(_: Request, error: Exception) -> Response:
    return (
        invalid(list(error.errors()))
        if isinstance(error, RequestValidationError)
        else problem(400, "The request is not what is expected here.")
    )


async def _refused(say: Say, _: Request, error: Exception) -> Response:
    """What the rules say no to: 404, 403, or 409 for everything that another state would allow."""
    if isinstance(error, Unavailable):
        return unavailable(error)
    status = 404 if isinstance(error, NotFound) else 403 if isinstance(error, Forbidden) else 409
    if isinstance(error, Refused):
        return problem(status, shown(error.why, say), instead=shown(error.instead, say))
    return problem(status, shown(str(error), say))
