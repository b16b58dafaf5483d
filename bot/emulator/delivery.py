"""How the app is reached: signed HTTP, signed bytes handed to a function, or Socket Mode.

Slack's signature is HMAC-SHA256 over ``v0:<timestamp>:<body>`` (docs.slack.dev, "Verifying
requests from Slack"). A delivery that finds nobody raises ``Undelivered`` with Slack's reason.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlencode

import httpx

from bot.emulator.entities import Json

PATIENCE_SECONDS = 3.0
Kind = Literal["command", "interactive", "event"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing on its way to the app.

    ``body`` and ``headers`` are what HTTP carries, signed;
    ``envelope`` is the same for Socket Mode, without its ``envelope_id``.
    """

    kind: Kind
    headers: Mapping[str, str]
    body: bytes
    envelope: Json


@dataclass(frozen=True, slots=True)
class Reply:
    """The app's answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004  # what HTTP calls successful

    def json(self) -> Json | None:
        """The body as a JSON object, or None if it is none."""
        try:
            parsed = json.loads(self.body)
        except ValueError:
            return None
        return parsed if isinstance(parsed, dict) else None


class Undelivered(Exception):
    """Nobody answered; ``reason`` is Slack's, such as http_timeout or connection_failed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Courier(Protocol):
    def __call__(self, delivery: Delivery) -> Reply: ...


class CallableDelivery:
    """Hands the signed bytes to a function in this process."""

    def __init__(self, receive: Callable[[Delivery], Reply]) -> None:
        self._receive = receive

    def __call__(self, delivery: Delivery) -> Reply:
        return self._receive(delivery)


class HttpDelivery:
    """POSTs to one address over pooled connections."""

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.url = url
        self._client = httpx.Client(timeout=patience_seconds, trust_env=False)

    def __call__(self, delivery: Delivery) -> Reply:
        try:
            answer = self._client.post(
                self.url, content=delivery.body, headers=dict(delivery.headers)
            )
        except httpx.TimeoutException:
            raise Undelivered("http_timeout") from None
        except httpx.TooManyRedirects:
            raise Undelivered("too_many_redirects") from None
        except httpx.TransportError:
            raise Undelivered("connection_failed") from None
        return Reply(answer.status_code, dict(answer.headers), answer.content)

    def close(self) -> None:
        self._client.close()


def sign(secret: str, at: float, body: bytes) -> dict[str, str]:
    """The two headers by which the app knows that a request is Slack's."""
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    return {
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest.hexdigest()}",
    }


def command(payload: Json, secret: str, at: float) -> Delivery:
    """A slash command: the fields themselves as a form."""
    body = urlencode(payload).encode()
    return _delivery("command", body, secret, at, envelope("slash_commands", payload))


def interaction(payload: Json, secret: str, at: float) -> Delivery:
    """An interaction: one form field that holds JSON."""
    body = urlencode({"payload": json.dumps(payload, ensure_ascii=False)}).encode()
    return _delivery("interactive", body, secret, at, envelope("interactive", payload))


def event(payload: Json, secret: str, at: float, *, attempt: int, reason: str) -> Delivery:
    """An event as JSON. ``attempt`` is 0 for the first delivery, then the number of the retry."""
    body = json.dumps(payload, ensure_ascii=False).encode()
    made = _delivery("event", body, secret, at, envelope("events_api", payload))
    made.envelope.update(retry_attempt=attempt, retry_reason=reason)
    if not attempt:
        return made
    retry = {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": reason}
    return Delivery("event", {**made.headers, **retry}, body, made.envelope)


def envelope(kind: str, payload: Json) -> Json:
    return {"type": kind, "payload": payload, "accepts_response_payload": kind != "events_api"}


def _delivery(kind: Kind, body: bytes, secret: str, at: float, wrapped: Json) -> Delivery:
    content = "application/json" if kind == "event" else "application/x-www-form-urlencoded"
    headers = {
        "content-type": content,
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        **sign(secret, at, body),
    }
    return Delivery(kind, headers, body, wrapped)
