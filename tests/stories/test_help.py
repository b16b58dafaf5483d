"""Help is short, and fits where somebody stands."""

import re

from world import World, words_of

from bot.slack.features import ALL

VERB = re.compile(r"^`/incident ([a-z-]+)", re.MULTILINE)
OUTSIDE = ["declare", "list", "mine", "oncall", "slo", "blast", "subscribe", "drill"]
NOW = ["lead", "page", "note", "update", "sev", "status", "tree", "todo", "undo", "resolve"]
AFTERWARDS = ["fix", "times", "postmortem", "todo", "timeline", "reopen", "close"]


def test_outside_of_a_room_it_says_what_can_be_done_outside(light_world: World) -> None:
    told = words_of(light_world.ana.types("/incident help"))

    assert VERB.findall(told) == OUTSIDE
    assert "`/incident help all`" in told


def test_in_a_room_it_says_what_responders_need_now(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = light_world.room("inc-1")

    told = words_of(light_world.ana.types("/incident help", where=room))

    assert VERB.findall(told) == NOW
    assert "*/incident* shows the card of INC-1." in told


def test_once_it_is_over_it_says_what_is_left_to_do(light_world: World) -> None:
    light_world.ana.types("/incident dns was away --started 05:00 --ended 06:30")
    room = light_world.room("inc-1")

    told = words_of(light_world.ana.types("/incident help", where=room))

    assert VERB.findall(told) == AFTERWARDS


def test_all_of_it_is_a_word_away(light_world: World) -> None:
    told = words_of(light_world.ana.types("/incident help all"))

    known = {verb.name for verb in ALL.verbs.values()}
    assert set(VERB.findall(told)) == known


def test_one_verb_is_explained_under_any_of_its_names(light_world: World) -> None:
    told = words_of(light_world.ana.types("/incident help severity"))

    assert "`/incident sev 1-4 [why]` Change the severity" in told
    assert "Or: `severity`" in told
    assert len(VERB.findall(told)) == 1


def test_a_slip_gets_what_it_may_have_been_and_the_short_list(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = light_world.room("inc-1")

    told = words_of(light_world.ana.types("/incident resovle", where=room))

    assert "I do not know `resovle`. Did you mean `/incident resolve` or `/incident role`?" in told
    assert VERB.findall(told) == NOW
