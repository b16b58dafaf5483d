"""``warroom audit``."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli import common
from bot.cli.common import AsJson

app = typer.Typer(no_args_is_help=True)


@app.callback()
def about() -> None:
    """Who did what to the bot itself: tokens, retries, restores, exports, configurations."""


@app.command()
def verify(
    anchor: Annotated[
        Path | None, typer.Option(help="The file of anchors; WARROOM_AUDIT_ANCHOR without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Is the audit log whole, in order and unchanged? Exit 1 if not, naming the first bad row."""
    from incidents.errors import Refused
    from incidents.store import anchors, audit

    desk, path = common.desk(), anchor or common.settings().warroom_audit_anchor
    try:
        known = anchors.read(path, desk.store.seal) if path else ()
    except Refused as error:
        print(f"warroom: {error}", file=sys.stderr)
        sys.exit(1)
    with desk.look() as connection:
        found = audit.verify(connection, known)
    value: dict[str, Any] = {
        "entries": found.entries,
        "whole": found.broken is None,
        "first_broken": found.broken,
    }
    if found.broken is not None:
        value["because"] = found.because
    common.show(value, [[_words(found, len(known))]], as_json=as_json)
    if found.broken is not None:
        sys.exit(1)


def _words(found: Any, known: int) -> str:  # noqa: ANN401 (incidents.store is imported late)
    if found.broken is not None:
        return f"{found.entries} entries fit, broken at entry {found.broken}: {found.because}."
    how = f", {found.sealed} of them sealed" if found.sealed else ", not sealed"
    held = f", held by {known} anchors" if known else ""
    return f"{found.entries} entries, whole and in order{how}{held}."
