"""``warroom serve``."""

import os
import sys
from typing import Annotated, Literal

import typer

_STUCK = 70  # EX_SOFTWARE of sysexits.h


def serve(
    transport: Annotated[
        Literal["http", "socket"] | None, typer.Option(help="Instead of WARROOM_TRANSPORT.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Instead of WARROOM_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Instead of WARROOM_PORT.")] = None,
) -> None:
    """Serve Slack, alert intake, the API and the console until stopped.

    Example: SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… warroom serve --transport socket
    """
    import uvicorn

    from bot import logs
    from bot.app import build
    from bot.cli import common
    from bot.doorkeeper import doorkeeper, open_more_files
    from bot.settings import BadSettings, needed_to_serve

    given = {"warroom_transport": transport, "warroom_host": host, "warroom_port": port}
    settings = common.settings().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    missing = needed_to_serve(settings)
    if missing:
        raise BadSettings(
            f"Missing: {', '.join(missing)}. Set them, or name files with _FILE. "
            "`warroom demo` needs none of them; `warroom doctor` checks them."
        )
    logs.configure(settings.warroom_log, secrets=settings.secrets)
    app = build(settings, on_dead=_end)
    app.seat.enter(app.clock())  # refused here, it is said in words; later, in a traceback
    open_more_files()
    uvicorn.run(
        app.asgi(),
        http=doorkeeper(settings.warroom_connections_per_source),
        ws="none",
        host=settings.warroom_host,
        port=settings.warroom_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )


def _end(because: str) -> None:
    """A thread hangs, so nothing can be ended in order: the supervisor starts us again."""
    print(f"warroom: {because}", file=sys.stderr)
    os._exit(_STUCK)
