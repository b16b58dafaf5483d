"""Prometheus and its tools are programs of this host; `.ci/run` installs them where it may."""

import shutil
import warnings

import pytest

PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager")


@pytest.fixture(autouse=True)
def programs() -> None:
    """What is not tested is said aloud."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        message = (
            f"{', '.join(missing)} MISSING: nothing was tested against a real Prometheus. "
            "apt-get install prometheus prometheus-alertmanager"
        )
        warnings.warn(pytest.PytestWarning(message), stacklevel=1)
        pytest.skip(message)
