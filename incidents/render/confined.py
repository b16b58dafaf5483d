"""Fill in an organisation's own template in a process of its own, with little memory and time.

Jinja's sandbox keeps a template from reaching out. It does not keep it from filling the memory or
from never coming to an end, and a thread that does either cannot be stopped. The process knows no
secret of ours: its environment is empty, and of the record it gets only what the template is about.
Values go in as JSON and the text comes out as JSON.
"""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Never

from incidents.errors import Misconfigured, Problem
from incidents.model.text import UserText

PATIENCE = 2.5  # seconds, from the start of the process to its last word
SECONDS = 1.0  # for the template itself, then it is told to stop
MEMORY = 256 * 1024 * 1024  # bytes of address space
_CODE = "import sys; sys.path[:] = sys.argv[1:]; from incidents.render.cell import main; main()"


def write(name: str, values: dict[str, Any], overrides: Path) -> str:
    """The template called ``name``, filled in. Raises `Misconfigured` with its place."""
    wish = {"name": name, "folder": str(overrides.resolve()), "values": values}
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter, our own code)
            [sys.executable, "-I", "-c", _CODE, *_paths()],
            input=json.dumps(wish, default=_packed).encode(),
            capture_output=True,
            timeout=PATIENCE,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        _refuse(overrides / name, f"the template takes longer than {PATIENCE:g} seconds")
    if done.returncode != 0:
        _refuse(overrides / name, "the template had to be stopped: too much memory or time")
    answer = json.loads(done.stdout)
    if answer["problems"]:
        raise Misconfigured(tuple(Problem(**one) for one in answer["problems"]))
    return str(answer["text"])


def unpacked(found: dict[str, Any]) -> Any:  # noqa: ANN401 (what `_packed` was given)
    """A JSON object as the value it stands for."""
    if found.keys() == {"typed"}:
        return UserText(found["typed"])
    if found.keys() == {"moment"}:
        return datetime.fromisoformat(found["moment"])
    if found.keys() == {"seconds"}:
        return timedelta(seconds=found["seconds"])
    return found


def _packed(value: object) -> dict[str, Any]:
    if isinstance(value, UserText):
        return {"typed": value.raw}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    raise TypeError(f"A template cannot be given a {type(value).__name__}.")


def _environment() -> dict[str, str]:
    """None of our secrets; only where the interpreter itself may find its library."""
    kept = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _paths() -> list[str]:
    """Where this process finds its modules; an empty path is the folder it runs in."""
    return [os.path.abspath(path) for path in sys.path]  # noqa: PTH100 (a zip has no resolve)


def _refuse(path: Path, what: str) -> Never:
    raise Misconfigured((Problem(str(path), 1, 1, what),))
