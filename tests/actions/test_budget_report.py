"""The month's report adds up, for whoever reads it, and keeps to the targets of the time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from actions.traffic import BY_ANA, CHECKOUT, MINUTE, SEARCH, START, Traffic, desk_on, resolve
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.actions import promises
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Desk
from incidents.errors import Refused
from incidents.model.access import ALL_SEEING, PUBLIC, Reader
from incidents.model.attribution import Stretch
from incidents.model.budget_report import Line, Report
from incidents.model.objective import Counts
from incidents.model.rolling import Sample
from incidents.model.text import clean_line
from incidents.queries.budget_report import report_named
from incidents.render.budget_report import as_csv, as_markdown
from incidents.store import slo, slo_spans
from incidents.store.engine import Store


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    store = Store(sqlite_url)
    yield desk_on(store)
    store.close()


@pytest.fixture
def traffic(desk: Desk) -> Traffic:
    """Two incidents that overlap, one of them private, and failures before and after."""
    made = Traffic(desk)
    made.passes(1, CHECKOUT, good=59_999, bad=1)
    opened(made, "checkout <b>5xx</b>")
    made.passes(3, CHECKOUT, good=59_990, bad=10)
    opened(made, "=secret", private=True)
    made.passes(3, CHECKOUT, good=59_980, bad=20)
    resolve(desk, 1, made.now)
    made.passes(2, CHECKOUT, good=59_995, bad=5)
    resolve(desk, 2, made.now)
    made.passes(1, CHECKOUT, good=59_998, bad=2)
    return made


def opened(traffic: Traffic, title: str, *, private: bool = False) -> None:
    order = Declare(
        clean_line(title), services=("checkout",), started_at=traffic.now, is_private=private
    )
    declare(traffic.desk, order, by=BY_ANA, now=traffic.now)


def reported(traffic: Traffic, period: str = "2026-11", reader: Reader = PUBLIC) -> Report:
    with traffic.desk.look() as connection:
        return report_named(traffic.desk, connection, period, traffic.now, reader=reader)


def bads(line: Line) -> dict[int, int]:
    return {one.incident: one.bad for one in line.by_incident} | {0: line.rest}


def test_every_failure_is_in_one_incident_or_in_none(traffic: Traffic) -> None:
    checkout, search = reported(traffic, reader=ALL_SEEING).lines

    assert checkout.counts.bad == 103
    # Both began within the impact that resolving said: from the start of the first on.
    assert sum(bads(checkout).values()) == 103
    assert bads(checkout)[2] == 10
    assert search.counts == Counts(0, 0)


def test_who_may_not_see_an_incident_finds_its_failures_with_nobody(traffic: Traffic) -> None:
    everything, public = reported(traffic, reader=ALL_SEEING), reported(traffic)

    assert "INC-2" in as_markdown(everything)
    assert "INC-2" not in as_markdown(public) + as_csv(public)
    assert "secret" not in as_markdown(public) + as_csv(public)
    mine, theirs = bads(everything.lines[0]), bads(public.lines[0])
    assert theirs == {1: mine[1], 0: mine[0] + mine[2]}


def test_it_is_a_document_and_a_table(traffic: Traffic) -> None:
    found = reported(traffic, reader=ALL_SEEING)

    document = as_markdown(found)
    rows = as_csv(found).splitlines()

    assert document.startswith("# Error budgets, 2026-11\n\n2026-11-01 00:00 to 2026-11-21 10:10")
    assert "UTC, so far." in document
    assert "| checkout/availability | 99.9 % | 99.9828 % | 17.2 % | met |" in document
    assert r"INC-1 checkout \<b\>5xx\</b\>" in document
    assert "| search/latency | 99 % | no data | no data | no data |" in document
    assert rows[2].endswith(""","INC-2","'=secret",0.016666667""")  # no formula begins in it
    assert rows[4].endswith(""",600000,103,600,"all","",0.171666667""")


def test_the_targets_are_those_of_the_time(traffic: Traffic) -> None:
    desk = traffic.desk
    promises.remember(desk, START - timedelta(days=9))
    assert promises.remember(desk, START) == 0
    tighter = tuple(replace(one, target=Fraction(9999, 10000)) for one in desk.objectives)
    traffic.desk = replace(desk, objectives=tighter)
    assert promises.remember(traffic.desk, START + 5 * MINUTE) == 2

    line = reported(traffic).lines[0]

    assert [part.counts.total for part in line.parts] == [300_000, 300_000]
    assert line.allowed == 300 + 30
    assert "| 99.9 %, since 21 Nov 99.99 % |" in as_markdown(reported(traffic))


@pytest.mark.parametrize(
    ("period", "why"), [("2026-12", "has not begun"), ("soon", "is no month and no quarter")]
)
def test_what_cannot_be_reported_is_refused(traffic: Traffic, period: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        reported(traffic, period)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 100 * 24 * 360), min_size=2, max_size=6))
def test_stretches_that_follow_each_other_count_everything_once(cuts: list[int]) -> None:
    """Over all three tiers, as they are kept: nothing is lost or doubled at any cut."""
    now = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    ends = [now - timedelta(seconds=10 * one) for one in sorted(cuts, reverse=True)]
    pieces = [slo_spans.in_buckets(Stretch(a, b), now) for a, b in pairwise(ends)]
    edges = [pieces[0].start, *(one.end for one in pieces)]

    covered = [
        part for start, end in pairwise(edges) for part in slo_spans.pieces(Stretch(start, end))
    ]

    for (_, _, end), (_, start, _) in pairwise(covered):
        assert end == start
    for tier, start, end in covered:
        assert (tier.start(tier.number(start)), tier.start(tier.number(end))) == (start, end)
        assert start >= now - slo.kept_for(tier)
    if covered:
        assert (covered[0][1], covered[-1][2]) == (edges[0], edges[-1])


def test_a_month_long_past_is_counted_in_hours_and_still_adds_up(desk: Desk) -> None:
    year_ago = START - timedelta(days=300)
    samples = [Sample(SEARCH, year_ago + MINUTE * 7 * place, 90, 10) for place in range(200)]
    with desk.store.write() as connection:
        slo.hold(connection)
        slo.take(connection, samples, START)
        slo.forget(connection, START)
    traffic = Traffic(desk)

    line = reported(traffic, f"{year_ago:%Y-%m}").lines[1]

    assert line.counts == Counts(18_000, 2_000)
    assert (line.is_met, line.rest) == (False, 2_000)
