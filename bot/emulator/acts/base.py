"""What all acts share."""

from collections.abc import Callable

from bot.emulator import delivery
from bot.emulator.acts.result import ActResult, answer_of, ask
from bot.emulator.core import Core
from bot.emulator.delivery import Courier, Reply
from bot.emulator.entities import Channel, Json
from bot.emulator.errors import SlackError


class Hands:
    _core: Core
    _courier: Callable[[], Courier | None]

    def _channel(self, channel: str, user: str) -> Channel:
        """A channel by id, or by name with or without ``#``, that ``user`` can see."""
        state = self._core.state
        self._core.member(user)
        bare = channel.removeprefix("#")
        chan = state.channels.get(channel) or next(
            (c for c in state.channels if c.name == bare and bare), None
        )
        if chan is None or (chan.is_private and user not in chan.members):
            raise SlackError("channel_not_found")
        return chan

    def _interact(self, payload: Json) -> tuple[Reply | None, str]:
        core = self._core
        made = delivery.interaction(payload, core.identity.signing_secret, core.now())
        return ask(core, self._courier(), made)

    def _result(self, payload: Json, reply: Reply | None, error: str) -> ActResult:
        return ActResult(
            ok=not error,
            status=reply.status if reply else 0,
            body=answer_of(reply),
            error=error,
            words=FAILED.get(error, ""),
            trigger_id=payload.get("trigger_id", ""),
            response_url=payload.get("response_url", ""),
        )


FAILED = {
    "dispatch_failed": "Slack could not reach the app. Try again in a moment.",
    "operation_timeout": "The app did not answer in time. Try again in a moment.",
}
