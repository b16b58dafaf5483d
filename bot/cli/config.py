"""``warroom init`` and ``warroom check``: configuration as code."""

import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import AsJson
from incidents.errors import Problem


def init(folder: Annotated[Path, typer.Argument(help="A new or empty folder.")]) -> None:
    """Write a small organisation to start from: services, teams, on-call, SLOs, warroom.yaml.

    Example: warroom init ./warroom && WARROOM_CONFIG_DIR=./warroom warroom check
    """
    from incidents import assets
    from incidents.errors import Refused

    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty.", instead="Name a new folder.")
    shutil.copytree(assets.folder("templates") / "init", folder, dirs_exist_ok=True)
    print(f"Written to {folder}. Change it, then: WARROOM_CONFIG_DIR={folder} warroom check")


def check(
    config: Annotated[Path | None, typer.Option(help="Instead of WARROOM_CONFIG_DIR.")] = None,
    strict: Annotated[bool, typer.Option(help="Exit 1 for warnings too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check the catalogue, SLOs, decision trees and templates; name each fault's place.

    Exit 1 if there are faults; warnings alone exit 0. Example: warroom check --config ./warroom
    """
    from bot.cli import common
    from incidents.errors import Refused

    folder = config or common.settings().warroom_config_dir
    if folder is None:
        raise Refused("There is no configuration to check.", instead="Add --config FOLDER.")
    ordered = _problems_in(folder, common.now().date())
    found = [
        {"file": one.file, "line": one.line, "column": one.column, "what": one.what,
         "expected": one.expected, "severity": "warning" if one.is_warning else "error"}
        for one in ordered
    ]  # fmt: skip
    rows = [[str(one)] for one in ordered] or [[f"{folder} is in order."]]
    common.show({"problems": found}, rows, as_json=as_json)
    if any(strict or not one.is_warning for one in ordered):
        sys.exit(1)


def _problems_in(folder: Path, today: date) -> list[Problem]:
    """Everything that is wrong in any of its files, in order."""
    from incidents.catalog.catalog import check_catalog, load_catalog
    from incidents.catalog.ceilings import ceilings
    from incidents.catalog.openslo import Placed, objectives_with
    from incidents.catalog.probes import read_probes
    from incidents.catalog.scopes import deaf
    from incidents.catalog.slo_names import strange_names
    from incidents.catalog.trees import read_trees
    from incidents.render import faults as template_faults

    problems: list[Problem] = [*check_catalog(folder, today)]
    placed: tuple[Placed, ...] = ()
    if (folder / "slos").is_dir():
        placed, faults = objectives_with(folder, {})
        problems += faults
        if all(one.is_warning for one in problems):
            catalog = load_catalog(folder)
            problems += [
                *ceilings(catalog, placed),
                *strange_names(catalog, placed),
                *deaf(catalog, [one.objective for one in placed]),
            ]
    problems += read_probes(folder, [one.objective.slo for one in placed])[1]
    if (folder / "runbooks").is_dir():
        problems += read_trees([folder / "runbooks"])[1]
    if (folder / "templates").is_dir():
        problems += template_faults.problems(folder / "templates")
    return sorted(set(problems))
