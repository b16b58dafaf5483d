"""What an organisation wants to know as well: in the form, in words, on the card."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from web.conftest import fetch
from world import World

from bot.web import pages
from incidents import assets
from incidents.model.ids import IncidentNumber

FIELDS = """
fields:
  - {name: region, label: Region, type: choice, choices: [Europe, Asia], required_for: [sev1]}
  - {name: shops, label: Closed shops, type: number}
  - {name: contact, label: Contact, type: user}
  - {name: ticket, label: Ticket, type: url}
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


def told(world: World) -> None:
    world.ana.types(
        "/incident shops are closed sev1 --field region=europe --field contact=U0BO "
        "--field ticket=https://tickets.example.com/7?a=<b>"
    )


def test_the_postmortem_has_them(world: World) -> None:
    told(world)

    _, text = pages.postmortem(world.app.desk, IncidentNumber(1), world.clock())

    assert "| Region | Europe |" in text
    assert "| Contact | Bo Lindqvist |" in text
    assert "(<https://tickets.example.com/7?a=%3Cb%3E>)" in text
    assert "Closed shops" not in text


def test_the_console_has_them(world: World) -> None:
    told(world)

    page = fetch(world, "/incidents/INC-1").text

    assert "<dt>Region</dt><dd>Europe</dd>" in page
    assert "<dt>Contact</dt><dd>Bo Lindqvist</dd>" in page
    assert 'href="https://tickets.example.com/7?a=&lt;b&gt;"' in page


def test_one_that_was_taken_out_of_the_configuration_stays_readable(world: World) -> None:
    told(world)
    desk = world.app.desk
    without = replace(desk.catalog, settings=replace(desk.catalog.settings, fields=()))

    _, text = pages.postmortem(replace(desk, catalog=without), IncidentNumber(1), world.clock())

    assert "| region | Europe |" in text
