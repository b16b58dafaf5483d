"""warroom itself is gone: what people need is in a folder (§3.8)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from world import World

from bot.beats import beats_of
from incidents import assets
from incidents.actions import kit
from incidents.errors import Refused

RUNBOOKS = (assets.folder("runbooks"),)
_LINK = re.compile(r"\]\(([^)]+)\)")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "kit"


def written(world: World, out: Path) -> dict[str, str]:
    """What is in a new kit, by path."""
    kit.write(world.app.desk, out, RUNBOOKS, world.clock())
    return read(out)


def read(out: Path) -> dict[str, str]:
    files = (one for one in sorted(out.rglob("*.md")))
    return {one.relative_to(out).as_posix(): one.read_text() for one in files}


def test_the_first_page_says_who_is_on_call_and_what_is_open(world: World, out: Path) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    text = written(world, out)["README.md"]

    assert "- Payments: Bo Lindqvist (@bo): bo@example.com\n" in text
    assert "- INC-1 checkout 5xx (SEV2 Major, investigating)\n" in text
    assert "As of Wed 18 Nov 2026 09:00 UTC." in text


def test_whoever_stands_in_is_on_the_first_page(world: World, out: Path) -> None:
    world.ana.types("/incident oncall override @hana for payments until friday")

    pages = written(world, out)

    assert "- Payments: Hana Sato (@hana): hana@example.com\n" in pages["README.md"]
    assert "to Sat 21 Nov 2026 01:00 CET: Hana Sato (@hana)" in pages["on-call.md"]


def test_an_open_incident_is_there_with_the_end_of_its_record(world: World, out: Path) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    for number in range(25):
        world.ana.types(f"/incident note observation {number}", where=world.room("inc-1"))
    world.ana.types("/incident todo @bo rotate keys by friday", where=world.room("inc-1"))

    pages = written(world, out)

    record = pages["open-incidents.md"].partition("### The end of its record")[2]
    assert len([line for line in record.splitlines() if line.startswith("- ")]) == 20
    assert "Ana Duarte: observation 24" in record
    assert "1. rotate keys (Bo Lindqvist, due Fri 20 Nov 2026" in pages["action-items.md"]


def test_two_weeks_of_shifts_are_there_each_with_a_way_to_reach_somebody(
    light_world: World, out: Path
) -> None:
    text = written(light_world, out)["on-call.md"]

    shifts = [line for line in text.splitlines() if re.match(r"- .* to .*: ", line)]
    assert "Chen Wei (@chen): chen@example.com" in text
    assert [line for line in shifts if "@example.com" not in line] == []
    last = (light_world.clock() + timedelta(days=14)).strftime("%-d %b %Y")
    assert any(last in line for line in shifts)


def test_every_tree_and_runbook_and_service_is_there(light_world: World, out: Path) -> None:
    pages = written(light_world, out)

    desk = light_world.app.desk
    assert [one.id for one in desk.trees if f"trees/{one.id}.md" not in pages] == []
    assert "runbooks/rollback.md" in pages
    assert [
        one for one in desk.catalog.services if f"## {one.name}" not in pages["services.md"]
    ] == []
    assert "## 1. " in pages["trees/bad-deploy.md"]
    assert "    kubectl rollout status deployment/<service>" in pages["trees/bad-deploy.md"]


def test_every_link_leads_to_something_in_the_kit(light_world: World, out: Path) -> None:
    pages = written(light_world, out)

    broken = [
        (name, target)
        for name in ("README.md", "by-hand.md")
        for target in _LINK.findall(pages[name])
        if not (out / target).exists()
    ]
    assert broken == []


def test_what_people_typed_is_words_and_nothing_else(light_world: World, out: Path) -> None:
    light_world.ana.types("/incident <img src=x> [here](javascript:x) `code` sev2 @checkout")

    text = written(light_world, out)["README.md"]

    assert r"\<img src=x\> \[here\](javascript:x) \`code\`" in text


def test_a_folder_with_something_else_in_it_is_left_alone(light_world: World, out: Path) -> None:
    out.mkdir()
    (out / "thesis.txt").write_text("five years of work")

    with pytest.raises(Refused, match="is no offline kit"):
        written(light_world, out)

    assert [one.name for one in out.iterdir()] == ["thesis.txt"]


def test_the_old_kit_is_replaced_as_a_whole(light_world: World, out: Path) -> None:
    written(light_world, out)
    (out / "trees" / "of-last-year.md").write_text("# Old")

    pages = written(light_world, out)

    assert "trees/of-last-year.md" not in pages
    assert [one.name for one in out.parent.iterdir() if one.name.startswith(".kit")] == []


@pytest.mark.parametrize("left", [".kit.new", ".kit.old"])
def test_a_process_that_died_while_it_wrote_leaves_no_trouble(
    light_world: World, out: Path, left: str
) -> None:
    written(light_world, out)
    if left == ".kit.old":  # it died between the two renames
        out.rename(out.with_name(left))
    else:
        out.with_name(left).mkdir()
        (out.with_name(left) / "half.md").write_text("half")

    pages = written(light_world, out)

    assert "README.md" in pages
    assert "half.md" not in pages
    assert not out.with_name(left).exists()


@pytest.fixture
def kept(sqlite_url: str, out: Path) -> Iterator[World]:
    made = World(sqlite_url, warroom_offline_kit_dir=out)
    yield made
    made.close()


def test_a_serving_process_writes_it_every_hour(kept: World, out: Path) -> None:
    beat = next(one for one in beats_of(kept.app) if one.name == "offline_kit")

    beat.call()

    assert beat.every == timedelta(hours=1)
    assert "runbooks/rollback.md" in read(out)
