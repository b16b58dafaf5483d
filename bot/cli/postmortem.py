"""``warroom postmortem``."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import common

app = typer.Typer(no_args_is_help=True)


@app.callback()
def about() -> None:
    """Postmortems, drafted from the record."""


@app.command()
def export(
    key: str,
    out: Annotated[Path, typer.Option(help="The folder to write into.")] = Path(),
) -> None:
    """Write a postmortem as Markdown. What people wrote between its markers is kept.

    Example: warroom postmortem export INC-1 --out postmortems
    """
    from incidents.actions import postmortem

    desk, number = common.desk(), common.number(key)
    written = postmortem.export(desk, number, out, common.now(desk))
    common.audited(desk, "postmortem.export", f"INC-{number}")
    print(written)
