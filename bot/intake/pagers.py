"""What pagers tell us: ``POST /hooks/v1/pages/{pager}``. Somebody acknowledged there.

PagerDuty signs (v3 webhooks: ``X-PagerDuty-Signature: v1=…``, HMAC with SHA-256 over the body). A
webhook of one's own signs as *Standard Webhooks* says. GoAlert's webhooks show a token, as the
password in their address: ``https://warroom:TOKEN@…``. Nothing is parsed before that is checked.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.body import not_json, read_body
from bot.clock import Clock
from bot.intake.senders import Senders
from bot.problems import problem
from incidents.actions.answering import hear
from incidents.actions.desk import Desk
from incidents.errors import Repeated
from incidents.model.paging import WayKind

log = structlog.get_logger(__name__)

_LARGEST = 256 * 1024  # bytes
_LONGEST = 200  # characters of a name
_STATES = {"acknowledged": "acknowledged", "resolved": "resolved", "closed": "resolved"}
_ENTRY = re.compile(r"(?i)(acknowledged|closed)\b(?:\s+by\s+(.+?))?(?:\s+(?:via\s.*|\(.*\)))?$")


@dataclass(frozen=True, slots=True)
class _News:
    """What the pager calls ``name`` is ``state``, by ``who``; ``key`` names this message."""

    name: str
    state: str
    who: str = ""
    key: str = ""


Read = Callable[[dict[str, Any], Mapping[str, str]], _News | None]


def build_routes(
    desk: Desk, clock: Clock, *, pagerduty_secrets: str = "", webhook_key: bytes = b""
) -> list[BaseRoute]:
    """The route. ``pagerduty_secrets`` are those of the subscriptions, with spaces between them."""
    secrets = tuple(one.encode() for one in pagerduty_secrets.split())
    door = _Door(desk, clock, Senders(desk, clock, {"generic": webhook_key}), secrets, webhook_key)

    async def take(request: Request) -> Response:
        pager = str(request.path_params["pager"])
        if pager not in _READ:
            return problem(404, f"There is no such pager; there are {', '.join(sorted(_READ))}.")
        body = await read_body(request, limit=_LARGEST)
        if isinstance(body, Response):
            return body
        return await anyio.to_thread.run_sync(door.answer, WayKind(pager), request.headers, body)

    return [Route("/hooks/v1/pages/{pager}", take, methods=["POST"])]


@dataclass(frozen=True, slots=True)
class _Door:
    desk: Desk
    clock: Clock
    senders: Senders
    pagerduty_secrets: tuple[bytes, ...]
    webhook_key: bytes

    def answer(self, pager: WayKind, headers: Headers, body: bytes) -> Response:
        """What the pager is told. Runs in a thread: it waits."""
        wrong = self._refused(pager, headers, body) or not_json(headers)
        if wrong is not None:
            log.info("page_news_refused", pager=pager.value, status=wrong.status_code)
            return wrong
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            return problem(400, "That is no JSON.")
        news = _READ[pager](said, headers) if isinstance(said, dict) else None
        if news is None:
            return JSONResponse({"ignored": "it is about no page"}, status_code=202)
        return self._heard(pager, news)

    def _refused(self, pager: WayKind, headers: Headers, body: bytes) -> Response | None:
        if pager is WayKind.PAGERDUTY:
            is_theirs = any(_is_pagerduty(one, headers, body) for one in self.pagerduty_secrets)
            return None if is_theirs else problem(401, "The signature does not match.")
        if pager is WayKind.WEBHOOK:
            if self.webhook_key:
                return self.senders.verify("generic", headers, body)
            return problem(401, "No secret is set to check the signature with.")
        found = self.senders.holder("goalert", _as_bearer(headers))
        return found if isinstance(found, Response) else None

    def _heard(self, pager: WayKind, news: _News) -> Response:
        how = {"who": news.who, "state": news.state, "key": news.key}
        try:
            answered = hear(self.desk, pager, news.name, now=self.clock(), **how)
        except Repeated:
            return JSONResponse({"repeated": True}, status_code=202)
        log.info("page_news_taken", pager=pager.value, pages=len(answered))
        return JSONResponse({"answered": len(answered)}, status_code=202)


def _pagerduty(said: dict[str, Any], _: Mapping[str, str]) -> _News | None:
    event = _part(said, "event")
    state = _STATES.get(_text(event, "event_type").removeprefix("incident."))
    name = _text(_part(event, "data"), "incident_key")
    who = _text(_part(event, "agent"), "summary")
    return _News(name, state, who, _text(event, "id")) if state and name else None


def _goalert(said: dict[str, Any], _: Mapping[str, str]) -> _News | None:
    number, entry = said.get("AlertID"), _ENTRY.match(_text(said, "LogEntry"))
    if said.get("Type") != "AlertStatus" or not isinstance(number, int) or entry is None:
        return None
    return _News(str(number), _STATES[entry[1].lower()], entry[2] or "")


def _webhook(said: dict[str, Any], headers: Mapping[str, str]) -> _News | None:
    state = _STATES.get(_text(said, "type").removeprefix("page."))
    data = _part(said, "data")
    name = _text(data, "page")
    return _News(name, state, _text(data, "by"), headers["webhook-id"]) if state and name else None


_READ: Mapping[str, Read] = {
    WayKind.PAGERDUTY: _pagerduty,
    WayKind.GOALERT: _goalert,
    WayKind.WEBHOOK: _webhook,
}


def _is_pagerduty(secret: bytes, headers: Mapping[str, str], body: bytes) -> bool:
    expected = f"v1={hmac.new(secret, body, hashlib.sha256).hexdigest()}".encode()
    given = headers.get("x-pagerduty-signature", "").split(",")  # several while one is replaced
    return any(
        hmac.compare_digest(expected, one.strip().encode("utf-8", "replace")) for one in given
    )


def _as_bearer(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The password of an address is a token too: GoAlert can send no header of its own."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return headers
    try:
        pair = base64.b64decode(given, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"authorization": f"Bearer {pair.partition(':')[2]}"}


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    return found[:_LONGEST] if isinstance(found, str) else ""
