"""``warroom catalog``: the blast radius of a service, and importing from other catalogues."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

if TYPE_CHECKING:
    from incidents.catalog.catalog import Catalog
    from incidents.catalog.imports.entries import Imported
    from incidents.catalog.imports.plan import Plan
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
    from incidents.catalog.imports.plan import write as carry_out
    from incidents.errors import Refused

    folder = write or config or common.settings().warroom_config_dir or Path("warroom")
    planned = plan(source.value, _imported(source, path, under), folder, tier=tier)
    if write and planned.is_changed and not force:
        raise Refused(
            f"{write / planned.file} was changed by hand, and that would be lost.",
            instead="Move what you changed into a file of your own, or add --force.",
        )
    does_write = write is not None and planned.before != planned.after
    if does_write:
        carry_out(planned, folder)
    common.show(_plan_json(planned, written=does_write), [], as_json=as_json)
    if not as_json:
        _print_plan(planned, folder, written=does_write)
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


def _print_plan(planned: "Plan", folder: Path, *, written: bool) -> None:
    print(planned.diff or f"{planned.file} stays as it is.\n", end="")
    changes = (("added", planned.added), ("changed", planned.changed), ("removed", planned.removed))
    told = [f"{len(names)} {word}" for word, names in changes if names]
    print(f"\n{', '.join(told) or 'Nothing to change'} in {folder / planned.file}.")
    if planned.is_changed:
        print("It was changed by hand since the last import; that is lost (see the - lines).")
    for title, lines in (("Left alone", planned.left_alone), ("Remarks", planned.remarks)):
        if lines:
            print("\n".join((f"\n{title}:", *(f"  {one}" for one in lines))))
    if planned.problems:
        print("\nwarroom check would find:" if not written else "\nwarroom check finds:")
        for problem in planned.problems:
            print(f"  {problem}")
    if not written and planned.diff:
        print("\nNothing was written. To write it, add --write FOLDER.")


def _plan_json(planned: "Plan", *, written: bool) -> dict[str, object]:
    return {
        "file": planned.file,
        "written": written,
        "added": list(planned.added),
        "changed": list(planned.changed),
        "removed": list(planned.removed),
        "left_alone": list(planned.left_alone),
        "remarks": list(planned.remarks),
        "problems": [str(one) for one in planned.problems],
        "changed_by_hand": planned.is_changed,
        "diff": planned.diff,
    }


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
