"""How much a hostile test tries: little by default, everything in a full run."""

import os


def sized(default: int, full: int) -> int:
    """``full`` in a full run (``WARROOM_HOSTILE=full``, as `.ci/run hostile` sets it)."""
    return full if os.environ.get("WARROOM_HOSTILE") == "full" else default
