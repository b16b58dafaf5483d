"""A workspace that behaves like Slack's, in this process."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from bot.emulator import shapes
from bot.emulator.acts import Acts
from bot.emulator.args import Args
from bot.emulator.calls import Call, CallLog
from bot.emulator.core import Answer, Caller, Core, Identity
from bot.emulator.delivery import Courier, HttpDelivery
from bot.emulator.entities import AnyJson, Channel, Json, Member, Usergroup
from bot.emulator.errors import SlackError
from bot.emulator.events import Events
from bot.emulator.faults import Fault, Faults
from bot.emulator.limits import Limits, limited
from bot.emulator.methods import METHODS
from bot.emulator.methods.conversations import add_member, direct_channel, make_channel
from bot.emulator.methods.request import Method, Request
from bot.emulator.socket import SocketHub


class Workspace:
    """The whole of it: members, channels, one installed app, and the people who act.

    ``web_api`` is the core; HTTP, the in-process transport and the page only wrap it. With
    ``state_file`` every accepted change is durable before it is answered, so a workspace made
    anew with the same file is the same workspace. ``sleep`` is how delays pass.
    """

    def __init__(  # noqa: PLR0913  # a workspace is all of these
        self,
        clock: Callable[[], datetime],
        *,
        team: str | None = None,
        bot_name: str | None = None,
        signing_secret: str | None = None,
        bot_token: str | None = None,
        app_token: str | None = None,
        bot_scopes: frozenset[str] | None = None,
        rate_limits: bool = True,
        state_file: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        given: dict[str, Any] = {
            "team": team,
            "bot_name": bot_name,
            "signing_secret": signing_secret,
            "bot_token": bot_token,
            "app_token": app_token,
            "bot_scopes": bot_scopes,
        }
        if bot_name:
            mark = bot_name.upper().replace("-", "")[:8]
            given |= {"bot_user": f"U0{mark}", "bot_id": f"B0{mark}", "app_id": f"A0{mark}"}
        self.identity = replace(
            Identity(), **{name: value for name, value in given.items() if value is not None}
        )
        self.core = Core(self.identity, clock, state_file)
        self.rate_limits = rate_limits
        self.faults = Faults()
        self.log = CallLog()
        self._deliver: Courier | None = None
        self.sockets = SocketHub(self.core)
        self._limits = Limits()
        self._sleep = sleep
        self._events = Events(self.core, self.courier)
        self.act = Acts(self.core, self.courier)
        me = self.identity
        bot = Member(me.bot_user, me.bot_name, me.bot_name, "UTC", is_bot=True)
        with self.core.change() as state:
            if state.members.get(bot.id) is None:
                state.members.put(replace(bot, bot_id=me.bot_id, app_id=me.app_id))

    # Seeding. Everything may be said twice: what is there already stays as it is.

    def add_member(  # noqa: PLR0913  # a member's profile
        self,
        member_id: str,
        name: str,
        real_name: str,
        tz: str = "Europe/Berlin",
        *,
        email: str = "",
        title: str = "",
        deleted: bool = False,
        is_bot: bool = False,
        is_admin: bool = False,
    ) -> Member:
        address = email or f"{name}@example.com"
        with self.core.change() as state:
            known = state.members.get(member_id)
            if known:
                return known
            who = Member(member_id, name, real_name, tz, address, title, deleted, is_bot, is_admin)
            who = state.members.put(replace(who, updated=self.core.now()))
            self.core.emit({"type": "team_join", "user": shapes.member(self.core, who)})
            self.core.show("member", None, member=shapes.member(self.core, who))
        return who

    def change_member(self, member_id: str, **changes: AnyJson) -> Member:
        """Another time zone, name or title, or ``deleted=True``; the app hears of it."""
        with self.core.change() as state:
            who = replace(self.core.member(member_id), updated=self.core.now(), **changes)
            state.members.put(who)
            shown = shapes.member(self.core, who)
            self.core.emit({"type": "user_change", "user": shown})
            self.core.show("member", None, member=shown)
        return who

    def add_channel(
        self, name: str, members: Sequence[str] = (), *, private: bool = False, topic: str = ""
    ) -> Channel:
        """A channel with these members, the first of whom made it. The app is in it if listed."""
        with self.core.change() as state:
            known = next((chan for chan in state.channels if chan.name == name), None)
            if known:
                return known
            creator = members[0] if members else self.identity.bot_user
            chan = make_channel(self.core, name, creator, private=private)
            return state.channels.put(
                replace(chan, members=tuple(dict.fromkeys(members)), topic=topic)
            )

    def add_usergroup(self, handle: str, name: str, users: Sequence[str]) -> Usergroup:
        with self.core.change() as state:
            known = next((group for group in state.usergroups if group.handle == handle), None)
            if known:
                return known
            now = int(self.core.now())
            group = Usergroup(state.new_id("S"), handle, name, tuple(users), now)
            return self._group_event("subteam_created", state.usergroups.put(group))

    def change_usergroup(self, group_id: str, **changes: AnyJson) -> Usergroup:
        """Another handle, name or other people; the app hears of it."""
        with self.core.change() as state:
            known = state.usergroups.get(group_id)
            if known is None:
                raise SlackError("no_such_subteam")
            changed = state.usergroups.put(replace(known, **changes))
            return self._group_event("subteam_updated", changed)

    def _group_event(self, kind: str, group: Usergroup) -> Usergroup:
        shown = shapes.usergroup(self.core, group, with_users=True, with_count=True)
        self.core.emit({"type": kind, "subteam": shown})
        return group

    def invite_app(self, channel: str) -> None:
        """As ``/invite @warroom`` would."""
        with self.core.change() as state:
            chan = state.channels.get(channel)
            if chan is None:
                raise SlackError("channel_not_found")
            add_member(self.core, chan, self.identity.bot_user)

    def share(self, channel: str, team: str) -> None:
        """From now on people of another organisation's team are in the channel, too."""
        with self.core.change() as state:
            chan = state.channels.get(channel)
            if chan is None:
                raise SlackError("channel_not_found")
            state.channels.put(replace(chan, shared_with=team))

    def direct_channel(self, user: str) -> Channel:
        """The direct messages between the app and ``user``."""
        with self.core.change():
            return direct_channel(self.core, self.identity.bot_user, [user])

    # The app.

    def install(
        self,
        events_url: str | None = None,
        *,
        slash_command: str,
        usage_hint: str = "",
        description: str = "",
        shortcuts: Sequence[Mapping[str, str]] = (),
        public_url: str | None = None,
    ) -> None:
        """Say where the app listens and what it offers.

        With ``events_url`` everything is delivered there over HTTP, events from a thread of their
        own. Without it set ``deliver``, or let the app connect by Socket Mode and call ``start``.
        ``shortcuts`` are ``{"name", "callback_id", "type": "message" | "global"}``.
        ``public_url`` is where the workspace itself is reached; it defaults to the app's origin.
        """
        installed = self.core.installed
        command = {"command": slash_command, "usage_hint": usage_hint, "description": description}
        installed.commands = [*installed.commands, command]
        installed.shortcuts = [dict(shortcut) for shortcut in shortcuts]
        installed.is_listening = True
        if events_url:
            parts = urlsplit(events_url)
            installed.public_url = f"{parts.scheme}://{parts.netloc}"
            self.deliver = HttpDelivery(events_url)
            self.start()
        if public_url:
            installed.public_url = public_url

    @property
    def deliver(self) -> Courier | None:
        """How the app is reached while it has no Socket Mode connection."""
        return self._deliver

    @deliver.setter
    def deliver(self, courier: Courier | None) -> None:
        self._deliver = courier
        self.core.installed.is_listening = courier is not None

    def start(self) -> None:
        """Deliver events from a thread of their own, as they happen."""
        self.core.installed.is_listening = True
        self._events.start()

    def flush_events(self) -> int:
        """Deliver every event that is due by the clock; how many deliveries that took."""
        return self._events.flush()

    def close(self) -> None:
        self._events.stop()
        if isinstance(self.deliver, HttpDelivery):
            self.deliver.close()
        self.core.state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def courier(self) -> Courier | None:
        """How the app is reached right now: a Socket Mode connection comes first."""
        return self.sockets.deliver if self.sockets.is_connected else self.deliver

    # The Web API.

    def web_api(self, method: str, args: Mapping[str, Any], token: str | None = None) -> Answer:
        """Call a method as https://slack.com/api/<method> would be called."""
        token = token or args.get("token")
        is_person = bool(token) and str(token).startswith("xoxp-")
        if is_person:
            return self._answer(method, args, token)
        kind = "app" if token == self.identity.app_token else "bot"
        call = self.log.begin(self.core.clock(), method, args, kind)
        answer = self._with_faults(method, lambda: self._answer(method, args, token))
        self._end(call, answer)
        return answer

    def with_faults(self, name: str, args: Mapping[str, Any], run: Callable[[], Answer]) -> Answer:
        """Carry out something of the app's that is no Web API method, under the same faults."""
        call = self.log.begin(self.core.clock(), name, args, "hook")
        answer = self._with_faults(name, run)
        self._end(call, answer)
        return answer

    def _end(self, call: Call, answer: Answer) -> None:
        lost = "lost_answer" if answer.is_lost else ""
        self.log.end(call, lost or ("" if answer.ok else str(answer.body.get("error"))))

    def _with_faults(self, name: str, run: Callable[[], Answer]) -> Answer:
        with self.core.lock:
            struck = self.faults.strike(name)
        for fault in struck:
            if fault.kind == "delay":
                self._sleep(fault.seconds)
            elif fault.kind in _INSTEAD:
                return _INSTEAD[fault.kind](fault)
        answer = run()
        for fault in struck:
            if fault.kind == "error_after":
                return _failed(fault)
            if fault.kind == "lost_answer":
                return replace(answer, is_lost=True)
        return answer

    def _answer(self, method: str, args: Mapping[str, Any], token: str | None) -> Answer:
        headers: dict[str, str] = {}
        try:
            known, caller = self._admitted(method, token)
            if caller.scopes is not None:
                headers["x-oauth-scopes"] = ",".join(sorted(caller.scopes))
            headers["x-accepted-oauth-scopes"] = ",".join(known.scopes)
            caller.need(*known.scopes)
            with self.core.change():
                if self.rate_limits and caller.kind in {"bot", "app"}:
                    self._limits.admit(known, Args(args), self.core.now())
                body = known.run(Request(self.core, Args(args), caller))
        except SlackError as refusal:
            return Answer(refusal.status, {**headers, **refusal.headers}, refusal.body())
        return Answer(200, headers, json.loads(json.dumps({"ok": True, **body})))

    def _admitted(self, method: str, token: str | None) -> tuple[Method, Caller]:
        """The method and who calls it, if that kind of token may."""
        known = METHODS.get(method)
        if known is None:
            raise SlackError("unknown_method", req_method=method)
        if "nobody" in known.callers and not token:
            return known, Caller("nobody", "")
        caller = self.core.caller(token)
        if caller.kind not in known.callers:
            raise SlackError("not_allowed_token_type")
        return known, caller


def _failed(fault: Fault) -> Answer:
    return Answer(fault.status, {}, {"ok": False, "error": fault.error})


def _limited(fault: Fault) -> Answer:
    refusal = limited(fault.seconds)
    return Answer(refusal.status, refusal.headers, refusal.body())


def _down(fault: Fault) -> Answer:
    del fault
    return Answer(503, {}, {"ok": False, "error": "service_unavailable"})


_INSTEAD: dict[str, Callable[[Fault], Answer]] = {
    "error_before": _failed,
    "rate_limited": _limited,
    "down": _down,
}


def snapshot(workspace: Workspace) -> list[Json]:
    """The call log as JSON."""
    return [
        {
            "at": call.at.isoformat(),
            "method": call.method,
            "args": call.args,
            "ok": call.ok,
            "error": call.error,
            "wave": call.wave,
            "started": call.started,
            "finished": call.finished,
            "token_kind": call.token_kind,
        }
        for call in workspace.log
    ]
