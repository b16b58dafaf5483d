"""Where the files that ship are: in a checkout at its root, in a wheel beside the code."""

import importlib.metadata
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder ``templates``, ``migrations`` or ``runbooks``.

    Raises FileNotFoundError if the installation is broken, naming both places.
    """
    installed, checkout = _HERE / "_assets" / name, _HERE.parent / name
    for place in (installed, checkout):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"warroom's own files are missing: neither {installed} nor {checkout}.")


def version() -> str:
    """The version that is installed; ``unknown`` when the code was merely copied."""
    try:
        return importlib.metadata.version("warroom")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
