"""Kills the demo's script again and again, with SIGKILL, and starts it again each time."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class End:
    """How a play ended, after how many kills."""

    kills: int
    output: str
    digest: dict


def play(
    data: Path, *, kills: int, seed: int, database: str = "", transport: str = "http",
    note: Callable[[str], None] = lambda _: None,
) -> End:  # fmt: skip
    """The script, killed ``kills`` times at random moments, then left alone until its end."""
    chance = random.Random(seed)
    command = [
        sys.executable, "-m", "bot", "demo", "--script", "checkout-outage", "--exit",
        "--data", str(data), "--transport", transport, "--database", database,
    ]  # fmt: skip
    killed = 0
    while killed < kills:
        process = _start(command)
        _wait_for(process, data, chance.uniform(0.0, 1.2))
        if process.poll() is not None:
            break  # it was faster than the killer
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        killed += 1
        note(f"kill {killed}")
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=180, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    return End(killed, done.stdout, json.loads((data / "digest.json").read_text()))


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)  # fmt: skip


def _wait_for(process: subprocess.Popen[bytes], data: Path, seconds: float) -> None:
    """``seconds`` after it began to play: before that there is nothing to lose."""
    begun = (data / "clock.json").stat().st_mtime_ns if (data / "clock.json").exists() else 0
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if (data / "clock.json").exists() and (data / "clock.json").stat().st_mtime_ns > begun:
            break
        time.sleep(0.02)
    time.sleep(0.4)  # the server starts
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0.02)
