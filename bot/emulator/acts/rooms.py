"""What people do in channels: commands, messages, reactions, coming and going, files."""

import base64
import secrets
from dataclasses import replace

from bot.emulator import delivery, hooks, shapes, talk
from bot.emulator.acts import compose, payloads
from bot.emulator.acts.base import Hands
from bot.emulator.acts.result import ActResult, ask, refused
from bot.emulator.core import Core
from bot.emulator.entities import Channel, Json, Message
from bot.emulator.errors import SlackError
from bot.emulator.methods import files, marks
from bot.emulator.methods.conversations import add_member, drop_member


class RoomActs(Hands):
    def command(
        self,
        user: str,
        channel: str,
        text: str = "",
        command: str = "",
        *,
        thread_ts: str | None = None,
    ) -> ActResult:
        """Type a slash command, by default the app's first.

        In a thread, and for an unknown command, Slack itself says no.
        """
        core, chan = self._core, self._channel(channel, user)
        installed = [known["command"] for known in core.installed.commands]
        command = command or next(iter(installed), "")
        if thread_ts:
            words = f"{command} is not supported in threads. Sorry!"
            return refused("not_supported_in_threads", words)
        if command not in installed:
            return refused("unknown_command", f"{command} is not a valid command.")
        typed = compose.command(core, text)
        payload = payloads.slash_command(core, user, chan, command, typed)
        made = delivery.command(payload, core.identity.signing_secret, core.now())
        reply, error = ask(core, self._courier(), made)
        result = self._result(payload, reply, error)
        if error:
            return self._failed_command(result, chan, user, command)
        return self._answered(result, chan, user, command)

    def message(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None
    ) -> ActResult:
        """Say something. Naming the app also sends it ``app_mention``."""
        core, chan = self._core, self._channel(channel, user)
        if chan.is_archived:
            return refused("is_archived", "This channel has been archived.")
        if user not in chan.members:
            return refused("not_in_channel", f"Join #{chan.name} to talk there.")
        with core.change() as state:
            body: Json = {
                "text": compose.message(core, text),
                "client_msg_id": secrets.token_hex(16),
                "team": core.identity.team_id,
            }
            parent = state.messages.at(chan.id, thread_ts) if thread_ts else None
            if thread_ts and parent is None:
                raise SlackError("thread_not_found")
            root = (parent.thread_ts or parent.ts) if parent else ""
            said = talk.post(core, chan, user, body, thread_ts=root)
            _mention(core, chan, said)
        return ActResult(ok=True, ts=said.ts, shown=shapes.message(core, said))

    def edit(self, user: str, channel: str, ts: str, text: str) -> ActResult:
        core = self._core
        with core.change():
            chan, said = self._own(user, channel, ts)
            body = {**said.body, "text": compose.message(core, text)}
            changed = talk.edit(core, chan, said, body)
        return ActResult(ok=True, ts=ts, shown=shapes.message(core, changed))

    def delete(self, user: str, channel: str, ts: str) -> ActResult:
        with self._core.change():
            chan, said = self._own(user, channel, ts)
            talk.delete(self._core, chan, said)
        return ActResult(ok=True, ts=ts)

    def reaction(
        self, user: str, channel: str, ts: str, name: str, *, remove: bool = False
    ) -> ActResult:
        with self._core.change() as state:
            chan = self._channel(channel, user)
            said = state.messages.at(chan.id, ts)
            if said is None:
                raise SlackError("message_not_found")
            change = marks.unreact if remove else marks.react
            change(self._core, chan, said, user, name.strip(":"))
        return ActResult(ok=True, ts=ts)

    def join(self, user: str, channel: str) -> ActResult:
        with self._core.change():
            chan = self._channel(channel, user)
            add_member(self._core, chan, user)
        return ActResult(ok=True)

    def leave(self, user: str, channel: str) -> ActResult:
        with self._core.change():
            chan = self._channel(channel, user)
            if user in chan.members:
                drop_member(self._core, chan, user)
        return ActResult(ok=True)

    def file(
        self,
        user: str,
        channel: str,
        name: str,
        content: bytes,
        comment: str = "",
        *,
        thread_ts: str = "",
    ) -> ActResult:
        """Drop a file into a channel."""
        core, chan = self._core, self._channel(channel, user)
        if user not in chan.members:
            return refused("not_in_channel", f"Join #{chan.name} to share there.")
        with core.change() as state:
            row = files.new_file(core, user, name, len(content))
            encoded = base64.b64encode(content).decode()
            row = state.files.put(
                replace(row, content=encoded, is_complete=True, channels=(chan.id,))
            )
            said: Json = {
                "text": compose.message(core, comment),
                "files": [shapes.file(core, row)],
                "upload": True,
            }
            message = files.share(core, chan, user, said, thread_ts)
        return ActResult(ok=True, ts=message.ts, shown=shapes.file(core, row))

    def _own(self, user: str, channel: str, ts: str) -> tuple[Channel, Message]:
        chan = self._channel(channel, user)
        said = self._core.state.messages.at(chan.id, ts)
        if said is None:
            raise SlackError("message_not_found")
        if said.user != user:
            raise SlackError("cant_update_message")
        return chan, said

    def _failed_command(
        self, result: ActResult, chan: Channel, user: str, command: str
    ) -> ActResult:
        words = f'{command} failed with the error "{result.error}"'
        with self._core.change():
            body = {"user": "USLACKBOT", "username": "Slackbot", "text": words}
            shown = talk.ephemeral_shape(talk.whisper(self._core, chan, user, body))
        return replace(result, words=words, shown=shown)

    def _answered(self, result: ActResult, chan: Channel, user: str, command: str) -> ActResult:
        """Show the app's direct answer to a command, if it gave one."""
        answer = result.body if isinstance(result.body, dict) else {"text": result.body}
        if not any(answer.get(name) for name in ("text", "blocks", "attachments")):
            return result
        try:
            with self._core.change():
                shown = hooks.say(self._core, chan, user, answer)
        except SlackError as refusal:
            failed = replace(
                result, ok=False, error="invalid_command_response", errors=refusal.body()
            )
            return self._failed_command(failed, chan, user, command)
        return replace(result, shown=shown)


def _mention(core: Core, chan: Channel, said: Message) -> None:
    """Tell the app that it was named, besides the message itself."""
    if f"<@{core.identity.bot_user}>" not in said.body["text"]:
        return
    event = {**shapes.message(core, said), "type": "app_mention", "channel": chan.id}
    core.emit({**event, "event_ts": said.ts}, chan)
