"""The gate, asked over HTTP."""

from typing import Any

import pytest

ALIKE = {"baseline": {"good": 9980, "bad": 20}, "canary": {"good": 998, "bad": 2}}
SLO = "checkout/availability"


def count(call: Any, good: int, bad: int, *, at: str = "2026-11-18T08:59:30Z") -> None:
    sample = {"slo": SLO, "at": at, "good": good, "bad": bad, "source": "e", "seq": good}
    assert call("POST", "/sli", json={"samples": [sample]}).json()["accepted"] == 1


def test_every_reason_is_told_with_what_it_is_about(call: Any) -> None:
    count(call, 9_999, 1)
    wish = {"title": "checkout 5xx", "severity": "sev1", "services": ["checkout"]}
    call("POST", "/incidents", json=wish)

    gate = call("GET", "/gate/checkout").json()

    assert gate["verdict"] == "frozen"
    assert gate["opens_in_seconds"] is None
    assert gate["reasons"][0] == {
        "verdict": "frozen",
        "about": "incident",
        "says": "INC-1 (sev1, investigating) is open on checkout.",
        "slo": None,
        "incident": "INC-1",
        "lasts_seconds": None,
    }
    assert ("budget", SLO) in [(one["about"], one["slo"]) for one in gate["reasons"]]


@pytest.mark.parametrize(
    ("unknown", "verdict"),
    [("", "unknown"), ("?unknown=go", "go"), ("?unknown=frozen", "frozen")],
)
def test_what_unknown_means_can_be_said_with_each_question(
    call: Any, unknown: str, verdict: str
) -> None:
    assert call("GET", f"/gate/checkout{unknown}").json()["verdict"] == verdict


def test_two_versions_are_compared(call: Any) -> None:
    worse = {**ALIKE, "canary": {"good": 982, "bad": 18}}

    fine = call("POST", "/gate/checkout/canary", json=ALIKE).json()
    bad = call("POST", "/gate/checkout/canary", json=worse).json()

    assert (fine["verdict"], bad["verdict"]) == ("go", "frozen")
    assert bad["because"] == (
        "The canary fails 1.8 % against 0.2 %: 9x (95 %: 4.5 to 18x), p < 0.001."
    )
    assert bad["comparison"]["ratio"] == pytest.approx(9)
    assert bad["comparison"]["canary"] == {"good": 982, "bad": 18}


def test_what_an_slo_counts_is_compared_with_what_the_sender_counted(call: Any) -> None:
    count(call, 9_980, 20)
    sides = {"baseline": {"slo": SLO}, "canary": {"good": 982, "bad": 18}}

    found = call("POST", "/gate/checkout/canary", json=sides).json()

    assert found["verdict"] == "frozen"
    assert found["comparison"]["baseline"] == {"good": 9980, "bad": 20}


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"baseline": {"good": 1}}, 400),
        ({"baseline": {"good": 1, "bad": 1, "slo": SLO}}, 400),
        ({"canary": {"good": -1, "bad": 1}}, 400),
        ({"canary": {"good": 10**10, "bad": 1}}, 400),
        ({"over_seconds": 1}, 400),
        ({"sure": "nan"}, 400),
        ({"baseline": {"slo": "search/latency"}}, 404),
        ({"baseline": {"slo": SLO}, "over_seconds": 301}, 409),
    ],
)
def test_what_cannot_be_compared_is_refused(call: Any, wrong: Any, status: int) -> None:
    answer = call("POST", "/gate/checkout/canary", json={**ALIKE, **wrong})

    assert answer.status_code == status
    assert answer.json()["detail"]


def test_json_has_no_infinity(call: Any) -> None:
    sides = {"baseline": {"good": 1000, "bad": 0}, "canary": {"good": 0, "bad": 10}}

    figures = call("POST", "/gate/checkout/canary", json=sides).json()["comparison"]

    assert (figures["ratio"], figures["high"]) == (None, None)
    assert figures["low"] > 100
