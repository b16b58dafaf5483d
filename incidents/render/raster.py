"""SVG to PNG, for destinations that show no SVG: Slack, mail, a chat elsewhere.

The library is only looked for when a picture is wanted, and letters come from the fonts that ship,
so that the same picture has the same pixels everywhere.
"""

import importlib.util

from incidents import assets
from incidents.errors import Refused

WIDTH = 1440  # pixels: sharp on a laptop, 40 KB to 70 KB
_FAMILY = "Inter"
_LIBRARY = "resvg_py"
MISSING = "PNG pictures need resvg-py, which is not installed."
INSTALL = "pip install 'warroom[pictures]'"


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
    # Three megabytes that most processes never need.
    from resvg_py import svg_to_bytes  # noqa: PLC0415

    fonts = [str(path) for path in sorted((assets.folder("templates") / "fonts").glob("*.otf"))]
    return svg_to_bytes(
        svg_string=svg,
        width=width,
        skip_system_fonts=True,
        font_files=fonts,
        font_family=_FAMILY,
        sans_serif_family=_FAMILY,
    )
