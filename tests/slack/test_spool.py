"""The database is away: what people ask for is kept on disk, and done later, in order."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from world import World, words_of

from incidents.errors import Unavailable
from incidents.model.timeline import Kind
from incidents.store.spool import Full, Kept, Spool

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def away(world: World) -> Callable[[], None]:
    """Take the database away; call the result to bring it back."""
    engine = world.app.desk.store.engine

    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("connect", None, ConnectionRefusedError("refused"))

    real, engine.connect = engine.connect, refuse  # type: ignore[method-assign, assignment]

    def back() -> None:
        engine.connect = real  # type: ignore[method-assign]

    return back


@contextmanager
def without_database(world: World) -> Iterator[None]:
    """Nothing can be read or written meanwhile."""
    back = away(world)
    try:
        yield
    finally:
        back()


def tell(world: World, person: str, text: str, where: str = "general") -> str:
    """Type a command without waiting for anything that follows from it."""
    place = world.channel(where)
    return words_of(world.slack.act.command(person, place.id, text, "/incident"))


def test_what_is_typed_while_the_database_is_away_is_done_in_order_as_of_then(
    world: World,
) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    typed = []
    with without_database(world):
        for number in range(50):
            answer = tell(world, world.ana.id, f"note observation {number}", room.name)
            assert "kept on disk" in answer
            typed.append(world.clock())
            world.clock.pass_(timedelta(seconds=30))
        assert "kept on disk" in tell(world, world.bo.id, "sev 1", room.name)

    assert world.app.spool.play(world.app.reception.play) == 51
    world.settle()

    notes = [entry for entry in world.record(1) if entry.kind is Kind.NOTE]
    assert [entry.body["text"] for entry in notes] == [f"observation {n}" for n in range(50)]
    assert [entry.recorded_at for entry in notes] == typed
    assert Kind.SEVERITY in [entry.kind for entry in world.record(1)]
    assert world.app.spool.is_empty


def test_an_incident_declared_then_gets_its_room_when_the_database_is_back(world: World) -> None:
    with without_database(world):
        tell(world, world.ana.id, "search is slow sev2")

    world.app.spool.play(world.app.reception.play)
    world.settle()

    world.room("inc-1").shows("search is slow")


def test_until_it_is_worked_off_whatever_comes_queues_behind_it(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    with without_database(world):
        tell(world, world.ana.id, "note first", "inc-1")

    tell(world, world.ana.id, "note second", "inc-1")
    world.app.spool.play(world.app.reception.play)

    notes = [entry.body["text"] for entry in world.record(1) if entry.kind is Kind.NOTE]
    assert notes == ["first", "second"]


def test_played_twice_it_is_done_once(world: World, tmp_path: Path) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    with without_database(world):
        tell(world, world.ana.id, "note only once", "inc-1")
    kept = next((tmp_path / "spool").glob("*.ndjson"))
    copy = kept.read_bytes()

    world.app.spool.play(world.app.reception.play)
    (tmp_path / "spool" / "20200101T000000000000-1.ndjson").write_bytes(copy)
    world.app.spool.play(world.app.reception.play)

    assert [entry.kind for entry in world.record(1)].count(Kind.NOTE) == 1


def test_a_button_and_a_form_are_kept_too(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    message, element = room.find_button("Accept", world.bo.id)
    with without_database(world):
        world.slack.act.action(
            world.bo.id, element["action_id"], channel=room.id, message_ts=message["ts"],
            block_id=element["_block_id"], value=element.get("value"),
        )  # fmt: skip

    world.app.spool.play(world.app.reception.play)
    world.settle()

    assert Kind.ACCEPTED in [entry.kind for entry in world.record(1)]


def spool(folder: Path) -> Spool:
    """A spool with a key."""
    return Spool(folder, b"key", largest=4000)


def keep(into: Spool, count: int) -> None:
    """Keep ``count`` inputs."""
    for number in range(count):
        into.keep(Kept("slack", NOW, {"mode": "http"}, f"body {number}"))


def test_the_spool_of_a_dead_process_is_played_by_the_next(tmp_path: Path) -> None:
    first = spool(tmp_path)
    keep(first, 5)
    first.close()  # as at its death: the lock goes with it
    seen: list[str] = []

    assert spool(tmp_path).play(lambda kept: seen.append(kept.body)) == 5
    assert seen == [f"body {number}" for number in range(5)]
    assert list(tmp_path.glob("*.ndjson")) == []


def test_the_spool_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    first = spool(tmp_path)
    keep(first, 1)

    assert spool(tmp_path).play(lambda _: pytest.fail("played")) == 0
    first.close()


def test_a_line_that_was_cut_off_or_forged_is_not_played(tmp_path: Path) -> None:
    first = spool(tmp_path)
    keep(first, 2)
    path = next(tmp_path.glob("*.ndjson"))
    whole, cut = path.read_bytes().splitlines(keepends=True)
    forged = whole.replace(b"body 0", b"body 9")
    first.close()
    path.write_bytes(whole + forged + cut[:-20])
    seen: list[str] = []

    spool(tmp_path).play(lambda kept: seen.append(kept.body))

    assert seen == ["body 0"]


def test_when_the_database_goes_away_again_the_rest_stays(tmp_path: Path) -> None:
    one = spool(tmp_path)
    keep(one, 4)
    seen: list[str] = []

    def handle(kept: Kept) -> None:
        if len(seen) == 2:
            raise Unavailable("away again")
        seen.append(kept.body)

    with pytest.raises(Unavailable):
        one.play(handle)
    one.play(lambda kept: seen.append(kept.body))

    assert seen == [f"body {number}" for number in range(4)]


def test_what_cannot_be_worked_on_is_set_aside(tmp_path: Path) -> None:
    one = spool(tmp_path)
    keep(one, 3)
    seen: list[str] = []

    def handle(kept: Kept) -> None:
        if kept.body == "body 1":
            raise ValueError("broken")
        seen.append(kept.body)

    one.play(handle)

    assert seen == ["body 0", "body 2"]
    aside = (tmp_path / "broken.ndjson").read_bytes().partition(b" ")[2]
    assert json.loads(aside)["body"] == "body 1"


def test_a_full_spool_says_so(tmp_path: Path) -> None:
    one = spool(tmp_path)

    with pytest.raises(Full):
        keep(one, 100)
    one.close()
