"""Prometheus writes its counters here, and each event counts once."""

import math
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import cramjam
import pytest

from bot.api.protobuf import Malformed, Series, read_series

SLO = "checkout/availability"
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # of the world
GOOD = {"__name__": "http_requests_total", "slo": SLO, "outcome": "good", "instance": "a"}
BAD = {**GOOD, "outcome": "bad"}
STALE = struct.unpack("<d", bytes.fromhex("020000000000f07f"))[0]
HEADERS = {"content-type": "application/x-protobuf", "content-encoding": "snappy"}


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    return bytes([number & 0x7F | 0x80]) + varint(number >> 7) if number > 0x7F else bytes([number])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def series(labels: dict[str, str], *samples: tuple[int, float]) -> bytes:
    """Seconds before now, and values; with what Prometheus adds: an exemplar."""
    inside = b"".join(
        field(1, field(1, name.encode()) + field(2, value.encode()))
        for name, value in sorted(labels.items())
    )
    for ago, value in samples:
        at = int((NOW - timedelta(seconds=ago)).timestamp() * 1000)
        inside += field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(at))
    return field(1, inside + field(3, b"\x11" + struct.pack("<d", 1.0)))


def written(*some: bytes) -> bytes:
    metadata = field(3, b"\x08\x01" + field(2, b"http_requests_total"))
    return bytes(cramjam.snappy.compress_raw(b"".join(some) + metadata))


def counted(call: Any) -> tuple[int, int]:
    budget = call("GET", f"/slos/{SLO}").json()
    return budget["good"], budget["bad"]


def write(call: Any, *some: bytes) -> Any:
    return call("POST", "/write", content=written(*some), headers=HEADERS)


def test_counters_count_by_what_they_grow(call: Any) -> None:
    first = write(call, series(GOOD, (60, 1000)), series(BAD, (60, 7)))
    second = write(call, series(GOOD, (45, 1100), (30, 1200)), series(BAD, (45, 7), (30, 9)))
    again = write(call, series(GOOD, (45, 1100), (30, 1200)), series(BAD, (45, 7), (30, 9)))

    assert (first.status_code, second.status_code, again.status_code) == (204, 204, 204)
    assert counted(call) == (200, 2)


def test_a_restart_a_silence_and_a_late_sample_count_nothing_twice(call: Any) -> None:
    write(call, series(GOOD, (60, 1000)))
    write(call, series(GOOD, (50, 1010), (40, STALE)))
    write(call, series(GOOD, (30, 5)))
    write(call, series(GOOD, (35, 3), (20, 8), (20, 900)))

    assert counted(call) == (18, 0)


def test_what_is_not_labelled_is_passed_over(call: Any) -> None:
    other = {"__name__": "up", "instance": "a"}

    assert write(call, series(other, (60, 1), (30, 1))).status_code == 204


@pytest.mark.parametrize(
    ("labels", "sample", "words"),
    [
        ({"slo": "no/such"}, (30, 1.0), "no/such: there is no SLO called no/such"),
        ({"outcome": "ugly"}, (30, 1.0), 'needs the label outcome, which is "good" or "bad"'),
        ({}, (30, math.inf), "inf is no counter"),
        ({}, (30, -1.0), "-1 is no counter"),
        ({}, (7 * 3600, 1.0), "it is 7 h old, and at most 6 h are taken"),
        ({}, (-3600, 1.0), "it lies 1 h in the future"),
        ({}, (-(10**11), 1.0), "its time is not in milliseconds since 1970"),
    ],
)
def test_what_cannot_count_is_told_and_all_others_do(
    call: Any, labels: dict[str, str], sample: tuple[int, float], words: str
) -> None:
    write(call, series(BAD, (60, 1)))

    answer = write(call, series({**GOOD, **labels}, sample), series(BAD, (30, 3)))

    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert counted(call) == (0, 2)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"content-type": "application/json"}, "application/x-protobuf"),
        ({"content-encoding": "gzip"}, "snappy"),
        (
            {"content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"},
            "This is remote write 2.0, and 1.0 is understood here.",
        ),
    ],
)
def test_what_is_not_remote_write_1_is_refused_with_the_way_forward(
    call: Any, more: dict[str, str], words: str
) -> None:
    answer = call("POST", "/write", content=written(), headers={**HEADERS, **more})

    assert answer.status_code == 415
    assert words in answer.json()["detail"]


BOMB = varint(64 * 1024 * 1024) + b"\x00"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"rubbish",
        BOMB,
        bytes(cramjam.snappy.compress_raw(b"\x0a\xff")),
        bytes(cramjam.snappy.compress_raw(b"\x0f")),
        bytes(cramjam.snappy.compress_raw(b"\xff" * 20)),
        bytes(cramjam.snappy.compress_raw(b"\x08\x01")),
        bytes(cramjam.snappy.compress_raw(field(1, field(1, field(1, b"\xff"))))),
    ],
)
def test_bytes_that_are_no_write_request_are_refused(call: Any, body: bytes) -> None:
    answer = call("POST", "/write", content=body, headers=HEADERS)

    assert answer.status_code == 400
    assert "prometheus.WriteRequest" in answer.json()["detail"]


def test_too_much_at_once_is_refused_with_the_way_forward(call: Any) -> None:
    answer = write(call, series(GOOD, *((30, 1.0) for _ in range(20_001))))

    assert answer.status_code == 413
    assert "max_samples_per_send" in answer.json()["detail"]


def test_fields_that_are_not_known_are_passed_over() -> None:
    known = field(1, field(1, field(1, b"slo") + field(2, b"x")))
    new = field(9, b"new") + b"\x55" + bytes(4) + b"\x51" + bytes(8) + b"\x50\x01"

    found: Sequence[Series] = list(read_series(known + new))

    assert found == [Series((("slo", "x"),), ())]
    with pytest.raises(Malformed):
        list(read_series(known + new[:-1]))


def total(at: str, good: int, bad: int, **more: Any) -> dict[str, Any]:
    return {"slo": SLO, "at": f"2026-11-18T08:{at}Z", "good_total": good, "bad_total": bad,
            "source": "edge-1", **more}  # fmt: skip


def test_samples_may_carry_totals_instead(call: Any) -> None:
    plain = {"slo": SLO, "at": "2026-11-18T08:59:00Z", "good": 1, "bad": 1, "source": "e", "seq": 1}
    batch = [total("58:00", 100, 5), plain, total("58:10", 130, 6, seq=2), total("57:00", 1, 1)]

    first = call("POST", "/sli", json={"samples": batch})
    again = call("POST", "/sli", json={"samples": batch})
    anew = call(
        "POST",
        "/sli",
        json={"samples": [total("58:20", 4, 0), total("58:20", 1, 0, slo="no/such")]},
    )

    assert first.json() == {"accepted": 4, "repeated": 0, "refused": []}
    assert again.json() == {"accepted": 0, "repeated": 4, "refused": []}
    assert anew.json()["refused"] == [{"index": 1, "reason": "there is no SLO called no/such"}]
    assert counted(call) == (129 + 1 + 4, 5 + 1)


def test_a_wrong_total_is_named_by_index_and_field(call: Any) -> None:
    answer = call("POST", "/sli", json={"samples": [total("58:00", 1, 0), total("58:10", -1, 0)]})

    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["index"], fault["field"]) == (400, 1, "samples.1.good_total")
