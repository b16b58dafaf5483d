"""F33: an organisation with more of everything than Slack shows. It takes whatever it is sent, and
people are told that there is more.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile.limits import faults_of_call, faults_of_message
from hostile.living import Life
from world import World

LONG = "<&*" * 66  # a title of 198 characters, four times as long once it is escaped
MANY = 24  # incidents that are open at the same time
ASKED = (
    "list", "mine", "oncall", "slo", "help", "card", "timeline", "why", "who", "tree", "update",
    "blast", f"blast {'s' * 50}-0", f"blast {'s' * 50}-0 picture", f"blast {LONG}",
    "todo", "sev", "status", "role", "resolve", "postmortem", "postmortem edit", "declare", "page",
    f"sev {LONG}", f"tree {LONG}", f"page {LONG}", f"page @{LONG}", f"role {LONG}", f"x {LONG}",
)  # fmt: skip

TOLD_OF_MORE = re.compile("… (?:and [0-9]+ more|there is more)")


@pytest.fixture
def large(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """130 services, 60 rotations, and an SLO for every third service."""
    folder = tmp_path / "config"
    people = [f"{'p' * 30}{at}" for at in range(60)]
    names = [f"{'s' * 50}-{at}" for at in range(130)]
    write(folder / "warroom.yaml", {"name": "W" * 80})
    write(folder / "services" / "all.yaml", {
        "people": [{"handle": one, "name": "N" * 100} for one in (*people, "ana", "bo", "chen")],
        "teams": [{"name": "t", "members": ["ana", "bo", *people], "on_call": rotations()}],
        "services": [{"name": one, "tier": 1, "team": "t", "customers": ["C" * 100 + str(at)],
                      "depends_on": names[max(0, at - 3):at]}
                     for at, one in enumerate(names)],
    })  # fmt: skip
    write(folder / "oncall" / "all.yaml", {
        "rotations": [{"name": name, "people": [one], "start": "2026-01-05", "length": "weekly",
                       "hand_over": "monday 10:00"}
                      for name, one in zip(rotations(), people, strict=True)],
    })  # fmt: skip
    for name in names[::3]:
        write(folder / "slos" / f"{name}.yaml", slo(name))
    made = World(sqlite_url, config=folder)
    yield made
    made.close()


@pytest.mark.slow
def test_whatever_it_asks_for_fits(large: World) -> None:
    life = Life(large, [])
    services = [one.name for one in large.app.desk.catalog.services]
    for at in range(MANY):
        life.types(f"{LONG} {at} sev1 {' '.join(f'@{one}' for one in services[5 * at:5 * at + 4])}",
                   "general")  # fmt: skip
        if at:  # all of its services hang together
            press(large, "Declare anyway", who="U0BO")
    room = large.room("inc-1")
    for at in range(17):
        life.types(f"todo me {LONG} {at}", room)
        life.types(f"note {LONG} {at}", room)
    told = {}
    for words in ASKED:
        for where in (room, large.channel("general")):
            life.types(words, where)
        told[words] = str(life.answers[-1])
    large.slack.act.home("U0BO")
    large.settle()

    wrong = [
        (call.method, fault)
        for call in large.slack.log
        for fault in faults_of_call(call.method, {k: parsed(v) for k, v in call.args.items()})
    ]
    shown = [one for one in life.answers if isinstance(one, dict) and "blocks" in one]
    wrong += [("an answer", fault) for one in shown for fault in faults_of_message(one)]

    assert wrong == []
    large.room(f"inc-{MANY}")
    assert len(shown) > MANY + 2 * 17 + len(ASKED)
    assert "Slack did not let me" not in str(life.answers)
    assert "went wrong on my side" not in str(life.answers)
    for words in ("list", "mine", "slo"):
        assert is_whole(told[words]) or TOLD_OF_MORE.search(told[words]), words
    home = str(large.calls("views.publish")[-1].args)
    for word in ("list", "mine", "slo", "oncall"):
        assert f"more: /incident {word}" in home


@pytest.mark.parametrize("letter", ["\U0001f525", '"', "\\", "é"])
def test_a_button_remembers_whole_words(light_world: World, letter: str) -> None:
    words = f"{letter * 399} checkout"
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    light_world.ana.types(f"/incident @checkout {words}")
    press(light_world, "Declare anyway")

    light_world.room("inc-2").shows(f"INC-2 {letter * 9}")


def is_whole(told: str) -> bool:
    """Whether a table, in which people leaf, has every incident."""
    return all(re.search(rf"INC-{number}\b", told) for number in range(1, MANY + 1))


def press(world: World, label: str, *, who: str = "U0ANA") -> None:
    """Press a button of the newest answer that only the asker sees."""
    seen = list(world.slack.core.state.ephemerals)[-1]
    for block in seen.body["blocks"]:
        for element in block.get("elements", []):
            if element.get("text", {}).get("text") == label:
                world.slack.act.action(
                    who, element["action_id"], channel=seen.channel, message_ts=seen.ts,
                    block_id=block["block_id"], value=element["value"],
                )  # fmt: skip
    world.settle()


def rotations() -> list[str]:
    return [f"{'r' * 50}-{at}" for at in range(60)]


def slo(service: str) -> dict[str, Any]:
    ratio = {"metricSource": {"type": "Prometheus", "spec": {"query": "x"}}}
    metric = {"counter": True, "good": ratio, "total": ratio}
    indicator = {"metadata": {"name": service}, "spec": {"ratioMetric": metric}}
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": service, "displayName": "D" * 60},
        "spec": {
            "service": service,
            "indicator": indicator,
            "timeWindow": [{"duration": "28d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": "D" * 60, "target": 0.999}],
        },
    }


def write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in {"[", "{"} else value
