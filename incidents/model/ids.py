"""Names of things: numbers people say out loud, and identifiers that sort by time."""

import os
import re
import uuid
from datetime import datetime
from typing import NewType

IncidentNumber = NewType("IncidentNumber", int)
ActionNumber = NewType("ActionNumber", int)
PersonId = NewType("PersonId", str)
ServiceName = NewType("ServiceName", str)
TeamName = NewType("TeamName", str)

_KEY = re.compile(r"(?:inc-?)?0*(\d{1,9})", re.IGNORECASE)
_ROOM_NAME_LIMIT = 80  # Slack: channel names have at most 80 characters


def key(number: IncidentNumber) -> str:
    """``INC-42``: what people call an incident everywhere."""
    return f"INC-{number}"


def parse_key(typed: str) -> IncidentNumber | None:
    """The number in ``INC-42``, ``inc42`` or ``42``; None if it is none of these."""
    found = _KEY.fullmatch(typed.strip())
    return IncidentNumber(int(found.group(1))) if found else None


def room_name(number: IncidentNumber, title: str, *, suffix: str = "") -> str:
    """``inc-42-checkout-5xx``: lower case, digits and hyphens, within Slack's 80 characters."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    stem = f"inc-{number}-{slug}".rstrip("-")[: min(_ROOM_NAME_LIMIT, 48) - len(suffix)]
    return stem.rstrip("-") + suffix


def private_room_name(number: IncidentNumber) -> str:
    """``inc-42-private``: names of channels show up in places that nobody thinks of."""
    return f"inc-{number}-private"


def uuid7(now: datetime) -> str:
    """A UUID of version 7 (RFC 9562 §5.7) for ``now``: sorts by time to the millisecond."""
    millis = int(now.timestamp() * 1000)
    random_bits = int.from_bytes(os.urandom(10), "big")
    value = (millis & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | ((random_bits >> 62) & 0xFFF) << 64
    value |= 0b10 << 62 | (random_bits & ((1 << 62) - 1))
    return str(uuid.UUID(int=value))
