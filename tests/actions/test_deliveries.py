"""More than a source's share waits in order, and nothing of it is dropped (F40)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from incidents.actions import deliveries as verbs
from incidents.actions.deliveries import Malformed, admit, work
from incidents.actions.desk import Desk, Work
from incidents.catalog.catalog import EMPTY
from incidents.store import deliveries, outbox_view
from incidents.store.deliveries import Delivery, Given
from incidents.store.engine import Store

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, EMPTY)


def given(*bodies: str, source: str = "loud", at: datetime = START) -> list[Given]:
    return [Given(source, {"content-type": "application/json"}, body, at) for body in bodies]


def keep(desk: Desk, *some: Given) -> None:
    with desk.store.write() as connection:
        deliveries.add(connection, some)


def counts(desk: Desk) -> list[tuple[str, str, int]]:
    with desk.look() as connection:
        return sorted(deliveries.count_by(connection))


class Done:
    """Notes what is worked on, as of when; ``fails`` says what goes wrong with it."""

    def __init__(self, **fails: Exception) -> None:
        self.bodies: list[str] = []
        self.times: list[datetime] = []
        self.fails = fails

    def __call__(self, under_way: Work, kept: Delivery) -> None:
        if kept.body in self.fails:
            raise self.fails[kept.body]
        self.bodies.append(kept.body)
        self.times.append(under_way.now)


def test_a_thousand_at_once_are_let_in_and_the_rest_is_kept(desk: Desk) -> None:
    let_in = admit(desk, given(*(str(n) for n in range(1200))), START)

    assert let_in == (True,) * 1000 + (False,) * 200
    assert counts(desk) == [("loud", "waiting", 200)]


def test_in_the_long_run_a_hundred_a_second_are_let_in(desk: Desk) -> None:
    admit(desk, given(*("x" * 1000)), START)

    let_in = [sum(admit(desk, given(*("x" * 100)), START + n * SECOND)) for n in range(1, 4)]

    assert let_in == [100, 100, 100]
    assert counts(desk) == []


def test_nothing_overtakes_what_waits(desk: Desk) -> None:
    admit(desk, given(*("x" * 1001)), START)

    (is_in,) = admit(desk, given("later"), START + timedelta(hours=1))

    assert not is_in
    assert counts(desk) == [("loud", "waiting", 2)]


def test_one_source_s_noise_is_not_another_s(desk: Desk) -> None:
    noise, quiet = given(*("x" * 1100)), given("quiet", source="quiet")

    assert admit(desk, [*noise, *quiet], START)[-1]


def test_what_waits_is_worked_off_in_order_as_of_the_moment_it_came(desk: Desk) -> None:
    keep(desk, *given(*"abc"), *given("d", at=START + SECOND))
    done = Done()

    assert work(desk, {"loud": done}, START + timedelta(minutes=5)) == 4

    assert done.bodies == ["a", "b", "c", "d"]
    assert done.times == [START, START, START, START + SECOND]
    assert counts(desk) == [("loud", "done", 4)]
    assert admit(desk, given("again"), START + timedelta(minutes=5)) == (True,)


def test_sources_take_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "_AT_ONCE", 2)
    keep(desk, *given(*"abcd"), *given("x", source="quiet"))
    done = Done()

    work(desk, {"loud": done, "quiet": done}, START)

    assert done.bodies == ["a", "b", "x", "c", "d"]


def test_large_ones_are_worked_on_one_by_one_and_hold_nobody_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs, "_MOST_TEXT", 5)
    keep(desk, *given("large enough", "b", "c"), *given("x", source="quiet"))
    done = Done()

    assert work(desk, {"loud": done, "quiet": done}, START) == 4

    assert done.bodies == ["large enough", "x", "b", "c"]


def test_what_nobody_here_knows_is_left_to_others(desk: Desk) -> None:
    keep(desk, *given("a", source="of a newer version"))

    assert work(desk, {"loud": Done()}, START) == 0
    assert counts(desk) == [("of a newer version", "waiting", 1)]


def test_what_nobody_understands_is_buried_with_its_error_and_told(desk: Desk) -> None:
    keep(desk, *given(*"abc"))
    done = Done(b=Malformed("no such field"))

    assert work(desk, {"loud": done}, START) == 3

    assert done.bodies[-2:] == ["a", "c"]
    with desk.look() as connection:
        (dead,) = deliveries.listed(connection, states=["dead"], limit=9)
        told = outbox_view.listed(connection, states=["pending"], limit=9)
    assert (dead.body, dead.error, dead.attempts) == ("b", "no such field", 1)
    assert [one.key.partition("/")[0] for one in told] == ["ops"]
    assert counts(desk) == [("loud", "dead", 1), ("loud", "done", 2)]


def test_a_fault_of_ours_is_tried_again_and_those_behind_it_wait(desk: Desk) -> None:
    keep(desk, *given(*"abc"))
    done = Done(b=RuntimeError("a bug"))
    handlers = {"loud": done}

    with capture_logs() as logged:
        assert work(desk, handlers, START) == 1
        assert counts(desk) == [("loud", "done", 1), ("loud", "waiting", 2)]
        assert [work(desk, handlers, START) for _ in range(3)] == [0, 0, 0]
        assert work(desk, handlers, START) == 2

    broke = [one["exc_info"] for one in logged if one["event"] == "delivery_broke"]
    assert [str(one) for one in broke] == ["a bug"] * 5

    assert done.bodies[-1] == "c"
    assert counts(desk) == [("loud", "dead", 1), ("loud", "done", 2)]


def test_a_buried_one_can_be_tried_again(desk: Desk) -> None:
    keep(desk, *given("a"))
    work(desk, {"loud": Done(a=Malformed("not yet"))}, START)
    done = Done()

    with desk.store.write() as connection:
        assert deliveries.retry(connection, "loud") == 1
    work(desk, {"loud": done}, START)

    assert done.bodies == ["a"]
    assert counts(desk) == [("loud", "done", 1)]


def test_what_is_done_is_forgotten_after_a_while_and_nothing_else(desk: Desk) -> None:
    keep(desk, *given(*"abc"))
    work(desk, {"loud": Done(b=Malformed("?"))}, START, limit=2)

    with desk.store.write() as connection:
        assert deliveries.forget(connection, START) == 0
        assert deliveries.forget(connection, START + SECOND) == 1

    assert counts(desk) == [("loud", "dead", 1), ("loud", "waiting", 1)]


@pytest.fixture
def other(postgres_url: str) -> Iterator[tuple[Desk, Desk]]:
    """Two replicas on one PostgreSQL."""
    stores = Store(postgres_url), Store(postgres_url)
    yield Desk(stores[0], EMPTY), Desk(stores[1], EMPTY)
    for one in stores:
        one.close()


def test_while_one_replica_works_on_a_source_others_leave_its_queue_alone(
    other: tuple[Desk, Desk],
) -> None:
    here, there = other
    keep(here, *given(*"abc"), *given("x", source="quiet"))
    done = Done()

    with here.store.write() as connection:
        assert [one.body for one in deliveries.take(connection, "loud", 1)] == ["a"]
        assert work(there, {"loud": done, "quiet": done}, START) == 1

    assert done.bodies == ["x"]
