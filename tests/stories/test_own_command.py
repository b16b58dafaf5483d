"""Where the command is called otherwise, nobody is ever told to type one that does not exist."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from api.conftest import caller
from web.conftest import fetch
from world import Actor, Place, World

from bot.cli.wording import here
from bot.emulator import ActResult, Fault
from bot.settings import COMMAND
from bot.slack.features import ALL
from incidents.actions.access import missing
from incidents.model.commands import CLOSES, OPENS
from incidents.model.ids import IncidentNumber

VERBS = sorted({verb.name for verb in ALL.verbs.values()})
TYPED = re.compile(rf"(?<![\w/]){COMMAND}(?!\w)")  # not the path of a page


@dataclass
class Workspace:
    """A world whose command is `/outage`, and everything its people were ever shown."""

    world: World
    answers: list[ActResult] = field(default_factory=list)

    def types(self, who: str, text: str, where: str | Place = "general") -> str:
        """Type the command, and read what comes back."""
        actor: Actor = getattr(self.world, who)
        done = actor.types(f"/outage {text}".strip(), where=where)
        self.answers.append(done)
        return str(done.body)

    @property
    def shown(self) -> str:
        """Every text, block, form and direct message that Slack ever received."""
        calls = [call.args for call in self.world.slack.log]
        whispers = [one.body for one in self.world.slack.core.state.ephemerals]
        views = [str(one) for one in self.world.slack.core.state.views]
        return "\n".join(
            json.dumps(one, ensure_ascii=False, default=str)
            for one in (*calls, *whispers, *views, *(each.body for each in self.answers))
        )

    def is_told_only_what_exists(self) -> None:
        """Fails if anything names a command that nobody can type."""
        shown = self.shown
        wrong = [shown[max(at.start() - 90, 0) : at.end() + 40] for at in TYPED.finditer(shown)]
        assert wrong == []
        assert OPENS not in shown
        assert CLOSES not in shown


@pytest.fixture
def outages(sqlite_url: str, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace that has a command of its own."""
    world = World(sqlite_url, spool=tmp_path / "spool", warroom_command="/outage")
    yield Workspace(world)
    world.close()


def test_every_verb_in_and_out_of_a_room_says_what_can_be_typed(outages: Workspace) -> None:
    outages.types("ana", "checkout 5xx sev2 @checkout")
    room = outages.world.room("inc-1")

    for verb in VERBS:
        outages.types("ana", verb)
        outages.types("bo", f"{verb} qqqq 9999", where=room)

    assert len(outages.answers) == 1 + 2 * len(VERBS)
    outages.is_told_only_what_exists()


def test_a_whole_incident_is_told_in_the_workspaces_own_words(outages: Workspace) -> None:
    world = outages.world
    world.slack.act.home("U0BO")
    outages.types("ana", "checkout 5xx sev2 @checkout")
    room = world.room("inc-1")
    told = [
        outages.types("ana", "help"),
        outages.types("ana", "help all", where=room),
        outages.types("ana", "resovle", where=room),
        outages.types("ana", "merge INC-7", where=room),
        outages.types("ana", "close", where=room),
        outages.types("ana", "handoff @bo", where=room),
        outages.types("ana", "oncall override nosuch @bo until 18:00"),
    ]
    world.bo.presses("Accept", where=room)
    outages.types("bo", "update Payments fail; next in 20 min", where=room)
    outages.types("bo", "status monitoring", where=room)
    world.passes(hours=2)
    outages.types("bo", "resolve", where=room)
    outages.types("bo", "close", where=room)
    world.slack.act.home("U0BO")
    world.settle()

    assert "`/outage help all`" in told[0]
    assert "`/outage sev 1-4 [why]`" in told[1]
    assert "Did you mean `/outage resolve`" in told[2]
    assert "There is no INC-7. See what is open with /outage list." in told[3]
    outages.is_told_only_what_exists()


def test_a_room_that_nobody_can_command_says_how_to_bring_somebody_in(
    outages: Workspace,
) -> None:
    outages.types("ana", "something odd sev2")
    room = outages.world.room("inc-1")

    outages.world.passes(minutes=45)

    room.shows("Take it yourself, or page the team that owns the service: `/outage page`.")
    outages.is_told_only_what_exists()


def test_a_room_that_cannot_be_opened_says_where_to_go_on(outages: Workspace) -> None:
    outages.world.slack.faults.add(
        Fault("conversations.create", error="restricted_action", times=None)
    )

    outages.types("ana", "checkout 5xx sev2 @checkout")

    assert "`/outage card INC-1`" in outages.shown
    outages.is_told_only_what_exists()


def test_the_same_refusal_is_said_as_each_reader_can_act_on_it(
    outages: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    outages.types("ana", "checkout 5xx sev2 @checkout")
    monkeypatch.setenv("WARROOM_COMMAND", "/outage")
    call = caller(outages.world)

    refused = call("POST", "/incidents/INC-1/link", json={"to": "INC-7"}).json()
    absent = here(str(missing(IncidentNumber(7))))

    assert refused["instead"] == "See what is open with GET /api/v1/incidents."
    assert absent == "There is no INC-7. See what is open with warroom incident list."


@pytest.mark.parametrize("path", ["/", "/actions", "/help/commanding", "/incidents/INC-7"])
def test_the_console_names_it_too(outages: Workspace, path: str) -> None:
    page = fetch(outages.world, path).text

    assert TYPED.search(page) is None
    assert OPENS not in page


def test_the_console_says_what_to_type_in_slack(outages: Workspace) -> None:
    assert "<code>/outage what is wrong</code>" in fetch(outages.world, "/").text
    assert "<code>/outage why</code>" in fetch(outages.world, "/help/commanding").text
