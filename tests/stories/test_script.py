"""The scripted outage, as a stranger runs it: another process, real sockets, both ways to Slack."""

import subprocess
import sys
from pathlib import Path

import pytest
from postgres import Server

from incidents.store import migrate
from incidents.store.engine import Store


def play(folder: Path, *options: str) -> str:
    """Run the script from an empty directory; what it printed."""
    empty = folder / "empty"
    empty.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--script", "checkout-outage", "--exit", *options],
        cwd=empty,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert list(empty.iterdir()) == []
    return done.stdout


def test_the_outage_plays_on_sqlite_over_http(tmp_path: Path) -> None:
    printed = play(tmp_path)

    assert "12. The owner is done" in printed
    assert "All of it happened, once each" in printed


def test_the_outage_plays_on_postgresql_over_socket_mode(tmp_path: Path, postgres: Server) -> None:
    url = postgres.url(postgres.database())

    printed = play(tmp_path, "--transport", "socket", "--database", url)

    assert "All of it happened, once each" in printed
    store = Store(url)
    assert migrate.is_at_head(store)
    store.close()


@pytest.mark.slow
def test_the_outage_plays_on_sqlite_over_socket_mode(tmp_path: Path) -> None:
    assert "All of it happened, once each" in play(tmp_path, "--transport", "socket")


@pytest.mark.slow
def test_the_outage_plays_on_postgresql_over_http(tmp_path: Path, postgres: Server) -> None:
    url = postgres.url(postgres.database())

    assert "All of it happened, once each" in play(tmp_path, "--database", url)
