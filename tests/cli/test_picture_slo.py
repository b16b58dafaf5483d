"""``warroom slo picture``: a file, and its words at the terminal."""

from datetime import timedelta
from pathlib import Path

import pytest
from cli.test_simulate_slo import ROOT, SLO, Terminal

from bot.cli import common
from incidents.actions.samples import Reading, ingest
from incidents.model.objective import SLOName


@pytest.fixture
def draw(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sqlite_url: str
) -> Terminal:
    """An hour of good events lies behind us."""
    monkeypatch.setenv("WARROOM_CONFIG_DIR", str(ROOT / "templates" / "init"))
    monkeypatch.setenv("WARROOM_DATABASE_URL", sqlite_url)
    desk = common.desk()
    now = common.now(desk)
    ago = [timedelta(minutes=minutes) for minutes in range(1, 60)]
    ingest(
        desk,
        [Reading(SLOName(SLO), now - back, 1000, 0, "edge", seq) for seq, back in enumerate(ago)],
        now,
    )
    return Terminal(monkeypatch, capsys)


def test_a_picture_is_a_file_and_its_words_are_printed(
    draw: Terminal,
    tmp_path: Path,
) -> None:
    for name, begins in (("a.svg", b"<svg "), ("a.png", b"\x89PNG")):
        out = tmp_path / name
        code, said, _ = draw(SLO, "--out", str(out), "--over", "6h", verb="picture")

        assert code == 0
        assert said.startswith(f"{out}: 100 % of the error budget left. Error budget left of {SLO}")
        assert out.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((SLO, "--out", "a.gif"), "a.gif is no picture."),
        ((SLO, "--out", "a.svg", "--over", "soon"), "'soon' is not a number"),
        ((SLO, "--out", "a.svg", "--zone", "Mars"), "There is no such time zone"),
        (("checkout/none", "--out", "a.svg"), "There is no SLO called checkout/none."),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_is_written(
    draw: Terminal, tmp_path: Path, words: tuple[str, ...], says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)

    code, _, said = draw(*words, verb="picture")

    assert code != 0
    assert says in said
    assert list(tmp_path.glob("a.*")) == []
