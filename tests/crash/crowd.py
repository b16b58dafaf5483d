"""People and monitoring systems that never stop, and remember what they were promised.

Each input carries words of its own, so that it can be found again, once, in the record.
"""

import itertools
import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from bot.clock import utc_now

PEOPLE = ("U0ANA", "U0BO", "U0CHEN", "U0DANA", "U0ELI", "U0FARAH", "U0GORAN", "U0HANA", "U0IVO")
SERVICES = tuple(f"service-{number}" for number in range(60))
_NO = (":no_entry_sign:", ":warning:", ":thinking_face:", ":raised_hand:", "Which incident")
_BROKE = ":boom:"
_NUMBER = re.compile(r"\d+")
_ROOM = re.compile(r"inc-(\d+)-")
_HANDLES = ("ana", "bo", "chen", "dana", "eli")
_STATUSES = ("investigating", "identified", "monitoring")
_ROLES = ("commander", "deputy", "comms", "scribe")
_PATIENCE = 8.0  # seconds
_SOME_REST = (0.02, 0.15)  # seconds between two acts of somebody
_AFTER_NO_ANSWER = (0.1, 0.4)


@dataclass(frozen=True, slots=True)
class Input:
    """Something that was said to the bot. ``is_accepted``: it was told that it arrived."""

    kind: str
    words: str
    is_accepted: bool
    incident: int = 0
    trigger: str = ""


@dataclass(slots=True)
class Memory:
    """Everything that was ever tried. ``broke`` counts answers that confess an error of ours."""

    inputs: list[Input] = field(default_factory=list)
    rooms: dict[int, str] = field(default_factory=dict)
    broke: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def accepted(self, kind: str) -> list[Input]:
        """What was promised to be kept."""
        return [one for one in self.inputs if one.kind == kind and one.is_accepted]

    def tried(self, kind: str) -> list[Input]:
        """What was said at all, whoever heard it."""
        return [one for one in self.inputs if one.kind == kind]


