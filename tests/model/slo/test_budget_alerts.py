"""Alerts about error budgets in the labels of five tools."""

from datetime import timedelta
from fractions import Fraction

import pytest

from incidents.model.alerts import Alert, outage_key, title_of, urgency_of
from incidents.model.budget_alerts import budget_alert, promise_of
from incidents.model.burn import Loudness
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.model.severity import Severity

CHECKOUT = Objective(
    slo=SLOName("checkout/availability"),
    service=ServiceName("checkout"),
    target=Fraction(999, 1000),
    window=timedelta(days=28),
    annotations={"grafana.com/slo-uuid": "5a1b"},
)
SLOTH = {
    "sloth_id": "checkout-availability",
    "sloth_service": "checkout",
    "sloth_slo": "availability",
    "sloth_severity": "ticket",
}
PYRRA = {
    "slo": "checkout-availability",
    "severity": "critical",
    "short": "5m",
    "long": "1h",
    "exhaustion": "2d",
}
GRAFANA = {
    "grafana_slo_uuid": "5a1b",
    "grafana_slo_severity": "critical",
    "grafana_slo_window": "28d",
    "slo_name": "Checkout answers",
}
SLO_EXPORTER = {
    "slo_domain": "checkout",
    "slo_class": "critical",
    "slo_type": "availability",
    "severity": "page",
}
OURS = {
    "slo": "checkout/availability",
    "service": "checkout",
    "severity": "page",
    "long": "6h",
    "short": "30m",
}


@pytest.mark.parametrize(
    ("labels", "loudness", "words"),
    [
        (SLOTH, Loudness.TICKET, "checkout/availability burns its error budget (sloth)"),
        (
            PYRRA,
            Loudness.PAGE,
            (
                "checkout/availability burns its error budget over 1h and 5m, "
                "which lasts 2d at this rate (pyrra)"
            ),
        ),
        (
            GRAFANA,
            Loudness.PAGE,
            "checkout/availability burns its error budget over its 28d (grafana)",
        ),
        (
            SLO_EXPORTER,
            Loudness.PAGE,
            "checkout/availability burns its error budget (slo-exporter)",
        ),
        (
            OURS,
            Loudness.PAGE,
            "checkout/availability burns its error budget over 6h and 30m (prometheus)",
        ),
    ],
)
def test_each_tools_labels_lead_to_our_promise_its_windows_and_how_loud_it_is(
    labels: dict[str, str], loudness: Loudness, words: str
) -> None:
    about = budget_alert(labels)

    assert about is not None
    assert promise_of(about, [CHECKOUT]) == CHECKOUT
    assert about.words(CHECKOUT.slo) == words
    assert urgency_of(labels, 1).loudness is loudness


def test_a_critical_burn_is_a_page_and_no_more() -> None:
    assert urgency_of(PYRRA, 1).severity is Severity.SEV2
    assert urgency_of({"severity": "critical"}, 1).severity is Severity.SEV1


@pytest.mark.parametrize(
    "labels",
    [
        {"alertname": "HighErrorRate", "service": "checkout"},
        {"slo": "checkout-availability", "severity": "critical"},  # Pyrra: the metric is absent
        {"slo_domain": "checkout"},
        {"sloth_service": "checkout"},
    ],
)
def test_other_alerts_are_about_no_budget(labels: dict[str, str]) -> None:
    assert budget_alert(labels) is None


@pytest.mark.parametrize("labels", [SLOTH, PYRRA, SLO_EXPORTER, OURS])
def test_a_promise_of_somebody_elses_is_not_ours(labels: dict[str, str]) -> None:
    about = budget_alert(
        {name: value.replace("checkout", "search") for name, value in labels.items()}
    )

    assert about is not None
    assert promise_of(about, [CHECKOUT]) is None


def test_the_outage_and_the_room_are_called_after_the_promise() -> None:
    alert = Alert(
        "alertmanager", "a", "ErrorBudgetBurn", is_firing=True, starts_at=None, labels=OURS
    )

    assert outage_key(alert, "checkout", CHECKOUT.slo) == "slo/checkout/availability"
    assert title_of(alert, "checkout").raw == "checkout/availability burns its error budget"
