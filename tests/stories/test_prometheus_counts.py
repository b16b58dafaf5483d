"""An outage that only a Prometheus counts: its numbers are fetched, and people have a room."""

from datetime import timedelta

from prometheus.api import MINUTE, answering
from world import World

from bot.beats import beats_of

CHECKOUT = "checkout/availability"
SOME = timedelta(seconds=-12.655)  # somewhere in a minute rules are evaluated


def test_what_prometheus_counts_opens_a_room_and_its_silence_ends_nothing(sqlite_url: str) -> None:
    with answering() as api:
        world = World(
            sqlite_url,
            warroom_prometheus_url=api.url,
            warroom_allow_private_hosts=("127.0.0.1",),
        )
        (beat,) = (one for one in beats_of(world.app) if one.name == "prometheus")
        for ago in range(120):
            api.counts(CHECKOUT, world.clock() + SOME - ago * MINUTE, 600, 0)
        beat.call()
        world.settle()

        for _ in range(4):
            world.clock.pass_(MINUTE)
            api.counts(CHECKOUT, world.clock() + SOME, 600, 600)
            beat.call()
            world.settle()

        room = world.room("inc-1")
        assert room.name == "inc-1-checkout-availability-has-spent-its-error"
        api.status = 503
        for _ in range(15):
            world.clock.pass_(MINUTE)
            beat.call()
            world.settle()

        assert "stopped burning" not in "".join(str(one) for one in room.messages)
        world.close()


def test_without_an_address_nobody_is_asked(light_world: World) -> None:
    assert "prometheus" not in {one.name for one in beats_of(light_world.app)}
