"""``warroom oncall`` as somebody at a terminal sees it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli.test_commands import Terminal
from sqlalchemy import select

from incidents.model.ids import PersonId
from incidents.model.people import Person
from incidents.store import people
from incidents.store.engine import Store
from incidents.store.tables import audit


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


@pytest.fixture
def known(warroom: Terminal, sqlite_url: str) -> Terminal:
    """Ana and Bo are in Slack, and a bot that is called Ci."""
    store = Store(sqlite_url)
    with store.write() as connection:
        for handle in ("ana", "bo", "ci"):
            one = Person(PersonId(f"U0{handle.upper()}"), handle, handle, is_bot=handle == "ci")
            people.remember(connection, one, datetime(2026, 1, 1, tzinfo=UTC))
    store.close()
    return warroom


def audited(url: str) -> set[str]:
    """What is on the audit log."""
    store = Store(url)
    with store.read() as connection:
        found = set(connection.execute(select(audit.c.action)).scalars())
    store.close()
    return found


def test_somebody_is_put_on_call_and_it_is_called_off_again(
    known: Terminal, sqlite_url: str
) -> None:
    made = known("oncall", "override", "@bo", "for", "payments", "for", "4h", "because", "dentist")
    on_call = json.loads(known("oncall", "now", "--json").out)["oncall"][0]
    listed = json.loads(known("oncall", "changes", "--json").out)["changes"]
    off = known("oncall", "undo", listed[0]["undo"])

    assert made.code == 0
    assert made.out.splitlines()[1].split()[:2] == ["payments", "@bo"]
    assert (on_call["people"], on_call["override"]) == (["bo"], True)
    assert listed[0]["because"] == "dentist"
    assert listed[0]["made_by"].startswith("cli:")
    assert off.out.startswith("Called off: payments ")
    assert known("oncall", "changes").out == "Nobody stands in for anybody.\n"
    assert {"oncall.override", "oncall.call_off"} <= audited(sqlite_url)


def test_a_swap_is_asked_for_and_nothing_changes_yet(known: Terminal) -> None:
    asked = known("oncall", "swap", "@bo", "from", "tomorrow", "to", "in 3 days", "--of", "@ana")

    listed = json.loads(known("oncall", "changes", "--json").out)["changes"]
    assert "asked, not agreed yet" in asked.out
    assert {(one["person"], one["asked"], one["made_by"], one["state"]) for one in listed} == {
        ("U0BO", "U0BO", "U0ANA", "asked")
    }
    soon = json.loads(known("oncall", "now", "--json").out)["oncall"][0]
    assert "bo" not in soon["people"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("override", "Missing argument"),
        ("override @nobody for payments for 4h", "@nobody is nobody we know from Slack."),
        ("override @bo for paymnts for 4h", "paymnts"),
        ("override @bo for payments", "Say until when"),
        ("override @ci for payments for 4h", "only members of the workspace can"),
        ("swap @bo for payments on saturday --of @bo", "You cannot swap with yourself."),
        ("undo 12", "There is no such change of the on-call."),
    ],
)
def test_what_cannot_be_is_refused_in_words(known: Terminal, words: str, why: str) -> None:
    refused = known("oncall", *words.split())

    assert refused.code == 2
    assert why in refused.err
    assert known("oncall", "changes").out == "Nobody stands in for anybody.\n"
