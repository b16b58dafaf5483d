"""Who is on call is one answer: with stand-ins and with what calendars say."""

import ast
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from world import START, World, words_of

from incidents.actions.desk import Desk
from incidents.actions.oncall import remember
from incidents.model.ids import PersonId
from incidents.model.oncall import (
    Feed,
    FeedKind,
    Handle,
    Planned,
    RotationName,
    everyone_on_call,
)
from incidents.queries.oncall import on_call_for, roster, roster_at
from incidents.store import oncall
from incidents.store.oncall import StandIn

ROOT = Path(__file__).parents[2]
PAYMENTS = RotationName("payments")
HOUR = timedelta(hours=1)


def stand_in(person: str, start: datetime, end: datetime, **more: object) -> StandIn:
    usual = {
        "id": f"o{start:%d%H}{person}",
        "trade": f"t{start:%d%H}{person}",
        "rotation": PAYMENTS,
        "person": PersonId(person),
        "start": start,
        "end": end,
        "state": "active",
        "asked": None,
        "made_by": PersonId("U0BO"),
        "made_at": START,
        "because": "",
        "since": START,
    }
    return StandIn(**{**usual, **more})  # type: ignore[arg-type]


def keep(world: World, *several: StandIn) -> None:
    with world.app.desk.store.write() as connection:
        for one in several:
            oncall.add(connection, one)


def who(world: World, at: datetime, team: str = "payments") -> list[str]:
    catalog = world.app.desk.catalog
    with world.app.desk.look() as connection:
        found = on_call_for(catalog, connection, catalog.teams[team], at)  # type: ignore[index]
    return [one.person for one in found]


def test_a_stand_in_is_asked_to_command_and_paged_in_place_of_whose_turn_it_is(
    world: World,
) -> None:
    assert who(world, START) == ["bo"]
    keep(world, stand_in("U0HANA", START, START + HOUR))

    world.ana.types("/incident Cards declined sev2 @payments")
    paged = words_of(world.ana.types("/incident page payments", where=world.room("inc-1")))

    assert who(world, START) == ["hana"]
    world.room("inc-1").shows("Hana Sato is on call for payments")
    assert "<@U0HANA>" in paged


def test_an_override_counts_from_the_moment_it_is_made_until_it_is_called_off(
    world: World,
) -> None:
    keep(world, stand_in("U0HANA", START - HOUR, START + HOUR * 5))
    with world.app.desk.store.write() as connection:
        oncall.end(
            connection, f"t{START - HOUR:%d%H}U0HANA", "cancelled", PersonId("U0BO"), START + HOUR
        )

    before, during, after = (who(world, START + n * HOUR / 2) for n in (-1, 0, 2))

    assert (before, during, after) == (["bo"], ["hana"], ["bo"])


def test_what_was_only_asked_for_puts_nobody_on_call(light_world: World) -> None:
    keep(light_world, stand_in("U0HANA", START, START + HOUR, state="asked", since=None))

    assert who(light_world, START) == ["bo"]


def test_a_feed_says_who_is_on_call_and_several_may_be(light_world: World) -> None:
    desk = light_world.app.desk
    turns = replace(desk.catalog.rotations[PAYMENTS], people=(), feed=Feed(FeedKind.FILE, "x.ics"))
    catalog = replace(desk.catalog, rotations={PAYMENTS: turns})
    plan = [Planned(START, START + HOUR, (Handle("ana"), Handle("jo@example.com")))]
    with desk.store.write() as connection:
        oncall.keep_plan(connection, PAYMENTS, plan, START)

    with desk.look() as connection:
        team = desk.catalog.teams["payments"]  # type: ignore[index]
        now = on_call_for(catalog, connection, team, START)
        later = on_call_for(catalog, connection, team, START + HOUR)
        rotations = roster(catalog, connection, START)

    assert [one.person for one in now] == ["ana", "jo@example.com"]
    assert later == ()
    assert list(rotations) == [PAYMENTS]


MAY_READ_FILES_ALONE = {
    "incidents/catalog",
    "incidents/queries/oncall.py",
    "incidents/actions/oncall.py",  # which keeps what they say
    "incidents/actions/oncall_feeds.py",  # which reads what they name
    "incidents/queries/simulating.py",  # in CI, where there is no database
    "bot/cli/doctor.py",
    "bot/cli/slack_checkup.py",  # which looks for names that nobody has
}


def test_nobody_asks_the_files_alone_who_is_on_call() -> None:
    """Stand-ins and calendars are in the database: `incidents.queries.oncall` knows both."""
    found = []
    for folder in ("bot", "incidents"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if any(name.startswith(allowed) for allowed in MAY_READ_FILES_ALONE):
                continue
            found += [
                f"{name}:{node.lineno}: {ast.unparse(node)}"
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Attribute) and node.attr == "rotations"
            ]

    allowed = {  # names only
        "hop.rotations",
        "sheet.rotations",
        "written.rotations",
        "self.rotations",
        "ask.desk.catalog.rotations",
    }
    assert [one for one in found if one.split(": ")[1] not in allowed] == []


def with_people(desk: Desk, *people: str) -> Desk:
    """The same desk after somebody changed the file."""
    turns = replace(desk.catalog.rotations[PAYMENTS], people=tuple(map(Handle, people)))
    return replace(desk, catalog=replace(desk.catalog, rotations={PAYMENTS: turns}))


def was(desk: Desk, at: datetime, now: datetime) -> list[str]:
    with desk.look() as connection:
        found = roster_at(desk.catalog, connection, at, now)
    return [one.person for one in everyone_on_call(found.values(), at)]


def test_past_answers_do_not_change_when_the_file_does(world: World) -> None:
    before, now = with_people(world.app.desk, "bo"), START + timedelta(days=3)
    after = with_people(before, "hana")
    assert remember(before, START) == 1
    assert remember(before, START + HOUR) == 0

    changed = remember(after, START + timedelta(days=1))

    assert changed == 1
    assert was(after, START + 23 * HOUR, now) == ["bo"]
    assert was(after, START + 25 * HOUR, now) == ["hana"]
    assert was(after, now, now) == ["hana"]
    assert was(after, START - HOUR, now) == ["bo"]


def test_a_rotation_that_is_no_more_still_answers_for_its_time(light_world: World) -> None:
    desk, now = light_world.app.desk, START + timedelta(days=3)
    gone = replace(desk, catalog=replace(desk.catalog, rotations={}))
    remember(desk, START)

    remember(gone, START + HOUR)

    assert "bo" in was(gone, START, now)
    assert was(gone, START + 2 * HOUR, now) == []


def test_before_anything_was_kept_the_files_answer(light_world: World) -> None:
    desk = with_people(light_world.app.desk, "bo")

    assert was(desk, START - HOUR, START) == ["bo"]


def test_what_files_say_is_kept_whenever_a_process_begins_to_serve(sqlite_url: str) -> None:
    world = World(sqlite_url)
    world.app.start()
    with world.app.desk.look() as connection:
        kept = oncall.generations(connection)
    world.close()

    assert {name: since for name, ((since, _),) in kept.items()} == dict.fromkeys(
        world.app.desk.catalog.rotations, START
    )
