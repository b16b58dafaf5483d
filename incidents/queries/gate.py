"""May a service be changed now?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.queries.slo import Budget, all_budgets
from incidents.render.tongue import span

_WARN_BELOW = 0.2  # of the budget left: from here on only what matters should go out


class Verdict(StrEnum):
    """From the most to the least permissive; unknown is neither."""

    GO = "go"
    WARN = "warn"
    FROZEN = "frozen"
    UNKNOWN = "unknown"


EXIT_CODES = {Verdict.GO: 0, Verdict.WARN: 1, Verdict.FROZEN: 2, Verdict.UNKNOWN: 3}


@dataclass(frozen=True, slots=True)
class Gate:
    """What the error budgets of a service say, and the reason."""

    verdict: Verdict
    because: str


def gate_of(desk: Desk, connection: Connection, service: str, now: datetime) -> Gate:
    """The strictest of what its budgets say. Raises `NotFound` for a service nobody knows."""
    name = desk.catalog.find_service(service).name
    budgets = [one for one in all_budgets(desk, connection, now) if one.service == name]
    if not budgets:
        return Gate(Verdict.UNKNOWN, f"{name} has no SLO.")
    worst = min(budgets, key=lambda one: one.remaining)
    if all(one.sli is None for one in budgets):
        return Gate(Verdict.UNKNOWN, f"Nothing has been reported for {name} yet.")
    if worst.is_exhausted:
        back = f" It is back in {span(worst.back_in)}." if worst.back_in else ""
        return Gate(Verdict.FROZEN, f"{_left(worst)}{back}")
    return Gate(Verdict.WARN if worst.remaining < _WARN_BELOW else Verdict.GO, _left(worst))


def _left(budget: Budget) -> str:
    return f"{budget.slo} has {budget.remaining:.1%} of its error budget left."
