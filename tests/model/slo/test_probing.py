"""Looking from outside: slots, what an answer is worth, and who is asked before we believe."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.probing import (
    DNS,
    HTTP,
    TCP,
    TLS,
    Outcome,
    Probe,
    judge_certificate,
    judge_http,
    judge_records,
    witnesses,
)

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FRONT = HTTP("https://shop.example.com/", "shop.example.com")


@given(
    name=st.from_regex(r"[a-z]{1,12}", fullmatch=True),
    every=st.integers(5, 240),
    passed=st.integers(0, 10**7),
)
def test_every_moment_is_in_one_slot_and_slots_follow_each_other(
    name: str, every: int, passed: int
) -> None:
    probe = Probe(name, FRONT, every=every * SECOND)
    at = NOW + passed * SECOND

    slot = probe.slot(at)

    assert probe.begins(slot) <= at < probe.begins(slot + 1)
    assert probe.begins(slot + 1) - probe.begins(slot) == probe.every
    assert timedelta() <= probe.shift < probe.every


def test_probes_do_not_all_begin_in_the_same_second() -> None:
    begins = {Probe(f"probe-{n}", FRONT).begins(1) for n in range(60)}

    assert len(begins) > 30


@pytest.mark.parametrize(
    ("target", "status", "body", "outcome", "said"),
    [
        (FRONT, 204, b"", Outcome.GOOD, "answered 204 in 80 ms"),
        (FRONT, 301, b"", Outcome.BAD, "answered 301"),
        (FRONT, 503, b"", Outcome.BAD, "answered 503"),
        (HTTP("", "", status=(401,)), 401, b"", Outcome.GOOD, "answered 401 in 80 ms"),
        (HTTP("", "", status=(401,)), 200, b"", Outcome.BAD, "answered 200"),
        (HTTP("", "", contains="ok"), 200, b"it is ok", Outcome.GOOD, "answered 200 in 80 ms"),
        (HTTP("", "", contains="ok"), 200, b"oh no", Outcome.BAD, "answered 200, without “ok”"),
        (
            HTTP("", "", faster_than=timedelta(milliseconds=79)),
            *(200, b"", Outcome.BAD, "answered 200 in 80 ms, more than 79 ms"),
        ),
        (
            HTTP("", "", faster_than=timedelta(milliseconds=80)),
            *(200, b"", Outcome.GOOD, "answered 200 in 80 ms"),
        ),
    ],
)
def test_what_an_answer_over_http_is_worth(
    target: HTTP, status: int, body: bytes, outcome: Outcome, said: str
) -> None:
    found = judge_http(target, status, body, timedelta(milliseconds=80))

    assert (found.outcome, found.said) == (outcome, said)


@pytest.mark.parametrize(
    ("days", "outcome"), [(13.9, Outcome.BAD), (14, Outcome.GOOD), (300, Outcome.GOOD)]
)
def test_a_certificate_has_to_last(days: float, outcome: Outcome) -> None:
    target = TLS("shop.example.com", days=14)

    found = judge_certificate(target, NOW + timedelta(days=days), NOW, SECOND)

    assert found.outcome is outcome
    assert found.said.startswith(f"the certificate is good for {int(days)} days, until 202")


@pytest.mark.parametrize(
    ("records", "outcome", "said"),
    [
        (["192.0.2.1"], Outcome.GOOD, "shop.example.com is 192.0.2.1"),
        ([], Outcome.BAD, "shop.example.com has no A record"),
        (["192.0.2.9"], Outcome.BAD, "shop.example.com is 192.0.2.9, without 192.0.2.1"),
    ],
)
def test_what_the_records_of_a_name_are_worth(
    records: list[str], outcome: Outcome, said: str
) -> None:
    target = DNS("shop.example.com", answers=("192.0.2.1",))

    found = judge_records(target, records, SECOND)

    assert (found.outcome, found.said) == (outcome, said)


def test_names_are_compared_as_name_servers_do() -> None:
    target = DNS("shop.example.com", "CNAME", answers=("Edge.Example.Net",))

    assert judge_records(target, ["edge.example.net."], SECOND).outcome is Outcome.GOOD


def test_another_host_on_the_same_side_is_a_witness() -> None:
    shop, api = Probe("shop", TCP("shop.example.com", 443)), Probe("api", TLS("api.example.com"))
    again, inside = Probe("again", TLS("shop.example.com")), Probe("db", TCP("db.internal", 5432))
    everybody = [shop, api, again, inside]

    def is_own(host: str) -> bool:
        return host.endswith(".internal")

    assert witnesses(shop, everybody, is_own) == (api,)
    assert witnesses(inside, [shop, inside], is_own) == (shop,)
    assert witnesses(shop, [shop, again], is_own) == ()
