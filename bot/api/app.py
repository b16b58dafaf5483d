"""The API's routes: parse, one action or query, and the answer."""

import json
from collections.abc import Callable
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, FastAPI, Header, HTTPException, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError
from starlette.responses import JSONResponse, Response

from bot.api.shapes import budget_json, entry_json, incident_json
from bot.body import read_body
from bot.clock import Clock
from bot.problems import HANDLERS, problem
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Desk, Origin
from incidents.actions.slo import Reading, ingest
from incidents.actions.tokens import check_token
from incidents.errors import Forbidden, NotFound, Refused, Repeated
from incidents.model import ids
from incidents.model.ids import PersonId
from incidents.model.incident import Incident
from incidents.model.objective import SLOName
from incidents.model.severity import Severity
from incidents.model.text import clean_line
from incidents.queries.gate import gate_of
from incidents.queries.slo import all_budgets, budget_named
from incidents.store import incidents, timeline

_LARGEST = 4 * 1024 * 1024  # bytes: 10 000 samples and room to spare
_MOST_SAMPLES = 10_000


class SampleIn(BaseModel):
    """Good and bad events of one SLO in one ten-second bucket."""

    slo: str = Field(max_length=160)
    at: AwareDatetime
    good: int = Field(ge=0)
    bad: int = Field(ge=0)
    source: str = Field(min_length=1, max_length=120)
    seq: int = Field(ge=0)


class BatchIn(BaseModel):
    """Samples that are taken together."""

    samples: list[SampleIn] = Field(max_length=_MOST_SAMPLES)


class DeclareIn(BaseModel):
    """An incident to declare."""

    title: str = Field(min_length=1, max_length=200)
    severity: Severity | None = None
    services: list[str] = Field(default=[], max_length=50)
    drill: bool = False


_BATCH = TypeAdapter(BatchIn)


def create_api(desk: Desk, clock: Clock) -> FastAPI:
    """The API over a desk. Mount it at ``/api/v1``."""
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
    for known in (Refused, Repeated):
        api.add_exception_handler(known, _refused)
    _add_samples(api, desk, clock)
    _add_incidents(api, desk, clock)
    _add_budgets(api, desk, clock)
    return api


