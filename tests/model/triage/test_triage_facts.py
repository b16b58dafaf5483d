"""Values of facts: how they are written, said and compared."""

from datetime import timedelta

import pytest
from grove import FACTS
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.triage_facts import (
    Comparison,
    Condition,
    FactType,
    Finding,
    Unknown,
    Value,
    duration_words,
    judge,
    judge_all,
    may_compare,
    parse_duration,
    parse_value,
    words,
)


@pytest.mark.parametrize(
    ("written", "fact_type", "value"),
    [
        ("30m", FactType.DURATION, timedelta(minutes=30)),
        ("1h30m", FactType.DURATION, timedelta(minutes=90)),
        ("250ms", FactType.DURATION, timedelta(milliseconds=250)),
        ("2w", FactType.DURATION, timedelta(weeks=2)),
        ("30", FactType.DURATION, None),
        (31, FactType.DURATION, None),
        ("999999999w", FactType.DURATION, None),
        ("5%", FactType.RATIO, 0.05),
        ("-12.5 %", FactType.RATIO, -0.125),
        (0.05, FactType.RATIO, 0.05),
        ("14.4", FactType.NUMBER, 14.4),
        (500, FactType.NUMBER, 500),
        (True, FactType.NUMBER, None),
        (float("nan"), FactType.NUMBER, None),
        ("many", FactType.NUMBER, None),
        (True, FactType.FLAG, True),
        ("no", FactType.FLAG, False),
        (1, FactType.FLAG, None),
        (" eu-west ", FactType.TEXT, "eu-west"),
        (5, FactType.TEXT, None),
        (None, FactType.TEXT, None),
    ],
)
def test_a_value_is_read_as_its_type_or_not_at_all(
    written: object, fact_type: FactType, value: Value | None
) -> None:
    assert parse_value(written, fact_type) == value


@pytest.mark.parametrize(
    ("value", "fact_type", "said"),
    [
        (timedelta(minutes=12, seconds=4), FactType.DURATION, "12m 4s"),
        (timedelta(days=1, minutes=5), FactType.DURATION, "1d"),
        (timedelta(milliseconds=340), FactType.DURATION, "340ms"),
        (timedelta(), FactType.DURATION, "0ms"),
        (-timedelta(minutes=3), FactType.DURATION, "-3m"),
        (0.0514, FactType.RATIO, "5.14 %"),
        (14.4, FactType.NUMBER, "14.4"),
        (True, FactType.FLAG, "true"),
        ("eu", FactType.TEXT, "eu"),
    ],
)
def test_a_value_is_said_as_people_say_it(value: Value, fact_type: FactType, said: str) -> None:
    assert words(value, fact_type) == said


@given(minutes=st.integers(1, 10**6))
def test_a_duration_of_two_units_is_read_back(minutes: int) -> None:
    span = timedelta(minutes=minutes)

    read = parse_duration(duration_words(span).replace(" ", ""))

    assert read is not None
    assert span - timedelta(days=1) < read <= span


@pytest.mark.parametrize(
    ("comparison", "bound", "holds"),
    [
        (Comparison.LT, (500,), False),
        (Comparison.LTE, (500,), True),
        (Comparison.GT, (499,), True),
        (Comparison.GTE, (501,), False),
        (Comparison.EQ, (500,), True),
        (Comparison.IN, (500, 502), True),
        (Comparison.IN, (502, 503), False),
    ],
)
def test_a_condition_compares(
    comparison: Comparison, bound: tuple[Value, ...], holds: object
) -> None:
    ruling = judge(Condition("status", comparison, bound), FACTS, {"status": Finding(500)})

    assert ruling.holds is holds
    assert ruling.because == "the HTTP status is 500"


def test_one_condition_that_does_not_hold_settles_all_beside_an_unknown() -> None:
    conditions = (
        Condition("burn", Comparison.GT, (1,)),
        Condition("status", Comparison.LT, (500,)),
    )
    found = {"burn": Finding(Unknown("down")), "status": Finding(503)}

    assert judge_all(conditions, FACTS, found).holds is False
    assert judge_all(conditions, FACTS, {**found, "status": Finding(200)}).holds is None


def test_a_fact_compared_twice_is_told_once() -> None:
    conditions = (
        Condition("status", Comparison.GTE, (200,)),
        Condition("status", Comparison.LT, (400,)),
    )

    ruling = judge_all(conditions, FACTS, {"status": Finding(204)})

    assert (ruling.holds, ruling.because) == (True, "the HTTP status is 204")


def test_there_is_no_less_than_for_a_flag() -> None:
    assert not may_compare(FactType.FLAG, Comparison.LT)
    assert may_compare(FactType.FLAG, Comparison.EQ)
    assert may_compare(FactType.RATIO, Comparison.LT)
