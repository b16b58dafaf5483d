"""What came of what a person did."""

from dataclasses import dataclass, field
from typing import Any

from bot.emulator import delivery
from bot.emulator.core import Core
from bot.emulator.delivery import Courier, Delivery, Reply, Undelivered
from bot.emulator.entities import AnyJson, Json


@dataclass(frozen=True, slots=True)
class ActResult:
    """How an act ended.

    ``status`` is the app's HTTP status, 0 if it was not asked or did not answer; ``body`` its
    answer (parsed if JSON, else text). ``error`` is Slack's code and ``words`` what the person is
    shown. ``errors`` are a form's complaints by block, ``options`` a menu's suggestions.
    """

    ok: bool
    status: int = 0
    body: Any = ""
    error: str = ""
    words: str = ""
    trigger_id: str = ""
    response_url: str = ""
    ts: str = ""
    shown: Json | None = None
    errors: Json = field(default_factory=dict)
    options: list[Json] = field(default_factory=list)

    def as_json(self) -> Json:
        return {
            "ok": self.ok,
            "status": self.status,
            "response": self.body,
            "error": self.error,
            "message": self.words,
            "trigger_id": self.trigger_id,
            "ts": self.ts,
            "shown": self.shown,
            "errors": self.errors,
            "options": self.options,
        }


def refused(error: str, words: str) -> ActResult:
    """Slack's own client says no; the app hears nothing."""
    return ActResult(ok=False, error=error, words=words)


def ask(core: Core, courier: Courier | None, made: Delivery) -> tuple[Reply | None, str]:
    """The app's answer, or None and Slack's code for why there is none that counts."""
    if courier is None:
        return None, "dispatch_failed"
    began = core.now()
    try:
        reply = courier(made)
    except Undelivered as problem:
        timed_out = problem.reason == "http_timeout"
        return None, "operation_timeout" if timed_out else "dispatch_failed"
    if core.now() - began > delivery.PATIENCE_SECONDS:
        return None, "operation_timeout"
    return reply, "" if reply.ok else "dispatch_failed"


def answer_of(reply: Reply | None) -> AnyJson:
    """The reply's body, parsed if it is a JSON object, else as text."""
    if reply is None:
        return ""
    parsed = reply.json()
    return parsed if parsed is not None else reply.body.decode("utf-8", "replace")
