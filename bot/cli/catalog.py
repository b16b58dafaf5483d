"""``warroom catalog``: the blast radius of a service, and importing from other catalogues."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import common, plans
from bot.cli.common import AsJson

if TYPE_CHECKING:
    from incidents.catalog.catalog import Catalog
    from incidents.catalog.imports.entries import Imported
    from incidents.model.blast import Blast

app = typer.Typer(no_args_is_help=True)


class Source(StrEnum):
    """Catalogues that can be read."""

    BACKSTAGE = "backstage"
    DATADOG = "datadog"
    OPSLEVEL = "opslevel"
    CODEOWNERS = "codeowners"


Config = Annotated[Path | None, typer.Option(help="Instead of WARROOM_CONFIG_DIR.")]


@app.callback()
def _group() -> None:
    """What exists, who owns it, and what breaks with it."""


@app.command()
def blast(
    service: Annotated[str, typer.Argument(help="A service or a vendor.")],
    config: Config = None,
    mermaid: Annotated[bool, typer.Option(help="Print a Mermaid picture.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what an outage of SERVICE reaches: how deep, through what, which SLOs and customers.

    Example: warroom catalog blast orders-db --mermaid
    """
    from incidents.catalog.catalog import load_catalog
    from incidents.catalog.openslo import read_objectives
    from incidents.queries.blast import blast_in
    from incidents.render import blast as pictures

    folder = folder_of(config)
    catalog = load_catalog(folder, common.settings().warroom_cache_dir)
    objectives = read_objectives(folder / "slos")[0] if (folder / "slos").is_dir() else ()
    found = blast_in(catalog, service, objectives)
    if mermaid:
        print(pictures.mermaid(catalog.services, found), end="")
        return
    common.show(_json(catalog, found), _rows(catalog, found), as_json=as_json)
    if not as_json:
        print(f"\n{found.vendor or ', '.join(found.origins)}: {found.says}")
        for slo in found.promises:
            print(f"SLO {slo.slo} ({slo.strength}, {slo.depth} deep)")


@app.command("import")
def import_(  # noqa: PLR0913, PLR0917 (typer wants each option as a parameter)
    source: Annotated[Source, typer.Argument(help="Where it comes from.")],
    path: Annotated[Path, typer.Argument(help="A file, or a folder that is searched.")],
    write: Annotated[
        Path | None, typer.Option(help="Write into this configuration; else nothing is written.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Compare with this; else WARROOM_CONFIG_DIR.")
    ] = None,
    tier: Annotated[int, typer.Option(min=1, max=4, help="Of services that have none.")] = 3,
    under: Annotated[
        str, typer.Option(help="codeowners: each folder inside this one is a service.")
    ] = "",
    force: Annotated[
        bool, typer.Option(help="Overwrite an imported file that was changed by hand.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show, as a diff, what another catalogue would change; with --write, change it.

    Only services/imported-SOURCE.yaml is ever written. Exit 1 if `warroom check` would find faults.
    Example: warroom catalog import backstage ~/src --write ./warroom
    """
    from incidents.catalog.imports.plan import plan

    folder = write or config or common.settings().warroom_config_dir or Path("warroom")
    planned = plan(source.value, _imported(source, path, under), folder, tier=tier)
    does_write = write is not None and plans.carry_out(planned, folder, force=force)
    plans.show(planned, folder, written=does_write, flag="--write FOLDER", as_json=as_json)
    if planned.problems:
        raise typer.Exit(1)


def _imported(source: Source, path: Path, under: str) -> "Imported":
    from incidents.catalog.imports.backstage import read_backstage
    from incidents.catalog.imports.codeowners import read_codeowners
    from incidents.catalog.imports.datadog import read_datadog
    from incidents.catalog.imports.opslevel import read_opslevel

    if source is Source.CODEOWNERS:
        return read_codeowners(path, under)
    readers = {
        Source.BACKSTAGE: read_backstage,
        Source.DATADOG: read_datadog,
        Source.OPSLEVEL: read_opslevel,
    }
    return readers[source](path)


def folder_of(config: Path | None) -> Path:
    """The configuration that is meant. Raises `Refused` if there is none."""
    from incidents.errors import Refused

    folder: Path | None = config or common.settings().warroom_config_dir
    if folder is None:
        raise Refused("There is no configuration to look at.", instead="Add --config FOLDER.")
    return folder


def _rows(catalog: "Catalog", found: "Blast") -> list[list[object]]:
    heading: list[object] = ["DEPTH", "SERVICE", "HOW", "TIER", "TEAM", "THROUGH"]
    rows: list[list[object]] = []
    for one in found.reached:
        service = catalog.services.by_name[one.service]
        how = "fails" if one.strength == "hard" else "gets worse"
        rows.append(
            [one.depth, one.service, how, service.tier, service.team or "nobody", one.through]
        )
    return [heading, *rows]


def _json(catalog: "Catalog", found: "Blast") -> dict[str, object]:
    return {
        "origins": list(found.origins),
        "vendor": found.vendor,
        "depth": found.depth,
        "services": [
            {
                "service": one.service,
                "depth": one.depth,
                "strength": one.strength,
                "through": one.through,
                "way": list(found.way(one.service)),
                "tier": catalog.services.by_name[one.service].tier,
                "team": catalog.services.by_name[one.service].team,
            }
            for one in found.reached
        ],
        "slos": [
            {"slo": one.slo, "service": one.service, "depth": one.depth, "strength": one.strength}
            for one in found.promises
        ],
        "customers": [
            {"name": one.name, "service": one.service, "depth": one.depth, "strength": one.strength}
            for one in found.users
        ],
        "teams": list(found.teams),
    }
