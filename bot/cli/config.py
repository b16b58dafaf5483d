"""``warroom init`` and ``warroom check``: configuration as code."""

import shutil
import sys
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
    as_json: AsJson = False,
) -> None:
    """Check the catalogue, SLOs, decision trees and templates; name each fault's place.

    Exit 1 if there are faults. Example: warroom check --config ./warroom
    """
    from bot.cli import common
    from incidents.catalog.catalog import load_catalog
    from incidents.catalog.openslo import read_objectives
    from incidents.catalog.trees import read_trees
    from incidents.errors import Misconfigured, Refused
    from incidents.render import faults

    folder = config or common.settings().warroom_config_dir
    if folder is None:
        raise Refused("There is no configuration to check.", instead="Add --config FOLDER.")
    problems: list[Problem] = []
    try:
        load_catalog(folder)
    except Misconfigured as error:
        problems += error.problems
    if (folder / "slos").is_dir():
        problems += read_objectives(folder / "slos")[1]
    if (folder / "runbooks").is_dir():
        problems += read_trees([folder / "runbooks"])[1]
    if (folder / "templates").is_dir():
        problems += faults.problems(folder / "templates")
    found = [
        {"file": one.file, "line": one.line, "column": one.column, "what": one.what,
         "expected": one.expected}
        for one in sorted(set(problems))
    ]  # fmt: skip
    rows = [[str(one)] for one in sorted(set(problems))] or [[f"{folder} is in order."]]
    common.show({"problems": found}, rows, as_json=as_json)
    if found:
        sys.exit(1)
