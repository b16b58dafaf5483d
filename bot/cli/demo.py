"""``warroom demo``: try all of it with nothing, or watch a whole outage in half a minute."""

import socket
from pathlib import Path
from typing import Annotated, Literal

import typer

Transport = Literal["http", "socket"]


def demo(
    port: Annotated[int, typer.Option(help="Where to listen; 0 takes any free port.")] = 8080,
    script: Annotated[str, typer.Option(help="Play a script: checkout-outage.")] = "",
    exit_: Annotated[bool, typer.Option("--exit", help="End when the script has ended.")] = False,
    data: Annotated[Path | None, typer.Option(help="Keep everything in this folder.")] = None,
    transport: Annotated[Transport, typer.Option(help="How Slack reaches the bot.")] = "http",
    database: Annotated[str, typer.Option(help="Another database than SQLite, by URL.")] = "",
) -> None:
    """One process, no Slack account: a workspace, the bot, services, SLOs and traffic.

    Example: warroom demo --script checkout-outage --exit
    """
    from bot import logs
    from bot.demo import run

    if script and script not in run.SCRIPTS:
        raise typer.BadParameter(f"there is: {', '.join(run.SCRIPTS)}", param_hint="--script")
    if exit_ and not script:
        raise typer.BadParameter("it ends a script: add --script", param_hint="--exit")
    logs.configure("text", level="WARNING")
    options = run.Options(_free(0 if script and port == 8080 else port), data, transport, database)  # noqa: PLR2004 (the default)
    if not script:
        run.open_ended(options, typer.echo)
        return
    went_well = run.play(options, typer.echo)
    if not went_well:
        raise typer.Exit(1)
    if not exit_:
        run.open_ended(options, typer.echo)


def _free(port: int) -> int:
    """``port``, or one that nobody uses if it is 0 or taken."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
