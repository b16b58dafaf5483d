"""The two processes of a storm: the bot as ``warroom serve`` runs it, and the Slack it calls."""

import json
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

ROOT = Path(__file__).parents[2]


def bot(port: int, slack_url: str, database_url: str, folder: str) -> None:
    """Serve until killed."""
    from bot import logs
    from bot.app import build
    from bot.emulator.core import Identity
    from bot.settings import Settings

    identity = Identity()
    settings = Settings(
        slack_bot_token=identity.bot_token,
        slack_signing_secret=identity.signing_secret,
        warroom_slack_api_url=f"{slack_url}/workspace/api/",
        warroom_database_url=database_url,
        warroom_config_dir=Path(folder) / "config",
        warroom_spool_dir=Path(folder) / "spool",
    )
    logs.configure("json")
    served = build(settings).asgi()
    uvicorn.run(served, host="127.0.0.1", port=port, log_config=None, access_log=False)


def slack(port: int, bot_url: str, folder: str) -> None:
    """A workspace with Slack's rate limits, until killed."""
    from bot.clock import utc_now
    from bot.demo.stage import SHORTCUTS, furnish
    from bot.emulator import Workspace, build_routes
    from bot.emulator.delivery import HttpDelivery
    from incidents.catalog.catalog import load_catalog

    workspace = Workspace(clock=utc_now)
    furnish(workspace, load_catalog(Path(folder) / "config"))
    url = f"http://127.0.0.1:{port}"
    workspace.install(slash_command="/incident", shortcuts=SHORTCUTS, public_url=url)
    workspace.deliver = HttpDelivery(f"{bot_url}/slack/events")
    workspace.start()
    served = Starlette(routes=build_routes(workspace))
    uvicorn.run(served, host="127.0.0.1", port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]
    {"bot": bot, "slack": slack}[sys.argv[1]](**json.loads(sys.argv[2]))
