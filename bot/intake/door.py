"""The way in for webhooks: who sends, how much, of what shape; then the source's own reader.

Nothing is parsed before the sender is known. What came of a delivery is answered with 202; what is
wrong with it with 400 and the reason, for the sender's log. A sender that is told 4xx gives up, one
that is told 5xx comes again: so 5xx only ever means that we could not keep it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import anyio.to_thread
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.body import not_json, read_body
from bot.clock import Clock
from bot.intake.readers import READERS, headers_to_keep, read
from bot.intake.senders import Senders
from bot.problems import problem
from incidents.actions.deliveries import admit
from incidents.actions.desk import Desk
from incidents.actions.hooks import News, Outcome, beyond, take_news
from incidents.actions.sources import NOTED_EVERY, hear
from incidents.actions.together import Together
from incidents.model import ids
from incidents.store.deliveries import Given
from incidents.store.tokens import Token

log = structlog.get_logger(__name__)

Counts = Counter[tuple[str, str]]
"""How often what came of a source.

The words of `Came`, ``change``, ``ignored``, ``queued``, ``refused``.
"""

_LARGEST = 1024 * 1024  # bytes
_AT_ONCE = 64  # deliveries that wait for their commit; as many may share one
_MOST_ALERTS = 5  # of all deliveries in one transaction: others wait for it
_LONGEST_LINE = 5  # deliveries that wait for that; who comes then is answered, and worked on next
_QUEUED = {"queued": True, "because": "too much comes at once: it is kept, and worked on next"}


class _Intake:
    """Where deliveries meet, so that many are written in one transaction."""

    def __init__(self, desk: Desk, clock: Clock, senders: Senders) -> None:
        self.senders = senders
        self.desk = desk
        self.clock = clock
        self.gate: Together[Given, bool] = Together(self._admit, most=_AT_ONCE)
        self.news: Together[News, Outcome] = Together(
            lambda given: take_news(desk, given, now=clock()),
            weigh=lambda one: max(one.weight, 1),
            most=_MOST_ALERTS,
        )
        self.threads = anyio.CapacityLimiter(_AT_ONCE)
        self.noted: dict[str, datetime] = {}

    def hear(self, source: str) -> None:
        """Note that the source speaks, unless that was noted a moment ago."""
        now = self.clock()
        noted = self.noted.get(source)
        if noted is None or not timedelta() <= now - noted < NOTED_EVERY:
            self.noted[source] = now
            hear(self.desk, source, now)

    def _admit(self, given: Sequence[Given]) -> tuple[bool, ...]:
        room = _LONGEST_LINE - self.news.line
        return admit(self.desk, given, self.clock(), room=room)


@dataclass(frozen=True, slots=True)
class _Done:
    answer: Response
    counts: Counts = field(default_factory=Counter)


def build_routes(
    desk: Desk,
    clock: Clock,
    *,
    github_secret: str = "",
    hook_key: bytes = b"",
    counts: Counts | None = None,
) -> list[BaseRoute]:
    """The routes of the intake.

    ``github_secret`` is what GitHub signs with, ``hook_key`` what others do who sign as *Standard
    Webhooks* says; without them everybody needs a token.
    ``counts`` is added to, for the metrics.
    """
    total: Counts = Counter() if counts is None else counts
    keys = {"github": github_secret.encode(), "generic": hook_key}
    intake = _Intake(desk, clock, Senders(desk, clock, keys))

    async def take(request: Request) -> Response:
        source = str(request.path_params["source"])
        if source not in READERS:
            known = ", ".join(sorted(READERS))
            return problem(404, f"There is no such source of webhooks; there are {known}.")
        token = await anyio.to_thread.run_sync(intake.senders.holder, source, request.headers)
        if isinstance(token, Response):
            total[source, "refused"] += 1
            return token
        rejected = not_json(request.headers)
        if rejected is not None:
            total[source, "refused"] += 1
            return rejected
        body = await read_body(request, limit=_LARGEST)
        if isinstance(body, Response):
            total[source, "refused"] += 1
            return body
        done = await anyio.to_thread.run_sync(
            _take, intake, source, request.headers, body, token, limiter=intake.threads
        )
        total.update(done.counts)
        return done.answer

    return [Route("/hooks/v1/{source}", take, methods=["POST"])]


def _take(
    intake: _Intake, source: str, headers: Mapping[str, str], body: bytes, token: Token | None
) -> _Done:
    """Read it and act on it; without a ``token`` it is signed. Runs in a thread: it waits."""
    rejected = intake.senders.verify(source, headers, body) if token is None else None
    if rejected is not None:
        return _refuse(source, rejected)
    kept = headers_to_keep(headers, signed=token is None)
    news = read(source, kept, body)
    if isinstance(news, Response):
        return _refuse(source, news)
    why = beyond(intake.desk, token, news) if token is not None else ""
    if token is not None and why:
        return _refuse(source, intake.senders.refuse(token, why))
    intake.hear(source)
    if news.ignored:
        log.info("hook_ignored", source=source, because=news.ignored)
        answer = JSONResponse({"ignored": news.ignored}, status_code=202)
        return _Done(answer, Counter({(source, "ignored"): 1}))
    given = Given(source, kept, body.decode(), intake.clock())
    if not intake.gate.ask(given):
        log.info("hook_queued", source=source)
        return _Done(JSONResponse(_QUEUED, status_code=202), Counter({(source, "queued"): 1}))
    outcome = intake.news.ask(news)
    log.info("hook_taken", source=source, alerts=len(outcome.alerts), changes=len(outcome.changes))
    counts = Counter((source, one.came.value) for one in outcome.alerts)
    counts[source, "change"] += sum(one.is_new for one in outcome.changes)
    return _Done(JSONResponse(_told(outcome), status_code=202), counts)


def _refuse(source: str, answer: Response) -> _Done:
    log.info("hook_refused", source=source, status=answer.status_code)
    return _Done(answer, Counter({(source, "refused"): 1}))


def _told(outcome: Outcome) -> dict[str, Any]:
    if outcome.is_repeated:
        return {"repeated": True, "because": "a delivery with this webhook-id was taken before"}
    return {
        "alerts": [
            {
                "fingerprint": one.fingerprint,
                "came": one.came,
                "incident": ids.key(one.incident) if one.incident is not None else None,
                "because": one.because,
            }
            for one in outcome.alerts
        ],
        "changes": [
            {
                "key": one.key,
                "service": one.service,
                "new": one.is_new,
                "incidents": [ids.key(number) for number in one.incidents],
                "because": one.because,
            }
            for one in outcome.changes
        ],
    }
