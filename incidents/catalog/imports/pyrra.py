"""Pyrra: the Kubernetes kind ``ServiceLevelObjective`` of ``pyrra.dev/v1alpha1``.

Pyrra names series and counts their increase over the window (github.com/pyrra-dev/pyrra); here the
whole query is written out. With ``grouping`` one file stands for many SLOs: that is refused, since
one budget for all of them would hide the one that fails.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from incidents.catalog.imports.promises import (
    WINDOW,
    Carried,
    Foreign,
    Options,
    Promise,
    carry,
    of_object,
    promql,
    service_of,
    shorthand,
    target_of,
)
from incidents.catalog.imports.told import Part

_ALERTS = "warroom has its own burn-rate alerts: they page by the tier of the service"
REASONS = {
    "metadata": "it belongs to the object in Kubernetes",
    "status": "it belongs to the object in Kubernetes",
    "spec.alerting": _ALERTS,
    "spec.alerting.name": "an incident is called after its SLO",
    "spec.alerting.absentName": "an incident is called after its SLO",
    "spec.performanceOverAccuracy": "it changes the rules that Pyrra writes",
    "spec.ruleOutput": "it changes the rules that Pyrra writes",
    "spec.partial_response_strategy": "it is for Thanos Ruler",
}
_SERVICE_LABELS = ("pyrra.dev/service", "app.kubernetes.io/name", "service")
_UNITS = {
    "y": timedelta(days=365),
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_LENGTH = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in _UNITS))
_SELECTOR = re.compile(r'[A-Za-z_:][\w:]*\s*(\{([^"{}]|"([^"\\]|\\.)*")*\})?')
_INDICATORS = ("ratio", "latency", "latencyNative", "bool_gauge")

Sides = dict[str, dict[str, object]]


def read_pyrra(paths: Sequence[Path], options: Options) -> Carried:
    """The SLOs in some files and folders. Raises `Refused` if there is nothing to read."""
    return carry(paths, _slo, options, REASONS)


def length_of(written: str) -> timedelta:
    """``4w``, ``1h30m``, ``200ms``: Prometheus' durations; nothing for what is none."""
    found = _LENGTH.fullmatch(written.strip())
    if found is None:
        return timedelta(0)
    sizes = zip(found.groups(), _UNITS.values(), strict=True)
    return sum((int(number) * size for number, size in sizes if number), timedelta(0))


def _slo(part: Part, options: Options) -> Iterator[tuple[Part, Promise | None]]:
    version = str(part.node.get("apiVersion", ""))
    if part.node.get("kind") != "ServiceLevelObjective" or not version.startswith("pyrra.dev/"):
        raise Foreign("no ServiceLevelObjective of pyrra.dev")
    part.take("apiVersion", "kind")
    yield part, _promise(part.part("metadata"), part.part("spec"), options)


def _promise(about: Part, spec: Part, options: Options) -> Promise | None:
    labels = about.part("labels")
    service = service_of(labels, labels.spelt(*_SERVICE_LABELS), options)
    target = target_of(spec, "target", 100)
    window, sides = _window(spec), _sides(spec.part("indicator"))
    _take_defaults(spec.part("alerting"))
    return of_object(about, spec, service=service, target=target, window=window, sides=sides)


def _window(spec: Part) -> str:
    written = spec.text("window", needed=True)
    window = shorthand(length_of(written))
    if written and not window:
        spec.fault(f"{written} is not a window", "one like 4w", "window")
    return window


def _sides(indicator: Part) -> Sides:
    given = [kind for kind in _INDICATORS if indicator.has(kind)]
    if len(given) != 1:
        indicator.fault(f"{' and '.join(given) or 'no indicator'} is given", "exactly one")
        return {}
    one = indicator.part(given[0])
    if one.has("grouping"):
        what = "each value is an SLO of its own, and one budget for all would hide which one fails"
        one.fault(what, "an SLO for each, without grouping", "grouping")
    one.take("grouping")
    return _READERS[given[0]](one)


def _ratio(one: Part) -> Sides:
    return {
        "bad": promql(_increase(_selector(one.part("errors")))),
        "total": promql(_increase(_selector(one.part("total")))),
    }


def _latency(one: Part) -> Sides:
    return {
        "good": promql(_increase(_selector(one.part("success")))),
        "total": promql(_increase(_selector(one.part("total")))),
    }


def _native(one: Part) -> Sides:
    """A native histogram: the share below the latency, of its count."""
    written = one.text("latency", needed=True)
    seconds = length_of(written).total_seconds()
    if written and not seconds:
        one.fault(f"{written} is not a latency", "one like 200ms", "latency")
    rise = _increase(_selector(one.part("total")))
    count = f"histogram_count({rise})"
    return {
        "good": promql(f"histogram_fraction(0, {seconds:g}, {rise}) * {count}"),
        "total": promql(count),
    }


def _gauge(one: Part) -> Sides:
    """A gauge that is 1 while all is well: each sample of it is an event."""
    series = f"{_selector(one)}[{WINDOW}]"
    return {
        "good": promql(f"sum(sum_over_time({series}))"),
        "total": promql(f"sum(count_over_time({series}))"),
    }


_READERS = {"ratio": _ratio, "latency": _latency, "latencyNative": _native, "bool_gauge": _gauge}


def _selector(query: Part) -> str:
    """The series that are counted; a fault for any other query, which Pyrra refuses too."""
    written = query.text("metric", needed=True).strip()
    if written and not _SELECTOR.fullmatch(written):
        query.fault("this is not a plain selector of series", 'one like name{label="…"}', "metric")
    return written


def _increase(series: str) -> str:
    return f"sum(increase({series}[{WINDOW}]))"


def _take_defaults(alerting: Part) -> None:
    """What is as it would be says nothing."""
    for key, usual in (("disabled", False), ("burnrates", True), ("absent", True)):
        if alerting.node.get(key) is usual:
            alerting.take(key)
