"""Importing a module does nothing: no socket, no file, no thread."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import bot
import incidents

ROOT = Path(__file__).parents[2]
_GUARDED = """
import importlib, socket, sys, threading
def forbidden(*_, **__):
    raise RuntimeError("a socket was opened while importing")
before = threading.active_count()
socket.socket.connect = forbidden
socket.create_connection = forbidden
for name in sys.argv[1:]:
    importlib.import_module(name)
assert threading.active_count() == before, "a thread was started while importing"
"""


def test_every_module_imports_in_silence() -> None:
    names = [
        found.name
        for package in (bot, incidents)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not found.name.endswith("__main__") and "_assets" not in found.name
    ]

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _GUARDED, *names],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert len(names) > 150
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
