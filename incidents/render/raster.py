"""SVG to PNG, for destinations that show no SVG: Slack, mail, a chat elsewhere.

The library holds the interpreter for as long as it draws, a fifth of a second: it does so in a
process of its own, and nobody who waits for an answer of ours notices. Letters come from the fonts
that ship, so the same picture has the same pixels everywhere.
"""

import importlib.util
import subprocess
import sys
import threading

from incidents import assets
from incidents.errors import Refused

WIDTH = 1440  # pixels: sharp on a laptop, 40 KB to 70 KB
MISSING = "PNG pictures need resvg-py, which is not installed."
INSTALL = "pip install 'warroom[pictures]'"

_LIBRARY = "resvg_py"
_PATIENCE = 30.0  # seconds, on a machine that has much else to do
_AT_ONCE = threading.BoundedSemaphore(2)
_DRAW = """
import sys
from resvg_py import svg_to_bytes
svg, (width, *fonts) = sys.stdin.buffer.read().decode(), sys.argv[1:]
sys.stdout.buffer.write(svg_to_bytes(
    svg_string=svg, width=int(width), skip_system_fonts=True, font_files=fonts,
    font_family="Inter", sans_serif_family="Inter"))
"""


def can_draw() -> bool:
    """Whether `png` would."""
    try:
        return importlib.util.find_spec(_LIBRARY) is not None
    except ValueError:  # hidden from us on purpose
        return False


def png(svg: str, *, width: int = WIDTH) -> bytes:
    """The picture as a PNG on its light ground. Raises `Refused`, saying what to install."""
    if not can_draw():
        raise Refused(MISSING, instead=f"{INSTALL}, or ask for SVG.")
    fonts = sorted((assets.folder("templates") / "fonts").glob("*.otf"))
    command = [sys.executable, "-I", "-c", _DRAW, str(width), *map(str, fonts)]
    with _AT_ONCE:
        done = subprocess.run(  # noqa: S603 (our own words; the picture comes by standard input)
            command, input=svg.encode(), capture_output=True, check=True, timeout=_PATIENCE
        )
    return done.stdout
