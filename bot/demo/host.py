"""Puts the demo on its feet: one process, one port, a Slack, a bot, and services with traffic."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from pydantic import SecretStr

from bot.app import App, build
from bot.clock import Clock
from bot.demo.stage import SHORTCUTS, furnish
from bot.demo.traffic import BUCKET, Traffic
from bot.emulator import Workspace, build_routes
from bot.settings import Settings, Transport
from incidents import assets
from incidents.actions.samples import sliced_of
from incidents.actions.tokens import create_token
from incidents.model.objective import SLOName
from incidents.model.rolling import Sample
from incidents.store import sli_journal
from incidents.store import slo as counts

_STEPS = (
    (timedelta(hours=6), timedelta(minutes=1)),
    (timedelta(days=3), timedelta(minutes=5)),
    (timedelta(days=28), timedelta(hours=1)),
)
_PATIENCE = 20.0  # seconds until a server must have started


@dataclass(slots=True)
class Host:
    """Everything of a demo that is running, or about to."""

    app: App
    workspace: Workspace
    traffic: Traffic
    url: str
    port: int
    sli_token: str

    def server(self) -> uvicorn.Server:
        """The server, to be run by the caller."""
        config = uvicorn.Config(
            self.app.asgi(),
            host="127.0.0.1",
            port=self.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        return uvicorn.Server(config)


def prepare(
    data: Path,
    port: int,
    clock: Clock,
    *,
    transport: Transport = "http",
    database_url: str = "",
    pace: float = 1.0,
) -> Host:
    """Make everything ready in the folder ``data``; what is there already is kept.

    ``pace`` beats time faster, for scripts that move the clock; Slack's rate limits are off then.
    """
    data.mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port}"
    workspace = Workspace(clock=clock, state_file=data / "workspace.db", rate_limits=pace == 1.0)
    settings = Settings(
        slack_bot_token=SecretStr(workspace.identity.bot_token),
        slack_signing_secret=SecretStr(workspace.identity.signing_secret),
        slack_app_token=SecretStr(workspace.identity.app_token),
        warroom_slack_api_url=f"{url}/workspace/api/",
        warroom_database_url=database_url or f"sqlite:///{data / 'warroom.db'}",
        warroom_config_dir=assets.folder("templates") / "init",
        warroom_public_url=url,
        warroom_port=port,
        warroom_transport=transport,
    )
    app = build(settings, clock=clock, pace=pace)
    furnish(workspace, app.desk.catalog)
    workspace.install(
        f"{url}/slack/events" if transport == "http" else None,
        slash_command=settings.warroom_command,
        usage_hint="[title] [sev2] [@service]",
        description="Declare and run incidents",
        shortcuts=SHORTCUTS,
        public_url=url,
    )
    if transport == "socket":
        workspace.start()
    app.extra_routes += build_routes(workspace)
    traffic = Traffic(tuple(objective.slo for objective in app.desk.objectives))
    _remember_weeks(app, traffic, clock)
    token = create_token(app.desk, f"demo {clock():%Y-%m-%d %H:%M:%S.%f}", ("sli:write",), clock())
    return Host(app, workspace, traffic, url, port, token)


@contextmanager
def running(host: Host) -> Iterator[Host]:
    """The host, reachable; it is taken down at the end."""
    server = host.server()
    thread = threading.Thread(target=server.run, name="server", daemon=True)
    thread.start()
    deadline = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError(f"The server did not start on port {host.port}: is it taken?")
        time.sleep(0.01)
    try:
        yield host
    finally:
        server.should_exit = True
        thread.join(timeout=_PATIENCE)
        host.workspace.close()


def _remember_weeks(app: App, traffic: Traffic, clock: Clock) -> None:
    """Four weeks of quiet traffic, so that budgets mean something from the first minute on."""
    now = clock()
    names = [SLOName(name) for name in traffic.slos]
    with app.desk.store.write() as connection:
        sli_journal.hold(connection)
        if counts.latest(connection, names):
            return
        samples = [sample for at, span in _moments(now) for sample in _counted(traffic, at, span)]
        counts.take(connection, samples, clock(), sliced_of(app.desk.objectives))
    app.rebuild_budgets()


def _moments(now: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """When history is sampled, and how much time each sample stands for: the older, the coarser.

    Never coarser than the rings: a source that reports less often than that is not all there.
    """
    at = now
    for since, step in _STEPS:
        while at - step >= now - since:
            at -= step
            yield at, step


def _counted(traffic: Traffic, at: datetime, span: timedelta) -> Iterator[Sample]:
    times = round(span / BUCKET)
    for sample in traffic.samples(at):
        good, bad = int(str(sample["good"])) * times, int(str(sample["bad"])) * times
        yield Sample(SLOName(str(sample["slo"])), at, good, bad)
