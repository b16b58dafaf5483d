"""What incidents took from error budgets, for programs."""

from typing import Annotated, Any

from fastapi import Depends, FastAPI

from bot.api import doors
from bot.api.answers import CostsOut, answered
from bot.api.looking import incident_named, reader_of
from bot.clock import Clock
from incidents.actions.desk import Desk
from incidents.queries.costs import costs_of
from incidents.store.tokens import Token


def add_budget_reports(api: FastAPI, desk: Desk, clock: Clock) -> None:
    """``/incidents/{key}/costs``."""
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
