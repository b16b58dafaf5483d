"""What people read when nothing comes from their monitoring any more (F42)."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from intake.conftest import request
from world import World

from incidents import assets
from incidents.actions import sources
from incidents.actions.tokens import create_token

EMPTY: dict[str, Any] = {"version": "4", "alerts": []}
SILENT = "warroom: alertmanager is silent."
BACK = "warroom: alertmanager is heard again."


@pytest.fixture
def expecting(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """An organisation whose Alertmanager speaks every five minutes."""
    folder = tmp_path / "config"
    shutil.copytree(assets.folder("templates") / "init", folder)
    with (folder / "warroom.yaml").open("a") as file:
        file.write("\nsources:\n  alertmanager: {every: 5m}\n")
    made = World(sqlite_url, config=folder)
    yield made
    made.close()


def test_a_silent_source_is_told_within_half_a_minute_and_taken_back(expecting: World) -> None:
    app = expecting.app
    token = create_token(app.desk, "alertmanager", ("hooks:write",), expecting.clock())
    call = partial(request, app.asgi(), headers={"authorization": f"Bearer {token}"})
    sources.watch(app.desk, expecting.clock())
    expecting.passes(minutes=4)
    assert call("POST", "/hooks/v1/alertmanager", json=EMPTY).status_code == 202
    heard = expecting.clock()

    steps = 0
    while SILENT not in words(expecting) and steps < 100:
        expecting.clock.pass_(timedelta(seconds=10))
        expecting.settle()
        steps += 1
    missed = expecting.clock()
    expecting.passes(minutes=30)
    call("POST", "/hooks/v1/alertmanager", json=EMPTY)
    expecting.settle()

    assert abs(missed - heard - timedelta(minutes=5)) <= timedelta(seconds=30)
    assert [words(expecting).count(one) for one in (SILENT, BACK)] == [1, 1]


def words(world: World) -> list[str]:
    return [str(one.get("text")) for one in world.channel("incidents").messages]
