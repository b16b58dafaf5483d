"""Whoever has waited the longest is next, however quick others are."""

import threading
from concurrent.futures import ThreadPoolExecutor

from incidents.store.turns import Turns


def test_a_thread_that_takes_it_again_at_once_waits_behind_the_others() -> None:
    turns, order = Turns(), list[str]()
    assert turns.take(1)

    def wait(name: str) -> None:
        assert turns.take(10)
        order.append(name)
        turns.end()

    with ThreadPoolExecutor(3) as threads:
        for count, name in enumerate(("first", "second", "third"), start=1):
            threads.submit(wait, name)
            while len(turns._waiting) < count:
                threading.Event().wait(0.001)
        turns.end()
        assert turns.take(10)
        order.append("the quick one")
        turns.end()

    assert order == ["first", "second", "third", "the quick one"]


def test_who_loses_patience_is_passed_over() -> None:
    turns = Turns()

    assert turns.take(1)
    assert not turns.take(0.01)
    turns.end()

    assert turns.take(0.01)
