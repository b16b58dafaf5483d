"""The burn rules over the rings say what PromQL says of the same series, tick by tick.

`promtool test rules` gets random series, the rules as PromQL, and what our engine said at every
tick. It passes only if Prometheus fires, and stays quiet, at exactly the same ticks.

Windows are half-open here and closed in Prometheus before 3.0, so PromQL asks for half a step less:
the same samples in either version. Counts are compared as whole numbers, as ours are.
"""

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus.lives import (
    MINUTE,
    SECOND,
    Length,
    Promise,
    Said,
    checks_file,
    ours,
    promises,
    promtool,
)

from incidents.model.burn import Loudness, Rule


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


def expected(said: Said) -> list[list[Any]]:
    return [
        [{"exp_labels": {"slo": slo, "rule": str(number)}} for slo in at for number in at[slo]]
        for at in said
    ]


def complaint(folder: Path, given: Sequence[Promise], said: Said, step: timedelta) -> str:
    checks = checks_file(given, "Burn", expected(said), step)
    return promtool(folder, rules_file(given, step), checks)


@pytest.mark.parametrize(
    "length",
    [
        pytest.param(Length(10 * SECOND, 240, 6), id="hour"),
        pytest.param(Length(5 * MINUTE, 900, 2), id="days"),
        pytest.param(Length(10 * SECOND, 1500, 8), id="many-hours", marks=pytest.mark.slow),
        pytest.param(Length(5 * MINUTE, 2000, 6), id="month", marks=pytest.mark.slow),
    ],
)
def test_our_engine_and_prometheus_fire_at_the_same_ticks(length: Length, tmp_path: Path) -> None:
    given = promises(random.Random(f"{length}"), length)
    said = ours(given, length.step)
    firing = sum(bool(numbers) for at in said for numbers in at.values())
    assert 0.1 < firing / (length.ticks * length.slos) < 0.9  # both answers are put to the test

    assert complaint(tmp_path, given, said, length.step) == ""


def test_prometheus_would_notice_if_our_engine_were_wrong_at_one_tick(tmp_path: Path) -> None:
    length = Length(10 * SECOND, 40, 2)
    given = promises(random.Random(7), length)
    said = ours(given, length.step)
    said[20][given[0].slo] = {} if said[20][given[0].slo] else {0: Loudness.PAGE}

    assert "time: 3m30s" in complaint(tmp_path, given, said, length.step)
