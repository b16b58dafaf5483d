"""``warroom probe``: what was seen last, and one look now."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli.test_commands import Terminal
from probes.servers import closed_port, listening

from incidents.store import migrate, probes
from incidents.store.engine import Store

PROBE = "probes:\n  - {name: db, tcp: {host: 127.0.0.1, port: PORT}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARROOM_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("WARROOM_ALLOW_PRIVATE_HOSTS", "127.0.0.1")
    (tmp_path / "probes").mkdir()
    return tmp_path


@pytest.fixture
def warroom(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sqlite_url: str
) -> Terminal:
    return Terminal(monkeypatch, capsys, sqlite_url)


def write(folder: Path, port: int) -> None:
    (folder / "probes" / "a.yaml").write_text(PROBE.replace("PORT", str(port)))


def test_one_look_now_says_what_is_there(warroom: Terminal, folder: Path) -> None:
    with listening() as port:
        write(folder, port)
        good = warroom("probe", "run", "db")
    write(folder, closed_port())
    bad = warroom("probe", "run", "db")
    unknown = warroom("probe", "run", "dbb")

    assert (good.code, good.out[:24]) == (0, "good  takes connections,")
    assert (bad.code, bad.out) == (1, "bad  the connection was refused\n")
    assert unknown.code == 2
    assert "Did you mean db?" in unknown.err


def test_the_list_tells_what_was_seen_last(
    warroom: Terminal, folder: Path, sqlite_url: str
) -> None:
    write(folder, 5432)
    before = warroom("probe", "list")
    store = Store(sqlite_url)
    migrate.upgrade(store)
    at = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    with store.write() as connection:
        probes.take(connection, "db", "home", 1)
        seen = probes.Kept(
            name="db",
            place="home",
            slot=1,
            at=at,
            outcome="unreached",
            said="no answer in time",
            is_counted=False,
            blind_since=at,
        )
        probes.note(connection, seen)
    store.close()

    after = warroom("probe", "list")
    (found,) = json.loads(warroom("probe", "list", "--json").out)["probes"]
    doctor = json.loads(warroom("doctor", "--json").out)["checks"]

    assert "nothing yet: that begins with `warroom serve`" in before.out
    assert (
        "unreached: no answer in time (not counted since 10:00 UTC: nobody can be reached)"
    ) in after.out
    assert (found["outcome"], found["blind_since"]) == ("unreached", "2026-11-21T10:00:00+00:00")
    (told,) = [one for one in doctor if one["what"] == "probes"]
    assert told["say"] == "db did not look lately: that is what `warroom serve` does"


def test_without_probes_it_says_how_to_begin(warroom: Terminal, folder: Path) -> None:
    del folder

    assert warroom("probe", "list").out == "No probes. Write some in probes/*.yaml.\n"


def test_check_names_the_place_of_a_fault(warroom: Terminal, folder: Path) -> None:
    write(folder, 0)

    found = warroom("check")

    assert found.code == 1
    assert "probes/a.yaml:2:39: probes.0.tcp.port: " in found.out
