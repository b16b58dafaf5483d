"""Every way in, with what was never meant for it: some of it in each run, a million in full.

The million is coverage-guided: ``.ci/run hostile`` (see fuzz.py). Here the same entries get the
same few inputs in every run.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hostile.entries import ENTRIES, Entry, show_what_broke
from hostile.fuzz import Tally
from hostile.sizes import sized

_SECONDS = sized(1, 20)  # of work for each entry, by what one input costs
_MOST = sized(2000, 100_000)


@pytest.fixture(autouse=True)
def told_what_broke() -> Iterator[None]:
    """What the application logs as broken counts as not caught."""
    before = structlog.get_config()
    show_what_broke()
    yield
    structlog.configure(**before)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_no_input_is_an_error_of_ours(entry: Entry, tmp_path: Path) -> None:
    tally = Tally(entry, tmp_path)
    chance = random.Random(entry.name)

    for seed in entry.seeds:
        tally.add(seed)
    for _ in range(min(_MOST, _SECONDS * 1_000_000 // entry.cost)):
        tally.add(chance.randbytes(chance.randrange(200)))

    assert tally.findings == {}
    assert (tally.server_errors, tally.uncaught) == (0, 0)


def test_what_breaks_is_found_counted_and_kept(tmp_path: Path) -> None:
    def broken(data: bytes) -> int:
        if data == b"!":
            raise KeyError(data)
        return 500 if data == b"?" else 200

    tally = Tally(Entry("made to break", 1, 1, lambda: broken), tmp_path)
    for data in (b"a", b"!", b"?", b"!"):
        tally.add(data)

    assert (tally.inputs, tally.server_errors, tally.uncaught) == (4, 1, 2)
    assert [Path(one).read_bytes() for one in tally.findings.values()] == [
        b"made to break\n!",
        b"made to break\n?",
    ]
