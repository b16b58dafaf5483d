"""Windows and exclusions over HTTP."""

from api.conftest import Call

WINDOW = {
    "kind": "maintenance",
    "for": {"services": ["checkout"]},
    "until": "2030-01-01T00:00:00Z",
    "because": "an upgrade",
}


def test_a_window_is_planned_once_and_called_off(call: Call) -> None:
    once = {"Idempotency-Key": "once"}
    body = {**WINDOW, "until": "2026-11-28T10:00:00Z"}
    made = call("POST", "/windows", json=body, headers=once)
    again = call("POST", "/windows", json=body, headers=once)
    listed = call("GET", "/windows").json()["windows"]
    off = call("DELETE", "/windows/w1")
    gone = call("DELETE", "/windows/w1")

    assert made.status_code == 201, made.text
    assert again.json() == made.json() == {"windows": listed}
    assert [(one["id"], one["kind"], one["for"]) for one in listed] == [
        ("w1", "maintenance", {"services": ["checkout"]})
    ]
    assert off.json() == {"windows": []}
    assert gone.status_code == 409


def test_what_cannot_be_is_refused(call: Call) -> None:
    unknown = call("POST", "/windows", json={**WINDOW, "for": {"services": ["chekout"]}})
    long = call("POST", "/windows", json=WINDOW)
    rule = call("POST", "/windows", json={**WINDOW, "repeats": "FREQ=SECONDLY"})

    assert unknown.status_code == 404
    assert "Did you mean checkout?" in unknown.text
    assert long.status_code == 409
    assert rule.status_code == 409


def test_what_does_not_count_counts_again(call: Call) -> None:
    body = {
        "about": "checkout",
        "from": "2020-01-01T10:00:00Z",
        "until": "2020-01-01T11:00:00Z",
        "category": "network",
        "because": "a fire",
    }
    made = call("POST", "/exclusions", json=body)
    back = call("DELETE", "/exclusions/x1")

    (one,) = made.json()["exclusions"]
    assert (one["id"], one["about"], one["restored_at"]) == ("x1", ["service:checkout"], None)
    assert back.json()["exclusions"][0]["restored_at"] is not None
    assert call("DELETE", "/exclusions/x9").status_code == 404
