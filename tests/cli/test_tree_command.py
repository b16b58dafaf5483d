"""``warroom tree``, as a person sees it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.tree import app
from incidents.assets import folder

SMALL = """\
schema: warroom.tree/1
id: small
version: 1.0.0
title: Small
root: fresh
facts:
  age: {from: changes.latest.age}
nodes:
  fresh:
    check: Is {{ service }} fresh?
    auto: {yes: {fact: age, lte: 30m}}
    help: Look at the list.
    answers: {yes: {goto: undo}, no: {end: calm}, unknown: {end: calm, note: A pity.}}
  undo:
    do: Undo it.
    risk: high
    needs_role: commander
    commands: ["undo {{ service }}"]
    verify: {ask: Did it help?, answers: {yes: {end: calm}, no: {escalate: owner}}}
outcomes:
  calm: {title: Calm, status: monitoring, then: [Watch it.]}
  owner: {title: Owner, page: owner, raise_severity: true}
tests:
  - {name: calm, answers: {fresh: no}, expect: {end: calm}}
  - {name: owner, facts: {age: 5m}, answers: {undo: no}, expect: {end: owner}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration folder with one small tree."""
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks" / "small.tree.yaml").write_text(SMALL, encoding="utf-8")
    return tmp_path


def warroom_tree(*words: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=typed)


def broken(config: Path, good: str, bad: str) -> Path:
    file = config / "runbooks" / "small.tree.yaml"
    file.write_text(SMALL.replace(good, bad), encoding="utf-8")
    return file


def test_what_ships_and_ones_own_are_checked_together(config: Path) -> None:
    result = warroom_tree("lint", "--config", config)

    assert (result.exit_code, result.stdout) == (0, "7 files, 0 problems.\n")


def test_a_problem_is_shown_with_its_place_and_fails(config: Path) -> None:
    file = broken(config, "goto: undo", "goto: undoo")

    result = warroom_tree("lint", file)

    assert result.exit_code == 1
    assert result.stdout == (
        f"{file}:13:21: there is no node undoo, expected one of fresh, undo\n1 file, 1 problem.\n"
    )


def test_problems_can_be_had_as_json(config: Path) -> None:
    file = broken(config, "goto: undo", "goto: undoo")

    result = warroom_tree("lint", config, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "files": 1,
        "problems": [
            {
                "file": str(file),
                "line": 13,
                "column": 21,
                "what": "there is no node undoo",
                "expected": "one of fresh, undo",
            }
        ],
    }


@pytest.mark.parametrize("command", ["lint", "test"])
def test_a_path_that_is_not_there_is_a_mistake_in_usage(command: str, tmp_path: Path) -> None:
    result = warroom_tree(command, tmp_path / "nope")

    assert (result.exit_code, result.stderr) == (2, f"There is no {tmp_path / 'nope'}.\n")


def test_a_folder_without_trees_is_a_mistake_in_usage(tmp_path: Path) -> None:
    result = warroom_tree("lint", tmp_path)

    assert (result.exit_code, result.stderr) == (2, f"There is no tree file in {tmp_path}.\n")


def test_a_configuration_folder_that_is_not_there_is_a_mistake_in_usage(tmp_path: Path) -> None:
    result = warroom_tree("lint", "--config", tmp_path / "nope")

    assert (result.exit_code, result.stderr) == (2, f"There is no folder {tmp_path / 'nope'}.\n")


def test_tests_that_pass_are_counted(config: Path) -> None:
    result = warroom_tree("test", config)

    assert (result.exit_code, result.stdout) == (0, "small 1.0.0: 2 passed, 0 failed\n")


def test_a_test_that_fails_says_how(config: Path) -> None:
    broken(config, "fresh: no}, expect: {end: calm}", "fresh: no}, expect: {end: owner}")

    result = warroom_tree("test", config)

    assert result.exit_code == 1
    assert result.stdout == (
        "small 1.0.0: 1 passed, 1 failed\n  calm: it ends in calm, not in owner\n"
    )


def test_tests_can_be_had_as_json(config: Path) -> None:
    result = warroom_tree("test", config, "--json")

    assert json.loads(result.stdout)["tests"][1] == {
        "tree": "small",
        "version": "1.0.0",
        "test": "owner",
        "passed": True,
        "wrong": [],
        "path": ["fresh", "undo"],
        "end": "owner",
    }


def test_a_tree_that_cannot_be_walked_fails_its_tests(config: Path) -> None:
    file = broken(config, "goto: undo", "goto: undoo")

    result = warroom_tree("test", file)

    assert result.exit_code == 1
    assert "there is no node undoo" in result.stdout


def test_a_tree_is_drawn_by_its_id_or_its_file(config: Path) -> None:
    by_id = warroom_tree("render", "small", "--config", config)
    by_file = warroom_tree("render", config / "runbooks" / "small.tree.yaml")

    assert by_id.stdout.startswith("flowchart TD\n")
    assert by_id.stdout == by_file.stdout


def test_a_page_with_an_old_picture_fails_the_check(config: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    drawn = warroom_tree("render", "small", "--config", config).stdout
    page.write_text(f"# Small\n\n```mermaid\n{drawn}```\n", encoding="utf-8")
    fresh = warroom_tree("render", "small", "--config", config, "--check", page)
    page.write_text("# Small\n", encoding="utf-8")
    stale = warroom_tree("render", "small", "--config", config, "--check", page)

    assert (fresh.exit_code, fresh.stdout) == (0, "")
    assert stale.exit_code == 1
    assert stale.stdout == f"{page} does not hold the present rendering of small 1.0.0.\n"


def test_a_tree_that_does_not_exist_is_a_mistake_with_a_suggestion() -> None:
    result = warroom_tree("render", "htp-5xx")

    assert (result.exit_code, result.stderr) == (
        2,
        "There is no tree htp-5xx. Did you mean http-5xx?\n",
    )


def test_a_tree_is_walked_by_answers_given_beforehand(config: Path) -> None:
    result = warroom_tree(
        *("run", "small", "--config", config, "--service", "checkout"),
        *("--fact", "age=12m", "--answers", "no"),
    )

    assert result.exit_code == 0
    assert result.stdout == (
        "Is checkout fresh? Yes: the age of the latest change is 12m (given).\n"
        "\n"
        "Undo it.\n"
        "  Risk: high. The commander decides.\n"
        "  $ undo checkout\n"
        "Did it help?\n"
        "  1. Yes [yes]\n"
        "  2. No [no]\n"
        "\n"
        "Outcome: Owner [owner]\n"
        "  Pages its team's on-call.\n"
        "  Raise the severity.\n"
    )


def test_a_tree_is_walked_by_typing_numbers_names_and_back(config: Path) -> None:
    result = warroom_tree("run", "small", "--config", config, typed="1\nback\nperhaps\nUnknown\n")

    assert result.exit_code == 0
    assert "“perhaps” is not an answer here. Choose yes, no or unknown." in result.stderr
    assert "  3. Don't know [unknown]. A pity.\n" in result.stdout
    assert result.stdout.endswith(
        "Outcome: Calm [calm]\n  Suggested status: monitoring\n  - Watch it.\n"
    )


def test_leaving_before_an_outcome_is_told(config: Path) -> None:
    result = warroom_tree("run", "small", "--config", config, "--answers", "yes")

    assert (result.exit_code, result.stderr) == (1, "Left before an outcome.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--answers", "perhaps"), "“perhaps” is not an answer here. Choose yes, no or unknown.\n"),
        (("--fact", "aeg=12m"), "small has no fact aeg. Its facts: age.\n"),
        (("--fact", "age=soon"), "'soon' is not a duration such as 30m, 1h30m or 250ms.\n"),
    ],
)
def test_a_walk_asked_for_wrongly_is_a_mistake_in_usage(
    config: Path, words: tuple[str, ...], said: str
) -> None:
    result = warroom_tree("run", "small", "--config", config, *words)

    assert (result.exit_code, result.stderr) == (2, said)


def test_the_schema_is_printed_as_it_is_published() -> None:
    published = (folder("runbooks") / "tree.schema.json").read_text(encoding="utf-8")

    assert warroom_tree("schema").stdout == published
