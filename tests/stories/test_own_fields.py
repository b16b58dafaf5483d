"""What an organisation wants to know as well: in the form, in words, on the card."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world import World

from incidents import assets

FIELDS = """
fields:
  - {name: region, label: Region, type: choice, choices: [Europe, Asia], required_for: [sev1]}
  - {name: shops, label: Closed shops, type: number}
"""


@pytest.fixture
def world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    config = tmp_path / "config"
    shutil.copytree(assets.folder("templates") / "init", config)
    with (config / "warroom.yaml").open("a") as file:
        file.write(FIELDS)
    world = World(sqlite_url, config=config)
    yield world
    world.close()


def opened(world: World) -> Any:
    return [one for one in world.slack.core.state.views if one.user == "U0ANA"][-1]


def test_what_is_given_in_words_is_on_the_card(world: World) -> None:
    world.ana.types("/incident shops are closed sev1 --field region=europe --field shops=12")

    world.room("inc-1").shows("*Region*\nEurope")
    world.room("inc-1").shows("*Closed shops*\n12")


def test_what_is_missing_is_asked_for_in_the_form_and_nothing_is_typed_again(world: World) -> None:
    world.ana.types("/incident shops are closed sev1 --field shops=12")

    first = opened(world).body["blocks"][0]
    assert first["element"]["initial_value"] == "shops are closed"
    done = world.slack.act.view("U0ANA", opened(world).id, {})
    assert done.errors == {"field.region": "Region is required for sev1."}

    region = {"selected_option": {"value": "Asia", "text": {"type": "plain_text", "text": "Asia"}}}
    world.slack.act.view("U0ANA", opened(world).id, {"field.region": {"field": region}})
    world.settle()
    world.room("inc-1").shows("*Region*\nAsia")
