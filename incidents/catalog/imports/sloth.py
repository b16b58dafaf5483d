"""sloth: ``version: prometheus/v1`` and the Kubernetes kind ``PrometheusServiceLevel``.

Sloth's SLOs (github.com/slok/sloth, v0.16) have an error and a total query over ``{{.window}}``,
and no window of their own: that is an option of the command, 30 days unless told otherwise.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from incidents.catalog.imports.promises import (
    Carried,
    Foreign,
    Options,
    Promise,
    carry,
    description_of,
    name_of,
    promql,
    service_of,
    target_of,
)
from incidents.catalog.imports.told import Part

USUAL_WINDOW = "30d"
_NATIVE, _KUBERNETES, _WINDOWS = "PrometheusServiceLevel", "sloth.slok.dev/v1", "AlertWindows"
_PAGES = "warroom has its own burn-rate alerts: they page by the tier of the service"
_LABELS = "alerts are routed by service and tier here, not by labels"
_PLUGINS = "plugins change the rules that sloth writes, and warroom reads none of them"
_REASONS = {
    "metadata": "it belongs to the object in Kubernetes",
    "status": "it belongs to the object in Kubernetes",
    "slo_plugins": _PLUGINS,
    "slos.plugins": _PLUGINS,
    "slos.alerting": _PAGES,
    "slos.alerting.name": "an incident is called after its SLO",
    "slos.alerting.labels": _LABELS,
    "slos.alerting.annotations": "runbooks and dashboards stand in the catalogue, by service",
    **{
        f"slos.alerting.{one}{key}": why
        for one in ("page_alert", "ticket_alert", "pageAlert", "ticketAlert")
        for key, why in (("", _PAGES), (".labels", _LABELS))
    },
}
REASONS = _REASONS | {
    f"spec.{path}": why
    for path, why in {**_REASONS, "sloPlugins": _PLUGINS}.items()
    if path not in {"metadata", "status"}
}


def read_sloth(paths: Sequence[Path], options: Options) -> Carried:
    """The SLOs in some files and folders. Raises `Refused` if there is nothing to read."""
    return carry(paths, _slos, options, REASONS)


def _slos(part: Part, options: Options) -> Iterator[tuple[Part, Promise | None]]:
    spec = _spec(part)
    service = service_of(spec, "service", options)
    labels = spec.texts("labels")
    if not spec.parts("slos"):
        spec.fault("there are no SLOs in here", "", "slos")
    if spec.source.faults:
        spec.take("slos")
        return
    for slo in spec.parts("slos"):
        yield slo, _promise(slo, service, labels, options)


def _spec(part: Part) -> Part:
    """Where the service and its SLOs stand."""
    kind, version = part.node.get("kind"), part.node.get("version")
    if version == "prometheus/v1":
        part.take("version")
        return part
    if part.node.get("apiVersion") == _KUBERNETES and kind == _NATIVE:
        part.take("apiVersion", "kind")
        return part.part("spec")
    if kind == _WINDOWS:
        raise Foreign("alert windows of sloth; for their sloPeriod add --window")
    raise Foreign("neither version: prometheus/v1 nor a PrometheusServiceLevel")


def _promise(slo: Part, service: str, shared: dict[str, str], options: Options) -> Promise | None:
    name = name_of(slo, "name")
    target = target_of(slo, "objective", 100)
    sides = _sides(slo.part("sli"))
    _take_defaults(slo.part("alerting"))
    labels = shared | slo.texts("labels")
    description = description_of(slo)
    if slo.source.faults:
        return None
    return Promise(
        service=service,
        name=name,
        target=target,
        window=options.window or USUAL_WINDOW,
        sides=sides,
        description=description,
        labels=labels,
    )


def _sides(sli: Part) -> dict[str, dict[str, object]]:
    for kind, why in (
        ("raw", "a ratio that is measured as such cannot be counted"),
        ("plugin", "a plugin is code of sloth's"),
    ):
        if sli.has(kind):
            sli.fault(why, "events", kind)
    if sli.source.faults:
        return {}
    events = sli.part("events")
    bad = events.text(events.spelt("error_query", "errorQuery"), needed=True)
    total = events.text(events.spelt("total_query", "totalQuery"), needed=True)
    return {"bad": promql(bad), "total": promql(total)}


def _take_defaults(alerting: Part) -> None:
    """An alert that is not disabled is as it would be."""
    for key in ("page_alert", "ticket_alert", "pageAlert", "ticketAlert"):
        alert = alerting.part(key)
        if alert.node.get("disable") is False:
            alert.take("disable")
