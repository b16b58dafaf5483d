"""Everything a person can be shown, with more of everything than Slack takes: 10 000 incidents, the
longest names, 300 people in a room, text from right to left, and emoji.

The embedded workspace's own Block Kit refuses what Slack would refuse, and limits that were written
down independently are asked, too.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hostile.limits import faults_of_call, faults_of_message
from hostile.living import Life
from hostile.sizes import sized
from sqlalchemy import insert
from world import START, Place, World

from bot.slack.features import ALL
from incidents.model.ids import PersonId
from incidents.model.lifecycle import Status
from incidents.model.people import Person
from incidents.model.severity import Severity
from incidents.model.timeline import GENESIS
from incidents.store import people
from incidents.store.sql import next_number
from incidents.store.tables import action_item, incident

INCIDENTS = sized(1_000, 10_000)
MEMBERS = 300
NAMES = (
    "\u202e" + "\u0645\u0631\u062d\u0628\u0627 " * 33,  # from right to left, with its mark
    "\u05e9\u05dc\u05d5\u05dd <&*_~`> " * 14,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 28,  # one letter, eleven bytes
    "W" * 200,
    "<!channel> <@U0ANA> &amp; *bold* " * 6,
)
WORDS = ("", "x", "1", "me", "INC-1", "@ana", NAMES[0].strip(), NAMES[2])
SILENT = {"declare", "close", "cancel", "private", "handoff"}  # tried last, or not at all


@pytest.fixture
def crowded(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """A world in which everything is large."""
    world = World(sqlite_url, spool=tmp_path / "spool")
    world.bo.types(f"/incident {NAMES[0]} sev1 @checkout")
    with world.app.desk.store.write() as connection:
        next_number(connection, "incident", step=INCIDENTS)
        connection.execute(insert(incident), [row(at) for at in range(2, INCIDENTS + 2)])
        for at in range(MEMBERS):
            known = Person(PersonId(f"U0M{at:03}"), f"m{at}", NAMES[at % len(NAMES)][:120])
            people.remember(connection, known, START)
            people.joined(connection, 1, known.id, START + timedelta(seconds=at))
        connection.execute(insert(action_item), [item(at) for at in range(1, 201)])
        next_number(connection, "action", step=300)
    yield world
    world.close()


def row(at: int) -> dict[str, Any]:
    """An incident that is open, as it stands in the database."""
    columns: dict[str, Any] = {column.name: None for column in incident.columns}
    name = NAMES[at % len(NAMES)]
    return {
        **columns,
        "number": at,
        "title": name[:200],
        "severity": list(Severity)[at % 4].value,
        "status": (Status.INVESTIGATING, Status.MONITORING)[at % 2].value,
        "services": [f"{'s' * 70}-{at}-{of}" for of in range(30)],
        "source": "slack",
        "is_drill": at % 7 == 0,
        "is_private": False,
        "declared_by": "U0ANA",
        "declared_at": START,
        "started_at": START - timedelta(days=at),
        "detected_at": START,
        "detected_by": "employee",
        "impact": name * 10,
        "fix": "",
        "facts": {"severity_because": name},
        "bridge": "https://meet.example/" + "x" * 400,
        "room_name": "r" * 80,
        "version": 1,
        "entries": 0,
        "head": GENESIS,
    }


def item(at: int) -> dict[str, Any]:
    """Something that Bo promised."""
    return {
        "number": at,
        "incident": 1,
        "title": NAMES[at % len(NAMES)] * 3,
        "owner": "U0BO",
        "state": "open",
        "due_at": START + timedelta(days=at - 100),
        "created_at": START,
        "created_by": "U0ANA",
        "settled_at": None,
        "version": 1,
    }


@pytest.mark.slow
def test_every_view_fits(crowded: World) -> None:
    life = Life(crowded, [])
    room = next(
        Place(crowded, one.id, one.name)
        for one in crowded.slack.core.state.channels
        if one.name.startswith("inc-1")
    )
    life.types(f"note {NAMES[2]}", room)
    life.types(f"update {NAMES[3] * 12}", room)
    for name in ("", "@checkout sev1", "sev2 major", *(f"INC-{at}" for at in range(2, 30))):
        life.types(f"subscribe {name}", room)

    for verb in sorted({one.name for one in ALL.verbs.values()} - SILENT):
        for words in WORDS:
            life.types(f"{verb} {words}", room)
        life.types(verb, "general")
    life.types("", "general")
    life.types("undo", room)
    life.types("close", room)
    crowded.slack.act.home("U0BO")
    crowded.settle()

    wrong = [
        (call.method, fault)
        for call in crowded.slack.log
        for fault in faults_of_call(call.method, {k: parsed(v) for k, v in call.args.items()})
    ]
    shown = [one for one in life.answers if isinstance(one, dict) and "blocks" in one]
    wrong += [("an answer", fault) for one in shown for fault in faults_of_message(one)]
    assert wrong == []
    everything = str(life.answers)
    assert "Slack did not let me" not in everything
    assert "went wrong on my side" not in everything
    refused = [
        (one.method, str(one.answer)) for one in crowded.slack.log if "invalid_blocks" in str(one)
    ]
    assert refused == []
    assert len(shown) > len(WORDS) * 20
    assert {"views.open", "views.publish", "chat.postMessage"} <= {
        one.method for one in crowded.slack.log
    }


def parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in {"[", "{"} else value
