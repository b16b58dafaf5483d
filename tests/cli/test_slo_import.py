"""`warroom slo import` as somebody at a terminal sees it."""

import json
from pathlib import Path

from catalog.test_other_slos import SLOTH, file
from cli.test_commands import Terminal, config, warroom

from bot.app import read_configuration

__all__ = ["config", "warroom"]  # fixtures


def test_an_import_of_slos_shows_what_it_would_do_and_does_nothing(
    warroom: Terminal, config: Path, tmp_path: Path
) -> None:
    before = sorted(config.rglob("*"))
    path = file(tmp_path, SLOTH)

    ran = warroom("slo", "import", "sloth", str(path))

    assert ran.code == 0
    assert ran.out.startswith("--- slos/imported-sloth.yaml\n+++ ")
    assert "+  - targetPercent: 99.95\n" in ran.out
    assert f"1 added in {config / 'slos' / 'imported-sloth.yaml'}.\n" in ran.out
    assert f"\nNot as it was:\n  {path}:16:7: slos.0.alerting.name: not carried over" in ran.out
    assert ran.out.endswith("Nothing was written. To write it, add --out FOLDER.\n")
    assert sorted(config.rglob("*")) == before


def test_imported_slos_are_promises_of_the_configuration(warroom: Terminal, tmp_path: Path) -> None:
    words = ("slo", "import", "sloth", str(file(tmp_path, SLOTH)), "--out", str(tmp_path / "new"))

    wrote = warroom(*words, "--json")
    again = warroom(*words)
    checked = warroom("check", "--config", str(tmp_path / "new"))

    assert (wrote.code, again.code, checked.code) == (0, 0, 0)
    said = json.loads(wrote.out)
    assert (said["written"], said["added"]) == (True, ["SLO depot-answers"])
    assert {one["severity"] for one in said["lost"]} == {"warning"}
    assert again.out.startswith("slos/imported-sloth.yaml stays as it is.\n")


def test_an_slo_that_is_left_out_is_a_finding(warroom: Terminal, tmp_path: Path) -> None:
    path = file(tmp_path, SLOTH.replace("99.95", "100"))

    ran = warroom("slo", "import", "sloth", str(path))

    assert ran.code == 1
    assert f"\nLeft out:\n  {path}:8:5: slos.0.objective: 100 leaves no budget to count" in ran.out


def test_imported_slos_changed_by_hand_are_not_overwritten_unasked(
    warroom: Terminal, tmp_path: Path
) -> None:
    words = ("slo", "import", "sloth", str(file(tmp_path, SLOTH)), "--out", str(tmp_path / "new"))
    warroom(*words)
    path = tmp_path / "new" / "slos" / "imported-sloth.yaml"
    path.write_text(path.read_text().replace("99.95", "99"))

    refused = warroom(*words)
    forced = warroom(*words, "--force")

    assert refused.code == 2
    assert "was changed by hand, and that would be lost. Move what you changed" in refused.err
    assert forced.code == 0
    assert "99.95" in path.read_text()


def test_a_window_that_is_none_is_refused(warroom: Terminal, tmp_path: Path) -> None:
    ran = warroom("slo", "import", "sloth", str(file(tmp_path, SLOTH)), "--window", "a month")

    assert ran.code == 2
    assert "A window is one like 28d or 4w." in ran.err


def test_odd_alert_policies_are_warned_about_and_keep_nothing_from_being_served(
    warroom: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    warroom("slo", "import", "sloth", str(file(tmp_path, SLOTH)), "--out", str(folder))
    own = folder / "slos" / "mine.yaml"
    imported = folder / "slos" / "imported-sloth.yaml"
    own.write_text(imported.read_text() + "  alertPolicies: [loud]\n---\n" + POLICY)
    imported.unlink()

    checked = warroom("check", "--config", str(folder))
    strict = warroom("check", "--config", str(folder), "--strict")

    assert (checked.code, strict.code) == (0, 1)
    odd = "slos/mine.yaml:47:50: warning: spec.conditions.0.spec.condition.threshold: a burn rate "
    assert odd in checked.out
    assert [one.slo for one in read_configuration(folder).objectives] == ["depot/answers"]


POLICY = """\
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: loud}
spec:
  conditions:
    - kind: AlertCondition
      metadata: {name: burns}
      spec: {severity: page, condition: {op: gt, threshold: 0.5, lookbackWindow: 1h}}
"""
