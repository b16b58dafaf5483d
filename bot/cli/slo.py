"""``warroom slo`` and ``warroom gate``: error budgets at the terminal and in a pipeline."""

import sys
from typing import Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

app = typer.Typer(no_args_is_help=True)


@app.command()
def status(
    service: Annotated[str, typer.Argument(help="Only this service's.")] = "",
    as_json: AsJson = False,
) -> None:
    """What is left of each budget, the emptiest first."""
    from bot.api.shapes import budget_json
    from incidents.queries.slo import all_budgets

    desk = common.desk()
    name = desk.catalog.find_service(service).name if service else ""
    with desk.look() as connection:
        found = [
            one
            for one in all_budgets(desk, connection, common.now(desk))
            if not name or one.service == name
        ]
    found.sort(key=lambda one: one.remaining)
    rows = [["SLO", "TARGET", "LEFT", "WHY"]]
    rows += [
        [one.slo, f"{float(one.target):.4%}", f"{one.remaining:.1%}", one.because] for one in found
    ]
    common.show({"slos": [budget_json(one) for one in found]}, rows, as_json=as_json)


@app.command()
def report(as_json: AsJson = False) -> None:
    """Attained against promised, for every SLO over its own window."""
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
            [one.slo, f"{one.window.days} d", f"{float(one.target):.4%}", attained,
             str(one.counts.good), str(one.counts.bad), verdict]
        )  # fmt: skip
    common.show({"slos": [budget_json(one) for one in found]}, rows, as_json=as_json)


@app.command()
def forecast(as_json: AsJson = False) -> None:
    """When each budget runs out, or is back, if the last hour goes on."""
    from incidents.queries.slo import all_budgets
    from incidents.render.tongue import span

    desk = common.desk()
    with desk.look() as connection:
        found = all_budgets(desk, connection, common.now(desk))
    rows = [["SLO", "LEFT", "RUNS OUT IN", "BACK IN"]]
    rows += [
        [one.slo, f"{one.remaining:.1%}", span(one.runs_out_in) if one.runs_out_in else "never",
         span(one.back_in) if one.back_in else "-"]
        for one in found
    ]  # fmt: skip
    value = [
        {
            "slo": one.slo,
            "remaining": one.remaining,
            "runs_out_in_seconds": one.runs_out_in.total_seconds() if one.runs_out_in else None,
            "back_in_seconds": one.back_in.total_seconds() if one.back_in else None,
        }
        for one in found
    ]
    common.show({"slos": value}, rows, as_json=as_json)


def gate(service: str, as_json: AsJson = False) -> None:
    """May this service be changed now? Exit 0 go, 1 warn, 2 frozen, 3 unknown.

    Example: warroom gate checkout && ./deploy.sh
    """
    from incidents.queries.gate import EXIT_CODES, gate_of

    desk = common.desk()
    with desk.look() as connection:
        found = gate_of(desk, connection, service, common.now(desk))
    value = {"service": service, "verdict": found.verdict, "because": found.because}
    common.show(value, [[f"{found.verdict.upper()}: {found.because}"]], as_json=as_json)
    sys.exit(EXIT_CODES[found.verdict])
