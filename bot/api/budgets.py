"""What incidents took from error budgets, for programs."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Path, Query
from starlette.responses import Response

from bot.api import doors
from bot.api.answers import CapacityOut, CostsOut, ForecastOut, ReportOut, answered
from bot.api.looking import incident_named, reader_of
from bot.api.report_shapes import forecast_json, headroom_json, report_json
from bot.clock import Clock
from incidents.actions.desk import Desk
from incidents.queries.budget_report import report_named
from incidents.queries.capacity import headroom_of, headroom_of_all
from incidents.queries.costs import costs_of
from incidents.queries.seasonal import seasonal_named
from incidents.queries.slo import budget_named
from incidents.render.budget_report import as_csv, as_markdown
from incidents.store.tokens import Token

_WRITTEN: dict[int | str, dict[str, Any]] = {
    200: {
        "model": ReportOut,
        "content": {
            "text/markdown": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


class Written(StrEnum):
    """How a report is written."""

    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"


def add_budget_reports(api: FastAPI, desk: Desk, clock: Clock) -> None:
    """``/incidents/{key}/costs`` and ``/budget-reports/{period}``."""
    may_read = doors.needs(desk, "read", clock)

    @api.get("/incidents/{key}/costs", response_model=None, responses=answered((200, CostsOut)))
    def show_costs(key: str, token: Annotated[Token, Depends(may_read)]) -> dict[str, Any]:
        """What the incident took from error budgets: so far, or as the record keeps it."""
        one = incident_named(desk, key, reader_of(token))
        with desk.look() as connection:
            found = costs_of(desk, connection, one, clock())
        return {
            "key": one.key,
            "so_far": one.resolved_at is None,
            "costs": [
                {"slo": cost.slo, "bad": cost.bad, "spent": float(cost.spent), "over": cost.over}
                for cost in found
            ],
        }

    @api.get("/budget-reports/{period}", response_model=None, responses={**answered(), **_WRITTEN})
    def show_report(
        period: Annotated[str, Path(max_length=20, description="2026-10 or 2026-Q4, in UTC.")],
        token: Annotated[Token, Depends(may_read)],
        written: Annotated[Written, Query(alias="format")] = Written.JSON,
    ) -> dict[str, Any] | Response:
        """What each SLO promised and attained in a month or a quarter, and what took its budget.

        Private incidents are named for a token with ``private`` only.
        """
        with desk.look() as connection:
            found = report_named(desk, connection, period, clock(), reader=reader_of(token))
            is_text = written is Written.MARKDOWN
            room = headroom_of_all(desk, connection, clock()) if is_text else ()
        if written is Written.CSV:
            return Response(as_csv(found), media_type="text/csv; charset=utf-8")
        if written is Written.MARKDOWN:
            return Response(
                as_markdown(found, [one.told for one in room]),
                media_type="text/markdown; charset=utf-8",
            )
        return report_json(found)

    @api.get(
        "/slos/{service}/{name}/forecast",
        dependencies=[Depends(may_read)],
        response_model=None,
        responses=answered((200, ForecastOut)),
    )
    def show_forecast(service: str, name: str) -> dict[str, Any]:
        """When the budget runs out or is back: exactly, if the last hour goes on, and by season."""
        now, named = clock(), f"{service}/{name}"
        with desk.look() as connection:
            budget = budget_named(desk, connection, named, now)
            usual = seasonal_named(desk, connection, named, now)
        if budget is None or usual is None:
            raise HTTPException(404, f"There is no SLO called {named}.")
        return forecast_json(budget, usual)

    @api.get(
        "/capacity/{service}",
        dependencies=[Depends(may_read)],
        response_model=None,
        responses=answered((200, CapacityOut)),
    )
    def show_capacity(service: Annotated[str, Path(max_length=80)]) -> dict[str, Any]:
        """How much more traffic a service bears before its SLOs break, as its history tells."""
        with desk.look() as connection:
            found = headroom_of(desk, connection, service, clock())
        return {"service": service, "slos": [headroom_json(one) for one in found]}
