"""``warroom slo rules``: SLOs as recording and alerting rules for Prometheus."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson


class Step(StrEnum):
    """How often events are counted."""

    HALF_A_MINUTE = "30s"
    MINUTE = "1m"
    FIVE_MINUTES = "5m"


def rules(
    config: Annotated[
        Path | None, typer.Option(help="The configuration; else WARROOM_CONFIG_DIR.")
    ] = None,
    step: Annotated[
        Step, typer.Option(help="Count this often: at least two scrapes have to fit in.")
    ] = Step.MINUTE,
    group_limit: Annotated[
        int, typer.Option(min=0, help="At most so many rules in a group; Mimir allows 20.")
    ] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Write them here instead of printing them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the SLOs as rules for Prometheus, Thanos, Mimir or VictoriaMetrics.

    Exit 1 if an SLO is left out; it is told which, and why.
    Example: warroom slo rules --out /etc/prometheus/rules/warroom.yml
    """
    from incidents.catalog.openslo import read_objectives
    from incidents.errors import Misconfigured, Refused
    from incidents.render.prometheus_rules import STEPS, Options, as_yaml
    from incidents.render.prometheus_rules import rules as rules_of

    folder = config or common.settings().warroom_config_dir
    if folder is None:
        raise Refused("There is no configuration.", instead="Name one with --config DIR.")
    objectives, problems = read_objectives(folder / "slos")
    wrong = tuple(one for one in problems if not one.is_warning)
    if wrong:
        raise Misconfigured(wrong)
    found = rules_of(objectives, Options(STEPS[step.value], group_limit))
    text = as_yaml(found)
    for slo, why in found.left_out:
        typer.echo(f"left out: {slo}: {why}", err=True)
    if out is not None:
        out.write_text(text, encoding="utf-8")
        typer.echo(f"{len(found.counted)} SLOs as rules in {out}", err=True)
    elif as_json:
        left_out = [{"slo": slo, "because": why} for slo, why in found.left_out]
        common.show({**found.file, "left_out": left_out}, [], as_json=True)
    else:
        sys.stdout.write(text)
    if found.left_out:
        raise typer.Exit(1)
