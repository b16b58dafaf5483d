"""``warroom slo``: error budgets at the terminal and in a pipeline."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import common, plans
from bot.cli.capacity_slo import capacity
from bot.cli.common import AsJson
from bot.cli.history_slo import history
from bot.cli.picture_slo import picture
from bot.cli.report_slo import report
from bot.cli.simulate_slo import simulate
from bot.cli.slo_rules import rules

if TYPE_CHECKING:
    from incidents.queries.slo import Budget

app = typer.Typer(no_args_is_help=True)
app.command()(report)
app.command()(capacity)
app.command()(simulate)
app.command()(picture)
app.command()(rules)
app.command()(history)


@app.command()
def status(
    service: Annotated[str, typer.Argument(help="Only this service's.")] = "",
    as_json: AsJson = False,
) -> None:
    """What is left of each budget, the emptiest first."""
    from bot.api.shapes import budget_json, composite_json
    from incidents.queries.composites import composites_of
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
    wholes = composites_of(desk, found)
    rows = [["SLO", "TARGET", "LEFT", "WHY"]]
    rows += [
        [one.slo, f"{float(one.target):.4%}", f"{one.remaining:.1%}", one.because] for one in found
    ]
    rows += [[one.slo, "composite", f"{one.remaining:.1%}", one.because] for one in wholes]
    value = {
        "slos": [budget_json(one) for one in found],
        "composites": [composite_json(one) for one in wholes],
    }
    common.show(value, rows, as_json=as_json)


@app.command()
def forecast(as_json: AsJson = False) -> None:
    """When each budget runs out, or is back, if the last hour goes on.

    What leaves the window is counted: old failures give the budget back. Beside it the same with
    the traffic that the coming hours usually have, and how far off such forecasts were.
    """
    from bot.api.report_shapes import seasonal_json
    from bot.api.shapes import seconds
    from incidents.queries.seasonal import seasonal_of
    from incidents.queries.slo import all_budgets

    desk = common.desk()
    with desk.look() as connection:
        now = common.now(desk)
        found = all_budgets(desk, connection, now)
        usual = {one.slo: seasonal_of(connection, one, now) for one in desk.objectives}
    rows = [["SLO", "LEFT", "RUNS OUT IN", "BACK IN", "WITH THE USUAL WEEK"]]
    rows += [[one.slo, f"{one.remaining:.1%}", *_ahead(one), usual[one.slo].says] for one in found]
    value = [
        {
            "slo": one.slo,
            "remaining": one.remaining,
            "runs_out_in_seconds": seconds(one.runs_out_in),
            "back_in_seconds": seconds(one.back_in),
            "seasonal": seasonal_json(usual[one.slo]),
        }
        for one in found
    ]
    common.show({"slos": value}, rows, as_json=as_json)


def _ahead(budget: "Budget") -> tuple[str, str]:
    from incidents.render.tongue import span

    if budget.is_exhausted:
        return "spent", "never" if budget.back_in is None else span(budget.back_in)
    return "never" if budget.runs_out_in is None else span(budget.runs_out_in), "-"


class Source(StrEnum):
    """Tools whose SLOs can be read."""

    SLOTH = "sloth"
    PYRRA = "pyrra"
    SLO_GENERATOR = "slo-generator"


@app.command("import")
def import_(  # noqa: PLR0913, PLR0917 (typer wants each option as a parameter)
    source: Annotated[Source, typer.Argument(help="Whose files they are.")],
    files: Annotated[list[Path], typer.Argument(help="Files, or folders that are searched.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Write into the configuration in this folder; else nothing is written."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Compare with this; else WARROOM_CONFIG_DIR.")
    ] = None,
    window: Annotated[
        str, typer.Option(help="Like 28d, of SLOs that have none; of sloth's 30d.")
    ] = "",
    service: Annotated[str, typer.Option(help="Of SLOs that name none.")] = "",
    force: Annotated[
        bool, typer.Option(help="Overwrite an imported file that was changed by hand.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show, as a diff, what the SLOs of another tool are here; with --out, write them.

    Only slos/imported-SOURCE.yaml is ever written. What cannot be carried over is told with its
    place; exit 1 if an SLO is left out, or if `warroom check` would find faults.
    Example: warroom slo import sloth slos/ --out ./warroom
    """
    from incidents.catalog.imports.promises import Options
    from incidents.catalog.imports.pyrra import read_pyrra
    from incidents.catalog.imports.slo_generator import read_slo_generator
    from incidents.catalog.imports.slo_plan import plan_slos
    from incidents.catalog.imports.sloth import read_sloth
    from incidents.catalog.openslo_time import duration
    from incidents.errors import Refused

    try:
        duration(window or "28d")
    except ValueError as error:
        raise Refused(f"{error}.", instead="A window is one like 28d or 4w.") from None
    readers = {
        Source.SLOTH: read_sloth,
        Source.PYRRA: read_pyrra,
        Source.SLO_GENERATOR: read_slo_generator,
    }
    folder = out or config or common.settings().warroom_config_dir or Path("warroom")
    carried = readers[source](files, Options(window, service))
    planned = plan_slos(source.value, carried, folder)
    written = out is not None and plans.carry_out(planned, folder, force=force)
    plans.show(planned, folder, written=written, flag="--out FOLDER", as_json=as_json)
    if any(not one.is_warning for one in (*planned.problems, *planned.lost)):
        raise typer.Exit(1)
