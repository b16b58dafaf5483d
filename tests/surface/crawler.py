"""Somebody who tries everything: types every verb, presses every button, fills in every form.

It sees what a member's client shows (messages, answers only for them, dialogs, the home tab), so it
reaches nothing that a person could not reach.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.beats import beats_of
from bot.demo.host import Host
from bot.demo.player import wait_until
from bot.demo.stage import member_id
from bot.emulator import ActResult
from bot.emulator.blockkit.values import Found, elements
from bot.emulator.boot import boot
from bot.slack.router import Answer, Ask, Route, Routes, Verb
from incidents.store import incidents, outbox_view

OURS_IS_BROKEN = "went wrong on my side"
_TABLES = ("buttons", "forms", "shortcuts", "events")
_BACKGROUND = 4  # threads of the application that answer after the response
_A_MOMENT = timedelta(seconds=2)  # between two acts of a person
_GLANCE = 0.02  # seconds of real time
_MOST_DIALOGS = 3  # in a row, until somebody gives up
_NO_END = 300  # buttons that lead to ever new buttons


@dataclass(slots=True)
class Reached:
    """Which answers were asked for, as ``table/name``."""

    names: set[str] = field(default_factory=set)

    def recording(self, routes: Routes) -> Routes:
        """The same routes; whoever gets through one is noted."""
        made = Routes(words=dict(routes.words))
        verbs = {verb.name: self._verb(verb) for verb in routes.verbs.values()}
        made.verbs = {word: verbs[verb.name] for word, verb in routes.verbs.items()}
        for table in _TABLES:
            wrapped = {
                name: self._route(f"{table}/{name}", route)
                for name, route in getattr(routes, table).items()
            }
            setattr(made, table, wrapped)
        return made

    def _verb(self, verb: Verb) -> Verb:
        return replace(verb, run=self._route(f"verbs/{verb.name}", verb.run))

    def _route(self, name: str, route: Route) -> Route:
        def run(ask: Ask) -> Answer:
            self.names.add(name)
            return route.run(ask)

        return replace(route, run=run)


def all_of(routes: Routes) -> set[str]:
    """Everything that can be asked for, as `Reached` names it."""
    names = {f"verbs/{verb.name}" for verb in routes.verbs.values()}
    for table in _TABLES:
        names |= {f"{table}/{name}" for name in getattr(routes, table)}
    return names


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that somebody could press, and where it is."""

    found: Found
    place: Mapping[str, str]
    option: str = ""

    @property
    def name(self) -> str:
        """The route's: what stands in front of the colon."""
        return str(self.found.element["action_id"]).partition(":")[0]

    @property
    def label(self) -> str:
        """What stands on a button."""
        return str(self.found.element.get("text", {}).get("text", ""))

    @property
    def kind(self) -> tuple[str, str]:
        """What it does, whichever incident it is about."""
        return self.name, self.option.rpartition(" ")[2]


