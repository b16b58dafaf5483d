"""``warroom slack``."""

import json
from typing import Annotated
from urllib.parse import quote

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def about() -> None:
    """The Slack app."""


@app.command()
def manifest(
    url: Annotated[str, typer.Option(help="Where Slack reaches warroom: https://…")] = "",
    socket: Annotated[bool, typer.Option("--socket", help="Use Socket Mode instead.")] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Print a link that creates the app.")
    ] = False,
) -> None:
    """Print the app's manifest: exactly the scopes and events that warroom uses.

    Example: warroom slack manifest --socket --link
    """
    from bot.cli import common
    from bot.slack.manifest import manifest as make
    from incidents.errors import Refused

    settings = common.settings()
    address = url or settings.warroom_public_url
    if not socket and not address:
        raise Refused(
            "Slack has to be told where warroom is.", instead="Add --url https://…, or --socket."
        )
    made = make(address, command=settings.warroom_command, socket=socket)
    if link:
        compact = json.dumps(made, separators=(",", ":"))
        print(f"https://api.slack.com/apps?new_app=1&manifest_json={quote(compact)}")
        return
    print(json.dumps(made, indent=2))
