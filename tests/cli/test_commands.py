"""Commands as somebody at a terminal sees them: what is printed, and the exit code."""

import json
import sqlite3
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import cli
from incidents.actions import auditing
from incidents.actions.desk import Desk
from incidents.catalog.catalog import EMPTY
from incidents.model.seal import Seal
from incidents.store.engine import Store


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


class Terminal:
    """Runs ``warroom …`` in this process, on a database and a configuration of its own."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
    ) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.setenv("WARROOM_DATABASE_URL", url)

    def __call__(self, *words: str) -> Ran:
        self._monkeypatch.setattr(sys, "argv", ["warroom", *words])
        try:
            cli.main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = self._capsys.readouterr()
        return Ran(code, printed.out, printed.err)


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration that ``init`` writes."""
    from incidents import assets

    folder = assets.folder("templates") / "init"
    monkeypatch.setenv("WARROOM_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture
def warroom(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sqlite_url: str,
    config: Path,
) -> Terminal:
    assert config.is_dir()
    return Terminal(monkeypatch, capsys, sqlite_url)


def test_an_incident_is_declared_shown_noted_and_resolved_without_slack(warroom: Terminal) -> None:
    declared = warroom("incident", "declare", "checkout", "5xx", "sev2", "@checkout")
    noted = warroom("incident", "note", "INC-1", "payments", "is", "back")
    shown = warroom("incident", "show", "INC-1", "--json")
    resolved = warroom("incident", "resolve", "INC-1", "--fix", "rolled back")
    listed = warroom("incident", "list")

    assert declared.out == "INC-1  sev2  checkout 5xx\n"
    assert "Noted as entry" in noted.out
    assert json.loads(shown.out)["services"] == ["checkout"]
    assert resolved.out == "INC-1 is resolved.\n"
    assert "INC-1" not in listed.out


def test_an_incident_is_run_from_a_terminal(warroom: Terminal) -> None:
    warroom("incident", "declare", "checkout", "5xx", "sev2")

    ran = [
        warroom("incident", "severity", "INC-1", "sev1", "--because", "nobody can buy"),
        warroom("incident", "status", "INC-1", "ident"),
        warroom("incident", "update", "INC-1", "we", "roll", "back", "--audience", "customers"),
        warroom("incident", "status", "INC-1", "fine"),
        warroom("incident", "role", "INC-1", "scribe", "nobody"),
        warroom("incident", "resolve", "INC-1", "--fix", "rolled back"),
        warroom("incident", "close", "INC-1"),
    ]

    assert [one.code for one in ran] == [0, 0, 0, 2, 2, 0, 2]
    assert ran[0].out == "INC-1 is sev1.\n"
    assert ran[1].out == "INC-1 is identified.\n"
    assert ran[2].out.startswith("Told customers.")
    assert "Say investigating, identified or monitoring." in ran[3].err
    assert "I know nobody called nobody." in ran[4].err
    assert "has no commander" in ran[6].err


def test_who_is_asked_next_is_read_and_changed_at_a_terminal(warroom: Terminal) -> None:
    warroom("incident", "declare", "checkout", "5xx", "sev2", "@checkout")

    before = warroom("incident", "escalation", "INC-1")
    asked = warroom("incident", "escalate", "INC-1")
    stopped = warroom("incident", "escalate", "INC-1", "--stop", "we are enough")
    after = json.loads(warroom("incident", "escalation", "INC-1", "--json").out)
    again = warroom("incident", "escalate", "INC-1", "--stop", "really")
    unknown = warroom("incident", "escalation", "INC-9")

    assert before.out.splitlines()[0].split() == ["WHAT", "STATE", "WHO", "WHEN", "(UTC)", "WHY"]
    assert "path of payments  climbing" in before.out
    assert "by the clock" in before.out
    assert "hop 1             next" in before.out
    assert asked.out.startswith("Asking ")
    assert stopped.out == "Nobody else is asked until somebody escalates.\n"
    assert (after["standing"], after["because"]) == ("stopped", "we are enough")
    assert after["path"][0]["taken"] is True
    assert (again.code, unknown.code) == (2, 2)
    assert "nothing to stop" in again.err


def test_stopping_for_no_reason_is_refused_and_asks_nobody(warroom: Terminal) -> None:
    warroom("incident", "declare", "checkout", "5xx", "sev2", "@checkout")

    refused = warroom("incident", "escalate", "INC-1", "--stop", "")
    after = json.loads(warroom("incident", "escalation", "INC-1", "--json").out)

    assert (refused.code, refused.out) == (2, "")
    assert "Stopping the escalation needs a reason." in refused.err
    assert (after["standing"], after["path"][0]["taken"]) == ("climbing", False)


def test_the_end_is_said_as_every_other_time(warroom: Terminal) -> None:
    warroom("incident", "declare", "checkout", "5xx", "sev2", "--started", "2 h ago")

    unknown = warroom("incident", "resolve", "INC-1", "--fix", "restarted", "--ended", "soon")
    done = warroom("incident", "resolve", "INC-1", "--fix", "restarted", "--ended", "1 h ago")

    assert unknown.code == 2
    assert "“soon” is not a time I know." in unknown.err
    assert done.out == "INC-1 is resolved.\n"


def test_the_key_times_are_read_and_set_at_a_terminal(warroom: Terminal) -> None:
    warroom("incident", "declare", "checkout", "5xx", "sev2", "@checkout")

    shown = warroom("incident", "times", "INC-1")
    said = warroom("incident", "times", "INC-1", "start", "2026-11-01T10:42:00Z")
    in_words = warroom("incident", "times", "INC-1", "detected", "2026-11-01 10:50 UTC", "--json")
    refused = [
        warroom("incident", "times", "INC-1", "noon", "10:42"),
        warroom("incident", "times", "INC-1", "started", "soon"),
        warroom("incident", "times", "INC-1", "resolved", "2026-11-01T10:55Z"),
        warroom("incident", "times", "INC-9"),
    ]

    assert "mitigated     missing" in shown.out
    assert "started       2026-11-01 10:42:00  cli:" in said.out
    assert json.loads(in_words.out)["times"][1]["at"] == "2026-11-01T10:50:00+00:00"
    assert [one.code for one in refused] == [2, 2, 2, 2]
    assert "noon is none of the key times." in refused[0].err
    assert "is not a time I know" in refused[1].err


def test_the_record_verifies_and_the_first_broken_row_is_named(
    warroom: Terminal, sqlite_url: str
) -> None:
    warroom("incident", "declare", "checkout", "5xx")
    warroom("incident", "note", "INC-1", "the", "cache", "is", "cold")
    whole = warroom("timeline", "verify", "INC-1")

    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        refused = pytest.raises(sqlite3.IntegrityError, match="append-only")
        with refused:
            connection.execute("UPDATE timeline SET body = '{}' WHERE seq = 2")
        connection.execute("DROP TRIGGER timeline_no_update")
        connection.execute("UPDATE timeline SET body = '{}' WHERE seq = 2")
        connection.commit()
    broken = warroom("timeline", "verify", "INC-1")

    assert whole.code == 0
    assert "whole and in order" in whole.out
    assert broken.code == 1
    assert "broken at entry 2: its content does not match its hash" in broken.out


def test_a_wrong_configuration_is_reported_with_file_line_and_column(
    warroom: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "config"
    warroom("init", str(folder))
    sound = warroom("check", "--config", str(folder))
    services = folder / "services" / "payments.yaml"
    services.write_text(services.read_text().replace("tier: 1", "tier: 9", 1))
    (folder / "slos" / "checkout-latency.yaml").write_text("apiVersion: openslo/v1\nkind: Banana\n")

    wrong = warroom("check", "--config", str(folder))

    assert sound.code == 0
    assert wrong.code == 1
    assert "services/payments.yaml:" in wrong.out
    assert "checkout-latency.yaml:2:" in wrong.out
    assert "expected" in wrong.out


def test_a_target_that_its_dependencies_do_not_allow_is_a_warning(
    warroom: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "config"
    warroom("init", str(folder))
    slo = folder / "slos" / "checkout-availability.yaml"
    slo.write_text(slo.read_text().replace("target: 0.999", "target: 0.9999"))

    found = warroom("check", "--config", str(folder))
    strict = warroom("check", "--config", str(folder), "--strict")

    assert (found.code, strict.code) == (0, 1)
    assert (
        "slos/checkout-availability.yaml:32:7: warning: checkout/availability cannot" in found.out
    )
    assert "its hard dependencies allow 99.95 % (payments 99.95 %)" in found.out


def test_what_is_exported_is_on_the_audit_log_and_the_log_is_held_by_an_anchor(
    warroom: Terminal, tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARROOM_AUDIT_KEY", "k" * 40)
    warroom("incident", "declare", "checkout", "5xx")
    warroom("timeline", "export", "INC-1", "--out", str(tmp_path / "record.jsonl"))
    whole = warroom("audit", "verify")
    anchor = tmp_path / "anchors.jsonl"
    store = Store(sqlite_url, seal=Seal(b"k" * 40))
    auditing.anchor(Desk(store, EMPTY), anchor, datetime(2026, 11, 21, tzinfo=UTC))
    store.close()
    held = warroom("audit", "verify", "--anchor", str(anchor))
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute("DELETE FROM audit")
        connection.execute("DELETE FROM counter WHERE name = 'audit'")
        connection.commit()
    cut = warroom("audit", "verify", "--anchor", str(anchor), "--json")
    gone = warroom("audit", "verify", "--anchor", str(tmp_path / "none.jsonl"))

    assert whole.out == "1 entries, whole and in order, 1 of them sealed.\n"
    assert held.out == "1 entries, whole and in order, 1 of them sealed, held by 1 anchors.\n"
    assert cut.code == 1
    assert json.loads(cut.out)["because"].endswith("remembers 1 entries")
    assert gone.code == 1
    assert "cannot be read (FileNotFoundError)" in gone.err


def test_a_token_is_shown_once_and_revoked(warroom: Terminal) -> None:
    made = warroom("token", "create", "edge", "--scope", "sli:write")
    listed = warroom("token", "list")
    warroom("token", "revoke", "edge")
    audited = warroom("audit", "verify", "--json")

    assert made.out.startswith("wrt_")
    assert made.out.strip() not in listed.out
    assert json.loads(audited.out) == {"entries": 2, "whole": True, "first_broken": None}


def test_the_gate_does_not_know_a_service_without_data(warroom: Terminal) -> None:
    ran = warroom("gate", "checkout")

    assert ran.code == 3
    assert ran.out.startswith("UNKNOWN: ")


def test_an_unknown_service_is_met_with_the_nearest_name(warroom: Terminal) -> None:
    ran = warroom("gate", "chekout")

    assert ran.code == 2
    assert "Did you mean checkout?" in ran.err


def test_a_copy_of_the_database_brings_everything_back(warroom: Terminal, tmp_path: Path) -> None:
    warroom("incident", "declare", "checkout", "5xx")
    saved = warroom("db", "backup", str(tmp_path / "copy.db"))
    warroom("incident", "declare", "search", "is", "slow")

    restored = warroom("db", "restore", str(tmp_path / "copy.db"), "--yes")
    listed = json.loads(warroom("incident", "list", "--json").out)

    assert saved.code == restored.code == 0
    assert [one["key"] for one in listed["incidents"]] == ["INC-1"]
    assert warroom("db", "check").code == 0


def test_the_postmortem_is_written_to_a_file(warroom: Terminal, tmp_path: Path) -> None:
    warroom("incident", "declare", "checkout", "5xx", "@checkout")

    ran = warroom("postmortem", "export", "INC-1", "--out", str(tmp_path))

    written = Path(ran.out.strip())
    assert written.parent == tmp_path
    assert "# INC-1: checkout 5xx" in written.read_text()


def test_the_manifest_names_where_slack_finds_us(warroom: Terminal) -> None:
    over_http = json.loads(warroom("slack", "manifest", "--url", "https://w.example.com").out)
    over_socket = json.loads(warroom("slack", "manifest", "--socket").out)

    command = over_http["features"]["slash_commands"][0]
    assert command["url"] == "https://w.example.com/slack/events"
    assert over_socket["settings"]["socket_mode_enabled"] is True
    assert "url" not in over_socket["features"]["slash_commands"][0]


def test_the_doctor_says_what_is_missing(warroom: Terminal) -> None:
    ran = warroom("doctor")

    assert ran.code == 1
    assert "missing: SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET" in ran.out


def test_serving_without_tokens_is_refused_in_words(warroom: Terminal) -> None:
    ran = warroom("serve")

    assert ran.code == 2
    assert "Missing: SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET" in ran.err


def test_a_database_that_cannot_be_reached_ends_with_3(
    warroom: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARROOM_DATABASE_URL", "sqlite:////nowhere/at/all.db")

    ran = warroom("incident", "list")

    assert ran.code == 3
    assert "The database cannot be used" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("actions", "list", "--json"),
        ("effects", "list", "--json"),
        ("slo", "status", "--json"),
        ("slo", "report", "--json"),
        ("slo", "forecast", "--json"),
        ("token", "list", "--json"),
        ("db", "check", "--json"),
        ("incident", "list", "--all", "--json"),
    ],
)
def test_every_read_speaks_json(warroom: Terminal, words: tuple[str, ...]) -> None:
    ran = warroom(*words)

    assert ran.code == 0
    assert isinstance(json.loads(ran.out), dict)


@pytest.mark.usefixtures("config")
def test_offline_kit_writes_it_and_says_where_to_begin(warroom: Terminal, tmp_path: Path) -> None:
    out = tmp_path / "kit"

    ran = warroom("offline-kit", str(out))

    count = sum(1 for one in out.rglob("*.md"))
    assert (ran.code, ran.out) == (0, f"{count} files in {out}. Begin with {out / 'README.md'}.\n")
    assert "Bo Lindqvist" in (out / "on-call.md").read_text()


def test_offline_kit_replaces_nothing_but_a_kit(warroom: Terminal, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("five years of work")

    ran = warroom("offline-kit", str(tmp_path))

    assert (ran.code, ran.out) == (2, "")
    assert "is no offline kit, and it is not empty" in ran.err
    assert (tmp_path / "thesis.txt").exists()


def test_what_is_over_is_recorded_from_the_command_line(warroom: Terminal) -> None:
    warroom(
        "incident", "declare", "dns", "was", "away", "--started", "5 h ago", "--ended", "4 h ago"
    )

    shown = json.loads(warroom("incident", "show", "INC-1", "--json").out)

    assert shown["status"] == "resolved"
    assert shown["resolved_at"] > shown["started_at"]
    assert shown["title"] == "dns was away"
