"""The door. Size, age and signature are checked on raw bytes; nothing is parsed before that.

Bolt parses first and verifies afterwards, and answers malformed signatures with a 500; so nothing
reaches Bolt that has not passed here.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

from bot.body import depth

LARGEST_BODY = 256 * 1024  # bytes; Slack's own payloads stay far below
OLDEST = 300  # seconds; Slack's advice against replays
_DEEPEST = 32  # levels of JSON
_TIMESTAMP = re.compile(r"\d{1,10}", re.ASCII)
_FORMS = ("command", "ssl_check")  # what a form of Slack's without a payload has
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
    return _shape_fault(content_type, body)


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


def _shape_fault(content_type: str, body: bytes) -> Rejected | None:
    """Slack signed it, so this is our own safety: what Bolt would choke on is refused in words."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Rejected(400, "The body is not UTF-8.")
    if content_type != "application/json" and not text.startswith("{"):  # Bolt takes that for JSON
        try:
            fields = parse_qs(text, keep_blank_values=True, max_num_fields=200)
        except ValueError:
            return Rejected(400, "The form has too many fields.")
        payload = fields.get("payload")
        if payload is None:
            is_form = any(name in fields for name in _FORMS)
            return None if is_form else Rejected(400, "The form is none of Slack's.")
        text = payload[0]
    if depth(text.encode()) > _DEEPEST:
        return Rejected(400, "The JSON is nested too deeply.")
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return Rejected(400, "The JSON is malformed.")
    return None if _is_sane(parsed) else Rejected(400, "The JSON is not a payload of Slack's.")


def _is_sane(payload: object) -> bool:
    """An object whose parts that Bolt looks into are objects where Slack sends objects."""
    if not isinstance(payload, dict):
        return False
    objects = ("team", "user", "channel", "event", "view", "message", "container")
    shapes = (dict, str, type(None))
    if not all(isinstance(payload.get(name), shapes) for name in objects):
        return False
    actions = payload.get("actions", [])
    return isinstance(actions, list) and all(isinstance(action, dict) for action in actions)
