"""SVG to PNG, for destinations that show no SVG: Slack, mail, a chat elsewhere.

The library holds the interpreter for as long as it draws, a fifth of a second: it does so in a
process of its own, and nobody who waits for an answer of ours notices. Letters come from a font
that is installed with it, so the same picture has the same pixels everywhere.
"""

import importlib.util
import subprocess
import sys
import threading

from incidents.errors import Refused

WIDTH = 1440  # pixels: sharp on a laptop, 40 KB to 70 KB
MISSING = "PNG pictures need resvg-py and a font, which are not installed."
INSTALL = "pip install 'warroom[pictures]'"

_LIBRARIES = ("resvg_py", "font_source_sans_pro")
_PATIENCE = 30.0  # seconds, on a machine that has much else to do
_AT_ONCE = threading.BoundedSemaphore(2)
_DRAW = """
import sys
from font_source_sans_pro import SourceSansPro, SourceSansProSemibold
from resvg_py import svg_to_bytes
family = "Source Sans Pro"
sys.stdout.buffer.write(svg_to_bytes(
    svg_string=sys.stdin.buffer.read().decode(), width=int(sys.argv[1]), skip_system_fonts=True,
    font_files=[SourceSansPro, SourceSansProSemibold], font_family=family,
    sans_serif_family=family))
"""


def can_draw() -> bool:
    """Whether `png` would."""
    try:
        return all(importlib.util.find_spec(one) is not None for one in _LIBRARIES)
    except ValueError:  # hidden from us on purpose
        return False


def png(svg: str, *, width: int = WIDTH) -> bytes:
    """The picture as a PNG on its light ground. Raises `Refused`, saying what to install."""
    if not can_draw():
        raise Refused(MISSING, instead=f"{INSTALL}, or ask for SVG.")
    command = [sys.executable, "-I", "-c", _DRAW, str(width)]
    with _AT_ONCE:
        done = subprocess.run(  # noqa: S603 (our own words; the picture comes by standard input)
            command, input=svg.encode(), capture_output=True, check=True, timeout=_PATIENCE
        )
    return done.stdout
