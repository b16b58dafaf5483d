"""`warroom catalog` and `warroom check` as somebody at a terminal sees them."""

import json
from pathlib import Path

from test_commands import Terminal, config, warroom

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
