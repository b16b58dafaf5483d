"""``warroom oncall`` as somebody at a terminal sees it."""

import json
from pathlib import Path

import pytest
from cli.test_commands import Terminal


@pytest.fixture
def warroom(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sqlite_url: str,
    tmp_path: Path,
) -> Terminal:
    folder = tmp_path / "config"
    (folder / "oncall").mkdir(parents=True)
    (folder / "services").mkdir()
    (folder / "oncall" / "all.yaml").write_text(
        "name: payments\npeople: [ana]\nstart: 2020-01-06\nlength: daily\nhours: 08:00-20:00\n"
    )
    (folder / "services" / "all.yaml").write_text(
        "teams:\n  - {name: money, members: [ana], on_call: payments}\n"
    )
    monkeypatch.setenv("WARROOM_CONFIG_DIR", str(folder))
    return Terminal(monkeypatch, capsys, sqlite_url)


def test_any_moment_can_be_asked_about(warroom: Terminal) -> None:
    then = warroom("oncall", "at", "2026-03-02T09:00+01:00", "money")
    night = warroom("oncall", "at", "2026-03-02T21:00Z")

    assert then.out.splitlines() == [
        "ROTATION  ON CALL  UNTIL (UTC)",
        "payments  ana      Mon 2026-03-02 20:00",
    ]
    assert night.out.splitlines()[1] == "payments  nobody   Tue 2026-03-03 08:00"


def test_now_and_next_are_told_as_json_too(warroom: Terminal) -> None:
    now = json.loads(warroom("oncall", "now", "--json").out)
    after = warroom("oncall", "next")

    assert [one["rotation"] for one in now["oncall"]] == ["payments"]
    assert after.out.splitlines()[0].split() == ["ROTATION", "NEXT", "FROM", "(UTC)"]


def test_gaps_are_findings(warroom: Terminal) -> None:
    found = warroom("oncall", "gaps", "--days", "2")

    assert found.code == 1
    assert found.out.splitlines()[0] == "TEAM   NOBODY ON CALL (UTC)"
    assert len(found.out.splitlines()) in {3, 4}


def test_a_moment_without_its_offset_is_refused(warroom: Terminal) -> None:
    refused = warroom("oncall", "at", "2026-03-02T09:00")

    assert refused.code == 2
    assert "Add a Z for UTC." in refused.err