class Crowd:
    """Several threads of people and senders; each does one thing after the other until the end."""

    def __init__(self, slack_url: str, replicas: Sequence[int], token: str, *, seed: int) -> None:
        self.memory = Memory()
        self.may_declare = threading.Event()
        self._may_go_on = threading.Event()
        self._may_go_on.set()
        self._stopping = threading.Event()
        self._slack = slack_url
        self._replicas = tuple(replicas)
        self._token = token
        self._seed = seed
        self._numbers = itertools.count(1)
        self._threads: list[threading.Thread] = []

    def start(self, *, people: int, senders: int) -> None:
        """Let them loose."""
        runs: list[Callable[[random.Random, httpx.Client], None]] = [self._act] * people
        runs += [self._send] * senders
        runs.append(self._look_for_rooms)
        for index, run in enumerate(runs):
            chance = random.Random(self._seed * 1000 + index)
            thread = threading.Thread(target=self._live, args=(run, chance), daemon=True)
            thread.start()
            self._threads.append(thread)

    def wait_a_little(self, *, is_too_much: bool) -> None:
        """Nobody says more while ``is_too_much`` is under way already."""
        (self._may_go_on.clear if is_too_much else self._may_go_on.set)()

    def stop(self) -> None:
        """Nobody begins anything any more; what was begun is ended."""
        self._stopping.set()
        self._may_go_on.set()
        for thread in self._threads:
            thread.join()

    def _live(self, run: Callable[[random.Random, httpx.Client], None], chance) -> None:
        fresh = httpx.Limits(max_keepalive_connections=0)  # who answered last may be dead
        with httpx.Client(timeout=_PATIENCE, limits=fresh, trust_env=False) as http:
            while not self._stopping.is_set():
                self._may_go_on.wait()
                run(chance, http)
                self._stopping.wait(chance.uniform(*_SOME_REST))

    # People.

    def _act(self, chance: random.Random, http: httpx.Client) -> None:
        rooms = list(self.memory.rooms)
        if not rooms or (self.may_declare.is_set() and chance.random() < 0.15):
            self._declare(chance, http)
            return
        number = chance.choice(rooms[-12:])
        verb = chance.choice((self._note, self._change, self._todo, self._update, self._mark))
        verb(chance, http, number)

    def _declare(self, chance: random.Random, http: httpx.Client) -> None:
        title = f"trouble {next(self._numbers)}"  # no two sound like the same outage
        self._command(http, chance, "general", "declare", title, f"{title} sev3")

    def _note(self, chance: random.Random, http: httpx.Client, number: int) -> None:
        words = f"seen {next(self._numbers)} in the graphs"
        self._in_room(http, chance, "note", words, number, f"note {words}")

    def _change(self, chance: random.Random, http: httpx.Client, number: int) -> None:
        words = f"because of {next(self._numbers)}"
        kind, text = chance.choice(
            (
                ("sev", f"sev {chance.randint(1, 4)} {words}"),
                ("status", f"status {chance.choice(_STATUSES)} {words}"),
                ("role", f"role {chance.choice(_ROLES)} @{chance.choice(_HANDLES)}"),
            )
        )
        self._in_room(http, chance, kind, words, number, text)

    def _todo(self, chance: random.Random, http: httpx.Client, number: int) -> None:
        words = f"rotate certificate {next(self._numbers)}"
        self._in_room(http, chance, "todo", words, number, f"todo {words}")

    def _update(self, chance: random.Random, http: httpx.Client, number: int) -> None:
        words = f"we have tried {next(self._numbers)} things"
        self._in_room(http, chance, "update", words, number, f"update {words}")

    def _mark(self, chance: random.Random, http: httpx.Client, number: int) -> None:
        """Say something and mark it. Should Slack never tell the bot, the bot looks for itself."""
        user, channel = chance.choice(PEOPLE), self.memory.rooms[number]
        words = f"look at this {next(self._numbers)}"
        self._do(http, "join", user=user, channel=channel)
        said = self._do(http, "message", user=user, channel=channel, text=words)
        if said.get("ts"):
            ts = said["ts"]
            self._do(http, "reaction", user=user, channel=channel, ts=ts, name="pushpin")
            for kind, name in (("mark", f"{channel}/{ts}"), ("said", words)):
                self.memory.inputs.append(Input(kind, name, is_accepted=True, incident=number))

    def _in_room(
        self, http: httpx.Client, chance: random.Random, kind: str, words: str, number: int,
        text: str,
    ) -> None:  # fmt: skip
        self._command(http, chance, self.memory.rooms[number], kind, words, text, number=number)

    def _command(
        self, http: httpx.Client, chance: random.Random, channel: str, kind: str, words: str,
        text: str, *, number: int = 0,
    ) -> None:  # fmt: skip
        user = chance.choice(PEOPLE)
        done = self._do(http, "command", user=user, channel=channel, text=text)
        told = done.get("response")
        is_accepted = bool(done.get("ok")) and isinstance(told, dict) and self._is_yes(told)
        if not is_accepted:
            why = _first_words(told) if isinstance(told, dict) else str(done.get("error"))
            self.memory.refused[_NUMBER.sub("N", why)[:90]] += 1
        trigger = done.get("trigger_id", "")
        self.memory.inputs.append(Input(kind, words, is_accepted, number, trigger))
        if not told:
            self._stopping.wait(chance.uniform(*_AFTER_NO_ANSWER))

    def _is_yes(self, told: dict) -> bool:
        shown = _first_words(told)
        if shown.startswith(_BROKE):
            self.memory.broke.append(shown)
        return bool(shown) and not shown.startswith((*_NO, _BROKE))

    def _do(self, http: httpx.Client, act: str, **given: str) -> dict:
        return http.post(f"{self._slack}/workspace/act/{act}", json=given).json()

    # Monitoring systems.

    def _send(self, chance: random.Random, http: httpx.Client) -> None:
        number = next(self._numbers)
        alert = {
            "name": f"Alert {number}",
            "key": f"alert-{number}",
            "service": chance.choice(SERVICES),
            "severity": "critical",
            "starts_at": utc_now().isoformat(),
        }
        copies = 2 if chance.random() < 0.5 else 1
        answers = [self._post(chance, http, {"alerts": [alert]}) for _ in range(copies)]
        self.memory.inputs.append(Input("alert", alert["name"], any(answers)))
        self._stopping.wait(chance.uniform(0.2, 1.0))

    def _post(self, chance: random.Random, http: httpx.Client, body: dict) -> bool:
        """Whether somebody took it. A sender comes again a few times."""
        for _ in range(4):
            port = chance.choice(self._replicas)
            try:
                answer = http.post(
                    f"http://127.0.0.1:{port}/hooks/v1/generic",
                    json=body,
                    headers={"authorization": f"Bearer {self._token}"},
                )
            except httpx.TransportError:
                self._stopping.wait(0.1)
                continue
            if answer.is_success:
                return True
        return False

    # Where to go next.

    def _look_for_rooms(self, _: random.Random, http: httpx.Client) -> None:
        answer = http.post(
            f"{self._slack}/workspace/api/conversations.list",
            data={"limit": "1000"},
            headers={"authorization": f"Bearer xoxp-{PEOPLE[0]}"},
        ).json()
        for channel in answer["channels"]:
            named = _ROOM.match(channel["name"])
            if named:
                self.memory.rooms.setdefault(int(named[1]), channel["id"])
        self._stopping.wait(0.4)


def _first_words(told: dict) -> str:
    """What stands at the top of an answer."""
    for block in told.get("blocks") or []:
        if isinstance(block.get("text"), dict):
            return str(block["text"].get("text", ""))
    return str(told.get("text", ""))
