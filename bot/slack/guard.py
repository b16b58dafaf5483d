"""The door. Size, age and signature are checked on raw bytes; nothing is parsed before that.

Bolt parses first and verifies afterwards, and answers malformed signatures with a 500; so nothing
reaches Bolt that has not passed here.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.slack import payloads

LARGEST_BODY = 256 * 1024  # bytes; Slack's own payloads stay far below
OLDEST = 300  # seconds; Slack's advice against replays
_TIMESTAMP = re.compile(r"\d{1,10}", re.ASCII)
_CONTENT_TYPES = frozenset({"application/json", "application/x-www-form-urlencoded"})


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a request is not let in, as an HTTP status and words that help no attacker."""

    status: int
    title: str


def check(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Rejected | None:
    """None if the request is Slack's, recent, and of a shape that is safe to parse."""
    if len(body) > LARGEST_BODY:
        return Rejected(413, "The body is too large.")
    fault = _signature_fault(headers, body, secret, now)
    if fault is not None:
        return fault
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in _CONTENT_TYPES:
        return Rejected(415, "The content type is neither JSON nor a form.")
    return _shape_fault(body)


def sign(body: bytes, secret: str, timestamp: str) -> str:
    """Slack's signature, version 0, over the raw bytes."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def _signature_fault(
    headers: Mapping[str, str], body: bytes, secret: str, now: datetime
) -> Rejected | None:
    timestamp = headers.get("x-slack-request-timestamp", "")
    given = headers.get("x-slack-signature", "")
    if not secret or not _TIMESTAMP.fullmatch(timestamp):
        return Rejected(401, "The request is not signed.")
    if abs(now.timestamp() - int(timestamp)) > OLDEST:
        return Rejected(401, "The request is too old.")
    expected = sign(body, secret, timestamp).encode()
    if not hmac.compare_digest(expected, given.encode("utf-8", "replace")):
        return Rejected(401, "The signature does not match.")
    return None


def _shape_fault(body: bytes) -> Rejected | None:
    """Slack signed it, so this is our own safety: what would break us is refused in words."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Rejected(400, "The body is not UTF-8.")
    try:
        payload = payloads.parse(text)
    except ValueError:
        return Rejected(400, "The body is neither JSON nor a form.")
    fault = payloads.fault(payload)
    return Rejected(400, f"That is no payload of Slack's: {fault}.") if fault else None
