"""Socket Mode: the same payloads through a connection that we open.

For firewalls and for trying.
"""

import json

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import send_response
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.clock import monotonic
from bot.slack.reception import Reception

log = structlog.get_logger(__name__)


class _Handler(SocketModeHandler):
    """Bolt's own, but what comes in goes through our reception."""

    reception: Reception

    def handle(self, client: BaseSocketModeClient, req: SocketModeRequest) -> None:
        """Answer one envelope."""
        answer = self.reception.receive(json.dumps(req.payload))
        send_response(client, req, answer, monotonic())


class SocketMode:
    """Keeps one connection. `keep` is called again and again; it connects when there is none."""

    def __init__(self, bolt: App, reception: Reception, app_token: str, api_url: str) -> None:
        web = WebClient(base_url=api_url, retry_handlers=[], timeout=10)
        self._handler = _Handler(bolt, app_token, web_client=web)
        self._handler.reception = reception
        self._was_connected = False

    @property
    def is_connected(self) -> bool:
        """Whether Slack can reach us right now."""
        return bool(self._handler.client.is_connected())

    def keep(self) -> None:
        """Connect, unless we are connected. Slack may be down: then later."""
        if self.is_connected:
            return
        try:
            self._handler.client.connect()
        except (SlackApiError, SlackClientError, OSError) as error:
            log.warning("socket_not_connected", because=type(error).__name__)
            return
        log.info("socket_connected", again=self._was_connected)
        self._was_connected = True

    def close(self) -> None:
        """Hang up."""
        self._handler.client.close()
