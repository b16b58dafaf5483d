"""A bot whose configuration is changed, and that is started anew with it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from world import World, read_once

from bot.app import build
from bot.emulator import InProcessTransport
from incidents import assets

Configured = Callable[[World, str, str], None]


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    """One text stands in ``warroom.yaml`` in place of another; the bot is started with that."""
    folder = shutil.copytree(assets.folder("templates") / "init", tmp_path / "config")

    def restart(world: World, before: str, after: str) -> None:
        file = folder / "warroom.yaml"
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after))
        start_again(world, folder)

    return restart


def start_again(world: World, folder: Path | None = None) -> None:
    """The bot's process ends, and another one takes its place, perhaps with other files."""
    world.app.stop()
    config = folder or world.settings.warroom_config_dir
    world.app = build(
        world.settings.model_copy(update={"warroom_config_dir": config}),
        clock=world.clock,
        transport=InProcessTransport(world.slack),
        configuration=read_once(config),
        threads=False,
        paced=False,
    )
    world.app.identity.introduce()
