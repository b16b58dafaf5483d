"""``kill -9`` at random moments, and the end is the same as if nothing had happened."""

from pathlib import Path

import pytest
from crash.killing import play


def test_killed_twice_the_outage_still_happens_once(tmp_path: Path) -> None:
    killed = play(tmp_path, kills=2, seed=7)  # the script checks itself at its end

    assert killed.kills == 2
    assert "All of it happened, once each" in killed.output


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_ten_times_the_outage_ends_the_same(tmp_path: Path, seed: int) -> None:
    whole = play(tmp_path / "whole", kills=0, seed=0)

    killed = play(tmp_path / "killed", kills=10, seed=seed)

    assert killed.kills == 10
    assert killed.digest == whole.digest
