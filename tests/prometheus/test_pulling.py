"""Counts that a Prometheus keeps are ours, exactly once; where it does not answer, nothing is."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from actions.traffic import CHECKOUT, SEARCH, START, desk_on
from prometheus.api import MINUTE, Api, answering

from bot.addresses import read_own
from bot.outgoing import Outgoing
from bot.prometheus import NoAnswer, Prometheus
from bot.pulling import Puller
from incidents.actions.desk import Desk
from incidents.actions.slo import evaluate
from incidents.actions.watching import watch
from incidents.model.episode import Step
from incidents.model.objective import NOTHING, Counts
from incidents.queries.own_counts import OwnCounts
from incidents.store import slo
from incidents.store.engine import Store

HOUR = timedelta(hours=1)


class Life:
    """A desk that pulls from an API that tests answer for; time moves when it is told to."""

    def __init__(self, desk: Desk, api: Api) -> None:
        self.desk, self.api, self.now = desk, api, START
        self.starts()

    def starts(self) -> None:
        own = Outgoing(read_own(["127.0.0.1"]))
        self.source = Prometheus(own, self.api.url, MINUTE, token="t0ken", tenant="shop")
        self.puller = Puller(self.desk, self.source, lambda: self.now)

    def passes(self, minutes: int, *, total: object = 100, bad: object = 0) -> None:
        """Minutes go by that end 7.25 s after the full minute, as rules do somewhere in it."""
        for _ in range(minutes):
            self.now += MINUTE
            self.api.counts(CHECKOUT, self.now - timedelta(seconds=52.75), total, bad)

    def held(self) -> Counts:
        with self.desk.look() as connection:
            return slo.counts(connection, [CHECKOUT], 5 * HOUR, self.now)[CHECKOUT]


@pytest.fixture
def life(sqlite_url: str) -> Iterator[Life]:
    store = Store(sqlite_url)
    with answering() as api:
        yield Life(desk_on(store), api)
    store.close()


def test_each_minute_is_counted_once_whoever_reads_it_and_however_often(life: Life) -> None:
    life.passes(30, bad=1)

    pulled = [life.puller.pull(), life.puller.pull()]
    life.starts()  # another replica, or the same after a restart
    pulled.append(life.puller.pull())
    life.passes(2, bad=1)
    pulled.append(life.puller.pull())

    assert pulled == [30, 0, 0, 2]
    assert life.held() == Counts(32 * 99, 32)


def test_all_slos_are_asked_for_together_with_the_token_and_the_tenant(life: Life) -> None:
    life.passes(3)
    life.puller.pull()
    life.api.asked.clear()

    life.puller.pull()

    assert [one["query"] for one in life.api.asked] == [
        "warroom:events_total:increase1m[10m]",
        "warroom:events_bad:increase1m[10m]",
    ]
    assert life.api.headers["Authorization"] == "Bearer t0ken"
    assert life.api.headers["X-Scope-OrgID"] == "shop"


def test_what_came_late_is_counted_when_it_is_there(life: Life) -> None:
    life.passes(2)
    life.passes(1, bad=None)  # only one of two counts is there
    assert life.puller.pull() == 2

    life.api.counts(CHECKOUT, life.now - timedelta(seconds=52.75), 100, 40)
    life.passes(1)

    assert life.puller.pull() == 2
    assert life.held() == Counts(360, 40)


def test_after_hours_without_answers_everything_missed_is_fetched(life: Life) -> None:
    life.passes(10)
    life.puller.pull()
    life.api.status = 503
    life.passes(120, bad=1)
    assert life.puller.pull() == 0
    assert life.puller.trouble == "Prometheus answered 503"

    life.api.status = 200

    assert life.puller.pull() == 120
    assert (life.puller.trouble, life.held()) == ("", Counts(1000 + 120 * 99, 120))


@pytest.mark.parametrize(
    ("more", "whole", "why"),
    [
        ({"warnings": ["store is away"]}, None, "Prometheus gave only a part of the answer"),
        ({"isPartial": True}, None, "Prometheus gave only a part of the answer"),
        ({"status": "error"}, None, "Prometheus could not answer"),
        ({}, b"<html>", "Prometheus answered with something that is no answer"),
        ({}, b'{"status": "success", "data": {"resultType": "matrix", "result": [7]}}',
         "Prometheus answered with something that is no answer"),
        ({}, b'{"status": "success", "data": {"resultType": "scalar", "result": []}}',
         "Prometheus answered with a scalar, not a matrix"),
    ],
)  # fmt: skip
def test_an_answer_that_may_not_be_whole_counts_nothing(
    life: Life, more: dict[str, object], whole: bytes | None, why: str
) -> None:
    life.passes(3)
    life.api.more, life.api.whole = more, whole

    assert (life.puller.pull(), life.puller.trouble, life.held()) == (0, why, NOTHING)


@pytest.mark.parametrize(
    ("total", "bad", "why"),
    [
        ("NaN", 0, "a count is no number"),
        ("+Inf", 0, "a count is no number"),
        ("12.5", 0, "a count is no whole number: are these our own rules?"),
        (-1, 0, "a count is not between 0 and 1000000000000"),
        (5, 6, "more events failed than there were"),
    ],
)
def test_counts_that_cannot_be_right_are_left_out_and_told(
    life: Life, total: object, bad: object, why: str
) -> None:
    life.passes(1, total=total, bad=bad)
    life.passes(1)

    assert life.puller.pull() == 1
    assert life.puller.odd == {CHECKOUT: f"{why} at 10:00:07"}


def test_an_outage_is_found_and_silence_of_prometheus_ends_nothing(life: Life) -> None:
    life.passes(60)
    life.puller.pull()
    rings = watch(life.desk, life.now)
    life.passes(5, bad=100)
    life.puller.pull()
    (opened,) = evaluate(life.desk, rings, life.now).outcomes
    assert opened.step is Step.OPEN

    life.api.status = 500
    life.passes(30)
    life.puller.pull()
    silent = evaluate(life.desk, rings, life.now)

    assert (silent.outcomes, CHECKOUT in silent.frozen) == ((), True)


def test_both_sources_say_the_same_of_the_last_hour(life: Life) -> None:
    life.passes(90, bad=3)
    life.puller.pull()
    at = life.now - timedelta(seconds=50)

    theirs = life.source.current([CHECKOUT, SEARCH], [HOUR], at)
    with life.desk.look() as connection:
        ours = OwnCounts(connection).current([CHECKOUT, SEARCH], [HOUR], at)

    assert theirs.keys() == ours.keys() == {CHECKOUT}
    assert theirs[CHECKOUT].counts == ours[CHECKOUT].counts == {HOUR: Counts(60 * 97, 180)}
    assert theirs[CHECKOUT].coverage == ours[CHECKOUT].coverage == {HOUR: 1}


def test_a_host_that_is_not_named_is_not_called(life: Life) -> None:
    stranger = Prometheus(Outgoing(), life.api.url, MINUTE)

    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1 is only called with https"):
        stranger.current([CHECKOUT], [HOUR], life.now)


def test_a_minute_that_lies_ahead_of_our_clock_is_counted_when_it_has_come(life: Life) -> None:
    life.passes(1)
    life.api.counts(CHECKOUT, life.now + 5 * MINUTE, 7, 0)
    life.api.looks_ahead = 10 * MINUTE
    early = life.puller.pull()

    life.now += 6 * MINUTE

    assert (early, life.puller.pull()) == (1, 1)
    assert life.held() == Counts(107, 0)
