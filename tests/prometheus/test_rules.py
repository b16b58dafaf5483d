"""The rules that `warroom slo rules` writes, judged by Prometheus' own tool."""

import json
import random
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from prometheus.lives import MINUTE, Length, Promise, checks_file, ours, promises, promtool

from incidents import assets
from incidents.catalog.openslo import read_objectives
from incidents.model.burn import Loudness
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective
from incidents.render.prometheus_rules import STEPS, Options, as_yaml, rules


def objective(one: Promise) -> Objective:
    """The promise as a file would make it, over numbers that say what happened in each step."""
    sides = {
        side: {
            "metricSource": {"type": "Prometheus", "spec": {"query": f'{side}{{slo="{one.slo}"}}'}}
        }
        for side in ("bad", "total")
    }
    return Objective(
        slo=one.slo,
        service=ServiceName("shop"),
        target=1 - one.budget,
        window=one.period,
        indicator=json.dumps([{"ratioMetric": {"counter": False, **sides}}, None, None]),
        min_failures=one.min_failures,
    )


def labels(one: Promise, number: int, loudness: Loudness) -> dict[str, str]:
    rule, made = one.rules[number], objective(one)
    lengths = {"1:00:00": "1h", "6:00:00": "6h", "1 day, 0:00:00": "1d", "3 days, 0:00:00": "3d",
               "0:05:00": "5m", "0:30:00": "30m", "2:00:00": "2h"}  # fmt: skip
    few = {"min_failures": str(one.min_failures)} if one.min_failures != 5 else {}
    return {
        "slo": one.slo,
        "service": "shop",
        "severity": loudness.value,
        "long": lengths[str(rule.long)],
        "short": lengths[str(rule.short)],
        "target": f"{float(made.target * 100):.6f}".rstrip("0").rstrip("."),
        "window": f"{one.period.days}d",
        **few,
    }


@pytest.mark.parametrize(
    "length",
    [
        Length(5 * MINUTE, 300, 2),
        pytest.param(Length(5 * MINUTE, 1500, 5), marks=pytest.mark.slow),
    ],
)
def test_the_rules_alert_at_the_ticks_at_which_our_engine_does(
    length: Length, tmp_path: Path
) -> None:
    chance = random.Random(5)
    given = [
        replace(one, min_failures=chance.choice((0, 5, 400))) for one in promises(chance, length)
    ]
    said = ours(given, length.step)
    made = rules([objective(one) for one in given], Options(length.step)).file
    for alert in made["groups"][-1]["rules"]:
        del alert["annotations"]
    by_name = {one.slo: one for one in given}
    expected = [
        [
            {"exp_labels": labels(by_name[slo], number, loudness)}
            for slo, firing in at.items()
            for number, loudness in firing.items()
        ]
        for at in said
    ]
    assert {loudness for at in said for one in at.values() for loudness in one.values()} == {
        Loudness.PAGE,
        Loudness.TICKET,
    }

    checks = checks_file(given, "ErrorBudgetBurn", expected, length.step)

    assert promtool(tmp_path, made, checks) == ""


@pytest.mark.parametrize("options", [Options(), Options(STEPS["30s"], 4), Options(STEPS["5m"], 20)])
def test_prometheus_accepts_the_rules_of_the_configuration_that_ships(
    options: Options, tmp_path: Path
) -> None:
    objectives, _ = read_objectives(assets.folder("templates") / "init" / "slos")
    found = rules(objectives, options)
    file = tmp_path / "rules.yml"
    file.write_text(as_yaml(found))

    checked = subprocess.run(
        ["promtool", "check", "rules", str(file)], capture_output=True, text=True, check=False
    )

    assert (checked.returncode, found.left_out) == (0, ()), checked.stderr
    most = max(len(group["rules"]) for group in yaml.safe_load(file.read_text())["groups"])
    assert most <= (options.most_in_group or most)


def test_650_slos_fit_into_mimirs_groups() -> None:
    """Sloth writes 17 rules for each SLO: 23 of them fill a tenant of 70 groups of 20."""
    (first, *_), _ = read_objectives(assets.folder("templates") / "init" / "slos")
    many = [replace(first, slo=f"{first.slo}-{number}") for number in range(650)]  # type: ignore[arg-type]

    found = rules(many, Options(most_in_group=20))

    assert len(found.groups) <= 70
