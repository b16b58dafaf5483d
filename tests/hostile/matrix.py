"""The table of who may do what, written down by hand, and people of every standing to try it with.

Nothing here is taken from the product's own table: that is what it is compared with.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from world import World

from bot.slack import guard
from bot.slack.features import ALL
from bot.slack.listen import Listener, build_bolt
from bot.slack.reception import Reception
from bot.slack.router import SILENT, Answer, Ask, Routes
from incidents import assets
from incidents.actions import followups
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Origin
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.people import BOT, Person
from incidents.model.text import UserText
from incidents.store import action_items, incidents, people, roles, walks

# One letter for each standing, in this order; "." is a no.
#   S stranger (a bot, deactivated)   G guest            V guest in the room
#   m member outside of the room      R responder        C commander
#   O owner of the service            X security         A administrator
ORDER = "SGVmRCOXA"
PEOPLE = {
    "S": "U0STRANGER",
    "G": "U0GUEST",
    "V": "U0VISITOR",
    "m": "U0HANA",
    "R": "U0CHEN",
    "C": "U0BO",
    "O": "U0JO",
    "X": "U0DANA",
    "A": "U0ELI",
}

# What a row allows: about a public incident, about a private one.
EVERYBODY = ("SGVmRCOXA", "SGVmRCOXA")
MEMBERS_OR_GUESTS = (".GVmRCOXA", ".GVmRCOXA")  # about no incident
MEMBERS = ("...mRCOXA", "...mRCOXA")  # about no incident
ADMIN = ("........A", "........A")
READ = ("..VmRCOXA", "....RC.X.")
JOIN = ("...mRCOXA", "....RC.X.")
WORK = ("....RC..A", "....RC.X.")
WORK_OR_OWN = ("....RCO.A", "....RC.X.")
COMMAND = (".....C...", ".....C...")
HIDE = (".....C.X.", ".....C.X.")

TABLE: dict[str, tuple[str, str]] = {
    "verb help": MEMBERS_OR_GUESTS,
    "verb declare": MEMBERS,
    "verb drill": MEMBERS,
    "verb convert": MEMBERS,
    "button convert.anyway": MEMBERS,
    "button convert.take": READ,
    "button convert.start": WORK,
    "verb list": MEMBERS,
    "verb mine": MEMBERS,
    "verb oncall": MEMBERS,
    "verb blast": MEMBERS,
    "verb slo": MEMBERS,
    "verb gate": MEMBERS,
    "button gate.waive": MEMBERS,
    "button gate.approve": MEMBERS,
    "button gate.decline": MEMBERS,
    "button gate.revoke": MEMBERS,
    "form gate_waive": MEMBERS,
    "verb window": MEMBERS,
    "button window.cancel": MEMBERS,
    "button window.form": MEMBERS,
    "form window": MEMBERS,
    "verb subscribe": MEMBERS,
    "verb unsubscribe": MEMBERS,
    "verb break-glass": ADMIN,
    "verb card": READ,
    "verb timeline": READ,
    "verb times": READ,
    "verb who": READ,
    "verb why": READ,
    "verb undo": READ,
    "verb catchup": READ,
    "verb changes": READ,
    "verb postmortem": READ,
    "verb note": READ,
    "verb correct": READ,
    "verb retract": READ,
    "verb todo": READ,
    "verb role": JOIN,
    "verb lead": JOIN,
    "verb page": JOIN,
    "verb escalate": JOIN,
    "verb vendor": JOIN,
    "verb affected": JOIN,
    "verb link": JOIN,
    "verb merge": WORK_OR_OWN,
    "verb split": WORK_OR_OWN,
    "button oneroom.join": JOIN,
    "button oneroom.merge": WORK_OR_OWN,
    "button oneroom.split_form": WORK_OR_OWN,
    "button oneroom.unmerge": WORK_OR_OWN,
    "form link": JOIN,
    "form merge": WORK_OR_OWN,
    "form split": WORK_OR_OWN,
    "verb invite": JOIN,
    "verb tree": JOIN,
    "verb sev": WORK,
    "verb status": WORK,
    "verb update": WORK,
    "verb resolve": WORK,
    "verb fix": WORK,
    "verb close": WORK,
    "verb cancel": WORK,
    "verb reopen": WORK,
    "verb handoff": COMMAND,
    "verb private": HIDE,
    "button slo.drawn": JOIN,
    "button declare.form": MEMBERS,
    "button declare.anyway": MEMBERS,
    "button declare.changed": MEMBERS,
    "button declare.join": JOIN,
    "button room.join": JOIN,
    "button card.more": READ,
    "button card.retry": WORK,
    "button keytimes.show": READ,
    "button keytimes.set": WORK,
    "button why.show": READ,
    "button undo.do": READ,
    "button catchup.show": READ,
    "button subscribe.here": JOIN,
    "button subscribe.detail": JOIN,
    "button subscribe.drop": JOIN,
    "button roles.take": JOIN,
    "button roles.accept": JOIN,
    "button teams.accept": JOIN,
    "button teams.pass": JOIN,
    "button roles.pass": JOIN,
    "button roles.page_for": JOIN,
    "button pages.ack": JOIN,
    "button roles.form": WORK_OR_OWN,
    "button roles.take_over": WORK_OR_OWN,
    "button handover.form": COMMAND,
    "button handover.back": JOIN,
    "button lifecycle.severity_form": WORK,
    "button lifecycle.status_form": WORK,
    "button lifecycle.set_status": WORK,
    "button lifecycle.resolve_form": WORK,
    "button lifecycle.close": WORK,
    "button closing.fix_form": WORK,
    "button closing.update": WORK,
    "button closing.own_postmortem": WORK_OR_OWN,
    "button archive.keep": WORK,
    "button nudge.dismiss": WORK,
    "button lifecycle.reopen": WORK,
    "button comms.form": WORK,
    "button comms.audience": WORK,
    "button comms.nothing_changed": WORK,
    "button comms.snooze": WORK,
    "button followups.form": READ,
    "button followups.done": READ,
    "button followups.snooze": READ,
    "button followups.reassign": READ,
    "button postmortem.show": READ,
    "button postmortem.edit": WORK_OR_OWN,
    "button postmortem.export": WORK_OR_OWN,
    "button postmortem.publish": WORK_OR_OWN,
    "button triage.choose": JOIN,
    "button triage.start": JOIN,
    "button triage.answer": JOIN,
    "button triage.back": JOIN,
    "button oncall.call_off": MEMBERS,
    "button oncall.agree": MEMBERS,
    "button oncall.decline": MEMBERS,
    "form declare": MEMBERS,
    "form oncall_override": MEMBERS,
    "form oncall_swap": MEMBERS,
    "form role": WORK_OR_OWN,
    "form handover": COMMAND,
    "form severity": WORK,
    "form status": WORK,
    "form resolve": WORK,
    "form fix": WORK,
    "form reopen": WORK,
    "form update": WORK,
    "form todo": READ,
    "form postmortem": WORK_OR_OWN,
    "shortcut declare": MEMBERS,
    "shortcut declare_from_message": MEMBERS,
    # From a channel that is no room: Slack only shows the messages of a room to who is in it.
    "shortcut add_to_timeline": MEMBERS,
    "shortcut make_action_item": MEMBERS,
    # What Slack reports about anybody; what a reaction asks for is asked of the mark it is.
    "event app_home_opened": MEMBERS,
    "event message": EVERYBODY,
    "event reaction_added": EVERYBODY,
    "event reaction_removed": EVERYBODY,
    "event member_joined_channel": EVERYBODY,
    "event member_left_channel": EVERYBODY,
    "event channel_archive": EVERYBODY,
    "event channel_deleted": EVERYBODY,
    "event channel_rename": EVERYBODY,
    "event channel_unarchive": EVERYBODY,
    "event group_archive": EVERYBODY,
    "event group_deleted": EVERYBODY,
    "event group_rename": EVERYBODY,
    "event group_unarchive": EVERYBODY,
    "event pin_added": EVERYBODY,
    "event pin_removed": EVERYBODY,
    "event subteam_created": EVERYBODY,
    "event subteam_updated": EVERYBODY,
}

SCOPES: dict[tuple[str, str], str] = {
    ("POST", "/sli"): "sli:write",
    ("POST", "/write"): "sli:write",
    ("GET", "/incidents"): "read",
    ("GET", "/incidents/{key}"): "read",
    ("GET", "/incidents/{key}/timeline"): "read",
    ("GET", "/incidents/{key}/escalation"): "read",
    ("GET", "/incidents/{key}/times"): "read",
    ("GET", "/incidents/{key}/costs"): "read",
    ("POST", "/incidents"): "incidents:write",
    ("POST", "/incidents/{key}/notes"): "incidents:write",
    ("POST", "/incidents/{key}/status"): "incidents:write",
    ("POST", "/incidents/{key}/severity"): "incidents:write",
    ("POST", "/incidents/{key}/roles"): "incidents:write",
    ("POST", "/incidents/{key}/updates"): "incidents:write",
    ("POST", "/incidents/{key}/resolve"): "incidents:write",
    ("POST", "/incidents/{key}/close"): "incidents:write",
    ("POST", "/incidents/{key}/cancel"): "incidents:write",
    ("POST", "/incidents/{key}/escalation"): "incidents:write",
    ("POST", "/incidents/{key}/times"): "incidents:write",
    ("POST", "/incidents/{key}/affected"): "incidents:write",
    ("POST", "/incidents/{key}/link"): "incidents:write",
    ("POST", "/incidents/{key}/merge"): "incidents:write",
    ("POST", "/incidents/{key}/split"): "incidents:write",
    ("GET", "/slos"): "read",
    ("GET", "/slos/{service}/{name}"): "read",
    ("GET", "/slos/{service}/{name}/{picture}.{kind}"): "read",
    ("GET", "/slos/{service}/{name}/forecast"): "read",
    ("GET", "/budget-reports/{period}"): "read",
    ("GET", "/capacity/{service}"): "read",
    ("GET", "/gate/{service}"): "read",
    ("POST", "/gate/{service}/canary"): "read",
    ("GET", "/gate/{service}/waivers"): "read",
    ("GET", "/services"): "read",
    ("GET", "/oncall"): "read",
    ("GET", "/oncall/changes"): "read",
    ("POST", "/oncall/overrides"): "oncall:write",
    ("POST", "/oncall/swaps"): "oncall:write",
    ("POST", "/oncall/undo"): "oncall:write",
    ("GET", "/windows"): "read",
    ("POST", "/windows"): "windows:write",
    ("DELETE", "/windows/{window}"): "windows:write",
    ("GET", "/exclusions"): "read",
    ("POST", "/exclusions"): "windows:write",
    ("DELETE", "/exclusions/{exclusion}"): "windows:write",
}

OPERATOR = Origin(PersonId("cli:operator"), "cli")
SECRET = "zebra-canary-9131"


def routes_of(routes: Routes) -> dict[str, str]:
    """Every route by kind and name, aliases apart, with the verb that it needs."""
    found = {f"verb {verb.name}": verb.run.needs for verb in routes.verbs.values()}
    for kind in ("button", "form", "shortcut", "event"):
        table = getattr(routes, f"{kind}s")
        found |= {f"{kind} {name}": route.needs for name, route in table.items()}
    return found


def configured(folder: Path) -> Path:
    """The configuration that ships, with a security team and an administrator."""
    shutil.copytree(assets.folder("templates") / "init", folder)
    path = folder / "warroom.yaml"
    path.write_text(
        f"{path.read_text()}\naccess:\n  security: ['@dana']\n  admins: ['eli@example.com']\n"
    )
    return folder


@dataclass
class Gate:
    """The doors of the product with nothing behind them, and people who try each."""

    world: World
    public: Incident
    private: Incident
    passed: list[str] = dataclasses.field(default_factory=list)
    _tries: int = 0

    @classmethod
    def build(cls, world: World) -> Gate:
        """One incident of each kind, with somebody of each standing."""
        gate = cls(world, _incident(world, is_private=False), _incident(world, is_private=True))
        for incident in (gate.public, gate.private):
            _populate(world, incident)
        app = world.app
        listener = Listener(
            app.desk,
            app.client,
            app.identity,
            gate._doors(),
            world.clock,
            command="/incident",
            background=app.background,
        )
        secret = world.settings.slack_signing_secret.get_secret_value()
        bolt = build_bolt(listener, secret, app.identity.authorize)
        app.reception = Reception(
            bolt, listener, app.client, app.spool, world.clock, app.reception._hearing
        )
        return gate

    def _doors(self) -> Routes:
        """Every route with its own permission; who gets through is written down."""

        def room_behind(name: str) -> Any:
            def run(_: Ask) -> Answer:
                self.passed.append(name)
                return SILENT

            return run

        doors = Routes()
        for word, verb in ALL.verbs.items():
            route = dataclasses.replace(verb.run, run=room_behind(f"verb {verb.name}"))
            doors.verbs[word] = dataclasses.replace(verb, run=route)
        for kind in ("button", "form", "shortcut", "event"):
            for name, route in getattr(ALL, f"{kind}s").items():
                behind = dataclasses.replace(route, run=room_behind(f"{kind} {name}"))
                getattr(doors, f"{kind}s")[name] = behind
        return doors

    def lets(self, who: str, route: str, incident: Incident) -> bool:
        """Whether somebody of this standing gets through."""
        self.passed.clear()
        answer = self.send(who, route, incident)
        assert SECRET.encode() not in answer, (route, who)
        return route in self.passed

    def send(self, who: str, route: str, incident: Incident) -> bytes:
        """What somebody of this standing is answered; it is a signed request."""
        self._tries += 1
        kind, _, name = route.partition(" ")
        body, is_json = self._payload(kind, name, PEOPLE[who], incident)
        raw = json.dumps(body).encode() if is_json else urlencode(body).encode()
        stamp = str(int(self.world.clock().timestamp()))
        secret = self.world.settings.slack_signing_secret.get_secret_value()
        form = "application/json" if is_json else "application/x-www-form-urlencoded"
        headers = {
            "content-type": form,
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": guard.sign(raw, secret, stamp),
        }
        answer = self.world.app.answer_slack(headers, raw)
        assert answer.status_code == 200, (route, who, answer.status_code)
        return bytes(answer.body)

    def _payload(
        self, kind: str, name: str, user: str, incident: Incident
    ) -> tuple[dict[str, Any], bool]:
        return getattr(self, f"_{kind}")(name, user, incident)

    def _verb(self, name: str, user: str, incident: Incident) -> tuple[dict[str, Any], bool]:
        words = f"{name} {incident.key}" + ("" if name == "declare" else " something")
        body = {
            "command": "/incident",
            "text": words,
            "user_id": user,
            "channel_id": self.world.channel("general").id,
            "team_id": "T1",
            "trigger_id": f"t{self._tries}",
            "response_url": "",
        }
        return body, False

    def _button(self, name: str, user: str, incident: Incident) -> tuple[dict[str, Any], bool]:
        place = self._place(incident)
        value = {
            "followups.done": place["item"],
            "followups.snooze": f"{place['item']} 1",
            "followups.reassign": "",
            "triage.answer": place["walk"],
            "triage.back": place["walk"],
            "convert.anyway": json.dumps({"text": "another", "private": False}),
            "declare.anyway": json.dumps({"text": "another", "private": False}),
            "declare.form": "new",
            "declare.changed": "1",
            "gate.waive": "checkout",
            "gate.approve": "some waiver",
            "gate.decline": "some waiver",
            "gate.revoke": "some waiver",
            "oncall.call_off": "some trade",
            "oncall.agree": "some trade",
            "oncall.decline": "some trade",
            "window.cancel": "w7",
            "window.form": "",
            "comms.audience": "customers",
        }.get(name, f"{incident.key} something")
        action = {
            "action_id": name,
            "block_id": f"item/{place['item']}",
            "action_ts": str(self._tries),
            "type": "button",
            "value": value,
        }
        payload: dict[str, Any] = {
            "type": "block_actions",
            "user": {"id": user, "team_id": "T1"},
            "team": {"id": "T1"},
            "trigger_id": f"t{self._tries}",
            "actions": [action],
            "channel": {"id": self.world.channel("general").id, "name": "general"},
            "container": {"type": "message", "message_ts": "1.1"},
        }
        if name == "comms.audience":
            memory = json.dumps({"incident": incident.key, "channel": incident.room or ""})
            payload["view"] = {"id": "V1", "private_metadata": memory, "state": {"values": {}}}
            del payload["channel"]
        return {"payload": json.dumps(payload)}, False

    def _form(self, name: str, user: str, incident: Incident) -> tuple[dict[str, Any], bool]:
        without = {"declare", "oncall_override", "oncall_swap", "gate_waive", "window"}
        is_about_it = name not in without
        about = {"incident": incident.key} if is_about_it else {}
        room = incident.room if is_about_it else ""
        payload = {
            "type": "view_submission",
            "user": {"id": user, "team_id": "T1"},
            "team": {"id": "T1"},
            "view": {
                "id": f"V{self._tries}",
                "type": "modal",
                "callback_id": name,
                "private_metadata": json.dumps({**about, "channel": room}),
                "state": {"values": {}},
            },
        }
        return {"payload": json.dumps(payload)}, False

    def _shortcut(self, name: str, user: str, _: Incident) -> tuple[dict[str, Any], bool]:
        kind = "shortcut" if name == "declare" else "message_action"
        payload: dict[str, Any] = {
            "type": kind,
            "callback_id": name,
            "user": {"id": user, "team_id": "T1"},
            "team": {"id": "T1"},
            "trigger_id": f"t{self._tries}",
            "action_ts": "1.1",
        }
        if kind == "message_action":
            payload["channel"] = {"id": self.world.channel("general").id, "name": "general"}
            payload["message"] = {"ts": "1.1", "text": "words", "type": "message"}
        return {"payload": json.dumps(payload)}, False

    def _event(self, name: str, user: str, incident: Incident) -> tuple[dict[str, Any], bool]:
        event: dict[str, Any] = {"type": name, "user": user, "channel": incident.room, "ts": "1.1"}
        if name == "app_home_opened":
            event["channel"] = "D1"
        if name.endswith("rename"):
            event["channel"] = {"id": incident.room, "name": "another"}
        if name.startswith("reaction"):
            del event["channel"]
            event["item"] = {"type": "message", "channel": incident.room, "ts": "1.1"}
            event["reaction"] = "pushpin"  # others mean nothing, and are not looked at
        body = {
            "type": "event_callback",
            "event_id": f"Ev{self._tries}",
            "team_id": "T1",
            "event": event,
        }
        return body, True

    def _place(self, incident: Incident) -> dict[str, str]:
        """An action item and a walk of the incident; some that do not exist, if it has none."""
        with self.world.app.desk.look() as connection:
            walk = next(iter(walks.of(connection, incident.number)), None)
            item = next(iter(action_items.of(connection, incident.number)), None)
        name, step = (walk.id, walk.step) if walk else ("no-such-walk", 1)
        memory = json.dumps({"walk": name, "step": step, "answer": "yes"})
        return {"item": str(item.number if item else 999), "walk": memory}


def _incident(world: World, *, is_private: bool) -> Incident:
    title = UserText(f"{SECRET} leaks" if is_private else "checkout 5xx")
    order = Declare(title, services=("search",), is_private=is_private)
    found = declare(world.app.desk, order, by=OPERATOR, now=world.clock()).incident
    world.settle()
    with world.app.desk.look() as connection:
        fresh = incidents.get(connection, found.number)
    assert fresh is not None
    assert fresh.room is not None
    return fresh


def _populate(world: World, incident: Incident) -> None:
    desk, now, number = world.app.desk, world.clock(), incident.number
    add = followups.Todo(UserText("rotate keys"), PersonId("U0DANA"))
    followups.add(desk, number, add, by=Origin(BOT, "clock"), now=now)
    with desk.store.write() as connection:
        for who in ("S", "G", "V"):
            person = Person(
                PersonId(PEOPLE[who]),
                PEOPLE[who].lower(),
                PEOPLE[who],
                is_active=who != "S",
                is_guest=who != "S",
            )
            people.remember(connection, person, now)
        people.all_left(connection, number, now)
        for one in roles.current(connection, number):
            roles.end(connection, one, now, "ended")
        for who in ("V", "R"):
            people.joined(connection, number, PersonId(PEOPLE[who]), now)
        roles.hold(connection, number, "commander", PersonId("U0BO"), now, because="a test")
        walks.add(connection, _walk(number, now))


def _walk(number: IncidentNumber, now: Any) -> walks.Stored:
    return walks.Stored(
        id=f"walk-{number}",
        incident=number,
        tree="some/tree",
        version="1",
        hash="0",
        state={},
        step=1,
        started_at=now,
        started_by=PersonId("U0BO"),
    )
