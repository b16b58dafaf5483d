"""A world to play incidents in: real Bolt, signed requests, a real database, the embedded Slack.

Nothing runs by itself: time moves when a test moves it, and effects are carried when people have
acted. `world.ana.types("/incident checkout 5xx")`, `world.room("inc-1").shows("Ana commands")`.
"""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App, build, read_configuration
from bot.clock import FastClock
from bot.demo.stage import SHORTCUTS, furnish, member_id
from bot.emulator import ActResult, CallableDelivery, Delivery, InProcessTransport, Reply, Workspace
from bot.settings import Settings
from incidents import assets
from incidents.actions import reconcile
from incidents.model.ids import IncidentNumber
from incidents.model.timeline import Entry
from incidents.store import due, outbox_view, timeline

read_once = functools.cache(read_configuration)  # files do not change during a run

_BACKGROUND = 4  # threads of the application that answer after the response
START = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # a Wednesday


class World:
    """One organisation, its Slack and its bot.

    ``config`` is a configuration folder, ``scopes`` are what the app was granted, ``more`` are
    settings beyond the usual.
    """

    def __init__(
        self,
        database_url: str,
        *,
        at: datetime = START,
        config: Any = None,
        spool: Path | None = None,
        scopes: frozenset[str] | None = None,
        **more: Any,
    ) -> None:
        self.clock = FastClock(at)
        self.slack = Workspace(clock=self.clock, rate_limits=False, bot_scopes=scopes)
        identity = self.slack.identity
        self.settings = Settings(
            slack_bot_token=identity.bot_token,
            slack_signing_secret=identity.signing_secret,
            warroom_slack_api_url="http://workspace.test/workspace/api/",
            warroom_database_url=database_url,
            warroom_config_dir=config or assets.folder("templates") / "init",
            warroom_public_url="http://warroom.test",
            warroom_spool_dir=spool or Path("no-spool"),
            **more,
        )
        self.app: App = build(
            self.settings,
            clock=self.clock,
            transport=InProcessTransport(self.slack),
            configuration=read_once(self.settings.warroom_config_dir),
            threads=False,
            paced=False,
        )
        furnish(self.slack, self.app.desk.catalog)
        self.slack.install(
            slash_command=self.settings.warroom_command,
            shortcuts=SHORTCUTS,
            public_url="http://workspace.test",
        )
        self.slack.deliver = CallableDelivery(self._receive)
        self.app.identity.introduce()
        self.app.identity.learn_everybody()

    def __getattr__(self, handle: str) -> Actor:
        if handle.startswith("_"):
            raise AttributeError(handle)
        return Actor(self, member_id(handle))

    def settle(self) -> None:
        """Everything that was set in motion comes to rest: events, effects, answers in words."""
        for _ in range(50):
            self.wait_for_answers()
            moved = self.slack.flush_events() + self.app.tick()
            self.wait_for_answers()
            if not moved and not self._waits_a_little():
                return
        raise AssertionError("the world does not come to rest")

    def _waits_a_little(self) -> bool:
        """Some effects keep a pause of a second or two between them."""
        with self.app.desk.look() as connection:
            at = outbox_view.next_at(connection)
        if at is None or not self.clock() < at <= self.clock() + timedelta(seconds=3):
            return False
        self.clock.pass_(at - self.clock())
        return True

    def passes(self, **span: float) -> None:
        """Time goes by, from one thing that is due to the next."""
        end = self.clock() + timedelta(**span)
        while self.clock() < end:
            self.clock.pass_(min(self._until_the_next(), end - self.clock()))
            self.settle()

    def _until_the_next(self) -> timedelta:
        """An hour if nothing is due before; while something is overdue, a few minutes."""
        with self.app.desk.look() as connection:
            planned = [due.next_at(connection), outbox_view.next_at(connection)]
        waits = [at - self.clock() for at in planned if at is not None]
        soonest = min(waits, default=timedelta(hours=1))
        return min(soonest, timedelta(hours=1)) if soonest > timedelta(0) else timedelta(minutes=5)

    def looks_after_rooms(self) -> None:
        """What happens every minute: each open room is compared with the record."""
        self.clock.pass_(timedelta(seconds=60))
        reconcile.plan_all(self.app.desk, self.clock())
        self.settle()

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """Slack tells us nothing of what happens meanwhile, and never will."""
        deliver, self.slack.deliver = self.slack.deliver, None
        try:
            yield
        finally:
            self.slack.deliver = deliver

    def record(self, number: int) -> tuple[Entry, ...]:
        """The timeline of an incident."""
        with self.app.desk.look() as connection:
            return timeline.entries(connection, IncidentNumber(number))

    def channel(self, name: str) -> Place:
        """A channel by its name or the beginning of it."""
        token = self.slack.identity.bot_token
        asked = {"limit": 1000, "types": "public_channel,private_channel"}
        listed = self.slack.web_api("conversations.list", asked, token).body["channels"]
        found = [one for one in listed if one["name"] == name or one["name"].startswith(f"{name}-")]
        assert found, f"there is no channel {name}: {[one['name'] for one in listed]}"
        return Place(self, found[0]["id"], found[0]["name"])

    room = channel

    def calls(self, method: str) -> list[Any]:
        """What was called of the Web API, in order."""
        return [call for call in self.slack.log if call.method == method]

    @property
    def markup(self) -> str:
        """Every piece of text that was sent to Slack as markup, with what escaping left of it."""
        found: list[str] = []
        for call in self.slack.log:
            found += _markup({key: _parsed(value) for key, value in call.args.items()})
        return "\n".join(found)

    def whispered(self, who: str) -> list[dict[str, Any]]:
        """What was shown to one person alone after their command was answered, oldest first."""
        return [one.body for one in self.slack.core.state.ephemerals if one.user == who]

    def reads(self, who: str) -> str:
        """The newest of those, in words."""
        return _words(self.whispered(who)[-1])

    def close(self) -> None:
        """Take the stage down."""
        self.app.stop()
        self.slack.close()

    def _receive(self, delivery: Delivery) -> Reply:
        answer = self.app.answer_slack(delivery.headers, delivery.body)
        return Reply(answer.status_code, dict(answer.headers), bytes(answer.body))

    def wait_for_answers(self) -> None:
        """What is said after the response to Slack has been said."""
        together = threading.Barrier(_BACKGROUND + 1)
        for _ in range(_BACKGROUND):
            self.app.background.submit(together.wait, 30)
        together.wait(30)


