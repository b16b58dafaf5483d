"""PagerDuty, GoAlert and a pager of one's own, as they answer: real servers, on this host."""

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGERDUTY_KEY, GOALERT_KEY = "R0PAYMENTS0000000000000000000001", "5c7c1f0e-goalert-token"
PAGERDUTY_SECRET = "a-secret-of-the-subscription"
PAGER_SECRET = "a secret of our own pager, long enough"


@dataclass
class Pagers:
    """All three. What rings is in ``pagerduty`` and ``goalert`` by name; ``calls`` is the log.

    ``answers`` are what PagerDuty says to the next calls instead of 202.
    """

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    pagerduty: dict[str, str] = field(default_factory=dict)
    goalert: dict[str, str] = field(default_factory=dict)
    own: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        pagers = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                url = urlsplit(self.path)
                status, said = {
                    "/v2/enqueue": pagers._enqueue,
                    "/api/v2/generic/incoming": pagers._incoming,
                    "/own": pagers._own,
                }[url.path](body, parse_qs(url.query), dict(self.headers))
                answer = json.dumps(said).encode() if said is not None else b""
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_GET(self) -> None:
                pagers.calls.append(("asked", {"path": self.path}))
                self.send_response(404)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def actions(self, pager: str) -> list[str]:
        """What was asked of it, in order."""
        return [
            said.get("event_action") or said.get("action") or said.get("type") or "trigger"
            for name, said in self.calls
            if name == pager
        ]

    def _enqueue(self, body: bytes, _query: Any, _headers: Any) -> tuple[int, Any]:
        event = json.loads(body)
        self.calls.append(("pagerduty", event))
        if self.answers:
            return self.answers.pop(0), {"status": "throttle exceeded"}
        if event["routing_key"] != PAGERDUTY_KEY:
            return 400, {"status": "invalid event", "errors": ["Invalid routing key"]}
        action, name = event["event_action"], event["dedup_key"]
        if action == "trigger":
            assert event["payload"].keys() >= {"summary", "source", "severity"}
            self.pagerduty.setdefault(name, "triggered")
        elif name in self.pagerduty:
            self.pagerduty[name] = f"{action}d"
        return 202, {"status": "success", "message": "Event processed", "dedup_key": name}

    def _incoming(self, body: bytes, query: Any, headers: Any) -> tuple[int, Any]:
        alert = json.loads(body)
        self.calls.append(("goalert", alert))
        if query.get("token") != [GOALERT_KEY]:
            return 401, None
        name = alert["dedup"]
        self.goalert[name] = "closed" if alert.get("action") == "close" else "triggered"
        number = 40 + list(self.goalert).index(name)
        accepts = {key.lower(): value for key, value in headers.items()}.get("accept")
        if accepts != "application/json":
            return 204, None
        return 200, {"_id": number, "status": self.goalert[name], "summary": alert["summary"]}

    def _own(self, body: bytes, _query: Any, headers: Any) -> tuple[int, Any]:
        given = {key.lower(): value for key, value in headers.items()}
        made = standard_signature(given["webhook-id"], given["webhook-timestamp"], body)
        if given["webhook-signature"] != made:
            return 401, None
        self.calls.append(("own", json.loads(body)))
        self.own.append(json.loads(body))
        return 204, None


def standard_signature(name: str, stamp: str, body: bytes) -> str:
    content = f"{name}.{stamp}.".encode() + body
    made = hmac.digest(PAGER_SECRET.encode(), content, hashlib.sha256)
    return f"v1,{base64.b64encode(made).decode()}"


def pagerduty_signature(body: bytes) -> str:
    made = hmac.new(PAGERDUTY_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return f"v1={'0' * 64},v1={made}"


def pagerduty_says(kind: str, dedup: str, *, who: str, event: str = "01EVENT") -> dict[str, Any]:
    """A v3 webhook about an incident."""
    return {
        "event": {
            "id": event,
            "event_type": f"incident.{kind}",
            "resource_type": "incident",
            "occurred_at": "2026-11-18T09:01:00.000Z",
            "agent": {"id": "PUSER1", "summary": who, "type": "user_reference"},
            "client": None,
            "data": {
                "id": "Q2PAGE",
                "type": "incident",
                "number": 7,
                "status": kind,
                "incident_key": dedup,
                "title": "INC-1",
            },
        }
    }
