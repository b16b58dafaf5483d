"""SLOs as rules for Prometheus: counts of each step, their sums, and alerts on how fast they burn.

Only the counts are rules of one SLO, two for each. Everything else is the same for all: each sum is
one rule over all of them, each alert one for all that promise the same. Counts are those of steps
that do not overlap, so a sum is exact, and whoever reads the counts misses nothing and has nothing
twice. A sum over ``1h`` asks for a millisecond less: ranges are closed before Prometheus 3.

Days are summed from counts of five minutes, which are summed from those of a step.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import yaml

from incidents.model import promql
from incidents.model.burn import Loudness, Rule, rules_for
from incidents.model.objective import FEWEST_FAILURES, Objective, SLOName, percent
from incidents.model.promql import Unaskable, counting

BAD, TOTAL = "warroom:events_bad", "warroom:events_total"
STEPS = {
    "30s": timedelta(seconds=30),
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
}

_MILLISECOND, _MINUTE = timedelta(milliseconds=1), timedelta(minutes=1)
_MIDDLE, _LONG = 5 * _MINUTE, timedelta(days=1)
_LONG_EVERY = timedelta(seconds=150)  # twice within the five minutes that Prometheus looks back
_PROMETHEUS = {"", "prometheus", "thanos", "mimir", "cortex", "victoriametrics"}

Yaml = dict[str, Any]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Options:
    """How often is counted, and how many rules a group may have; 0 for any number."""

    step: timedelta = _MINUTE
    most_in_group: int = 0


@dataclass(frozen=True, slots=True)
class Ruled:
    """The rule groups, which SLOs they count, and which they do not, with the reason."""

    groups: tuple[Yaml, ...]
    counted: tuple[SLOName, ...]
    left_out: tuple[tuple[SLOName, str], ...]

    @property
    def file(self) -> Yaml:
        """What stands in a file of rules."""
        return {"groups": list(self.groups)}


def rules(objectives: Iterable[Objective], options: Options) -> Ruled:
    """All rules for these SLOs."""
    counts: list[list[Yaml]] = []
    counted: list[Objective] = []
    left_out: list[tuple[SLOName, str]] = []
    for one in objectives:
        try:
            counts.append(list(_counts(one, options.step)))
            counted.append(one)
        except Unaskable as error:
            left_out.append((one.slo, str(error)))
    judged = [one for one in counted if one.slicing is None]
    groups: list[Yaml] = []
    if counted:
        groups += _groups("warroom-counts", options.step, counts, options)
    if judged:
        groups += _sums(judged, options)
        alerts = [list(_alerts(*shared)) for shared in _alike(judged)]
        groups += _groups("warroom-alerts", options.step, alerts, options)
    return Ruled(tuple(groups), tuple(one.slo for one in counted), tuple(left_out))


def as_yaml(ruled: Ruled) -> str:
    """The file, with what has to be known of it at its head."""
    head = (
        "# From `warroom slo rules`: SLOs as files are the source, changes here are lost.\n"
        "# Ranges are a millisecond short, since they are closed before Prometheus 3.\n"
    )
    body: str = yaml.safe_dump(ruled.file, sort_keys=False, width=10_000, allow_unicode=True)
    return head + body


def recorded(side: str, over: timedelta) -> str:
    """``warroom:events_bad:increase1m``: the counts of each step."""
    return f"{side}:increase{span(over)}"


def summed(side: str, over: timedelta) -> str:
    """``warroom:events_bad:sum1h``."""
    return f"{side}:sum{span(over)}"


def _counts(one: Objective, step: timedelta) -> Iterator[Yaml]:
    labels = {"slo": str(one.slo), "service": str(one.service)}
    total, bad = _events(one, step)
    yield {"record": recorded(TOTAL, step), "expr": total, "labels": dict(labels)}
    yield {"record": recorded(BAD, step), "expr": bad, "labels": labels}


def _events(one: Objective, step: timedelta) -> tuple[str, str]:
    """All events and the bad ones, as whole numbers. A side without series is none of them."""
    try:
        sli, op, value = json.loads(one.indicator)
    except ValueError:
        raise Unaskable("it has no query") from None
    ratio, threshold = sli.get("ratioMetric"), sli.get("thresholdMetric")
    if threshold is not None:
        query = f"({_query(threshold)})"
        good = f"sum({query} {_OPERATORS[op]} bool {value})"
        total = f"count({query})"
        return total, f"({total}) - ({good})"
    is_counter = ratio.get("counter", True)
    over = span(step if is_counter else step - _MILLISECOND)  # a range is closed: no sample twice

    def asked(side: str) -> str:
        return f"round(sum({counting(_query(ratio[side]), over, is_counter=is_counter)}))"

    total = asked("total")
    if ratio.get("bad") is not None:
        return total, f"{asked('bad')} or 0 * {total}"
    return total, f"clamp_min({total} - ({asked('good')} or 0 * {total}), 0)"


_OPERATORS = {"lte": "<=", "gte": ">=", "lt": "<", "gt": ">"}


def _query(metric: Mapping[str, Any]) -> str:
    source = metric["metricSource"]
    kind, spec = source.get("type", ""), source.get("spec")
    if kind.lower() not in _PROMETHEUS:
        raise Unaskable(f"its source is {kind}, which Prometheus cannot ask")
    query = spec.get("query") if isinstance(spec, Mapping) else None
    if not isinstance(query, str) or not query.strip():
        raise Unaskable("it has no query")
    return " ".join(query.split())


def _sums(judged: Sequence[Objective], options: Options) -> Iterator[Yaml]:
    windows = {w for one in judged for rule in _rules(one) for w in (rule.long, rule.short)}
    windows |= {one.window for one in judged if one.calendar is None}
    short = [
        [_sum(side, w, options.step) for side in (BAD, TOTAL)] for w in sorted(windows) if w < _LONG
    ]
    long = [
        [_sum(side, w, _MIDDLE) for side in (BAD, TOTAL)] for w in sorted(windows) if w >= _LONG
    ]
    yield from _groups("warroom-windows", options.step, short, options)
    if long and options.step != _MIDDLE:
        middle = [
            {"record": recorded(side, _MIDDLE), "expr": _over_time(side, _MIDDLE, options.step)}
            for side in (BAD, TOTAL)
        ]
        yield from _groups("warroom-5m", _MIDDLE, [middle], options)
    shared = [list(_remaining(*one)) for one in _alike(judged)]
    yield from _groups("warroom-days", _LONG_EVERY, [*long, *shared], options)


def _sum(side: str, window: timedelta, step: timedelta) -> Yaml:
    return {"record": summed(side, window), "expr": _over_time(side, window, step)}


def _over_time(side: str, window: timedelta, step: timedelta) -> str:
    return f"sum_over_time({recorded(side, step)}[{span(window - _MILLISECOND)}])"


def _alike(judged: Sequence[Objective]) -> Iterator[tuple[Objective, str]]:
    """Those that promise the same: one of them, and a selector for all."""
    found: dict[tuple[Any, ...], list[str]] = {}
    first: dict[tuple[Any, ...], Objective] = {}
    for one in judged:
        alike = (one.budget, one.window, one.min_failures, one.calendar is None)
        found.setdefault(alike, []).append(str(one.slo))
        first.setdefault(alike, one)
    for alike, names in found.items():
        is_one = len(names) == 1
        matcher = f"={promql.text(names[0])}" if is_one else f"=~{promql.any_of(sorted(names))}"
        yield first[alike], f"{{slo{matcher}}}"


def _promise(one: Objective) -> dict[str, str]:
    """Labels that tell apart those who promise something else."""
    promise = {
        "target": percent(one.target, digits=6).removesuffix(" %"),
        "window": span(one.window),
    }
    if one.calendar is not None:
        promise["calendar"] = "true"
    if one.min_failures != FEWEST_FAILURES:
        promise["min_failures"] = str(one.min_failures)
    return promise


def _remaining(one: Objective, which: str) -> Iterator[Yaml]:
    if one.calendar is None:
        bad, total = (f"{summed(side, one.window)}{which}" for side in (BAD, TOTAL))
        spent = f"{_times(one.budget.denominator, bad)} / ({_times(one.budget.numerator, total)})"
        labels = _promise(one)
        yield {"record": "warroom:budget_remaining:ratio", "expr": f"1 - {spent}", "labels": labels}


def _times(factor: int, what: str) -> str:
    return what if factor == 1 else f"{factor} * {what}"


def _rules(one: Objective) -> tuple[Rule, ...]:
    return rules_for(one.budget, one.window).apply


def _alerts(one: Objective, which: str) -> Iterator[Yaml]:
    for rule in _rules(one):
        fires = " and ".join(_burns(window, rule, one, which) for window in (rule.long, rule.short))
        if rule.loudness is not Loudness.PAGE or not one.min_failures:
            yield _alert(fires, rule, rule.loudness, one)
            continue
        failed = f"{summed(BAD, rule.long)}{which}"
        yield _alert(f"{fires} and {failed} >= {one.min_failures}", rule, Loudness.PAGE, one)
        yield _alert(f"{fires} and {failed} < {one.min_failures}", rule, Loudness.TICKET, one)


def _burns(window: timedelta, rule: Rule, one: Objective, which: str) -> str:
    """Whole numbers on both sides: exact, and true of one event more than is allowed."""
    limit = rule.rate * one.budget
    bad, total = (f"{summed(side, window)}{which}" for side in (BAD, TOTAL))
    return f"({_times(limit.denominator, bad)} > {_times(limit.numerator, total)})"


def _alert(expr: str, rule: Rule, loudness: Loudness, one: Objective) -> Yaml:
    long, short = span(rule.long), span(rule.short)
    rate = f"{float(rule.rate):.4f}".rstrip("0").rstrip(".")
    return {
        "alert": "ErrorBudgetBurn",
        "expr": expr,
        "labels": {"severity": loudness.value, "long": long, "short": short, **_promise(one)},
        "annotations": {
            "summary": "{{ $labels.slo }} burns its error budget at more than "
            f"{rate}x over {long} and {short}"
        },
    }


def _groups(
    name: str, every: timedelta, parts: Sequence[Sequence[Yaml]], options: Options
) -> Iterator[Yaml]:
    """Rules in groups of at most so many. What belongs together stays together where it fits."""
    groups: list[list[Yaml]] = [[]]
    most = options.most_in_group
    for part in parts:
        for some in _batched(part, most) if most else [part]:
            if most and len(groups[-1]) + len(some) > most:
                groups.append([])
            groups[-1] += some
    for number, group in enumerate((group for group in groups if group), 1):
        yield {"name": f"{name}-{number}", "interval": span(every), "rules": group}


def _batched(some: Sequence[_T], most: int) -> Iterator[Sequence[_T]]:
    return (some[start : start + most] for start in range(0, len(some), most))


def span(length: timedelta) -> str:
    """``1h``, ``2m30s``, ``59m59s999ms``, as Prometheus writes it; days up to any number."""
    left, found = length // _MILLISECOND, ""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        whole, left = divmod(left, size)
        found += f"{whole}{unit}" if whole else ""
    return found
