"""Pictures and files on the timeline: ours, whole, shown to who may see the incident, and inert."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from web.conftest import fetch
from world import Place, World, words_of

from bot.emulator import Fault
from incidents.actions import postmortem
from incidents.model import evidence
from incidents.model.ids import IncidentNumber
from incidents.model.timeline import Entry, Kind
from incidents.store import files

ONE = IncidentNumber(1)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 700  # in several pieces
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture
def room(world: World) -> Place:
    """The room of an incident, commanded by Bo."""
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    found = world.room("inc-1")
    world.bo.presses("Accept", where=found)
    return found


def drops(
    world: World, room: Place, name: str, content: bytes, comment: str = "", **more: Any
) -> str:
    """Ana drops a file into the room; the message's ts."""
    done = world.slack.act.file("U0ANA", room.id, name, content, comment, **more)
    world.settle()
    assert done.ts
    return done.ts


def of(world: World, kind: Kind) -> list[Entry]:
    """The entries of a kind."""
    return [entry for entry in world.record(1) if entry.kind is kind]


def test_a_picture_without_words_is_on_the_timeline_once_and_ours(
    world: World, room: Place
) -> None:
    ts = drops(world, room, "graph.png", PNG)

    world.chen.reacts("pushpin", ts, where=room)
    world.bo.reacts("round_pushpin", ts, where=room)

    (message,), (kept,) = of(world, Kind.MESSAGE), of(world, Kind.FILE_KEPT)
    assert message.body["text"] == ""
    assert [one["name"] for one in message.body["files"]] == ["graph.png"]
    assert kept.body["of"] == message.seq
    assert kept.body["hash"] == hashlib.sha256(PNG).hexdigest()
    with world.app.desk.look() as connection:
        assert files.content(connection, kept.body["hash"]) == PNG
    assert "[graph.png]" in words_of(world.bo.types("/incident timeline", where=room))


def test_a_file_in_a_thread_is_kept_too(world: World, room: Place) -> None:
    root = world.ana.types("what does the log say?", where=room).ts
    ts = drops(world, room, "app.log", b"out of memory\n", thread_ts=root)

    world.chen.reacts("pushpin", ts, where=room)

    (kept,) = of(world, Kind.FILE_KEPT)
    assert (kept.body["media"], kept.body["size"]) == ("text/plain", 14)


def test_it_is_fetched_with_our_token_and_never_made_public(world: World, room: Place) -> None:
    ts = drops(world, room, "graph.png", PNG)
    world.chen.reacts("pushpin", ts, where=room)

    methods = {call.method for call in world.slack.log}
    assert "files.info" in methods
    assert "files.sharedPublicURL" not in methods


def test_the_same_picture_is_kept_once(world: World, room: Place) -> None:
    for name in ("one.png", "two.png"):
        ts = drops(world, room, name, PNG)
        world.chen.reacts("pushpin", ts, where=room)

    first, second = of(world, Kind.FILE_KEPT)
    assert first.body["hash"] == second.body["hash"]
    with world.app.desk.look() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM kept_file").scalar()
    assert count == 1


@pytest.mark.parametrize(
    ("name", "content", "because"),
    [
        ("dump.bin", b"\x00\x01\x02\x03", "it is no picture, no PDF and no text"),
        ("huge.png", PNG[:8] + bytes(10_000_001), "10 MB are kept at most"),
    ],
)
def test_what_is_not_kept_is_named_with_the_reason(
    world: World, room: Place, name: str, content: bytes, because: str
) -> None:
    ts = drops(world, room, name, content)

    world.chen.reacts("pushpin", ts, where=room)

    (found,) = of(world, Kind.FILE_NOT_KEPT)
    assert found.body["name"] == name
    assert because in found.body["because"]
    assert of(world, Kind.FILE_KEPT) == []


def test_without_the_scope_the_message_is_recorded_and_says_what_is_missing(
    world: World, room: Place
) -> None:
    identity = world.slack.core.identity
    world.slack.core.identity = replace(identity, bot_scopes=identity.bot_scopes - {"files:read"})
    ts = drops(world, room, "graph.png", PNG)

    world.chen.reacts("pushpin", ts, where=room)

    (found,) = of(world, Kind.FILE_NOT_KEPT)
    assert "missing_scope" in found.body["because"]
    assert len(of(world, Kind.MESSAGE)) == 1
    assert of(world, Kind.STEP_FAILED) == []


