"""slo-generator: kind ``ServiceLevelObjective`` of ``sre.google.com/v2``.

Its windows stand in its configuration, as steps of an error budget policy: the longest step is the
window, as the shorter ones only decide how loudly to speak (github.com/google/slo-generator).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from incidents.catalog.imports.promises import (
    WINDOW,
    Carried,
    Foreign,
    Options,
    Promise,
    carry,
    documents,
    of_object,
    promql,
    service_of,
    shorthand,
    target_of,
)
from incidents.catalog.imports.told import Part

_VERSION = "sre.google.com/v2"
_CONNECTIONS = "warroom is given counts, and asks no backend"
REASONS = {
    "metadata": "it belongs to the object in Kubernetes",
    "spec.exporters": "reports are exported by warroom's own means",
    "spec.frequency": "budgets are counted all the time here",
    "default_exporters": "reports are exported by warroom's own means",
    "exporters": "reports are exported by warroom's own means",
    "backends": _CONNECTIONS,
    "error_budget_policies": "of each policy only the longest window is taken; warroom has its own"
    " burn-rate alerts",
}
_SIDES = ("good", "bad", "valid")

Policies = Mapping[str, set[timedelta]]
Sides = dict[str, dict[str, Any]]


def read_slo_generator(paths: Sequence[Path], options: Options) -> Carried:
    """The SLOs in some files and folders. Raises `Refused` if there is nothing to read."""
    return carry(paths, partial(_slos, policies_in(paths)), options, REASONS)


def policies_in(paths: Sequence[Path]) -> Policies:
    """The longest window of each error budget policy, by its name: several, if files disagree."""
    found: dict[str, set[timedelta]] = {}
    for document in documents(paths, Carried()):
        policies = document.part("error_budget_policies")
        for name in policies.node:
            steps = policies.part(name).parts("steps")
            windows = [one.node.get("window") for one in steps]
            seconds = [one for one in windows if type(one) is int]
            if seconds:
                length = timedelta(seconds=min(max(seconds), 10**9))
                found.setdefault(name, set()).add(length)
    return found


def _slos(
    policies: Policies, part: Part, options: Options
) -> Iterator[tuple[Part, Promise | None]]:
    if part.node.get("apiVersion") == _VERSION and part.node.get("kind") == "ServiceLevelObjective":
        part.take("apiVersion", "kind")
        yield part, _promise(part.part("metadata"), part.part("spec"), policies, options)
    elif part.has("slo_target"):
        raise Foreign("a file of slo-generator 1; write it anew with `slo-generator migrate`")
    elif not part.has("error_budget_policies"):
        raise Foreign("no ServiceLevelObjective of sre.google.com/v2")


def _promise(about: Part, spec: Part, policies: Policies, options: Options) -> Promise | None:
    service = service_of(about.part("labels"), "service_name", options)
    target = target_of(spec, "goal", 1)
    window, sides = _window(spec, policies, options), _sides(spec)
    return of_object(about, spec, service=service, target=target, window=window, sides=sides)


def _window(spec: Part, policies: Policies, options: Options) -> str:
    policy = spec.text("error_budget_policy") or "default"
    if policy not in policies:
        if not options.window:
            what = f"the window stands in the error budget policy {policy}, which is in no file"
            spec.fault(what, "slo-generator's configuration beside it, or --window 28d")
        return options.window
    windows = [shorthand(one) for one in sorted(policies[policy])]
    if len(windows) > 1:
        spec.fault(
            f"the policy {policy} stands in several files, with windows {' and '.join(windows)}",
            "one",
        )
    elif not windows[0]:
        spec.fault(f"the policy {policy} has a window that is no whole minutes", "whole minutes")
    return windows[0]


def _sides(spec: Part) -> Sides:
    method = spec.text("method", needed=True)
    backend, _, which = spec.text("backend", needed=True).partition("/")
    if which:
        spec.note("which of several backends it is, is not carried over", "backend")
    indicator = spec.part("service_level_indicator")
    is_prometheus = backend.lower() == "prometheus"
    if method == "good_bad_ratio":
        return _counted(indicator) if is_prometheus else _elsewhere(indicator, backend)
    if method == "distribution_cut" and is_prometheus:
        return _cut(indicator)
    if method and backend:
        is_ratio = method in {"query_sli", "query_slo"}
        why = "is a ratio already" if is_ratio else f"is known to {backend} alone"
        what = f"what {method} measures {why}, and cannot be counted"
        spec.fault(what, "good_bad_ratio, or distribution_cut of prometheus", "method")
    return {}


def _counted(indicator: Part) -> Sides:
    """Good events, and bad or valid ones."""
    operators = indicator.listed("operators") or ["increase", "sum"]
    given = {
        side: _query(indicator.text(f"filter_{side}"), operators)
        for side in _SIDES
        if indicator.has(f"filter_{side}")
    }
    if "good" not in given or len(given) == 1:
        indicator.fault("filter_good and one of filter_bad and filter_valid are needed")
        return {}
    if "bad" in given and "valid" in given:
        indicator.note("not carried over: slo-generator reads filter_bad instead", "filter_valid")
    # With bad events given, slo-generator looks at no others.
    total = f"{given['good']} + {given['bad']}" if "bad" in given else given["valid"]
    return {"good": promql(given["good"]), "total": promql(total)}


def _cut(indicator: Part) -> Sides:
    """The buckets of a histogram up to a threshold, of all its events."""
    series = indicator.text("expression", needed=True).strip()
    threshold = indicator.text("threshold_bucket", needed=True)
    head, brace, rest = series.rpartition("}")
    below = f'{head}, le="{threshold}"{brace}{rest}' if brace else f'{series}{{le="{threshold}"}}'
    operators = ["increase", "sum"]
    return {
        "good": promql(_query(below, operators)),
        "total": promql(_query(series.replace("_bucket", "_count"), operators)),
    }


def _query(series: str, operators: Sequence[str]) -> str:
    """What slo-generator asks Prometheus, with the window left open."""
    query = series.strip()
    query = query.replace("[window", f"[{WINDOW}") if "[window" in query else f"{query}[{WINDOW}]"
    for operator in operators:
        query = f"{operator}({query})"
    return query


def _elsewhere(indicator: Part, backend: str) -> Sides:
    """Queries in another language, word for word, with whatever both of them share."""
    found: dict[str, dict[str, Any]] = {}
    shared: dict[str, Any] = {}
    for key, value in indicator.node.items():
        kind, _, side = key.rpartition("_")
        if side in _SIDES and kind in {"filter", "query"}:
            found[side] = {kind: plain(value)}
        else:
            shared[key] = plain(value)
        indicator.take(key)
    if found.keys() != {"good", "valid"}:
        what = f"for {backend}, good and valid events are needed, and no others"
        indicator.fault(what, "query_good and query_valid")
        return {}
    return {
        "good": {"type": backend, "spec": found["good"] | shared},
        "total": {"type": backend, "spec": found["valid"] | shared},
    }


def plain(node: object) -> object:
    """Without the places where things stood."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    return [plain(one) for one in node] if isinstance(node, list) else node
