"""``warroom audit``."""

import sys

import typer

from bot.cli import common
from bot.cli.common import AsJson

app = typer.Typer(no_args_is_help=True)


@app.callback()
def about() -> None:
    """Who did what to the bot itself: tokens, retries, restores."""


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Is the audit log whole, in order and unchanged? Exit 1 if not, naming the first bad row."""
    from incidents.store import audit

    with common.desk().look() as connection:
        count, broken = audit.verify(connection)
    value = {"entries": count, "whole": broken is None, "first_broken": broken}
    words = "whole and in order" if broken is None else f"broken at entry {broken}"
    common.show(value, [[f"{count} entries, {words}."]], as_json=as_json)
    if broken is not None:
        sys.exit(1)