@dataclass(frozen=True)
class Actor:
    """Somebody who acts through Slack."""

    world: World
    id: str

    def types(self, text: str, *, where: str | Place = "general") -> ActResult:
        """A slash command, or words."""
        place = self._place(where)
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            done = self.world.slack.act.command(self.id, place.id, rest, command)
        else:
            done = self.world.slack.act.message(self.id, place.id, text)
        self.world.settle()
        return done

    def presses(self, label: str, *, where: str | Place, value: Any = None) -> ActResult:
        """The newest button with this label that this person can see there."""
        place = self._place(where)
        message, element = place.find_button(label, self.id)
        given = {"value": element.get("value")} if value is None else value
        done = self.world.slack.act.action(
            self.id,
            element["action_id"],
            channel=place.id,
            message_ts=message["ts"],
            block_id=element.get("_block_id"),
            **given,
        )
        self.world.settle()
        return done

    def reacts(self, name: str, ts: str, *, where: str | Place, remove: bool = False) -> None:
        """An emoji on a message, or off it."""
        place = self._place(where)
        self.world.slack.act.reaction(self.id, place.id, ts, name, remove=remove)
        self.world.settle()

    def _place(self, where: str | Place) -> Place:
        return where if isinstance(where, Place) else self.world.channel(where)


@dataclass(frozen=True)
class Place:
    """A channel."""

    world: World
    id: str
    name: str

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Everything said there, oldest first."""
        token = self.world.slack.identity.bot_token
        page = self.world.slack.web_api(
            "conversations.history", {"channel": self.id, "limit": 900}, token
        )
        return list(reversed(page.body["messages"]))

    @property
    def text(self) -> str:
        """Everything that can be read there."""
        return "\n".join(_words(message) for message in self.messages)

    def shows(self, words: str) -> None:
        """Fails unless the words can be read there."""
        assert words in self.text, f"{words!r} is not in:\n{self.text}"

    @property
    def members(self) -> list[str]:
        """Who is in it."""
        token = self.world.slack.identity.bot_token
        asked = {"channel": self.id, "limit": 900}
        page = self.world.slack.web_api("conversations.members", asked, token)
        return list(page.body["members"])

    def info(self) -> dict[str, Any]:
        """What Slack says about it."""
        token = self.world.slack.identity.bot_token
        info = self.world.slack.web_api("conversations.info", {"channel": self.id}, token)
        return dict(info.body["channel"])

    def find_button(self, label: str, _user: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The newest message with such a button, and the button."""
        for message in reversed(self.messages):
            for element in _elements(message):
                text = (element.get("text") or {}).get("text", "")
                if text == label:
                    return message, element
        raise AssertionError(f"no button {label!r} in #{self.name}:\n{self.text}")


def _elements(message: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for block in message.get("blocks") or []:
        inside = [*block.get("elements", []), block.get("accessory")]
        found += [
            {**one, "_block_id": block.get("block_id")}
            for one in inside
            if isinstance(one, dict) and one.get("type") == "button"
        ]
    return found


def _words(message: dict[str, Any]) -> str:
    parts = [message.get("text", "")]
    for block in message.get("blocks") or []:
        for one in (block.get("text"), *(block.get("fields") or []), *block.get("elements", [])):
            if isinstance(one, dict):
                text = one.get("text")
                parts.append(text if isinstance(text, str) else (text or {}).get("text", ""))
    return "\n".join(part for part in parts if part)


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        return json.loads(value)
    return value


def _markup(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _markup(one)]
    if not isinstance(value, dict) or value.get("type") in {"plain_text", "raw_text"}:
        return []
    own = [value["text"]] if isinstance(value.get("text"), str) else []
    topic = [value["topic"]] if isinstance(value.get("topic"), str) else []
    inside = (one for name, one in value.items() if name != "entity_payload")  # no markup there
    return own + topic + [text for one in inside for text in _markup(one)]


def words_of(result: ActResult) -> str:
    """What the person was shown."""
    body = result.body if isinstance(result.body, dict) else {}
    return _words(body)
