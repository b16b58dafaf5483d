"""What the labels of different systems mean here."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.alerts import (
    SERVICE_LABELS,
    Alert,
    fingerprint_of,
    outage_key,
    service_of,
    title_of,
    urgency_of,
)
from incidents.model.burn import Loudness
from incidents.model.severity import Severity
from incidents.model.text import clean

PAGE, TICKET, QUIET = Loudness.PAGE, Loudness.TICKET, Loudness.QUIET
KNOWN = {"checkout": "checkout", "purchase": "checkout", "orders-db": "orders-db"}


@pytest.mark.parametrize(
    ("labels", "tier", "loudness", "severity", "because"),
    [
        (
            {"severity": "critical"},
            1,
            PAGE,
            Severity.SEV1,
            "sev1: severity is critical, and tier 1",
        ),
        (
            {"severity": "CRITICAL"},
            2,
            PAGE,
            Severity.SEV2,
            "sev2: severity is critical, and tier 2",
        ),
        ({"severity": "page"}, 1, PAGE, Severity.SEV2, "sev2: severity is page, and tier 1"),
        (
            {"sloth_severity": "page"},
            4,
            PAGE,
            Severity.SEV4,
            "sev4: sloth_severity is page, and tier 4",
        ),
        (
            {"priority": "P1"},
            None,
            PAGE,
            Severity.SEV3,
            "sev3: priority is p1, and taken as tier 3, nobody described the service",
        ),
        ({"severity": "sev2"}, 4, PAGE, Severity.SEV2, "sev2: the label severity says so"),
        ({"severity": "sev3"}, 1, TICKET, Severity.SEV3, "sev3: the label severity says so"),
        (
            {"severity": "warning"},
            1,
            TICKET,
            Severity.SEV2,
            "severity is warning, which wakes nobody",
        ),
        ({"level": "info"}, 1, QUIET, Severity.SEV2, "level is info, which wakes nobody"),
        ({}, 1, TICKET, Severity.SEV2, "no label says how urgent it is, so it is a ticket"),
        (
            {"severity": "spicy"},
            1,
            TICKET,
            Severity.SEV2,
            "severity is spicy, which is no word we know, so it is a ticket",
        ),
    ],
)
def test_urgency_comes_from_the_senders_word_and_the_tier(
    labels: dict[str, str], tier: int | None, loudness: Loudness, severity: Severity, because: str
) -> None:
    found = urgency_of(labels, tier)

    assert (found.loudness, found.severity, found.because) == (loudness, severity, because)


@pytest.mark.parametrize(
    ("labels", "service", "because"),
    [
        ({"service": "checkout"}, "checkout", "its label service is checkout"),
        ({"sloth_service": "purchase"}, "checkout", "its label sloth_service is purchase"),
        ({"job": "shop/orders-db"}, "orders-db", "its label job is shop/orders-db"),
        ({"service": "shipping", "app": "checkout"}, "checkout", "its label app is checkout"),
        ({"service": "shipping"}, None, "no service goes by any of service=shipping"),
        ({"instance": "10.0.0.1"}, None, "no label names a service"),
    ],
)
def test_the_service_is_the_first_label_that_names_one(
    labels: dict[str, str], service: str | None, because: str
) -> None:
    found = service_of(labels, KNOWN.get)

    assert (found.service, found.because) == (service, because)


@given(
    labels=st.dictionaries(st.sampled_from(SERVICE_LABELS) | st.text(max_size=9), st.text()),
    tier=st.none() | st.integers(-5, 9),
)
def test_any_labels_have_a_meaning(labels: dict[str, str], tier: int | None) -> None:
    assert urgency_of(labels, tier).because
    assert service_of(labels, KNOWN.get).because


@given(name=st.text(min_size=1), group=st.text(), service=st.none() | st.sampled_from(["checkout"]))
def test_the_name_of_an_outage_fits_and_is_the_same_for_its_group(
    name: str, group: str, service: str | None
) -> None:
    one = Alert("grafana", "a", name, is_firing=True, starts_at=None, group=group or "g")
    other = Alert("grafana", "b", name, is_firing=True, starts_at=None, group=group or "g")

    assert outage_key(one, service) == outage_key(other, service)
    assert len(outage_key(one, service)) <= 200


def test_a_title_names_the_service_once() -> None:
    bare = Alert("generic", "a", "DiskFull", is_firing=True, starts_at=None)
    told = replace(bare, summary=clean("Orders-db is full"))

    assert title_of(bare, "orders-db").raw == "orders-db: DiskFull"
    assert title_of(told, "orders-db").raw == "Orders-db is full"


def test_a_fingerprint_does_not_depend_on_the_order_of_labels() -> None:
    assert fingerprint_of({"a": "1", "b": "2"}) == fingerprint_of({"b": "2", "a": "1"})
    assert fingerprint_of({"a": "1", "b": "2"}) != fingerprint_of({"a": "12", "b": ""})
