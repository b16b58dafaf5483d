"""Runs the demo: open-ended with living traffic, or a script that checks itself."""

import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import structlog

from bot.clock import monotonic, utc_now
from bot.demo.host import Host, prepare, running
from bot.demo.outage import Outage
from bot.demo.player import Player, Stuck
from bot.demo.time import KeptClock
from bot.demo.traffic import BUCKET
from bot.settings import Transport

log = structlog.get_logger(__name__)

SCRIPTS = ("checkout-outage",)
_PACE = 10.0  # how much faster than usual time is beaten in a script
_TROUBLE_AFTER = 60.0  # seconds until something goes wrong in the open-ended demo
_TROUBLE_FOR = 240.0


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. Without ``data`` nothing is kept."""

    port: int
    data: Path | None = None
    transport: Transport = "http"
    database_url: str = ""


def play(options: Options, say: Callable[[str], None]) -> bool:
    """The script ``checkout-outage``. True if everything happened that should have."""
    begun = monotonic()
    with _folder(options.data) as data:
        clock = KeptClock(data / "clock.json")
        host = prepare(
            data,
            options.port,
            clock,
            transport=options.transport,
            database_url=options.database_url,
            pace=_PACE,
        )
        say(f"checkout-outage on {host.url}/workspace ({options.transport})")
        with running(host), httpx.Client(timeout=20.0) as http:
            player = Player(host.url, host.workspace.identity.bot_token, http)
            outage = Outage(host, clock, player, data / "postmortems")
            try:
                outage.play(say)
            except Stuck as stuck:
                say(f"FAILED: {stuck}")
                return False
            finally:
                clock.close()
            digest = json.dumps(outage.digest(), indent=1, sort_keys=True)
            (data / "digest.json").write_text(digest, encoding="utf-8")
            postmortem = next((data / "postmortems").glob("*.md"))
            kept = f" Postmortem: {postmortem}" if options.data else ""
    say(f"All of it happened, once each, in {monotonic() - begun:.1f} s.{kept}")
    return True


def open_ended(options: Options, say: Callable[[str], None]) -> None:
    """Everything running, with traffic and, after a while, some trouble. Ends with Ctrl-C."""
    begun = monotonic()
    with _folder(options.data) as data:
        host = prepare(
            data,
            options.port,
            utc_now,
            transport=options.transport,
            database_url=options.database_url,
        )
        with running(host):
            say(f"Ready in {monotonic() - begun:.1f} s.\n")
            say(f"  Workspace   {host.url}/workspace     act as anybody, type {host.app.command}")
            say(f"  Console     {host.url}/")
            say(f"\nIn {_TROUBLE_AFTER:.0f} s checkout begins to fail by itself. Ctrl-C ends it.")
            _live(host)


def _live(host: Host) -> None:
    """Traffic in real time; checkout fails for some minutes, once."""
    begun = monotonic()
    stop = threading.Event()
    with httpx.Client(timeout=20.0) as http:
        try:
            while not stop.wait(BUCKET.total_seconds()):
                age = monotonic() - begun
                failing = _TROUBLE_AFTER < age < _TROUBLE_AFTER + _TROUBLE_FOR
                host.traffic.errors = {"checkout/availability": 0.6} if failing else {}
                _report(host, http)
        except KeyboardInterrupt:
            return


def _report(host: Host, http: httpx.Client) -> None:
    at = utc_now() - BUCKET
    try:
        http.post(
            f"{host.url}/api/v1/sli",
            json={"samples": host.traffic.samples(at)},
            headers={"Authorization": f"Bearer {host.sli_token}"},
        ).raise_for_status()
    except httpx.HTTPError as error:
        log.warning("traffic_not_reported", because=type(error).__name__)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="warroom-") as temporary:
        yield Path(temporary)
