"""One replica of the bot: a process of its own that serves everything, as ``warroom serve`` does.

Leases and pauses are shorter than in production, so that a run of hundreds of kills is over in
minutes. Nothing else is different, unless the probe is taken away to show what it is good for.
"""

import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import uvicorn
from pydantic import SecretStr

from bot import api, app, logs
from bot.emulator.core import Identity
from bot.settings import Settings
from bot.slack import client
from bot.slack.courier import SlackCourier
from incidents.actions.deliver import Terms
from incidents.model import pace

assert api  # imported here so that a process that is forked from here has it already

LEASE = timedelta(seconds=6)
MARGIN = timedelta(seconds=3)
_ANSWER_WITHIN = 2.0  # seconds; less than the margin, so that a call ends before its lease


@dataclass(frozen=True, slots=True)
class Place:
    """Where a replica is reached, and what it works with."""

    port: int
    database_url: str
    slack_url: str
    config: Path
    log: Path
    is_probing: bool = True


def serve(place: Place) -> None:
    """Serve until killed."""
    log_to(place.log)
    if not place.is_probing:
        SlackCourier.probe = _find_nothing
    identity = Identity()
    settings = Settings(
        slack_bot_token=SecretStr(identity.bot_token),
        slack_signing_secret=SecretStr(identity.signing_secret),
        warroom_slack_api_url=f"{place.slack_url}/workspace/api/",
        warroom_database_url=place.database_url,
        warroom_config_dir=place.config,
        warroom_public_url="http://warroom.test",
        warroom_port=place.port,
        warroom_spool_dir=place.log.with_suffix(".spool"),
        warroom_log="json",
    )
    logs.configure("json")
    built = app.build(settings, paced=False, terms=_hurry())
    uvicorn.run(
        built.asgi(), host="127.0.0.1", port=place.port, log_config=None, access_log=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip


def _hurry() -> Terms:
    """A call ends before its lease does, here as in production."""
    client._TIMEOUT = httpx.Timeout(_ANSWER_WITHIN)
    pace._OPEN_FOR = timedelta(seconds=1)
    pause = timedelta(seconds=0.2)
    return Terms(lease=LEASE, margin=MARGIN, first_pause=pause, longest_pause=5 * pause)


def _find_nothing(courier: SlackCourier, effect: object) -> None:
    """A bot that does not look before it repeats itself."""


def log_to(file: Path) -> None:
    """Whatever this process has to say goes there."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(opened, sys.stdout.fileno())
    os.dup2(opened, sys.stderr.fileno())
