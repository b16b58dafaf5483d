"""The burn rules over the rings say what PromQL says of the same series, tick by tick.

`promtool test rules` gets random series, the rules as PromQL, and what our engine said at every
tick. It passes only if Prometheus fires, and stays quiet, at exactly the same ticks.

Windows are half-open here and closed in Prometheus before 3.0, so PromQL asks for half a step less:
the same samples in either version. Counts are compared as whole numbers, as ours are.
"""

import json
import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from incidents.model.burn import Loudness, Rule, judge, may_fire, rules_for
from incidents.model.objective import Counts, SLOName
from incidents.model.rolling import Rings, Sample

BEGIN = datetime(2026, 11, 2, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
BUDGETS = (Fraction(1, 1000), Fraction(1, 100), Fraction(5, 10_000), Fraction(3, 100))
PERIODS = (28 * DAY, 30 * DAY, 7 * DAY)

Series = Sequence[Counts | None]  # by tick; None: nothing was reported


@dataclass(frozen=True, slots=True)
class Promise:
    """An SLO, its rules, and what happened to it."""

    slo: SLOName
    budget: Fraction
    rules: tuple[Rule, ...]
    series: Series


@dataclass(frozen=True, slots=True)
class Length:
    """How long a proof is: ticks of ``step``, and the number of SLOs."""

    step: timedelta
    ticks: int
    slos: int


def life(chance: random.Random, ticks: int, budget: Fraction, rates: Sequence[Fraction]) -> Series:
    """Calm, burns of any strength, total outages, silence, nights with few requests.

    Some burns are exactly as fast as a rule allows, or a single failure faster.
    """
    found: list[Counts | None] = []
    while len(found) < ticks:
        phase = chance.choice(
            ("calm", "calm", "burn", "burn", "edge", "outage", "silence", "night")
        )
        traffic = chance.choice((3, 60, 1000, 250_000))
        rate = chance.choice(rates) * budget
        for _ in range(chance.randint(1, ticks // 6)):
            if phase == "silence":
                found.append(None)
                continue
            total = chance.randint(traffic // 2, traffic * 2)
            if phase == "calm":
                bad = int(total * float(budget) * chance.random())
            elif phase == "burn":
                bad = int(total * min(float(rate) * chance.uniform(0.5, 3), 1))
            elif phase == "edge":
                total = rate.denominator * chance.randint(1, 3)
                bad = min(
                    total * rate.numerator // rate.denominator + chance.choice((0, 0, 1)), total
                )
            elif phase == "outage":
                bad = total
            else:
                total, bad = chance.choice(((0, 0), (1, 0), (1, 1), (2, 0)))
            found.append(Counts(total - bad, bad))
    return found[:ticks]


def promises(chance: random.Random, length: Length) -> list[Promise]:
    found = []
    for number in range(length.slos):
        budget, period = chance.choice(BUDGETS), chance.choice(PERIODS)
        rules = rules_for(budget, period).apply
        series = life(chance, length.ticks, budget, [rule.rate for rule in rules])
        found.append(Promise(SLOName(f"shop/slo-{number}"), budget, rules, series))
    return found


def ours(given: Sequence[Promise], step: timedelta) -> list[dict[SLOName, list[int]]]:
    """At each tick, which rules of each SLO fire, by their places."""
    windows = {window for one in given for rule in one.rules for window in (rule.long, rule.short)}
    rings = Rings([one.slo for one in given], windows, BEGIN)
    said = []
    for tick in range(len(given[0].series)):
        at = BEGIN + step * tick
        rings.add(
            [
                Sample(one.slo, at, counts.good, counts.bad)
                for one in given
                if (counts := one.series[tick]) is not None
            ]
        )
        rings.advance(at + step)
        sums = {window: rings.sums(window) for window in windows}
        said.append({one.slo: fired(one, place, sums) for place, one in enumerate(given)})
    return said


def fired(one: Promise, place: int, sums: Any) -> list[int]:
    """Which rules fire alone; what the engine says of all of them together has to fit."""
    counts = {
        window: Counts(int(good[place]), int(bad[place])) for window, (good, bad) in sums.items()
    }
    alone = [
        number
        for number, rule in enumerate(one.rules)
        if judge(counts, [rule], budget=one.budget).loudness is not Loudness.QUIET
    ]
    together = judge(counts, one.rules, budget=one.budget)
    loudest = max((list(Loudness).index(one.rules[number].loudness) for number in alone), default=0)
    assert together.loudness is list(Loudness)[loudest]
    bad = {window: np.array([held.bad]) for window, held in counts.items()}
    total = {window: np.array([held.total]) for window, held in counts.items()}
    (looked,) = may_fire(bad, total, one.rules, np.array([float(one.budget)]))
    assert looked or not alone
    return alone


def promql(rule: Rule, one: Promise, step: timedelta) -> str:
    limit = rule.rate * one.budget

    def burns(window: timedelta) -> str:
        span = f"{(window - step / 2) // SECOND}s"
        bad, total = (
            f'sum_over_time({side}{{slo="{one.slo}"}}[{span}])' for side in ("bad", "total")
        )
        return f"({bad} * {limit.denominator} > {limit.numerator} * {total})"

    return f"{burns(rule.long)} and {burns(rule.short)}"


def rules_file(given: Sequence[Promise], step: timedelta) -> dict[str, Any]:
    rules = [
        {"alert": "Burn", "expr": promql(rule, one, step), "labels": {"rule": str(number)}}
        for one in given
        for number, rule in enumerate(one.rules)
    ]
    return {"groups": [{"name": "burn", "rules": rules}]}


def in_seconds(span: timedelta) -> str:
    return f"{span // SECOND}s"


def values(series: Series, side: str) -> Iterator[str]:
    """What is counted of a bucket is known at its end, so the first sample is none."""
    yield "_"
    for counts in series:
        yield "_" if counts is None else str(getattr(counts, side))


def checks_file(given: Sequence[Promise], said: Any, step: timedelta) -> dict[str, Any]:
    alerts = [
        {
            "eval_time": in_seconds(step * (tick + 1)),
            "alertname": "Burn",
            "exp_alerts": [
                {"exp_labels": {"slo": slo, "rule": str(number)}}
                for slo, numbers in at.items()
                for number in numbers
            ],
        }
        for tick, at in enumerate(said)
    ]
    series = [
        {"series": f'{side}{{slo="{one.slo}"}}', "values": " ".join(values(one.series, side))}
        for one in given
        for side in ("bad", "total")
    ]
    return {
        "rule_files": ["rules.json"],
        "evaluation_interval": in_seconds(step),
        "tests": [
            {"interval": in_seconds(step), "input_series": series, "alert_rule_test": alerts}
        ],
    }


def promtool(folder: Path, rules: dict[str, Any], tests: dict[str, Any]) -> str:
    """What it complains about; JSON is YAML."""
    (folder / "rules.json").write_text(json.dumps(rules))
    (folder / "tests.json").write_text(json.dumps(tests))
    command = ["promtool", "test", "rules", str(folder / "tests.json")]
    found = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    return found.stdout[-3000:] + found.stderr[-3000:] if found.returncode else ""


@pytest.mark.parametrize(
    "length",
    [
        pytest.param(Length(10 * SECOND, 240, 6), id="hour"),
        pytest.param(Length(5 * MINUTE, 900, 2), id="days"),
        pytest.param(Length(10 * SECOND, 3000, 15), id="many-hours", marks=pytest.mark.slow),
        pytest.param(Length(5 * MINUTE, 3000, 15), id="month", marks=pytest.mark.slow),
    ],
)
def test_our_engine_and_prometheus_fire_at_the_same_ticks(length: Length, tmp_path: Path) -> None:
    given = promises(random.Random(f"{length}"), length)
    said = ours(given, length.step)
    firing = sum(bool(numbers) for at in said for numbers in at.values())
    assert 0.1 < firing / (length.ticks * length.slos) < 0.9  # both answers are put to the test

    complaint = promtool(
        tmp_path, rules_file(given, length.step), checks_file(given, said, length.step)
    )

    assert complaint == ""


def test_prometheus_would_notice_if_our_engine_were_wrong_at_one_tick(tmp_path: Path) -> None:
    length = Length(10 * SECOND, 40, 2)
    given = promises(random.Random(7), length)
    said = ours(given, length.step)
    said[20][given[0].slo] = [0] if said[20][given[0].slo] == [] else []

    complaint = promtool(
        tmp_path, rules_file(given, length.step), checks_file(given, said, length.step)
    )

    assert "time: 3m30s" in complaint