def test_a_file_that_is_only_a_link_gets_no_token(world: World, room: Place) -> None:
    with pytest.raises(Exception, match="the file is not in Slack"):
        world.app.client.download("https://evil.example/graph.png", 100)
    with pytest.raises(Exception, match="the file is not in Slack"):
        world.app.client.download("http://files.slack.com/graph.png", 100)

    del room


def test_it_is_fetched_again_after_a_failure(world: World, room: Place) -> None:
    world.slack.faults.add(Fault("files.info", "down"))
    ts = drops(world, room, "graph.png", PNG)

    world.chen.reacts("pushpin", ts, where=room)
    assert of(world, Kind.FILE_KEPT) == []
    world.slack.faults.clear()
    world.passes(minutes=2)

    assert len(of(world, Kind.FILE_KEPT)) == 1


def test_the_console_shows_a_picture_that_cannot_do_anything(world: World, room: Place) -> None:
    ts = drops(world, room, "graph.png", PNG)
    world.chen.reacts("pushpin", ts, where=room)
    name = f"INC-1-{hashlib.sha256(PNG).hexdigest()[:12]}.png"

    page = fetch(world, "/incidents/INC-1").text
    found = fetch(world, f"/incidents/INC-1/files/{name}")

    assert f'<img src="/incidents/INC-1/files/{name}" alt="graph.png"' in page
    assert found.content == PNG
    assert found.headers["content-type"] == "image/png"
    assert found.headers["content-disposition"] == f'inline; filename="{name}"'
    assert found.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in found.headers["content-security-policy"]


def test_a_page_is_only_ever_saved_as_text(world: World, room: Place) -> None:
    ts = drops(world, room, "login.html", HTML)
    world.chen.reacts("pushpin", ts, where=room)

    (kept,) = of(world, Kind.FILE_KEPT)
    found = fetch(world, f"/incidents/INC-1/files/INC-1-{kept.body['hash'][:12]}.txt")

    assert found.headers["content-type"].startswith("text/plain")
    assert found.headers["content-disposition"].startswith("attachment; ")
    assert "<img" not in fetch(world, "/incidents/INC-1").text


def test_what_was_deleted_in_slack_stays_and_is_not_shown(world: World, room: Place) -> None:
    ts = drops(world, room, "graph.png", PNG)
    world.chen.reacts("pushpin", ts, where=room)

    world.slack.act.delete("U0ANA", room.id, ts)
    world.settle()

    assert "<img" not in fetch(world, "/incidents/INC-1").text
    assert "## Pictures and files" not in fetch(world, "/incidents/INC-1/postmortem.md").text
    assert evidence.kept_of(world.record(1))


def test_a_file_of_a_private_incident_is_not_in_the_console(world: World, room: Place) -> None:
    ts = drops(world, room, "graph.png", PNG)
    world.chen.reacts("pushpin", ts, where=room)
    address = f"/incidents/INC-1/files/INC-1-{hashlib.sha256(PNG).hexdigest()[:12]}.png"
    assert fetch(world, address).status_code == 200

    world.bo.types("/incident private", where=room)

    assert fetch(world, address).status_code == 404
    assert fetch(world, address.replace("INC-1", "INC-2")).status_code == 404


def test_the_postmortem_is_written_with_its_pictures_beside_it(
    world: World, room: Place, tmp_path: Path
) -> None:
    ts = drops(world, room, "graph *1*.png", PNG)
    world.chen.reacts("pushpin", ts, where=room)
    name = f"INC-1-{hashlib.sha256(PNG).hexdigest()[:12]}.png"

    written = postmortem.export(world.app.desk, ONE, tmp_path, world.clock())
    again = postmortem.export(world.app.desk, ONE, tmp_path, world.clock())

    assert written == again
    assert f"![graph \\*1\\*\\.png](files/{name})" in written.read_text()
    assert (tmp_path / "files" / name).read_bytes() == PNG
    page = fetch(world, "/incidents/INC-1/postmortem").text
    assert f'<img src="files/{name}" alt="graph *1*.png"' in page
