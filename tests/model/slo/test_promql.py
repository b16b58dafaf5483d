"""Queries of files, asked for the events of a minute."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.promql import Unaskable, any_of, counting


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("requests_total", "increase(requests_total[1m])"),
        (
            'sum(requests_total{code!~"5..",path="/a{b}"})',
            'sum(increase(requests_total{code!~"5..",path="/a{b}"}[1m]))',
        ),
        (
            "sum by (job) (a:b:c) - sum without(le) ({__name__='x'})",
            "sum by (job) (increase(a:b:c[1m])) - sum without(le) (increase({__name__='x'}[1m]))",
        ),
        (
            "sum(a) / on (job) group_left (x) sum(b) * 2e3 or vector(0)",
            (
                "sum(increase(a[1m])) / on (job) group_left (x) "
                "sum(increase(b[1m])) * 2e3 or vector(0)"
            ),
        ),
        (
            'clamp_max( a {x="1"} , 5) and bool_total',
            'clamp_max( increase(a {x="1"}[1m]) , 5) and increase(bool_total[1m])',
        ),
        (
            'sum(rate(x{y="z"}[{{.window}}])) - sum(irate (b[{{ .window }}]))',
            'sum(increase(x{y="z"}[1m])) - sum(increase (b[1m]))',
        ),
        ('sum(error_rate{x="rate("})', 'sum(increase(error_rate{x="rate("}[1m]))'),
    ],
)
def test_every_selector_gets_a_range(query: str, asked: str) -> None:
    assert counting(query, "1m") == asked


def test_a_number_that_is_no_counter_is_summed() -> None:
    assert counting("sum(events)", "1m", is_counter=False) == "sum(sum_over_time(events[1m]))"


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("sum(rate(a[5m]))", "the query has a range of its own; write {{.window}} for it"),
        ("a offset 5m", "offset in a query moves it to another time"),
        ("sum(a @ end())", "@ in a query moves it to another time"),
        ('sum(a{x="1")', "a { in the query is never closed"),
    ],
)
def test_what_cannot_be_asked_is_told(query: str, why: str) -> None:
    with pytest.raises(Unaskable) as error:
        counting(query, "1m")

    assert str(error.value) == why


@given(query=st.text("ab{}[]()=\"'@ ,5", max_size=30))
def test_any_text_is_asked_or_refused(query: str) -> None:
    with suppress(Unaskable):
        assert isinstance(counting(query, "1m"), str)


def test_a_pattern_matches_these_names_and_no_others() -> None:
    assert any_of(["a/b.c", "d-e"]) == r'"a/b\\.c|d-e"'
