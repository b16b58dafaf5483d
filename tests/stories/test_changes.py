"""What was changed before it began: in the room as it opens, on the record, and when asked."""

from datetime import timedelta

from world import World, words_of

from incidents.actions.changes import Report, record_changes
from incidents.model.ids import IncidentNumber
from incidents.model.text import clean
from incidents.model.timeline import Kind
from incidents.model.triage_facts import Check, CheckKind
from incidents.queries.findings import look_up
from incidents.store import incidents

MINUTE = timedelta(minutes=1)


def ships(world: World, service: str, title: str, minutes: int) -> None:
    at = world.clock() - MINUTE * minutes
    report = Report("github", f"deployment/{title}", service, clean(title), at, made_by="dana")
    record_changes(world.app.desk, [report], now=world.clock())


def test_the_likeliest_change_is_told_as_the_room_opens(light_world: World) -> None:
    ships(light_world, "purchase", "<!here> v42", 4)  # an alias of checkout
    ships(light_world, "orders-db", "pool of 400", 9)
    ships(light_world, "search", "v7", 1)

    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    room = light_world.room("inc-1")
    room.shows(":ship: *Changed before it began, the likeliest first*")
    assert room.text.index("v42 by dana\n      4 min before it began; on checkout itself") < (
        room.text.index("pool of 400 by dana")
    )
    room.shows("9 min before it began; on orders-db, which checkout needs")
    assert "<!here>" not in light_world.markup
    assert "v7" not in room.text
    (told,) = [one for one in light_world.record(1) if one.kind is Kind.SUSPECTS]
    assert [one["title"] for one in told.body["suspects"]] == [
        "<!here> v42",
        "pool of 400",
    ]


def test_whoever_asks_sees_them_and_what_came_later(light_world: World) -> None:
    ships(light_world, "checkout", "v42", 4)
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    light_world.passes(minutes=10)
    ships(light_world, "checkout", "v43", 1)

    shown = words_of(light_world.ana.types("/incident changes", where=light_world.room("inc-1")))

    first, newest = shown.split("*The newest*")
    assert "v42" in first
    assert "v43" not in first
    assert newest.index("v43") < newest.index("v42")


def test_a_tree_can_ask_how_long_before_the_onset_the_likeliest_came(light_world: World) -> None:
    ships(light_world, "orders-db", "pool of 400", 9)
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    check = Check(CheckKind.CHANGES, "changes.suspect.gap")

    with light_world.app.desk.look() as connection:
        incident = incidents.get(connection, IncidentNumber(1))
        assert incident is not None
        found = look_up(light_world.app.desk, connection, incident, check, light_world.clock())

    assert isinstance(found.value, timedelta)
    assert timedelta(minutes=9) <= found.value < timedelta(minutes=9, seconds=30)
    assert found.detail == "orders-db: pool of 400"


def test_where_nothing_was_changed_nothing_is_said(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    shown = words_of(light_world.ana.types("/incident changes", where=light_world.room("inc-1")))

    assert "No change of its services, or of what they need, is recorded." in shown
    assert Kind.SUSPECTS not in {one.kind for one in light_world.record(1)}
