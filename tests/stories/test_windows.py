"""Windows in Slack: planned in words or by a form, listed, called off; and what does not count."""

from datetime import timedelta

from stories.test_standing_in import submits
from world import World, words_of


def test_a_maintenance_is_planned_in_words_and_called_off_by_its_button(
    light_world: World,
) -> None:
    typed = "/incident window maintenance checkout for 2h because of an upgrade"
    told = words_of(light_world.ana.types(typed))
    listed = words_of(light_world.bo.types("/incident window"))
    off = words_of(light_world.bo.types("/incident window cancel w1"))
    left = words_of(light_world.ana.types("/incident window"))

    assert ":wrench: *maintenance w1* for checkout\nnow until " in told
    assert ": its pages and tickets are muted\nbecause of an upgrade" in told
    assert "*maintenance w1*" in listed
    assert "Maintenance w1 for checkout is called off." in off
    assert "No window is planned." in left


def test_what_is_missing_is_asked_for_and_what_is_wrong_is_told(light_world: World) -> None:
    light_world.ana.types("/incident window maintenance checkout because of an upgrade")
    begin, end = (int((light_world.clock() + timedelta(hours=each)).timestamp()) for each in (1, 2))
    submits(
        light_world.ana,
        {"kind": "maintenance", "target": "checkout", "start": begin, "end": end, "counts": "no"},
    )
    planned = words_of(light_world.ana.types("/incident window"))
    wrong = words_of(light_world.ana.types("/incident window party checkout"))
    unknown = words_of(light_world.ana.types("/incident window freeze chekout for 2h"))

    assert "its pages and tickets are muted, what fails does not count" in planned
    assert "Like this: /incident window maintenance checkout tonight 22:00-23:30" in wrong
    assert "Did you mean checkout?" in unknown


def test_only_an_administrator_says_what_does_not_count(light_world: World) -> None:
    typed = "/incident window exclude checkout 1:00-2:00 as network because of the fire"

    refused = words_of(light_world.ana.types(typed))

    assert "Only an administrator may exclude from a budget." in refused
