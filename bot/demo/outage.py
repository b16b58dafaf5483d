"""The script ``checkout-outage``: one outage from the first bad request to the last reminder.

People act through the embedded workspace; time is moved by the script; everything else is the real
path. Each step first looks whether it is done already, so that the script can be killed anywhere
and goes on where it was.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.clock import FastClock
from bot.demo.host import Host
from bot.demo.player import Player, Stuck, wait_until
from bot.demo.traffic import BUCKET
from incidents.actions import postmortem
from incidents.model.ids import IncidentNumber
from incidents.store import action_items, incidents, outbox_view, people, roles, timeline

_SLO = "checkout/availability"
_NUMBER = IncidentNumber(1)
_ACTION = "Alert on the payment client's error rate"
_FIX = "Rolled back payments-client 4.2; connections are reused again."
_MENDED_AFTER = timedelta(minutes=12)
_LONGEST_BURN = 360  # buckets of ten seconds: an hour until somebody must have noticed

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{8}T\d{6}Z|\d{13,}")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens. ``done`` says whether it has; ``act`` makes it happen."""

    title: str
    done: Callable[[], bool]
    act: Callable[[], None]


class Outage:
    """The play. ``out`` is where the postmortem is written."""

    def __init__(self, host: Host, clock: FastClock, player: Player, out: Path) -> None:
        self._host = host
        self._clock = clock
        self._player = player
        self._out = out
        self._desk = host.app.desk

    def steps(self) -> tuple[Step, ...]:
        """Everything that happens, in order."""
        return (
            Step("The error budget burns until a room opens by itself", self._is_room_open,
                 self._burn),
            Step("Whoever is on call for the owning team accepts command", self._has_commander,
                 self._accept),
            Step("The commander walks the decision tree to its end", self._is_tree_walked,
                 self._walk_tree),
            Step("An update goes out and promises the next one", self._is_updated, self._update),
            Step("The cause is found and noted", self._is_identified, self._identify),
            Step("The fix is in and the errors stop", self._is_monitoring, self._fix),
            Step("An action item gets an owner and a date", self._has_action, self._promise),
            Step("The incident is resolved", self._is_resolved, self._resolve),
            Step("The postmortem is exported", self._is_exported, self._export),
            Step("The incident is closed", self._is_closed, self._close),
            Step("The owner is reminded before and at the due date",
                 lambda: self._reminders() >= 2, self._wait_for_reminders),  # noqa: PLR2004
            Step("The owner is done", self._is_action_done, self._finish_action),
        )  # fmt: skip

    def play(self, say: Say) -> None:
        """Every step, until it is seen to have happened. Raises `Stuck`."""
        wait_until(self._knows_people, "the bot learns who everybody is")
        self._rest()
        for number, step in enumerate(self.steps(), start=1):
            if not step.done():
                step.act()
                wait_until(step.done, step.title)
            self._rest()
            say(f"{self._clock():%d %b %H:%M}  {number:>2}. {step.title}")
        for fault in self.faults():
            raise Stuck(fault)

    def faults(self) -> list[str]:
        """What is wrong with the end: something doubled, lost or broken."""
        found: list[str] = []
        rooms = [
            one["name"]
            for one in self._player.api("conversations.list", limit=1000)["channels"]
            if one["name"].startswith("inc-")
        ]
        if len(rooms) != 1:
            found.append(f"There are {len(rooms)} rooms: {rooms}.")
        for place, keys in self._keys().items():
            twice = sorted({key for key in keys if keys.count(key) > 1})
            found += [f"{place} has {key} twice." for key in twice]
        with self._desk.look() as connection:
            _, broken = timeline.check(connection, _NUMBER)
            dead = outbox_view.dead_of(connection, _NUMBER)
            waiting, _ = outbox_view.backlog(connection)
        if broken is not None:
            found.append(f"The timeline is broken at entry {broken.seq}: {broken.because}.")
        found += [f"{one.key} failed: {one.error}." for one in dead]
        if waiting:
            found.append(f"{waiting} effects were never carried.")
        return found

    def digest(self) -> dict[str, Any]:
        """The end in a form that two plays can be compared by: no times, no ids."""
        with self._desk.look() as connection:
            entries = timeline.entries(connection, _NUMBER)
        kinds = [f"{entry.kind}" for entry in entries]
        return {
            "messages": {place: sorted(_tidy(keys)) for place, keys in self._keys().items()},
            "timeline": sorted(kinds),
            "members": sorted(self._members()),
        }

    # What happens.

    def _commands(self, who: str, channel: str, words: str) -> None:
        self._player.types(who, channel, f"{self._host.app.command} {words}")

    def _burn(self) -> None:
        self._host.traffic.errors[_SLO] = 0.25
        for _ in range(_LONGEST_BURN):
            self._report()
            if self._is_declared():
                break
        wait_until(self._is_room_open, "the room opens")

    def _accept(self) -> None:
        wait_until(lambda: self._asked() is not None, "somebody is asked to command")
        asked = self._asked()
        if asked is not None:
            self._player.presses(asked, self._room(), "Accept")

    def _walk_tree(self) -> None:
        commander, room = self._commander(), self._room()
        if not self._said("HTTP 5xx"):
            self._commands(commander, room, "tree http-5xx")
            wait_until(lambda: self._said("HTTP 5xx"), "the tree is in the room")
        for label in ("Yes", "Yes", "Yes"):
            self._rest()
            if self._is_tree_walked():
                return
            self._player.presses(commander, room, label)
        self._rest()

    def _update(self) -> None:
        words = "Checkout fails for a quarter of customers. We are rolling back; more in 30 min."
        self._commands(self._commander(), self._room(), f"update {words}")

    def _identify(self) -> None:
        commander, room = self._commander(), self._room()
        if not self._has_entry("note"):
            text = "payments-client 4.2 opens a connection for every call"
            self._commands(commander, room, f"note {text}")
            wait_until(lambda: self._has_entry("note"), "the note is on the timeline")
        self._commands(commander, room, "status identified the client leaks")

    def _fix(self) -> None:
        self._host.traffic.errors.clear()
        while self._clock() < self._incident().declared_at + _MENDED_AFTER:
            self._report()
        self._commands(self._commander(), self._room(), "status monitoring")

    def _promise(self) -> None:
        text = f"todo @{self._owner()} {_ACTION} by tomorrow"
        self._commands(self._commander(), self._room(), text)

    def _resolve(self) -> None:
        commander, now = self._commander(), self._clock()
        self._commands(commander, self._room(), "resolve")
        start = int(self._incident().started_at.timestamp())
        self._player.fills_in(
            commander,
            {
                "start": {"start": {"type": "datetimepicker", "selected_date_time": start}},
                "end": {
                    "end": {
                        "type": "datetimepicker",
                        "selected_date_time": int((now - timedelta(minutes=5)).timestamp()),
                    }
                },
                "fix": {"fix": _FIX},
                "impact": {"impact": "A quarter of customers could not pay for ten minutes."},
            },
        )

    def _export(self) -> None:
        postmortem.export(self._desk, _NUMBER, self._out, self._clock())
        if not self._has_entry("postmortem_exported"):
            self._commands(self._commander(), self._room(), "postmortem export")

    def _close(self) -> None:
        self._commands(self._commander(), self._room(), "close")

    def _wait_for_reminders(self) -> None:
        item = self._item()
        if item is None or item.due_at is None:
            raise Stuck("The action item is gone.")
        while self._reminders() < 2 and self._clock() < item.due_at + timedelta(days=1):  # noqa: PLR2004
            self._clock.pass_(timedelta(hours=1))
            self._rest()

    def _finish_action(self) -> None:
        self._player.presses(self._owner(), self._player.direct(self._owner()), "Done")

    # What can be seen.

    def _knows_people(self) -> bool:
        with self._desk.look() as connection:
            known = people.everybody(connection)
        return len(known) > len(self._desk.catalog.people)  # and the bot itself

    def _is_declared(self) -> bool:
        with self._desk.look() as connection:
            return incidents.get(connection, _NUMBER) is not None

    def _is_room_open(self) -> bool:
        room = self._player.channel("inc-1")
        return room is not None and "error budget" in self._player.text(room).lower()

    def _has_commander(self) -> bool:
        with self._desk.look() as connection:
            return roles.holder(connection, _NUMBER, "commander") is not None

    def _is_tree_walked(self) -> bool:
        return self._has_entry("tree_ended")

    def _is_updated(self) -> bool:
        return self._said("We are rolling back")

    def _is_identified(self) -> bool:
        return self._has_entry("note") and self._status() != "investigating"

    def _is_monitoring(self) -> bool:
        return self._status() in {"monitoring", "resolved", "closed"}

    def _has_action(self) -> bool:
        return self._item() is not None

    def _is_resolved(self) -> bool:
        return self._status() in {"resolved", "closed"}

    def _is_exported(self) -> bool:
        return any(self._out.glob("*.md")) and self._has_entry("postmortem_exported")

    def _is_closed(self) -> bool:
        return self._status() == "closed"

    def _is_action_done(self) -> bool:
        item = self._item()
        return item is not None and not item.is_open

    def _reminders(self) -> int:
        """Reminders that the owner can read, the news of the item itself left out."""
        keys = self._keys().get(f"dm {self._owner()}", [])
        return sum(1 for key in keys if "/todo-1/2" in key)

    # Small helpers.

    def _report(self) -> None:
        """Ten seconds of traffic, as the services report it, and a tick of everything."""
        at = self._clock()
        self._clock.pass_(BUCKET)
        answer = self._player.http.post(
            f"{self._host.url}/api/v1/sli",
            json={"samples": self._host.traffic.samples(at)},
            headers={"Authorization": f"Bearer {self._host.sli_token}"},
        )
        if answer.status_code != 202:  # noqa: PLR2004
            raise Stuck(f"The samples were refused: {answer.status_code} {answer.text[:200]}")
        self._host.app.evaluate()

    def _rest(self) -> None:
        """Wait until nothing is on its way any more."""

        def is_quiet() -> bool:
            now = self._clock()
            with self._desk.look() as connection:
                return outbox_view.ready(connection, now) == 0

        self._host.app.fire()
        wait_until(is_quiet, "everything on its way arrives")

    def _incident(self) -> Any:  # noqa: ANN401
        with self._desk.look() as connection:
            return incidents.get(connection, _NUMBER)

    def _status(self) -> str:
        incident = self._incident()
        return str(incident.status) if incident else ""

    def _room(self) -> str:
        room = self._player.channel("inc-1")
        if room is None:
            raise Stuck("There is no room.")
        return room

    def _said(self, words: str) -> bool:
        return words in self._player.text(self._room())

    def _has_entry(self, kind: str) -> bool:
        with self._desk.look() as connection:
            return any(str(one.kind) == kind for one in timeline.entries(connection, _NUMBER))

    def _item(self) -> Any:  # noqa: ANN401
        with self._desk.look() as connection:
            found = action_items.of(connection, _NUMBER)
        return found[0] if found else None

    def _asked(self) -> str | None:
        with self._desk.look() as connection:
            offer = roles.offered(connection, _NUMBER, "commander")
            person = people.get(connection, offer.person) if offer else None
        return person.handle if person else None

    def _commander(self) -> str:
        with self._desk.look() as connection:
            held = roles.holder(connection, _NUMBER, "commander")
            person = people.get(connection, held.person) if held else None
        if person is None:
            raise Stuck("Nobody commands.")
        return person.handle

    def _owner(self) -> str:
        """Somebody else than the commander, so that a direct message goes out."""
        everybody = sorted(self._desk.catalog.people)
        return next(handle for handle in everybody if handle != self._commander())

    def _members(self) -> list[str]:
        page = self._player.api("conversations.members", channel=self._room(), limit=900)
        return [str(member) for member in page["members"]]

    def _keys(self) -> dict[str, list[str]]:
        """The keys of our messages, by place: each effect may have been carried once."""
        places = {"room": self._player.channel("inc-1"), "all": self._player.channel("incidents")}
        for handle in self._desk.catalog.people:
            places[f"dm {handle}"] = self._player.direct(handle)
        found: dict[str, list[str]] = {}
        for name, channel in places.items():
            messages = self._player.messages(channel) if channel else []
            payloads = [one.get("metadata", {}).get("event_payload", {}) for one in messages]
            found[name] = [str(one["key"]) for one in payloads if "key" in one]
        return found


def _tidy(keys: list[str]) -> list[str]:
    """Keys without the parts that differ from play to play."""
    return [_ID.sub("*", key.partition("@")[0]) for key in keys]
