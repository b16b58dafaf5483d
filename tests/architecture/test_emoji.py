"""Emoji by name: the embedded workspace shows every one that we write."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NAME = re.compile(r"(?<![\w:]):([a-z][a-z0-9_+-]+):(?![\w:])")
_NO_EMOJI = {"https", "memory"}  # of addresses


def test_every_emoji_that_is_written_is_shown() -> None:
    table = (ROOT / "bot/emulator/page/emoji.js").read_text().split("`")[1]
    shown = {entry.split()[0] for line in table.split("\n") for entry in line.split("|") if entry}
    sources = [*(ROOT / "bot/slack").rglob("*.py"), *(ROOT / "incidents").rglob("*.py")]
    written = {name for path in sources for name in _NAME.findall(path.read_text())}

    assert {"white_small_square", "rotating_light"} <= written
    assert written - _NO_EMOJI <= shown
