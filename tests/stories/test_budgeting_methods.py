"""A promise about minutes of a calendar month, from its file to the room and back to the words."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from api.conftest import caller
from world import World

from bot.web import pages
from incidents import assets
from incidents.actions.samples import Reading, ingest
from incidents.model.objective import SLOName
from tests.catalog.test_openslo_composite import JOURNEY, PAYMENTS

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


@pytest.fixture
def journey(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """Checkout is a composite of two."""
    config = tmp_path / "config"
    shutil.copytree(assets.folder("templates") / "init", config)
    (config / "slos" / "journey.yaml").write_text(JOURNEY)
    (config / "slos" / "payments.yaml").write_text(PAYMENTS)
    made = World(sqlite_url, config=config, spool=tmp_path / "spool")
    yield made
    made.close()


def test_a_composite_is_shown_with_whoever_spends_it(journey: World) -> None:
    sent = Reading(SLOName("checkout/journey-pay"), journey.clock(), 9_999, 1, "edge", 1)
    assert ingest(journey.app.desk, [sent], journey.clock()).refused == ()
    journey.clock.pass_(MINUTE)

    journey.bo.types("/incident slo checkout")

    said = str(journey.whispered("U0BO")[-1])
    takes = "checkout/journey-pay takes 25.0% (10.0% of its own, weight 2.5)"
    assert f"75.0% of the budget left\\n{takes}; no data: checkout/journey-receipts" in said
    (found,) = caller(journey)("GET", "/slos").json()["composites"]
    assert (found["slo"], found["remaining"]) == ("checkout/journey", 0.75)
    assert found["members"][0]["slo"] == "checkout/journey-pay"
    shown = pages.slos(journey.app.desk, journey.clock())["composites"]
    assert [(one["slo"], one["left"]) for one in shown] == [("checkout/journey", "75 %")]
