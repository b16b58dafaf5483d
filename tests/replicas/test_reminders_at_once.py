"""Many reminders in the same second, and several replicas after each of them (F03)."""

import threading
import time
from collections.abc import Iterator

import pytest
from replicas.crowd import Crowd, an_incident, asked, promise, until

from incidents.model.followups import ActionItem

INCIDENTS, ROUNDS = 5, 20


@pytest.fixture
def puppets(postgres_url: str) -> Iterator[Crowd]:
    """Three replicas that do what they are told, and nothing by themselves."""
    made = Crowd(postgres_url, threads=False)
    yield made
    made.close()


def due_now(crowd: Crowd, count: int) -> list[ActionItem]:
    """So many items that are due about several incidents, at the same instant."""
    now, each = crowd.clock(), count // INCIDENTS
    numbers = [an_incident(crowd.desk, now) for _ in range(INCIDENTS)]
    return [item for number in numbers for item in promise(crowd.desk, number, each, now)]


def reminded(crowd: Crowd) -> dict[str, int]:
    """What people heard of items that are due, and how often."""
    return {text: count for text, count in crowd.told().items() if "of yours is due." in text}


def fire_at_the_same_moment(crowd: Crowd) -> int:
    """Every replica does what is due until there is nothing left. How much it was."""
    ready = threading.Barrier(len(crowd.apps))
    done: list[int] = []

    def fire(number: int) -> None:
        ready.wait()
        done.append(crowd.apps[number].fire())

    threads = [threading.Thread(target=fire, args=(each,)) for each in range(len(crowd.apps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done)


@pytest.mark.parametrize("count", [100, pytest.param(500, marks=pytest.mark.slow)])
def test_reminders_of_one_second_are_sent_once_each(crowd: Crowd, count: int) -> None:
    items = due_now(crowd, count)

    crowd.start()
    until(lambda: len(reminded(crowd)) == count)
    time.sleep(1)  # for whoever is about to send one once more

    assert reminded(crowd) == {asked(item): 1 for item in items}


def test_replicas_that_fire_at_the_same_moment_never_both_do_it(puppets: Crowd) -> None:
    items = due_now(puppets, INCIDENTS)
    done = fire_at_the_same_moment(puppets)
    for _ in range(ROUNDS - 1):
        now = puppets.clock()
        again = [promise(puppets.desk, item.incident, 1, now)[0] for item in items[:INCIDENTS]]
        items += again

        done += fire_at_the_same_moment(puppets)

    puppets.apps[0].deliverer.drain()
    assert done == ROUNDS * INCIDENTS
    assert reminded(puppets) == {asked(item): 1 for item in items}
