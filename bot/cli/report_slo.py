"""``warroom slo report``: attained against promised, and where the budgets went."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

if TYPE_CHECKING:
    from incidents.model.budget_report import Report


class Format(StrEnum):
    """How a report is written."""

    TABLE = "table"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"


def report(
    *,
    month: Annotated[str, typer.Option(help="A month in UTC, like 2026-10.")] = "",
    quarter: Annotated[str, typer.Option(help="A quarter in UTC, like 2026-Q4.")] = "",
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.TABLE,
    with_private: Annotated[
        bool, typer.Option(help="Name private incidents; else what they took is nobody's.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Attained against promised, and which incidents took the budget, over a month or a quarter.

    Without one, every SLO over its own window. Each failure is counted once.
    Example: warroom slo report --month 2026-10 --format markdown > october.md
    """
    from incidents.errors import Refused

    if month and quarter:
        raise Refused("A month or a quarter, not both.", instead="Leave one of them out.")
    form = Format.JSON if as_json else form
    if month or quarter:
        _period(month or quarter, form, with_private=with_private)
        return
    if form not in {Format.TABLE, Format.JSON}:
        raise Refused(
            f"Only a period is written as {form}.", instead="Add one, like --month 2026-10."
        )
    _windows(as_json=form is Format.JSON)


def _period(written: str, form: Format, *, with_private: bool) -> None:
    from bot.api.report_shapes import report_json
    from incidents.model.access import ALL_SEEING, PUBLIC
    from incidents.queries.budget_report import report_named
    from incidents.queries.capacity import headroom_of_all
    from incidents.render.budget_report import as_csv, as_markdown

    desk = common.desk()
    reader = ALL_SEEING if with_private else PUBLIC
    with desk.look() as connection:
        now = common.now(desk)
        found = report_named(desk, connection, written, now, reader=reader)
        is_document = form is Format.MARKDOWN
        room = headroom_of_all(desk, connection, now) if is_document else ()
    if is_document or form is Format.CSV:
        print(
            as_markdown(found, [one.told for one in room]) if is_document else as_csv(found), end=""
        )
        return
    common.show(report_json(found), _rows(found), as_json=form is Format.JSON)


def _rows(found: "Report") -> list[list[str]]:
    from incidents.model.ids import key
    from incidents.model.objective import percent
    from incidents.render.budget_report import (
        NOBODYS,
        attained_in_words,
        promise_in_words,
        told,
        verdict,
    )

    rows = [["SLO", "PROMISED", "ATTAINED", "VERDICT", "BAD", "BUDGET", "TAKEN BY"]]
    for one in found.lines:
        spent = "-" if one.spent is None else percent(one.spent)
        rows.append(
            [one.slo, promise_in_words(one), attained_in_words(one), verdict(one),
             told(one, one.counts.bad), spent, "all" if one.by_incident else NOBODYS]
        )  # fmt: skip
        rows += [
            ["", "", "", "", told(one, it.bad), percent(it.spent),
             f"{key(it.incident)} {it.title.raw}"]
            for it in one.by_incident
        ]  # fmt: skip
        if one.by_incident and one.rest:
            rows.append(["", "", "", "", told(one, one.rest), percent(one.rest_spent), NOBODYS])
    return rows


def _windows(*, as_json: bool) -> None:
    from bot.api.shapes import budget_json
    from incidents.queries.slo import all_budgets

    desk = common.desk()
    with desk.look() as connection:
        found = all_budgets(desk, connection, common.now(desk))
    rows = [["SLO", "WINDOW", "PROMISED", "ATTAINED", "GOOD", "BAD", "VERDICT"]]
    for one in found:
        attained = "no data" if one.sli is None else f"{one.sli:.4%}"
        met = one.sli is not None and one.sli >= float(one.target)
        verdict = "no data" if one.sli is None else "met" if met else "missed"
        rows.append(
            [one.slo, one.counting.over, f"{float(one.target):.4%}", attained,
             str(one.good), str(one.bad), verdict]
        )  # fmt: skip
        if one.raw is not None and one.raw.sli is not None:
            raw = one.raw
            rows.append(
                ["  if all counted", "", "", f"{one.raw.sli:.4%}", str(raw.good), str(raw.bad), ""]
            )
    common.show({"slos": [budget_json(one) for one in found]}, rows, as_json=as_json)
