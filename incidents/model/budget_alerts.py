"""Alerts about error budgets: which promise they are about, and over how long it burns.

Sloth, Pyrra, Grafana, slo-exporter and `warroom slo rules` each have labels of their own for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from incidents.model.objective import Objective

GRAFANA_UUID = "grafana.com/slo-uuid"
"""The annotation of an SLO that says what Grafana calls it."""

_LONGEST = 100  # letters of a label that are shown


@dataclass(frozen=True, slots=True)
class BudgetAlert:
    """What the labels say. ``names`` are those by which the promise may be known here.

    ``over`` is for how long it burns, in the sender's words, ``left`` how long the budget lasts.
    """

    tool: str
    name: str
    names: frozenset[str]
    uuid: str = ""
    over: tuple[str, ...] = ()
    left: str = ""

    def words(self, name: str = "") -> str:
        """``checkout/availability burns its error budget over 1h and 5m (pyrra)``."""
        over = f" over {' and '.join(self.over)}" if self.over else ""
        left = f", which lasts {self.left} at this rate" if self.left else ""
        return f"{name or self.name} burns its error budget{over}{left} ({self.tool})"


def budget_alert(labels: Mapping[str, str]) -> BudgetAlert | None:
    """What an alert with these labels says about a budget; None if it is about something else."""

    def says(*names: str) -> tuple[str, ...]:
        return tuple(value[:_LONGEST] for name in names if (value := labels.get(name, "").strip()))

    def first(*names: str) -> str:
        return next(iter(says(*names)), "")

    if says("sloth_slo") or says("sloth_id"):
        service, slo = first("sloth_service", "service"), first("sloth_slo")
        names = _names(service, slo) | set(says("sloth_id"))
        name = f"{service}/{slo}" if service and slo else slo or first("sloth_id")
        return BudgetAlert("sloth", name, frozenset(names))
    if says("grafana_slo_uuid"):
        name = first("slo_name", "slo", "alertname") or "an SLO of Grafana's"
        names = _names(first("service", "service_name"), first("slo_name", "slo"))
        window = tuple(f"its {length}" for length in says("grafana_slo_window"))
        return BudgetAlert(
            "grafana", name, frozenset(names), uuid=first("grafana_slo_uuid"), over=window
        )
    if says("slo_domain") and says("slo_type", "slo_class"):
        kind = "-".join(says("slo_class", "slo_type"))
        names = _names(first("slo_domain"), kind) | _names(first("slo_domain"), first("slo_type"))
        return BudgetAlert("slo-exporter", f"{first('slo_domain')}/{kind}", frozenset(names))
    if says("slo") and says("long", "short", "exhaustion"):
        tool = "pyrra" if says("exhaustion") else "prometheus"
        names = _names(first("service"), first("slo"))
        return BudgetAlert(
            tool,
            first("slo"),
            frozenset(names),
            over=says("long", "short"),
            left=first("exhaustion"),
        )
    return None


def promise_of(about: BudgetAlert, objectives: Iterable[Objective]) -> Objective | None:
    """The promise of ours that an alert is about, if it is one of ours."""
    for one in objectives:
        if one.slo in about.names or one.slo.replace("/", "-", 1) in about.names:
            return one
        if about.uuid and one.annotations.get(GRAFANA_UUID) == about.uuid:
            return one
    return None


def outage_of(slo: str) -> str:
    """What the outage is called in which the budget of ``slo`` burns, whoever notices it."""
    return f"slo/{slo}"


def _names(service: str, slo: str) -> set[str]:
    """``checkout`` and ``availability`` may be known as both together, whichever way."""
    if not slo:
        return set()
    return {slo, f"{service}/{slo}", f"{service}-{slo}"} if service else {slo}