@dataclass(slots=True)
class Crawler:
    """Acts for everybody of the organisation ``host``."""

    host: Host
    reached: Reached
    pressed: set[tuple[str, str]] = field(default_factory=set)

    # What people do.

    def types(self, who: str, channel: str, text: str) -> ActResult:
        """A slash command, or words; then whatever form opens is filled in."""
        return self._done(who, self._typed(who, channel, text))

    def learns(self, who: str, channel: str, text: str, *, thread: str | None = None) -> str:
        """Everything that is new to somebody's eyes after they typed that, dialogs included."""
        before = self.readable(who)
        result = self._typed(who, channel, text, thread)
        self._must_be_answered(result)
        self.rests()
        at_once = self.readable(who) - before
        self._fills_in(who)
        return "\n".join(at_once | (self.readable(who) - before))

    def presses_all(self, who: str, *, but: frozenset[str] = frozenset()) -> None:
        """Everything new that this person sees; also what only appears by that."""
        for _ in range(_NO_END):
            new = next((one for one in self.sees(who) if self._is_new(one, but)), None)
            if new is None:
                return
            self.presses(who, new)
        raise AssertionError(f"there is no end to what {who} can press")

    def presses(self, who: str, seen: Seen) -> ActResult:
        """Once, choosing something if it is a menu."""
        self.pressed.add(seen.kind)
        block, element = str(seen.found.block.get("block_id", "")), seen.found.element
        done = self.host.workspace.act.action(
            member_id(who),
            element["action_id"],
            block_id=block,
            value=seen.option or self._choice(seen.found),
            **seen.place,
        )
        return self._done(who, done)

    def presses_one(self, who: str, name: str, label: str = "") -> ActResult:
        """The newest button of that name, and with that label, which this person sees."""
        found = next(
            (one for one in self.sees(who) if one.name == name and label in one.label), None
        )
        assert found is not None, f"{who} sees no {name} {label}"
        return self.presses(who, found)

    def whoever_is_asked_presses(self, name: str) -> str:
        """The person who sees such a button in a direct message presses the newest."""
        for who in map(str, self.host.app.desk.catalog.people):
            found = next((one for one in self.sees(who) if one.name == name), None)
            if found is not None and found.place.get("channel", "").startswith("D"):
                self.presses(who, found)
                return who
        raise AssertionError(f"nobody was asked by {name}")

    def uses(self, who: str, shortcut: str, **place: str) -> ActResult:
        """A shortcut, on a message or from anywhere; its form is filled in."""
        act = self.host.workspace.act
        return self._done(who, act.shortcut(member_id(who), shortcut, **place))

    def reacts(self, who: str, channel: str, ts: str, emoji: str, *, remove: bool = False) -> None:
        """An emoji on a message, or off it."""
        act = self.host.workspace.act
        self._done(who, act.reaction(member_id(who), channel, ts, emoji, remove=remove))

    def mouse(self, who: str, method: str, **arguments: Any) -> None:
        """Something that a person does in Slack itself."""
        answer = self.host.workspace.web_api(method, arguments, f"xoxp-{member_id(who)}")
        assert answer.ok, (method, answer.body)
        self.rests()

    def happens(self, kind: str, channel: str) -> None:
        """Something that administrators do elsewhere, and the app only hears of."""
        core = self.host.workspace.core
        with core.change() as state:
            event = {"type": kind, "channel": channel, "event_ts": state.new_ts()}
            core.emit(event, state.channels.get(channel))
        self.rests()

    # Time.

    def waits(self, **span: float) -> None:
        """Time goes by, and everything that is done again and again is done."""
        self.host.app.clock.pass_(timedelta(**span))
        for beat in beats_of(self.host.app):
            beat.call()
        self.rests()

    def rests(self) -> None:
        """Until nothing is on its way any more: events, answers in words, deadlines, effects."""
        app = self.host.app
        app.clock.pass_(_A_MOMENT)
        for _ in range(_NO_END):
            moved = self.host.workspace.flush_events() + app.fire() + app.work_off()
            self._lets_answer()
            if not moved and self._is_carried():
                return
            wait_until(self._is_carried, "everything is carried", glance=_GLANCE)
        raise AssertionError("it does not come to rest")

    def _is_carried(self) -> bool:
        """Whether no effect waits. If none can begin, time goes on: they keep pauses between them.

        What is in flight is looked for before anything is begun: it may make room for others.
        """
        app = self.host.app
        with app.desk.look() as connection:
            waiting = outbox_view.listed(connection, states=("pending", "inflight"), limit=_NO_END)
        is_moving = any(one.state == "inflight" for one in waiting) or app.deliverer.round()
        later = [one.not_before for one in waiting if one.not_before > app.clock()]
        if not is_moving and later:
            app.clock.pass_(min(later) - app.clock())
        return not waiting

    def _lets_answer(self) -> None:
        """What is said after the response to Slack has been said."""
        together = threading.Barrier(_BACKGROUND + 1)
        for _ in range(_BACKGROUND):
            self.host.app.background.submit(together.wait, 30)
        together.wait(30)

    # What people see.

    def sees(self, who: str) -> Iterator[Seen]:
        """Everything to press, the newest message first."""
        for place, content in self._shown(who):
            yield from _all_in(content.get("blocks") or [], place)

    def readable(self, who: str) -> Counter[str]:
        """Everything to read, piece by piece, with titles of dialogs and words of buttons."""
        views = boot(self.host.workspace.core, member_id(who))["open_views"]
        contents = [*views, *(content for _, content in self._shown(who))]
        return Counter(text for content in contents for text in _texts(content))

    def _shown(self, who: str) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
        """Each message and the home tab, and how to point at it."""
        workspace = self.host.workspace
        shown = boot(workspace.core, member_id(who))
        for said in reversed(shown["ephemerals"]):
            yield {"channel": said["channel"], "message_ts": said["ts"]}, said["message"]
        for channel in [*shown["dms"], *reversed(shown["channels"])]:
            if channel["is_member"]:
                for message in reversed(list(workspace.core.state.messages.of(channel["id"]))):
                    yield {"channel": channel["id"], "message_ts": message.ts}, message.body
        if (home := shown["home_view"]) is not None:
            yield {"view_id": home["id"]}, home

    def channel(self, beginning: str) -> str:
        """The newest channel that has this name or id, or whose name begins so."""
        found = [
            one.id
            for one in self.host.workspace.core.state.channels
            if beginning in {one.id, one.name} or one.name.startswith(f"{beginning}-")
        ]
        assert found, f"there is no channel {beginning}"
        return found[-1]

    def room(self, title: str) -> str:
        """The newest room of an incident with this title."""
        found = [one.id for one in self.host.workspace.core.state.channels if title in one.name]
        assert found, f"there is no room about {title}"
        return found[-1]

    def key(self, channel: str) -> str:
        """``INC-2`` for its room; nothing for a channel that is none."""
        with self.host.app.desk.look() as connection:
            found = incidents.in_room(connection, self.channel(channel))
        return found.key if found else ""

    # How an act goes on.

    def _typed(self, who: str, channel: str, text: str, thread: str | None = None) -> ActResult:
        act, place = self.host.workspace.act, self.channel(channel)
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            return act.command(member_id(who), place, rest, command)
        return act.message(member_id(who), place, text, thread_ts=thread)

    def _done(self, who: str, result: ActResult) -> ActResult:
        self._must_be_answered(result)
        self.rests()
        self._fills_in(who)
        return result

    def _fills_in(self, who: str) -> None:
        """Whatever dialog is open, until none is; what a form complains about is left."""
        user = member_id(who)
        for _ in range(_MOST_DIALOGS):
            view = self._dialog(who)
            if view is None:
                return
            self._tries_what_acts_at_once(who, view)
            view = self._dialog(who) or view
            values = {
                found.block["block_id"]: {found.element["action_id"]: self._choice(found)}
                for found in elements(view["blocks"])
                if found.block["type"] == "input"
            }
            self._must_be_answered(self.host.workspace.act.view(user, view["id"], values))
            self.rests()
        self.host.workspace.act.close_all(user)

    def _tries_what_acts_at_once(self, who: str, view: dict[str, Any]) -> None:
        """Menus and buttons of a dialog that do not wait for its being submitted, each once."""
        for found in list(elements(view["blocks"])):
            seen = Seen(found, {"view_id": view["id"]})
            is_live = found.block["type"] != "input" or found.block.get("dispatch_action")
            if not is_live or seen.kind in self.pressed:
                continue
            self.pressed.add(seen.kind)
            done = self.host.workspace.act.action(
                member_id(who),
                found.element["action_id"],
                view_id=view["id"],
                block_id=str(found.block["block_id"]),
                value=self._choice(found),
            )
            self._must_be_answered(done)
            self.rests()

    def _dialog(self, who: str) -> dict[str, Any] | None:
        views = boot(self.host.workspace.core, member_id(who))["open_views"]
        return views[-1] if views else None

    def _must_be_answered(self, result: ActResult) -> None:
        assert result.status in {0, 200}, result
        assert OURS_IS_BROKEN not in str(result.body), result.body

    def _is_new(self, seen: Seen, but: frozenset[str]) -> bool:
        return seen.name not in but and seen.kind not in self.pressed

    def _choice(self, found: Found) -> Any:
        """Something that a person could enter there."""
        block = str(found.block.get("block_id", ""))
        if block in _FITTING:
            return _FITTING[block]
        now = self.host.app.clock().timestamp()
        return _MAKERS[found.kind](found.element, now)


