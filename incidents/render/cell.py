"""The process in which `confined` has a template filled in. It bounds itself before it reads one.

What it cannot bound by itself, a call into C that takes for ever, ends by the kernel's limit or by
the patience of whoever waits for it.
"""

import json
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

from jinja2.exceptions import SecurityError

from incidents.errors import Misconfigured
from incidents.render import confined, jinja

_SECONDS_AT_MOST = 4  # of computing, should whoever waits for us be killed meanwhile


def main() -> None:
    """Read one wish, fill in its template, answer."""
    wish = json.loads(sys.stdin.buffer.read(), object_hook=confined.unpacked)
    _limit()
    sys.stdout.write(json.dumps(_answer(wish)))


def _answer(wish: dict[str, Any]) -> dict[str, Any]:
    try:
        text = jinja.fill(wish["name"], wish["values"], Path(wish["folder"]))
    except Misconfigured as error:
        return {"text": "", "problems": [asdict(one) for one in error.problems]}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {"text": text, "problems": []}


def _limit() -> None:
    """No more memory than allowed, no file written, and an end to computing."""
    resource.setrlimit(resource.RLIMIT_AS, (confined.MEMORY, confined.MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS_AT_MOST, _SECONDS_AT_MOST))
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, confined.SECONDS)


def _stop(_: int, __: FrameType | None) -> None:
    """Raised in the middle of the template, so that its line is known."""
    raise SecurityError(f"The template takes longer than {confined.SECONDS:g} seconds.")
