"""``warroom window``: planned in words, listed, called off."""

import json
import sys

import pytest

from bot import cli


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["warroom", "window", *words])
    try:
        cli.main()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def test_a_window_is_planned_listed_and_called_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sqlite_url: str
) -> None:
    monkeypatch.setenv("WARROOM_DATABASE_URL", sqlite_url)

    added = run(monkeypatch, capsys, "add", "maintenance checkout for 2h because of an upgrade")
    again = run(monkeypatch, capsys, "add", "peak tier 1 every day 9:00-9:30 sensitivity 0.25")
    listed = run(monkeypatch, capsys, "list", "--json")
    off = run(monkeypatch, capsys, "cancel", "w1")
    wrong = run(monkeypatch, capsys, "add", "party checkout for 2h")
    left = run(monkeypatch, capsys, "list")

    assert added[0] == again[0] == 0
    assert added[1].startswith("w1: maintenance for checkout, ")
    found = {one["id"]: one for one in json.loads(listed[1])["windows"]}
    assert found["w1"]["holds"]
    assert found["w1"]["because"] == "of an upgrade"
    assert found["w2"]["repeats"] == "FREQ=DAILY"
    assert found["w2"]["sensitivity"] == 0.25
    assert off == (0, "Called off: maintenance w1 for checkout\n")
    assert wrong[0] == 2
    assert "Like this: maintenance checkout tonight" in wrong[1]
    assert "w1" not in left[1]
    assert "w2" in left[1]
