"""``apps.*``: where Socket Mode starts."""

import secrets

from bot.emulator.entities import Json, Trigger
from bot.emulator.methods.request import TIER_3, Method, Request

TICKET_SECONDS = 30.0


def connections_open(request: Request) -> Json:
    """An address that may be connected to once, soon."""
    core = request.core
    ticket = secrets.token_urlsafe(24)
    expires = core.now() + TICKET_SECONDS
    core.state.triggers.put(Trigger(f"ticket {ticket}", core.identity.bot_user, expires))
    address = core.url(f"/workspace/socket?ticket={ticket}&app_id={core.identity.app_id}")
    return {"url": "ws" + address.removeprefix("http")}


METHODS = (
    Method("apps.connections.open", connections_open, ("connections:write",), TIER_3, ("app",)),
)
