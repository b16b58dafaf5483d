"""How much is tried: little in the usual run, all that was promised in ``.ci/run hostile``."""

import os


def sized(default: int, full: int) -> int:
    """``full`` with ``WARROOM_HOSTILE=full`` in the environment, else ``default``."""
    return full if os.environ.get("WARROOM_HOSTILE") == "full" else default
