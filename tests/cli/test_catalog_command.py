"""`warroom catalog` and `warroom check` as somebody at a terminal sees them."""

import json
from pathlib import Path

from cli.test_commands import Terminal, config, warroom

__all__ = ["config", "warroom"]  # fixtures


def test_the_blast_radius_of_a_service_is_printed(warroom: Terminal) -> None:
    ran = warroom("catalog", "blast", "payments")

    assert ran.code == 0
    assert ran.out == (
        "DEPTH  SERVICE         HOW         TIER  TEAM        THROUGH\n"
        "1      checkout        fails       1     payments    payments\n"
        "2      web-storefront  gets worse  1     storefront  checkout\n"
        "\n"
        "payments: 2 services (2 of tier 1, 2 steps deep), 3 SLOs, "
        "customers: shoppers, merchants\n"
        "SLO payments/availability (hard, 0 deep)\n"
        "SLO checkout/availability (hard, 1 deep)\n"
        "SLO checkout/latency (hard, 1 deep)\n"
    )


def test_machines_read_the_blast_radius_as_json(warroom: Terminal) -> None:
    read = json.loads(warroom("catalog", "blast", "payments", "--json").out)

    assert read["depth"] == 2
    assert read["services"][1] == {
        "service": "web-storefront",
        "depth": 2,
        "strength": "soft",
        "through": "checkout",
        "way": ["payments", "checkout", "web-storefront"],
        "tier": 1,
        "team": "storefront",
    }
    assert {one["name"] for one in read["customers"]} == {"shoppers", "merchants"}


def test_a_picture_is_printed_as_it_is(warroom: Terminal) -> None:
    assert warroom("catalog", "blast", "edge", "--mermaid").out.startswith("flowchart TD\n")


def test_a_slip_is_refused_with_the_nearest_name(warroom: Terminal) -> None:
    ran = warroom("catalog", "blast", "paymnts")

    assert ran.code == 2
    assert "There is no service called paymnts. Did you mean payments?" in ran.err


def test_warnings_alone_exit_with_nothing_unless_it_is_strict(
    warroom: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "services").mkdir()
    text = "services:\n  - {name: a, tier: 2, depends_on: [b]}\n  - {name: b, tier: 4}\n"
    (tmp_path / "services" / "all.yaml").write_text(text)

    easy = warroom("check", "--config", str(tmp_path))
    strict = warroom("check", "--config", str(tmp_path), "--strict", "--json")

    assert (easy.code, strict.code) == (0, 1)
    assert easy.out.startswith("services/all.yaml:3:15: warning: b is tier 4, but a cannot work")
    assert [one["severity"] for one in json.loads(strict.out)["problems"]] == ["warning"]


def source(folder: Path) -> Path:
    folder.mkdir()
    (folder / "service.datadog.yaml").write_text(
        "dd-service: depot\nteam: platform\ntier: low\n---\ndd-service: cart\nteam: depot\n"
    )
    return folder


def test_an_import_shows_what_it_would_do_and_does_nothing(
    warroom: Terminal, config: Path, tmp_path: Path
) -> None:
    before = sorted(config.rglob("*"))

    ran = warroom("catalog", "import", "datadog", str(source(tmp_path / "src")))

    assert ran.code == 0
    assert ran.out.startswith("--- services/imported-datadog.yaml\n+++ ")
    assert "+- {name: depot, tier: 4, team: platform}\n" in ran.out
    assert f"1 added in {config / 'services' / 'imported-datadog.yaml'}.\n" in ran.out
    assert "  cart stands in services/storefront.yaml:" in ran.out
    assert "; datadog says team depot\n" in ran.out
    assert ran.out.endswith("Nothing was written. To write it, add --write FOLDER.\n")
    assert sorted(config.rglob("*")) == before


def test_an_import_is_written_into_one_file_of_its_own(warroom: Terminal, tmp_path: Path) -> None:
    words = ("catalog", "import", "datadog", str(source(tmp_path / "src")))

    wrote = warroom(*words, "--write", str(tmp_path / "new"), "--json")
    again = warroom(*words, "--write", str(tmp_path / "new"))
    checked = warroom("check", "--config", str(tmp_path / "new"))

    assert (wrote.code, again.code, checked.code) == (0, 0, 0)
    assert json.loads(wrote.out)["added"] == [
        "service cart", "service depot", "team depot", "team platform"
    ]  # fmt: skip
    assert json.loads(wrote.out)["written"] is True
    assert again.out.startswith("services/imported-datadog.yaml stays as it is.\n")


def test_an_imported_file_changed_by_hand_is_not_overwritten_unasked(
    warroom: Terminal, tmp_path: Path
) -> None:
    words = ("catalog", "import", "datadog", str(source(tmp_path / "src")), "--write")
    folder = tmp_path / "new"
    warroom(*words, str(folder))
    path = folder / "services" / "imported-datadog.yaml"
    path.write_text(path.read_text().replace("tier: 4", "tier: 2"))

    refused = warroom(*words, str(folder))
    kept = path.read_text()
    forced = warroom(*words, str(folder), "--force")

    assert refused.code == 2
    assert "was changed by hand, and that would be lost. Move what you changed" in refused.err
    assert "tier: 2" in kept
    assert forced.code == 0
    assert "tier: 2" not in path.read_text()


def test_an_import_that_leaves_work_to_do_says_which(warroom: Terminal, tmp_path: Path) -> None:
    folder = source(tmp_path / "src")
    (folder / "service.datadog.yaml").write_text("dd-service: pay\nteam: money\ntier: critical\n")

    words = ("catalog", "import", "datadog", str(folder), "--write", str(tmp_path / "new"))
    ran = warroom(*words)

    assert ran.code == 1
    assert "\nwarroom check finds:\n  services/imported-datadog.yaml:6:3: money owns pay" in ran.out
    assert "has no on-call" in ran.out