def _needs(desk: Desk, scope: str) -> Callable[[str], str]:
    """A dependency: the name of the bearer's token, which must have ``scope``."""

    def bearer(authorization: Annotated[str, Header()] = "") -> str:
        kind, _, secret = authorization.partition(" ")
        name = check_token(desk, secret.strip(), scope) if kind.lower() == "bearer" else None
        if name is None:
            raise HTTPException(
                401,
                f"A bearer token with the scope {scope} is needed: warroom token create.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return name

    return bearer


def _add_samples(api: FastAPI, desk: Desk, clock: Clock) -> None:
    allowed = Depends(_needs(desk, "sli:write"))

    @api.post("/sli", status_code=202, dependencies=[allowed], openapi_extra=_body_of(BatchIn))
    async def take_samples(request: Request) -> Response:
        """Count samples. Repeating a ``(source, seq)`` changes nothing."""
        body = await read_body(request, limit=_LARGEST)
        if isinstance(body, Response):
            return body
        try:
            batch = _BATCH.validate_json(body)
        except ValidationError as error:
            return _faults(error.errors(include_url=False, include_input=False))
        readings = [
            Reading(SLOName(one.slo), one.at, one.good, one.bad, one.source, one.seq)
            for one in batch.samples
        ]
        taken = await anyio.to_thread.run_sync(ingest, desk, readings, clock())
        refused = [{"index": index, "reason": why} for index, why in taken.refused]
        answer = {"accepted": taken.accepted, "repeated": taken.repeated, "refused": refused}
        return JSONResponse(answer, status_code=202)


def _add_incidents(api: FastAPI, desk: Desk, clock: Clock) -> None:
    may_read = Depends(_needs(desk, "read"))
    may_write = _needs(desk, "incidents:write")

    @api.get("/incidents", dependencies=[may_read])
    def list_incidents(limit: int = 50) -> dict[str, Any]:
        """The newest incidents."""
        with desk.look() as connection:
            found = incidents.recent(connection, limit=max(1, min(limit, 200)))
        return {"incidents": [incident_json(one) for one in found]}

    @api.post("/incidents", status_code=201)
    def declare_incident(
        wish: DeclareIn,
        token: Annotated[str, Depends(may_write)],
        idempotency_key: Annotated[str | None, Header(max_length=120)] = None,
    ) -> dict[str, Any]:
        """Declare an incident. The same ``Idempotency-Key`` again answers with the same one."""
        by = Origin(PersonId(f"api:{token}"), "api", idempotency_key)
        order = Declare(
            title=clean_line(wish.title),
            severity=wish.severity,
            services=tuple(wish.services),
            is_drill=wish.drill,
        )
        try:
            return incident_json(declare(desk, order, by=by, now=clock()).incident)
        except Repeated as repeated:
            return incident_json(_incident(desk, f"INC-{repeated.incident}"))

    @api.get("/incidents/{key}", dependencies=[may_read])
    def show_incident(key: str) -> dict[str, Any]:
        """One incident."""
        return incident_json(_incident(desk, key))

    @api.get("/incidents/{key}/timeline", dependencies=[may_read])
    def show_timeline(key: str) -> dict[str, Any]:
        """Its record, with the hashes that prove it."""
        number = _incident(desk, key).number
        with desk.look() as connection:
            return {"entries": [entry_json(one) for one in timeline.entries(connection, number)]}


def _add_budgets(api: FastAPI, desk: Desk, clock: Clock) -> None:
    may_read = Depends(_needs(desk, "read"))

    @api.get("/slos", dependencies=[may_read])
    def list_slos() -> dict[str, Any]:
        """Every error budget."""
        with desk.look() as connection:
            found = all_budgets(desk, connection, clock())
        return {"slos": [budget_json(one) for one in found]}

    @api.get("/slos/{service}/{name}", dependencies=[may_read])
    def show_slo(service: str, name: str) -> dict[str, Any]:
        """One error budget."""
        with desk.look() as connection:
            found = budget_named(desk, connection, f"{service}/{name}", clock())
        if found is None:
            raise HTTPException(404, f"There is no SLO called {service}/{name}.")
        return budget_json(found)

    @api.get("/gate/{service}", dependencies=[may_read])
    def gate(service: Annotated[str, Path(max_length=80)]) -> dict[str, Any]:
        """May this service be changed now? go, warn, frozen or unknown, and why."""
        with desk.look() as connection:
            found = gate_of(desk, connection, service, clock())
        return {"service": service, "verdict": found.verdict, "because": found.because}

    @api.get("/services", dependencies=[may_read])
    def services() -> dict[str, Any]:
        """The catalogue."""
        return {
            "services": [
                {"name": one.name, "title": one.title, "tier": one.tier, "team": one.team}
                for one in desk.catalog.services
            ]
        }


def _incident(desk: Desk, key: str) -> Incident:
    number = ids.parse_key(key)
    with desk.look() as connection:
        found = incidents.get(connection, number) if number is not None else None
    if found is None:
        raise HTTPException(404, f"There is no incident {key[:40]}.")
    return found


def _body_of(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = schema.pop("$defs", {})
    text = json.dumps(schema)
    for name, value in inner.items():
        text = text.replace(json.dumps({"$ref": f"#/components/schemas/{name}"}), json.dumps(value))
    content = {"application/json": {"schema": json.loads(text)}}
    return {"requestBody": {"required": True, "content": content}}


def _faults(errors: Any) -> Response:  # noqa: ANN401 (pydantic's ErrorDetails)
    found = [
        {"field": ".".join(str(step) for step in one["loc"]), "reason": one["msg"]}
        for one in list(errors)[:100]
    ]
    return problem(400, "The body is not what is expected here.", errors=found)


async def _invalid(_: Request, error: Exception) -> Response:
    return (
        _faults(error.errors()) if isinstance(error, RequestValidationError) else problem(400, "")
    )


async def _refused(_: Request, error: Exception) -> Response:
    status = 404 if isinstance(error, NotFound) else 403 if isinstance(error, Forbidden) else 409
    return problem(status, str(error))
