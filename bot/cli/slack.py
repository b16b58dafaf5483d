"""``warroom slack``."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from bot.cli.common import AsJson

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
    """Print the app's manifest: the core, and what `slack.features` in warroom.yaml switches on.

    Example: warroom slack manifest --socket --link
    """
    from bot.app import read_configuration
    from bot.cli import common
    from bot.slack.manifest import manifest as make
    from incidents.errors import Refused

    settings = common.settings()
    address = url or settings.warroom_public_url
    if not socket and not address:
        raise Refused(
            "Slack has to be told where warroom is.", instead="Add --url https://…, or --socket."
        )
    features = read_configuration(settings.warroom_config_dir).catalog.settings.features
    made = make(address, command=settings.warroom_command, socket=socket, features=features)
    if link:
        compact = json.dumps(made, separators=(",", ":"))
        print(f"https://api.slack.com/apps?new_app=1&manifest_json={quote(compact)}")
        return
    print(json.dumps(made, indent=2))


@app.command()
def compare(
    file: Annotated[Path, typer.Argument(help="The manifest as Slack shows it, in JSON.")],
    as_json: AsJson = False,
) -> None:
    """Say what an app lacks, or has too much: after an upgrade, or after changing the features.

    Slack shows an app's manifest under App Manifest, in JSON. Exit 1 if something differs.

    Example: warroom slack compare ./manifest.json
    """
    from bot.app import read_configuration
    from bot.cli import common
    from bot.slack.manifest import differences
    from bot.slack.manifest import manifest as make
    from incidents.errors import Refused

    try:
        theirs = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{file} is no manifest: {error}.", instead="Copy it as JSON.") from None
    settings = common.settings()
    features = read_configuration(settings.warroom_config_dir).catalog.settings.features
    ours = make(
        settings.warroom_public_url,
        command=settings.warroom_command,
        socket=settings.warroom_transport == "socket",
        features=features,
    )
    found = differences(theirs, ours)
    rows = [[one.what, one.say] for one in found] or [["manifest", "is what it should be"]]
    common.show([asdict(one) for one in found], rows, as_json=as_json)
    sys.exit(1 if found else 0)
