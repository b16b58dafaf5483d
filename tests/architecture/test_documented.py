"""What users can reach is written down: commands, settings, routes, verbs, scopes."""

from pathlib import Path

import pytest
from starlette.routing import Mount, Route
from world import World

from bot.cli import COMMANDS
from bot.settings import Settings
from bot.slack.features import ALL

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "runbooks" / "operating"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_documented(name: str) -> None:
    assert f"`warroom {name}" in (PAGES / "commands.md").read_text()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name.upper()}`" in (PAGES / "settings.md").read_text()
    assert f"{name.upper()}=" in (ROOT / ".env.example").read_text()


def test_every_route_is_documented(light_world: World) -> None:
    text = (PAGES / "http.md").read_text()
    app = light_world.app.asgi()

    paths = [route.path for route in app.routes if isinstance(route, Route | Mount)]

    assert [path for path in paths if path not in text] == []


def test_every_verb_says_what_it_is_for() -> None:
    assert [verb.name for verb in ALL.verbs.values() if not verb.help] == []
