"""What goes wrong goes wrong as scripted, and the log tells what was asked, and in what waves."""

import threading

import httpx
import pytest
from emulator.embedded import World
from hypothesis import given
from hypothesis import strategies as st

from bot.emulator import Fault, InProcessTransport
from bot.emulator.faults import Faults, parse_fault


def post(world: World, text: str = "x") -> httpx.Response:
    with httpx.Client(transport=InProcessTransport(world.ws), timeout=2) as client:
        return client.post(
            "http://slack.test/workspace/api/chat.postMessage",
            data={"channel": world.general, "text": text},
            headers={"authorization": f"Bearer {world.ws.identity.bot_token}"},
        )


def test_an_error_before_leaves_nothing_behind(world: World) -> None:
    world.ws.faults.add(Fault("chat.postMessage", "error_before", "fatal_error"))

    assert post(world).json()["error"] == "fatal_error"
    assert world.texts() == []


def test_an_error_after_leaves_the_message(world: World) -> None:
    world.ws.faults.add(Fault("chat.postMessage", "error_after", status=500))

    assert post(world).status_code == 500
    assert world.texts() == ["x"]


def test_a_lost_answer_leaves_the_message(world: World) -> None:
    world.ws.faults.add(Fault(kind="lost_answer"))

    with pytest.raises(httpx.ReadError):
        post(world)

    assert world.texts() == ["x"]


def test_a_delay_beyond_the_clients_patience_times_out_without_waiting(world: World) -> None:
    world.ws.faults.add(Fault(kind="delay", seconds=60))

    with pytest.raises(httpx.ReadTimeout):
        post(world)


def test_an_outage_lasts_until_it_is_lifted_and_spares_peoples_screens(world: World) -> None:
    world.ws.faults.add(Fault(kind="down"))

    statuses = [post(world).status_code for _ in range(3)]
    screen = world.ana("conversations.info", channel=world.general)
    world.ws.faults.clear()

    assert statuses == [503, 503, 503]
    assert screen["ok"]
    assert post(world).status_code == 200


def test_a_fault_may_start_late_and_end_early(world: World) -> None:
    world.ws.faults.add(Fault("chat.postMessage", "rate_limited", skip=1, times=2, seconds=5))

    assert [post(world).status_code for _ in range(5)] == [200, 429, 429, 200, 200]


def test_an_unknown_fault_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="there are error_before"):
        parse_fault({"kind": "meteor"})


@given(skip=st.integers(0, 5), times=st.integers(1, 5), calls=st.integers(0, 20))
def test_a_fault_strikes_exactly_as_often_as_it_says(skip: int, times: int, calls: int) -> None:
    faults = Faults()
    faults.add(Fault(times=times, skip=skip))

    struck = [bool(faults.strike("chat.update")) for _ in range(calls)]

    expected = [skip <= n < skip + times for n in range(calls)]
    assert struck == expected


def test_calls_one_after_another_are_waves_and_calls_together_are_one(world: World) -> None:
    together = threading.Barrier(3)

    def call() -> None:
        together.wait(2)
        world.bot("users.list")

    world.ws.faults.add(Fault("users.list", "delay", seconds=0.05, times=None))
    world.bot("auth.test")
    world.bot("conversations.info", channel=world.general)
    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(wave) for wave in world.ws.log.waves()] == [1, 1, 3]


def test_the_log_holds_no_token(world: World) -> None:
    world.ws.web_api("auth.test", {"token": world.ws.identity.bot_token})

    assert world.ws.log[-1].args == {}
    assert world.ws.log[-1].ok
