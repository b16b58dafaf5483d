"""Menus before forms, names that mean something, silence in the wrong place, too many choices."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from world import Place, World, words_of

from bot.emulator import ActResult
from bot.slack.features import ALL
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import CLOCK
from incidents.model.ids import IncidentNumber
from incidents.model.text import clean_line
from incidents.model.timeline import Kind
from incidents.store import incidents

ROOT = Path(__file__).parents[2]
ONE = IncidentNumber(1)


@pytest.fixture
def room(light_world: World) -> Place:
    """The room of INC-1, which Bo commands."""
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    found = light_world.room("inc-1")
    light_world.bo.presses("Accept", where=found)
    return found


def kinds(world: World) -> list[Kind]:
    return [entry.kind for entry in world.record(1)]


@contextmanager
def asked_of_the_database(world: World) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    statements: list[str] = []
    engine = world.app.desk.store.engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_one_line_declares_and_the_command_alone_opens_the_form_with_one_call(
    light_world: World,
) -> None:
    general = light_world.channel("general")
    before = len(light_world.slack.log)

    light_world.ana.types("/incident", where=general)
    called = [call.method for call in light_world.slack.log[before:]]
    light_world.ana.types("/incident search is slow sev3 @search", where=general)

    assert called == ["views.open"]
    light_world.room("inc-1").shows("INC-1 search is slow")


def test_no_form_leads_to_another_form() -> None:
    sources = {
        path.name: path.read_text()
        for path in (ROOT / "bot").rglob("*.py")
        if "emulator" not in path.parts
    }

    assert [name for name, text in sources.items() if "views.push" in text] == []


def test_what_a_room_is_called_means_nothing(light_world: World, room: Place) -> None:
    renamed = {"channel": room.id, "name": "lunch"}
    assert light_world.slack.web_api("conversations.rename", renamed, "xoxp-U0ANA").ok
    light_world.settle()
    light_world.slack.add_channel("inc-1-checkout-5xx", ["U0ANA", "U0WARROOM"])
    lunch = Place(light_world, room.id, "lunch")

    light_world.bo.types("/incident status identified the pool", where=lunch)
    said = light_world.bo.types("the pool is empty", where=lunch)
    light_world.ana.reacts("pushpin", said.ts, where=lunch)
    light_world.ana.types("/incident sev 1 nobody can pay", where=lunch)
    stranger = light_world.ana.types("/incident who", where="inc-1-checkout-5xx")

    assert {Kind.STATUS, Kind.MESSAGE, Kind.SEVERITY} <= set(kinds(light_world))
    lunch.shows(":red_circle: *SEV1 Critical*")
    assert "SEV1 Critical · identified" in lunch.info()["topic"]["value"]
    assert "Which incident is `who` about?" in words_of(stranger)


def test_the_topic_is_written_and_never_read(light_world: World, room: Place) -> None:
    wrong = {"channel": room.id, "topic": "SEV1 Critical · resolved · IC <@U0ANA>"}
    assert light_world.slack.web_api("conversations.setTopic", wrong, "xoxp-U0ANA").ok
    light_world.settle()
    light_world.looks_after_rooms()

    with light_world.app.desk.look() as connection:
        found = incidents.get(connection, ONE)
    assert found is not None
    assert (found.severity, found.status) == ("sev2", "investigating")
    light_world.bo.types("/incident status identified", where=room)
    assert room.info()["topic"]["value"].startswith("SEV2 Major · identified")


def test_an_emoji_that_is_not_ours_costs_the_database_nothing(
    light_world: World, room: Place
) -> None:
    said = light_world.ana.types("the pool is empty", where=room)
    light_world.ana.reacts("wave", said.ts, where=room)  # that something comes in, is noted seldom

    with asked_of_the_database(light_world) as statements:
        for emoji in ("thumbsup", "eyes", "white_check_mark"):
            light_world.slack.act.reaction("U0CHEN", room.id, said.ts, emoji)
            light_world.slack.flush_events()
            light_world.wait_for_answers()
        others = list(statements)
        light_world.slack.act.reaction("U0CHEN", room.id, said.ts, "pushpin")
        light_world.slack.flush_events()

    assert others == []
    assert statements != []


def test_a_slip_is_answered_with_what_was_meant_and_declares_nothing(
    light_world: World, room: Place
) -> None:
    for where in (light_world.channel("general"), room):
        for typed, meant in (
            ("reslove", "resolve"),
            ("stats", "status"),
            ("reslove INC-1 rolled back", "resolve"),
        ):
            answer = words_of(light_world.ana.types(f"/incident {typed}", where=where))

            assert f"I do not know `{typed.split()[0]}`." in answer
            assert f"/incident {meant}`" in answer
            assert "`/incident help all`" in answer
    assert len(light_world.calls("conversations.create")) == 1


def test_who_meant_it_as_a_title_declares_with_one_press(light_world: World) -> None:
    light_world.ana.types("/incident stats")

    press(light_world, "U0ANA", "Declare “stats”")

    light_world.room("inc-1").shows("INC-1 stats")


IN_ROOM = sorted({verb.name for verb in ALL.verbs.values() if verb.in_room})


def test_every_verb_of_a_room_asks_which_one_where_there_is_none(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    general = light_world.channel("general")

    answers = {
        name: words_of(light_world.slack.act.command("U0BO", general.id, name, "/incident"))
        for name in IN_ROOM
    }

    assert len(answers) > 20
    asked = {name for name, said in answers.items() if f"Which incident is `{name}` about?" in said}
    assert set(answers) - asked == set()


def test_a_picker_has_room_for_a_hundred_and_says_how_to_name_the_others(
    light_world: World,
) -> None:
    for number in range(102):
        order = Declare(clean_line(f"outage {number}"), even_if_similar=True)
        declare(light_world.app.desk, order, by=CLOCK, now=light_world.clock())
    general = light_world.channel("general")

    answer = light_world.slack.act.command("U0BO", general.id, "who", "/incident")
    named = light_world.slack.act.command("U0BO", general.id, "card INC-1", "/incident")

    assert answer.ok
    menu = answer.body["blocks"][0]["accessory"]
    assert len(menu["options"]) == 100
    assert "INC-1 " not in str([one["text"]["text"] for one in menu["options"]])
    assert "… and 2 more. Name any other: /incident who INC-42" in str(answer.body)
    assert "INC-1 outage 0" in words_of(named)


def test_a_service_that_no_menu_has_room_for_is_named_in_the_title(
    sqlite_url: str, tmp_path: Path
) -> None:
    services = [{"name": f"s-{number:03}", "tier": 2} for number in range(130)]
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "all.yaml").write_text(json.dumps({"services": services}))
    (tmp_path / "warroom.yaml").write_text("name: Many\n")
    world = World(sqlite_url, config=tmp_path)
    for handle in ("ana", "bo"):
        world.slack.add_member(f"U0{handle.upper()}", handle, handle.title())
        world.slack.act.join(f"U0{handle.upper()}", world.channel("general").id)

    world.ana.types("/incident")
    form = [one for one in world.slack.core.state.views if one.user == "U0ANA"][-1]
    world.slack.act.view(
        "U0ANA", form.id, {"title": {"declare.changed:title": "@s-129 answers nobody"}}
    )
    world.settle()

    room = world.room("inc-1")
    world.close()
    assert "30 more: name any of them in the title, as @s-129." in str(form)
    assert room.name == "inc-1-answers-nobody"
    room.shows("`s-129`")


def test_people_have_to_learn_few_nouns_and_none_of_a_trade() -> None:
    """What is typed, pressed and read speaks of incidents; a case, a signal, a tenant is none."""
    words = " ".join(f"{verb.name} {verb.usage} {verb.help}" for verb in ALL.verbs.values())

    assert (
        re.findall(r"(?i)\b(case|signal|tenant|project|threat|IOC|SOC|playbook)s?\b", words) == []
    )


def press(world: World, person: str, label: str) -> ActResult:
    """Press a button of the newest answer that only this person sees."""
    seen = [one for one in world.slack.core.state.ephemerals if one.user == person][-1]
    for block in seen.body["blocks"]:
        for element in block.get("elements", []):
            if element.get("text", {}).get("text") == label:
                done = world.slack.act.action(
                    person, element["action_id"], channel=seen.channel, message_ts=seen.ts,
                    block_id=block["block_id"], value=element["value"],
                )  # fmt: skip
                world.settle()
                return done
    raise AssertionError(f"there is no button {label!r}")