def _all_in(blocks: Iterable[Mapping[str, Any]], place: Mapping[str, str]) -> Iterator[Seen]:
    """Everything to press; an overflow menu is as many buttons as it has options."""
    for found in elements(dict(block) for block in blocks):
        if found.kind == "overflow":
            for option in found.element["options"]:
                yield Seen(found, place, str(option["value"]))
        else:
            yield Seen(found, place)


def _texts(content: Any) -> Iterator[str]:
    """Every ``text`` in a message or view, however deep."""
    if isinstance(content, list):
        for one in content:
            yield from _texts(one)
    elif isinstance(content, dict):
        if isinstance(content.get("text"), str):
            yield content["text"]
        yield from _texts(list(content.values()))


_FITTING = {"due": "friday", "audience": "customers", "ended": None}
"""What to enter where not anything will do; an incident that is declared is not over yet."""

_MAKERS: Mapping[str, Callable[[Mapping[str, Any], float], Any]] = {
    "button": lambda element, _: element.get("value"),
    "static_select": lambda element, _: element["options"][0]["value"],
    "multi_static_select": lambda element, _: [element["options"][0]["value"]],
    "radio_buttons": lambda element, _: element["options"][0]["value"],
    "checkboxes": lambda element, _: element.get("initial_options") or [],
    "users_select": lambda _, __: member_id("dana"),
    "multi_users_select": lambda _, __: [member_id("dana")],
    "conversations_select": lambda _, __: "C0GENERAL",
    "datepicker": lambda _, __: "2026-12-01",
    "timepicker": lambda _, __: "10:00",
    "datetimepicker": lambda element, now: element.get("initial_date_time") or int(now) - 600,
    "plain_text_input": lambda element, _: element.get("initial_value") or "Words of a person",
    "number_input": lambda _, __: "3",
    "email_text_input": lambda _, __: "ana@example.com",
    "url_text_input": lambda _, __: "https://example.com",
}
