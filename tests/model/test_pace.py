"""Buckets and circuits: how fast, and when not at all."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.pace import Circuit, Rate, full

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@given(
    gaps=st.lists(st.floats(0, 30), min_size=1, max_size=300),
    per_minute=st.integers(2, 100),
    burst=st.integers(1, 25),
)
def test_no_minute_ever_sees_more_than_the_rate(
    gaps: list[float], per_minute: int, burst: int
) -> None:
    rate = Rate(per_minute + burst, burst)
    now, bucket, taken = NOW, full(NOW, rate), []

    for gap in gaps:
        now += gap * SECOND
        if not bucket.wait(now, rate):
            bucket = bucket.take(now, rate)
            taken.append(now)

    for first in taken:
        in_a_minute = [at for at in taken if first <= at < first + 60 * SECOND]
        assert len(in_a_minute) <= rate.per_minute + 1e-6


@given(st.integers(1, 25), st.integers(1, 100))
def test_whoever_waits_as_long_as_told_may_call(burst: int, more: int) -> None:
    rate = Rate(burst + more, burst)
    bucket = full(NOW, rate)
    for _ in range(burst):
        bucket = bucket.take(NOW, rate)

    wait = bucket.wait(NOW, rate)

    assert wait > timedelta()
    assert bucket.wait(NOW + wait + timedelta(microseconds=1), rate) == timedelta()


def test_a_retry_after_stops_everybody_whatever_is_left() -> None:
    rate = Rate(50, 12)
    bucket = full(NOW, rate)

    blocked = type(bucket)(bucket.tokens, bucket.filled_at, NOW + 30 * SECOND)

    assert blocked.wait(NOW, rate) == 30 * SECOND
    assert blocked.wait(NOW + 31 * SECOND, rate) == timedelta()


def test_a_clock_that_goes_back_fills_nothing() -> None:
    rate = Rate(50, 1)
    bucket = full(NOW, rate).take(NOW, rate)

    assert bucket.at(NOW - timedelta(hours=1), rate).tokens == 0
    assert bucket.at(NOW - timedelta(hours=1), rate).filled_at == NOW


def test_five_failures_in_a_row_open_the_circuit_and_one_call_tries_again() -> None:
    circuit = Circuit()
    for _ in range(4):
        circuit = circuit.failed(NOW, "no answer")
    assert circuit.allows(NOW, 16) == 16

    circuit = circuit.failed(NOW, "no answer")

    assert circuit.is_open
    assert circuit.allows(NOW + 29 * SECOND, 16) == 0
    assert circuit.allows(NOW + 30 * SECOND, 16) == 1
    tried = circuit.tried(NOW + 30 * SECOND)
    assert tried.allows(NOW + 31 * SECOND, 16) == 0
    assert tried.failed(NOW + 32 * SECOND, "still none").opened_at == NOW


def test_a_call_that_was_not_needed_leaves_the_chance_to_another() -> None:
    circuit = Circuit().failed(NOW, "token_revoked", at_once=True)
    tried = circuit.tried(NOW + 30 * SECOND)

    untried = tried.untried(NOW + 31 * SECOND)

    assert untried.is_open
    assert untried.allows(NOW + 31 * SECOND, 16) == 1
    assert Circuit().untried(NOW) == Circuit()


def test_a_refused_token_opens_it_at_once() -> None:
    assert Circuit().failed(NOW, "token_revoked", at_once=True).is_open
