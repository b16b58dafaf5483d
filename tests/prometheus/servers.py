"""Real servers on this host: Prometheus, Alertmanager, and something that they watch."""

import json
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

_PATIENCE = 60.0


def until(holds: Callable[[], object], what: str, *, patience: float = _PATIENCE) -> float:
    """Wait until it holds. How many seconds that took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() < begun + patience, f"waited in vain: {what}"
        time.sleep(0.05)
    return time.monotonic() - begun


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Exporter:
    """Services that count what they answer, for whoever scrapes: ten events more at each scrape."""

    def __init__(self) -> None:
        self.events: Counter[tuple[str, str]] = Counter()
        self.failing: set[str] = set()
        self.services = ("checkout", "search")
        exporter = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = exporter.page().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.port = self.server.server_address[1]
        self.scrapes = 0

    def page(self) -> str:
        self.scrapes += 1
        for service in self.services:
            self.events[service, "bad" if service in self.failing else "good"] += 10
        lines = [
            f'events_total{{service="{service}",outcome="{outcome}"}} {count}'
            for service in self.services
            for outcome in ("good", "bad")
            for count in [self.events[service, outcome]]
        ]
        return "# TYPE events_total counter\n" + "\n".join(lines) + "\n"


@contextmanager
def exporting() -> Iterator[Exporter]:
    made = Exporter()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@contextmanager
def _process(command: list[str], ready: str, log: Path) -> Iterator[None]:
    """A server from when it is ready until the end of the block; nothing of it stays."""
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            until(lambda: _answers(ready, process), f"{command[0]}: {log.read_text()[-2000:]}")
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the server has ended"
    try:
        return httpx.get(url, timeout=2).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@contextmanager
def alertmanager(folder: Path, config: Mapping[str, Any]) -> Iterator[str]:
    """Its address. JSON is YAML."""
    folder.mkdir()
    port = free_port()
    (folder / "alertmanager.yml").write_text(json.dumps(config))
    command = [
        "prometheus-alertmanager",
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with _process(command, f"http://127.0.0.1:{port}/-/ready", folder / "log"):
        yield f"127.0.0.1:{port}"


@contextmanager
def prometheus(
    folder: Path, config: Mapping[str, Any], rules: Mapping[str, Any] | None = None, *more: str
) -> Iterator[str]:
    """Its address."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    (folder / "prometheus.yml").write_text(json.dumps(config))
    (folder / "rules.yml").write_text(json.dumps(rules or {"groups": []}))
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--storage.tsdb.retention.time=90d",
        *more,
    ]
    with _process(command, f"http://127.0.0.1:{port}/-/ready", folder / "log"):
        yield f"127.0.0.1:{port}"
