"""Random lives of SLOs, what our engine says of them, and promtool to judge that."""

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
    period: timedelta
    rules: tuple[Rule, ...]
    series: Series
    min_failures: int = 0


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
        found.append(Promise(SLOName(f"shop/slo-{number}"), budget, period, rules, series))
    return found


Said = list[dict[SLOName, dict[int, Loudness]]]
"""At each tick, which rules of each SLO fire, by their places, and how loudly."""


def ours(given: Sequence[Promise], step: timedelta) -> Said:
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


def fired(one: Promise, place: int, sums: Any) -> dict[int, Loudness]:
    """Which rules fire alone; what the engine says of all of them together has to fit."""
    counts = {
        window: Counts(int(good[place]), int(bad[place])) for window, (good, bad) in sums.items()
    }
    alone = {
        number: found.loudness
        for number, rule in enumerate(one.rules)
        for found in [judge(counts, [rule], budget=one.budget, min_failures=one.min_failures)]
        if found.loudness is not Loudness.QUIET
    }
    together = judge(counts, one.rules, budget=one.budget, min_failures=one.min_failures)
    assert together.loudness is max(
        alone.values(), key=list(Loudness).index, default=Loudness.QUIET
    )
    looked_at = may_fire(
        lambda window: (np.array([counts[window].bad]), np.array([counts[window].total])),
        one.rules,
        np.array([float(one.budget)]),
    )
    assert looked_at.size or not alone
    return alone


def in_seconds(span: timedelta) -> str:
    return f"{span // SECOND}s"


def values(series: Series, side: str) -> Iterator[str]:
    """What is counted of a bucket is known at its end, so the first sample is none."""
    yield "_"
    for counts in series:
        yield "_" if counts is None else str(getattr(counts, side))


def checks_file(
    given: Sequence[Promise], alert: str, expected: Sequence[Sequence[Any]], step: timedelta
) -> dict[str, Any]:
    """At each tick exactly the ``expected`` alerts of that name."""
    alerts = [
        {
            "eval_time": in_seconds(step * (tick + 1)),
            "alertname": alert,
            "exp_alerts": at,
        }
        for tick, at in enumerate(expected)
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
    order = [group["name"] for group in rules["groups"]]
    (folder / "rules.json").write_text(json.dumps(rules))
    (folder / "tests.json").write_text(json.dumps({**tests, "group_eval_order": order}))
    command = ["promtool", "test", "rules", str(folder / "tests.json")]
    found = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    return found.stdout[-3000:] + found.stderr[-3000:] if found.returncode else ""
