"""A promise about minutes of a calendar month, from its file to the room and back to the words."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from api.conftest import caller
from world import World

from incidents import assets
from incidents.actions.slo import Reading, ingest
from incidents.model.objective import SLOName

MINUTE = timedelta(minutes=1)
SLO = SLOName("checkout/availability")


@pytest.fixture
def world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """Minutes of checkout are good if 95 of 100 requests are; counted by the month in Berlin."""
    config = tmp_path / "config"
    shutil.copytree(assets.folder("templates") / "init", config)
    path = config / "slos" / "checkout-availability.yaml"
    text = path.read_text()
    assert "isRolling: true" in text
    text = text.replace("duration: 28d", "duration: 1M").replace(
        "isRolling: true",
        "calendar: {startTime: 2026-01-01 00:00:00, timeZone: Europe/Berlin}",
    )
    text = text.replace("Occurrences", "Timeslices").replace(
        "target: 0.999", "target: 0.999\n      timeSliceTarget: 0.95\n      timeSliceWindow: 1m"
    )
    path.write_text(text)
    made = World(sqlite_url, config=config, spool=tmp_path / "spool")
    yield made
    made.close()


def reports(world: World, seq: int, good: int, bad: int) -> None:
    """One minute's requests, as they happened, then the tick after it."""
    sent = Reading(SLO, world.clock(), good, bad, "edge", seq)
    assert ingest(world.app.desk, [sent], world.clock()).refused == ()
    world.clock.pass_(MINUTE)
    world.settle()


def test_bad_minutes_of_a_month_open_a_room_and_are_told_as_such(world: World) -> None:
    for seq in range(60):
        reports(world, seq, 96, 4)
    world.bo.types("/incident slo checkout")
    assert "100 % of slices good since 1 Nov" in str(world.whispered("U0BO")[-1])

    for seq in range(60, 63):
        reports(world, seq, 94, 6)

    room = world.room("inc-1")
    room.shows("checkout/availability")
    world.bo.types("/incident slo checkout")
    said = str(world.whispered("U0BO")[-1])
    assert "93.1% of the budget left" in said
    assert "95.238 % of slices good since 1 Nov, target 99.9 %, 0.3 % measured; burning" in said


def test_a_program_reads_what_is_counted_and_since_when(world: World) -> None:
    for seq in range(10):
        reports(world, seq, 90, 10 * (seq == 4))

    found = caller(world)("GET", f"/slos/{SLO}").json()

    assert (found["method"], found["unit"]) == ("Timeslices", "slices")
    assert (found["good"], found["bad"]) == (9, 1)
    assert (found["calendar"], found["estimated"]) == ("calendar month", False)
    assert found["begins"] == "2026-10-31T23:00:00+00:00"
    assert found["ends"] == "2026-11-30T23:00:00+00:00"
