"""What users can reach is written down: commands, settings, routes, verbs, scopes."""

import re
from collections.abc import Iterator
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


FAILURES = ("F01-F12", "F20-F33", "F40-F48", "F60-F72")
PEERS = ("P01-P58",)
VECTORS = ("V01-V66",)
NAMED = re.compile(r"`(…|[a-z_/]+\.py)(?:::(\w+))?`")


@pytest.mark.parametrize("spans", [FAILURES, PEERS, VECTORS])
def test_every_failure_every_fault_of_the_peers_and_every_figure_names_tests_that_exist(
    spans: tuple[str, ...],
) -> None:
    letter = spans[0][0]
    lines = [
        line
        for line in (ROOT / "tests" / "README.md").read_text().splitlines()
        if re.match(rf"\| {letter}\d\d ", line)
    ]
    rows = {line[2:5]: line for line in lines}
    wanted = {
        f"{letter}{number:02}"
        for first, last in (span.split("-") for span in spans)
        for number in range(int(first[1:]), int(last[1:]) + 1)
    }

    assert rows.keys() == wanted
    assert len(lines) == len(wanted)
    assert [name for name, row in rows.items() if not list(_named(row))] == []
    assert [one for row in rows.values() for one in _named(row) if not _exists(*one)] == []


def _named(row: str) -> Iterator[tuple[str, str]]:
    """The files and tests that a row names; … is the file before."""
    path = ""
    for found in NAMED.finditer(row):
        path = path if found[1] == "…" else found[1]
        yield path, found[2] or ""


def _exists(path: str, test: str) -> bool:
    file = ROOT / "tests" / path
    return file.is_file() and (not test or f"def {test}(" in file.read_text())
