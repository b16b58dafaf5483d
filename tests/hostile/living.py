"""An incident in which people, monitoring systems and scripts put hostile texts wherever they can.

It is lived through in a world; what everybody was shown meanwhile is collected.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import anyio
import httpx
from world import START, Place, World

from bot.emulator import ActResult
from bot.emulator.entities import View
from incidents.actions.tokens import SCOPES, create_token

VERBS = (
    "sev", "status", "role", "role commander", "handoff", "page", "tree", "oncall", "slo", "help",
    "blast", "postmortem", "timeline", "why", "who", "card", "list", "lead", "declare",
)  # fmt: skip
"""Words after the slash command behind which somebody may type anything."""

SHORT = 200
"""Characters of a text where a long one would be refused, rather than cut, by the sender."""


@dataclass
class Life:
    """A world, the texts that are put into it in turns, and what people were answered."""

    world: World
    texts: Sequence[str]
    answers: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turns = cycle(self.texts)
        self._app = self.world.app.asgi()
        secret = create_token(self.world.app.desk, "hostile", SCOPES, self.world.clock())
        self._headers = {"authorization": f"Bearer {secret}"}

    def text(self) -> str:
        """The next text."""
        return next(self._turns)

    def typed(self) -> str:
        """The next text as a keyboard and a URL can carry it: without half characters."""
        return self.text().encode("utf-8", "replace").decode()

    def types(self, words: str, where: str | Place) -> None:
        """Somebody types a command, and sees an answer."""
        before = len(self.world.whispered("U0BO"))
        body = self.world.bo.types(f"/incident {words}", where=where).body
        later = self.world.whispered("U0BO")[before:]  # where Slack's own tables are tried
        self.answers.append(body or (later[-1] if later else body))

    def fills(self, values: dict[str, Any]) -> ActResult:
        """Somebody fills in the form that they opened last."""
        done = self.world.slack.act.view("U0BO", self.form().id, values)
        self.world.settle()
        self.answers.append(done.body)
        return done

    def form(self) -> View:
        """The form that is open."""
        views = [one for one in self.world.slack.core.state.views if one.user == "U0BO"]
        assert views, f"no form was opened, but {self.answers[-1]}"
        return views[-1]

    def sends(self, path: str, body: Any) -> int:
        """Another system sends something; it is never our fault if it cannot be taken."""
        headers = {**self._headers, "content-type": "application/json"}

        async def post() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            url = f"http://warroom.test{path}"
            async with httpx.AsyncClient(transport=transport) as client:
                return await client.post(url, content=json.dumps(body), headers=headers)

        answer = anyio.run(post)
        self.world.settle()
        assert answer.status_code < 500, (path, answer.text)
        return answer.status_code


def live(world: World, texts: Sequence[str]) -> Life:
    """One incident, from the declaration to the postmortem."""
    life = Life(world, texts)
    declare(life)
    room = world.room("inc-1")
    speak(life, room)
    for verb in VERBS:
        life.types(f"{verb} {life.typed()}", room)
        life.types(f"{verb} {life.typed()}", "general")
    monitor(life)
    end(life, room)
    world.slack.act.home("U0BO")
    world.settle()
    return life


def declare(life: Life) -> None:
    """By words, by form, over the API, and from a message."""
    life.types(f"x{life.typed()} sev2 @checkout", "general")
    life.types("", "general")
    life.fills({"title": {"title": f"y{life.typed()}"}, "impact": {"impact": life.typed()}})
    life.sends("/api/v1/incidents", {"title": f"z{life.text()}", "services": [life.text()[:80]]})
    general = life.world.channel("general")
    said = life.world.slack.act.message("U0BO", general.id, f"w{life.typed()}")
    life.world.slack.act.shortcut(
        "U0BO", "declare_from_message", channel=general.id, message_ts=said.ts
    )
    life.world.settle()


def speak(life: Life, room: Place) -> None:
    """Notes, updates, action items, and messages that others mark."""
    for verb in ("note", "update", "todo", "todo @chen", "sev 1", "status identified"):
        life.types(f"{verb} w{life.typed()}", room)
    for emoji in ("pushpin", "memo", "mega"):
        said = life.world.bo.types(f"w{life.typed()}", where=room)
        life.world.ana.reacts(emoji, said.ts, where=room)
    for verb, block in (("update", "text.responders"), ("todo", "title")):
        life.types(verb, room)
        life.fills({block: {block.partition(".")[0]: f"w{life.typed()}"}})


def monitor(life: Life) -> None:
    """Alerts and changes from every source, with everything in them that a sender may choose."""
    alert = {
        "status": "firing",
        "labels": {"alertname": life.text(), "service": "checkout", life.text(): life.text()},
        "annotations": {"summary": life.text(), "description": life.text()},
        "startsAt": START.isoformat(),
        "generatorURL": f"https://prometheus.example/{life.text()}",
    }
    for source in ("alertmanager", "grafana"):
        for status in ("firing", "resolved"):
            one = {**alert, "status": status, "endsAt": START.isoformat()}
            life.sends(f"/hooks/v1/{source}", {"alerts": [one], "groupKey": life.text()})
    life.sends("/hooks/v1/generic", {
        "alerts": [{"name": f"n{life.text()[:SHORT - 1]}", "severity": "page",
                    "service": life.text()[:80], "summary": life.text(), "url": life.text()}],
        "changes": [{"service": "checkout", "title": f"v{life.text()[:SHORT]}",
                     "url": "https://ci.example/1", "made_by": life.text()[:99]}],
    })  # fmt: skip


def end(life: Life, room: Place) -> None:
    """Resolved, reopened, resolved, written up and exported."""
    now = int(life.world.clock().timestamp())
    hours = {
        "start": {"start": {"selected_date_time": now - 1800}},
        "end": {"end": {"selected_date_time": now - 60}},
    }
    for _ in range(2):
        life.types(f"resolve {life.typed()}", room)
        fix = {"fix": {"fix": f"f{life.typed()}"}, "impact": {"impact": life.typed()}}
        life.fills({**hours, **fix})
        life.types(f"reopen {life.typed()}", room)
    life.types("resolve", room)
    life.fills({**hours, "fix": {"fix": "turned it off and on"}})
    life.types("postmortem edit", room)
    names = ("summary", "impact", "root_causes", "factors", "lessons")
    present = {block["block_id"] for block in life.form().body["blocks"]}
    life.fills({name: {name: life.typed()} for name in names if name in present})
    life.types("postmortem", room)
    life.types("postmortem export", room)


def markup(life: Life) -> Iterator[str]:
    """Every piece of text that Slack would read as markup, answers to commands included."""
    yield from life.world.markup.split("\n")
    yield from _texts(life.answers)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    if isinstance(value, dict) and value.get("type") not in {"plain_text", "raw_text"}:
        if isinstance(value.get("text"), str):
            yield value["text"]
        for one in value.values():
            yield from _texts(one)
