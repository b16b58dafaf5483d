"""How long until Slack has its answer: a signed command through guard, Bolt and the router.

Run with ``.ci/run bench``. Prints milliseconds and, against a command that only looks, the ratio.
"""

import statistics
import time
from pathlib import Path

from world import World

from bot.slack.features import ALL
from bot.slack.router import Answer, Ask, Routes, Verb

_HANDLERS = 200
_ROUNDS = 300


def percentile(samples: list[float], share: float) -> float:
    """The value below which ``share`` of the samples lie."""
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * share))]


def nothing(_: Ask) -> Answer:
    """A handler nobody calls."""
    return Answer()


def filler() -> Routes:
    """As many routes as a large installation might have."""
    routes = Routes()
    for number in range(_HANDLERS):
        name = f"filler{number}"
        routes.verbs[name] = Verb(name, nothing, "", "")
        routes.buttons[f"filler.{number}"] = nothing
        routes.forms[f"filler_{number}"] = nothing
    return routes


def timed(world: World, text: str) -> list[float]:
    """Milliseconds of each answer, the first few left out."""
    took: list[float] = []
    deliver = world.slack.deliver

    def measure(delivery: object) -> object:
        begun = time.perf_counter()
        reply = deliver(delivery)
        took.append((time.perf_counter() - begun) * 1000)
        return reply

    world.slack.deliver = measure
    for number in range(_ROUNDS):
        world.slack.act.command("U0ANA", world.channel("general").id, text.format(number))
    world.slack.deliver = deliver
    return took[20:]


def bench_acknowledgement(tmp_path: Path) -> None:
    """Ack of a command with 200 more handlers registered: p99 must stay under 50 ms."""
    for name in ("verbs", "buttons", "forms"):
        getattr(ALL, name).update(getattr(filler(), name))
    world = World(f"sqlite:///{tmp_path / 'bench.db'}")
    look = timed(world, "list")
    declare = timed(world, "search is slow again {} sev4 drill:")
    world.close()
    print(f"\nhandlers registered: {len(ALL.verbs) + len(ALL.buttons) + len(ALL.forms)}")
    for name, samples in (("list", look), ("declare", declare)):
        middle, last = statistics.median(samples), percentile(samples, 0.99)
        print(f"{name:8} ack median {middle:6.2f} ms   p99 {last:6.2f} ms   n={len(samples)}")
    print(f"declare / list: {statistics.median(declare) / statistics.median(look):.1f}x")
    assert percentile(look, 0.99) < 50
    assert percentile(declare, 0.99) < 50
