"""The slash command may be called otherwise, so its usual name stands in one place only."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from world import World

from bot.api import create_api
from bot.api.app import WAYS as OVER_HTTP
from bot.cli import build
from bot.cli.wording import WAYS as AT_A_TERMINAL
from bot.settings import COMMAND, Settings
from bot.slack.features import ALL

ROOT = Path(__file__).parents[2]
NAMED = re.compile(rf"(?<![\w/}}]){COMMAND}(?![\w/])")  # not the path of a page, not a number
DEFAULT = "bot/settings.py"
TEMPLATES = [path for path in (ROOT / "templates").rglob("*") if path.suffix != ".svg"]


def literals(source: str) -> Iterator[tuple[int, str]]:
    """Every string of a module with its line, but docstrings: those are read by us only."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docs:
            yield node.lineno, node.value


def shows_its_docstrings(path: Path) -> bool:
    """The command line says them with --help."""
    return path.is_relative_to(ROOT / "bot" / "cli")


def test_no_words_of_ours_name_the_command() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in ("bot", "incidents")
        for path in (ROOT / folder).rglob("*.py")
        if path.relative_to(ROOT).as_posix() != DEFAULT
        for line, text in literals(path.read_text(encoding="utf-8"))
        if NAMED.search(text)
    ]

    assert found == []


def test_no_help_of_the_command_line_and_no_template_names_it() -> None:
    read = [path for path in (ROOT / "bot").rglob("*.py") if shows_its_docstrings(path)]
    read += [path for path in TEMPLATES if path.is_file() and "init" not in path.parts]

    found = [
        str(path.relative_to(ROOT))
        for path in read
        if NAMED.search(path.read_text("utf-8", "replace"))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("/incident", True),
        ("See `/incident list`.", True),
        ("type /incident", True),
        ("/incidents/{key}", False),
        ("slack#/entities/incident", False),
        ("https://status.example/incident", False),
    ],
)
def test_what_counts_as_naming_it(text: str, *, is_named: bool) -> None:
    assert bool(NAMED.search(text)) is is_named


def test_what_is_named_instead_are_verbs_of_the_command() -> None:
    assert Settings().warroom_command == COMMAND
    assert (OVER_HTTP.keys() | AT_A_TERMINAL.keys()) - ALL.verbs.keys() == set()


def test_everything_that_is_called_instead_is_a_route(light_world: World) -> None:
    api = create_api(light_world.app.desk, light_world.clock, command=COMMAND)
    paths = api.openapi()["paths"]
    asked = [way.split(" /api/v1") for way in OVER_HTTP.values()]

    assert [way for way in asked if way[0].lower() not in paths.get(way[1], {})] == []


@pytest.mark.parametrize("way", AT_A_TERMINAL.values())
def test_everything_that_is_typed_instead_is_a_command(way: str) -> None:
    _, group, name = way.split()

    known = next(one for one in build(group).registered_groups if one.name == group).typer_instance

    assert known is not None
    callbacks = [(one.name, one.callback) for one in known.registered_commands]
    assert name in {named or getattr(run, "__name__", "") for named, run in callbacks}
