"""What every test may ask for: a database of its own kind, and a world to play in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An organisation on an embedded workspace, with a clock that stands still until it is moved."""
    made = World(f"sqlite:///{tmp_path / 'warroom.db'}")
    yield made
    made.close()
