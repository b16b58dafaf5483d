"""From a payload that is known to be Slack's to what Slack is told.

While the database is away, or what came in while it was is not worked off yet, payloads go to disk
and are worked on later, in order, as of the time they came. People are told so in words.
"""

import json
from datetime import timedelta
from typing import Any

import structlog
from slack_bolt import App as Bolt
from slack_bolt import BoltRequest, BoltResponse

from bot.clock import Clock
from bot.slack import blocks, payloads
from bot.slack.blocks import Message
from bot.slack.client import SlackClient
from bot.slack.hearing import Hearing
from bot.slack.listen import UNAVAILABLE, Listener
from incidents.actions.deliver import Ambiguous, Dead, NotSent, Throttled
from incidents.errors import Unavailable
from incidents.store.engine import patience
from incidents.store.spool import Full, Kept, Spool

log = structlog.get_logger(__name__)

SOURCE = "slack"
_WAITS = 2.0  # seconds for a lock, of the three that Slack allows for an answer
_ANSWERABLE = timedelta(minutes=29)  # Slack takes answers for half an hour
_KEPT = (
    "My database does not answer. What you asked for is kept on disk, with the time it is now, "
    "and will be done as soon as the database is back. If it cannot wait, call the person on call."
)
_LOST = (
    "My database does not answer, and neither does my disk: this was NOT recorded. "
    "Call the person on call, and write down what you do."
)


class Reception:
    """Answers payloads, over HTTP and over a socket alike."""

    def __init__(
        self,
        bolt: Bolt,
        listener: Listener,
        client: SlackClient,
        spool: Spool,
        clock: Clock,
        hearing: Hearing,
    ) -> None:
        self._bolt = bolt
        self._listener = listener
        self._client = client
        self._spool = spool
        self._clock = clock
        self._hearing = hearing

    def receive(self, body: str) -> BoltResponse:
        """What Slack is told."""
        if self._spool.is_empty:
            try:
                return self._dispatch(body)
            except Unavailable as error:
                log.warning("database_unavailable", because=str(error))
        try:
            self._spool.keep(Kept(SOURCE, self._clock(), {}, body))
        except Full as error:
            log.critical("input_lost", because=str(error))
            return _words(body, _LOST)
        return _words(body, _KEPT)

    def play(self, kept: Kept) -> None:
        """Work on what was kept, as of then. Raises `Unavailable` if the database is away again."""
        with self._listener.as_of(kept.received_at):
            answer = self._dispatch(kept.body)
        payload = payloads.parse(kept.body)
        url = payload.get("response_url", "")
        is_fresh = self._clock() - kept.received_at < _ANSWERABLE
        if payload.get("command") and answer.body and url and is_fresh:
            try:
                self._client.answer(url, json.loads(answer.body))
            except (NotSent, Throttled, Ambiguous, Dead) as error:
                log.warning("late_answer_failed", because=str(error))

    def _dispatch(self, body: str) -> BoltResponse:
        """Bolt is given what we made of the body, as if it came over a socket, and no headers.

        Of headers, it would take orders that nobody signed.
        """
        payload = payloads.parse(body)
        request = BoltRequest(mode="socket_mode", body=payload)
        with patience(_WAITS):
            answer = self._bolt.dispatch(request)
        if answer.status == UNAVAILABLE:
            raise Unavailable("The database could not be used while a request was answered.")
        self._hearing.note(payload)
        return answer


def _words(body: str, text: str) -> BoltResponse:
    """The words, in whatever way this kind of payload can show them."""
    payload = payloads.parse(body)
    if payload.get("type") == "view_submission":
        view = blocks.modal("away", "Kept for later", [blocks.section(text)])
        return _json({"response_action": "update", "view": view})
    if payload.get("command"):
        message = Message(text, [blocks.section(f":floppy_disk: {text}")])
        return _json({"response_type": "ephemeral", **message.as_arguments()})
    return BoltResponse(status=200, body="")


def _json(content: dict[str, Any]) -> BoltResponse:
    return BoltResponse(
        status=200, body=json.dumps(content), headers={"content-type": ["application/json"]}
    )
