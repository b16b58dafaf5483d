"""What an incident took from a budget, as a picture: in its room and on its page."""

import base64
import html
import re
import sys
from datetime import timedelta

import pytest
from stories.test_life import resolve
from web.conftest import fetch
from world import Place, World

from bot.emulator.entities import File
from incidents.actions.samples import Reading, ingest
from incidents.model.objective import SLOName

SAID = (
    "INC-1 used 67.4 % of the error budget. checkout/availability · 99.9 % over 28 d · 18 Nov, UTC"
)


@pytest.fixture
def resolved(light_world: World) -> World:
    """An hour of good events, then half an hour of an incident in which few failed."""
    world = light_world
    hour = [world.clock() - timedelta(minutes=at + 1) for at in range(60)]
    good = [Reading(_SLO, at, 10_000, 0, "edge", seq) for seq, at in enumerate(hour)]
    assert ingest(world.app.desk, good, world.clock()).refused == ()
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.bo.presses("Accept", where="inc-1")
    world.clock.pass_(timedelta(minutes=30))
    half = [world.clock() - timedelta(minutes=at + 1) for at in range(30)]
    bad = [Reading(_SLO, at, 9_980, 20, "edge", 100 + seq) for seq, at in enumerate(half)]
    assert ingest(world.app.desk, bad, world.clock()).refused == ()
    resolve(world, world.room("inc-1"))
    return world


_SLO = SLOName("checkout/availability")


def pictures(room: Place) -> list[tuple[str, File]]:
    """What was said with each picture, and the picture."""
    world = room.world
    found = [
        (str(one["text"]), file["id"]) for one in room.messages for file in one.get("files", ())
    ]
    files = [(said, world.slack.core.state.files.get(at)) for said, at in found]
    return [(said, file) for said, file in files if file and file.name.endswith(".png")]


def test_the_exported_postmortem_brings_the_picture_with_its_words(resolved: World) -> None:
    room = resolved.room("inc-1")

    resolved.bo.types("/incident postmortem export", where=room)
    answer = resolved.reads("U0BO")
    resolved.bo.types("/incident postmortem export", where=room)

    ((said, file),) = pictures(room)
    assert said == SAID
    assert file.name == "INC-1-checkout-availability-burn-down.png"
    assert base64.b64decode(file.content).startswith(b"\x89PNG\r\n\x1a\n")
    assert "with a picture of its budget" in answer


def test_a_later_version_of_the_document_does_not_bring_the_same_picture_again(
    resolved: World,
) -> None:
    room = resolved.room("inc-1")
    resolved.bo.types("/incident postmortem export", where=room)

    resolved.bo.types("/incident note the pool was too small", where=room)
    resolved.bo.types("/incident postmortem export", where=room)

    assert len(pictures(room)) == 1


def test_without_the_library_the_document_comes_and_it_is_said_what_to_install(
    resolved: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    room = resolved.room("inc-1")

    resolved.bo.types("/incident postmortem export", where=room)

    assert pictures(room) == []
    assert "pip install 'warroom[pictures]'" in resolved.reads("U0BO")
    assert any(one.get("files") for one in room.messages)


def test_the_page_shows_the_picture_of_what_the_document_says(resolved: World) -> None:
    page = fetch(resolved, "/incidents/INC-1/postmortem").text

    found = re.search(r'<img src="([^"]+)" alt="([^"]+)"', page)
    assert found is not None
    assert "This incident used 67.4 % of the 28 d budget of checkout/availability." in page
    assert html.unescape(found[2]).startswith("Error budget left of checkout/availability")
    picture = fetch(resolved, found[1])
    assert (picture.status_code, picture.headers["content-type"]) == (
        200, "image/svg+xml; charset=utf-8"
    )  # fmt: skip
    assert SAID in picture.text


def test_of_a_private_incident_there_is_no_picture_outside_and_its_name_tells_nothing(
    resolved: World,
) -> None:
    address = "/incidents/INC-1/budgets/checkout/availability.svg"
    assert fetch(resolved, address).status_code == 200

    resolved.bo.types("/incident private", where="inc-1")
    room = resolved.room("inc-1-private")
    resolved.bo.types("/incident postmortem export", where=room)

    assert fetch(resolved, address).status_code == 404
    assert [file.name for _, file in pictures(room)] == ["INC-1-burn-down-1.png"]


def test_a_picture_there_is_not_is_no_page(resolved: World) -> None:
    assert fetch(resolved, "/incidents/INC-1/budgets/search/latency.svg").status_code == 404
