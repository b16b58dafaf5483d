"""A Slack that runs in our process: for the demo, for tests, and for trying things out.

It knows Slack's protocol and nothing of the app that is installed in it.
"""

from bot.emulator.acts.result import ActResult
from bot.emulator.calls import Call
from bot.emulator.core import DEFAULT_BOT_SCOPES, Answer
from bot.emulator.delivery import CallableDelivery, Delivery, HttpDelivery, Reply, Undelivered
from bot.emulator.errors import SlackError
from bot.emulator.faults import Fault
from bot.emulator.server import build_routes
from bot.emulator.transport import InProcessTransport
from bot.emulator.workspace import Workspace

__all__ = [
    "DEFAULT_BOT_SCOPES",
    "ActResult",
    "Answer",
    "Call",
    "CallableDelivery",
    "Delivery",
    "Fault",
    "HttpDelivery",
    "InProcessTransport",
    "Reply",
    "SlackError",
    "Undelivered",
    "Workspace",
    "build_routes",
]
