"""Many orders in one transaction, and nobody suffers for anybody else."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from incidents.actions.together import Together
from incidents.errors import Unavailable


class Bench:
    """Somebody whose work is held up until we say so; what was done together is noted."""

    def __init__(self, weigh: Callable[[int], int] = lambda _: 1, most: int = 100) -> None:
        self.groups: list[list[int]] = []
        self.goes_on = threading.Event()
        self.is_at_work = threading.Event()
        self.error: Callable[[Sequence[int]], BaseException | None] = lambda _: None
        self.together: Together[int, int] = Together(self.work, weigh=weigh, most=most)

    def work(self, orders: Sequence[int]) -> list[int]:
        self.groups.append(list(orders))
        self.is_at_work.set()
        assert self.goes_on.wait(10)
        error = self.error(orders)
        if error is not None:
            raise error
        return [-order for order in orders]

    def ask(self, orders: Sequence[int]) -> list[Future[int]]:
        """The first is at work alone, and the others come meanwhile; then they are let go on."""
        with ThreadPoolExecutor(len(orders)) as threads:
            asked = [threads.submit(self.together.ask, orders[0])]
            assert self.is_at_work.wait(10)
            for count, order in enumerate(orders[1:], start=1):
                asked.append(threads.submit(self.together.ask, order))
                while len(self.together._waiting) < count:
                    threading.Event().wait(0.001)
            self.goes_on.set()
        return asked


def test_who_comes_alone_is_served_alone_at_once() -> None:
    bench = Bench()
    bench.goes_on.set()

    assert [bench.together.ask(order) for order in (1, 2)] == [-1, -2]
    assert bench.groups == [[1], [2]]


def test_who_comes_during_a_commit_shares_the_next_and_gets_their_own_answer() -> None:
    bench = Bench()

    asked = bench.ask([1, 2, 3, 4])

    assert [one.result() for one in asked] == [-1, -2, -3, -4]
    assert bench.groups == [[1], [2, 3, 4]]


def test_a_group_is_no_heavier_than_allowed_but_one_order_may_be() -> None:
    bench = Bench(weigh=lambda order: order, most=10)

    bench.ask([1, 4, 6, 5, 99, 1])

    assert bench.groups == [[1], [4, 6], [5], [99], [1]]


def test_a_poisonous_order_hurts_nobody_else() -> None:
    bench = Bench()
    bench.error = lambda orders: ValueError("poison") if 3 in orders else None

    asked = bench.ask([1, 2, 3, 4])

    assert [asked[place].result() for place in (0, 1, 3)] == [-1, -2, -4]
    with pytest.raises(ValueError, match="poison"):
        asked[2].result()
    assert bench.groups == [[1], [2, 3, 4], [2], [3], [4]]


def test_while_the_database_is_away_not_everybody_is_tried() -> None:
    bench = Bench()
    bench.error = lambda orders: Unavailable("away") if 1 not in orders else None

    asked = bench.ask([1, 2, 3, 4])

    assert [type(one.exception()) for one in asked] == [type(None), *[Unavailable] * 3]
    assert bench.groups == [[1], [2, 3, 4], [2]]


def test_nobody_waits_for_somebody_whose_thread_is_gone() -> None:
    bench = Bench()
    bench.error = lambda orders: SystemExit() if 2 in orders else None

    asked = bench.ask([1, 2, 3])

    assert isinstance(asked[1].exception(), SystemExit)
    assert isinstance(asked[2].exception(), Unavailable)
    assert bench.together.ask(4) == -4
