"""Every way in for what strangers, and Slack, and senders with a token may send.

An entry turns bytes into one try and gives the HTTP status that came of it, 200 where there is
none. What it raises was not caught; so was what the application itself logged as broken.
"""

import json
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import cramjam
import structlog
from hostile.mutation import Choices, varied
from hostile.stage import Stage, ask, scope_of
from pydantic import BaseModel
from starlette.responses import Response

from bot.api import doors, remote_write
from bot.api.bodies import DeclareIn, MixedIn
from bot.api.protobuf import Malformed
from bot.api.running import WISHES
from bot.body import parse_object
from bot.intake import readers
from bot.slack import guard, mrkdwn
from bot.slack.router import split_verb
from bot.web.documents import as_html
from incidents.actions.window_words import sensitivity_of
from incidents.catalog import recurring
from incidents.errors import Refused
from incidents.model import dates, ids, lifecycle, roles, severity, text, window_words
from incidents.model.declaring import parse_declaration

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
STAMP = str(int(NOW.timestamp()))
BERLIN = ZoneInfo("Europe/Berlin")
_KINDS = (
    "application/json", "application/x-www-form-urlencoded", "application/json; charset=utf-16",
    "APPLICATION/JSON", "multipart/form-data; boundary=x", "text/plain", "",
)  # fmt: skip

Try = Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class Entry:
    """``weight`` is its part of a million inputs; ``open`` gives what one input is tried with.

    ``cost`` is about how many microseconds one takes, so that the longest runs begin first.
    """

    name: str
    weight: int
    cost: int
    open: Callable[[], Try]
    seeds: tuple[bytes, ...] = ()


SENT: dict[str, Any] = {
    "alertmanager": {
        "groupKey": "g",
        "alerts": [
            {"status": "firing", "labels": {"alertname": "a", "service": "checkout"},
             "annotations": {"summary": "s"}, "startsAt": "2026-11-18T08:59:50Z",
             "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "https://x.example",
             "fingerprint": "f"}
        ],
    },
    "github": {
        "deployment_status": {"state": "success", "created_at": "2026-11-18T08:59:50Z",
                              "target_url": "https://x.example"},
        "deployment": {"id": 1, "ref": "v1", "environment": "production",
                       "payload": {"service": "checkout"}, "creator": {"login": "dana"}},
        "repository": {"name": "checkout"},
    },
    "gitlab": {
        "object_kind": "deployment", "status": "running", "deployment_id": 1,
        "status_changed_at": "2026-11-18 08:59:50 UTC", "environment": "production",
        "project": {"name": "checkout"}, "user": {"username": "dana"}, "ref": "v1",
    },
    "generic": {
        "alerts": [
            {"name": "a", "status": "firing", "service": "checkout", "severity": "page",
             "summary": "s", "url": "https://x.example", "key": "k", "labels": {"a": "b"},
             "starts_at": "2026-11-18T08:59:50Z", "ends_at": "2026-11-18T08:59:55Z"}
        ],
        "changes": [
            {"service": "checkout", "title": "t", "key": "k", "url": "https://x.example",
             "made_by": "dana", "made_at": "2026-11-18T08:59:50Z"}
        ],
    },
}  # fmt: skip
SENT["grafana"] = SENT["alertmanager"]
BATCH = {"samples": [{"slo": "checkout/availability", "at": "2026-11-18T08:59:50Z", "good": 1,
                      "bad": 0, "source": "e", "seq": 1}]}  # fmt: skip
WISH = {"title": "x", "severity": "sev2", "services": ["checkout"], "drill": False}
WISHED: tuple[dict[str, Any], ...] = (
    {"text": "payments is back"}, {"status": "identified", "because": "the disk is full"},
    {"severity": "sev1", "because": "all of Europe"}, {"role": "commander", "person": "bo"},
    {"audience": "customers", "text": "We are on it."}, {"because": "a test"}, {},
    {"fix": "a new disk", "ended_at": "2026-11-18T08:59:00Z"},
)  # fmt: skip
PHRASES = (
    "friday", "tomorrow 17:00", "in 3 business days", "eow", "2w", "2026-11-27", "27 nov 17:00 CET",
    "1/12", "the 31st", "29.2.", "q3 9999", "end of next month at 5pm", "2026-11-27T10:00+14:00",
    "checkout 5xx sev2 @checkout --drill", "fix it by friday noon america/new_york", "INC-42",
    "<@U0BO|bo> <!subteam^S1> <https://x.example|x> &lt;", "=1+1|*b*`c`\n# h", "ic lead",
)  # fmt: skip


def _json_or_raw(choices: Choices, examples: Sequence[Any]) -> bytes:
    """Half of the inputs are the fuzzer's own bytes, half are examples with something changed."""
    if choices.number(2):
        return json.dumps(varied(examples, choices)).encode()
    return choices.rest()


def _unsigned() -> Try:
    def run(data: bytes) -> int:
        choices = Choices(data)
        stamp = choices.pick((STAMP, STAMP, str(10**9), choices.piece(14).decode("latin-1")))
        given = choices.pick(("v0=", "", "v0=" + "0" * 64, choices.piece(70).decode("latin-1")))
        headers = {
            "content-type": choices.pick(_KINDS),
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": given,
        }
        rejected = guard.check(headers, choices.rest(), SECRET, NOW)
        if rejected is None:
            raise AssertionError("It was let in without a signature.")
        return rejected.status

    return run


def _signed() -> Try:
    examples = _slack_examples()

    def run(data: bytes) -> int:
        body, kind = slack_body(Choices(data), examples)
        rejected = guard.check(_signature(body, kind, SECRET, STAMP), body, SECRET, NOW)
        return rejected.status if rejected else 200

    return run


def slack_body(choices: Choices, examples: Sequence[Any]) -> tuple[bytes, str]:
    """A body as Slack would never send it, and its content type."""
    kind = choices.pick(_KINDS[:3])
    shape = choices.number(4)
    if shape == 0:
        return choices.rest(), kind
    payload = varied(examples, choices)
    if shape == 1 or (isinstance(payload, dict) and "event" in payload):
        return json.dumps(payload).encode(), "application/json"
    if isinstance(payload, dict) and "command" in payload:
        return _form({str(name): str(value) for name, value in payload.items()}), _KINDS[1]
    return _form({"payload": json.dumps(payload)}), _KINDS[1]


def _form(fields: dict[str, str]) -> bytes:
    return urlencode(fields, errors="replace").encode()


def _signature(body: bytes, kind: str, secret: str, stamp: str) -> dict[str, str]:
    return {
        "content-type": kind,
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": guard.sign(body, secret, stamp),
    }


def _slack_examples() -> list[Any]:
    stage = Stage()
    stage.world()
    stage.close()
    return stage.payloads


def _object() -> Try:
    def run(data: bytes) -> int:
        parsed = parse_object(data)
        return parsed.status_code if isinstance(parsed, Response) else 200

    return run


def _body(model: type[BaseModel], example: Any) -> Callable[[], Try]:
    def run(data: bytes) -> int:
        parsed = doors.parse(_json_or_raw(Choices(data), [example]), model)
        return parsed.status_code if isinstance(parsed, Response) else 200

    return lambda: run


def _reader(source: str) -> Callable[[], Try]:
    headers = {"x-github-event": "deployment_status"}

    def run(data: bytes) -> int:
        news = readers.read(source, headers, _json_or_raw(Choices(data), [SENT[source]]))
        return news.status_code if isinstance(news, Response) else 200

    return lambda: run


def _words() -> Try:
    plain: tuple[Callable[[str], object], ...] = (
        text.clean, text.clean_line, text.mrkdwn, text.markdown, text.html, text.csv_cell,
        ids.parse_key, severity.parse_severity, lifecycle.parse_status, roles.parse_role,
        dates.split_due, split_verb, mrkdwn.person, mrkdwn.quote, mrkdwn.code,
        lambda typed: mrkdwn.typed(typed, lambda who: who[:3] or None),
        lambda typed: mrkdwn.link(typed, typed),
        lambda typed: parse_declaration(typed, lambda name: name if len(name) == 3 else None),
        lambda typed: dates.parse_due(typed, NOW, BERLIN),
        lambda typed: window_words.span_of(typed, NOW, BERLIN),
        lambda typed: window_words.past_span_of(typed, NOW, BERLIN),
        lambda typed: window_words.repeats_of(f"every {typed}", NOW, BERLIN),
        lambda typed: sensitivity_of(window_words.parse_window(typed).sensitivity),
        recurring.fault_of,
    )  # fmt: skip

    def run(data: bytes) -> int:
        typed = _typed(Choices(data))
        for use in plain:
            try:
                use(typed)
            except Refused as refused:
                str(refused)
        return 200

    return run


def _typed(choices: Choices) -> str:
    if choices.number(2):
        return choices.rest().decode("utf-8", "surrogateescape" if choices.number(2) else "replace")
    parts = [choices.pick(PHRASES) for _ in range(choices.number(3))]
    return " ".join([*parts, choices.rest().decode("utf-8", "replace")])


def _pages() -> Try:
    def run(data: bytes) -> int:
        as_html(data.decode("utf-8", "replace"))
        return 200

    return run


_SOURCES = ("alertmanager", "grafana", "github", "gitlab", "generic")
_PATHS = (
    "/slack/events", *(f"/hooks/v1/{source}" for source in _SOURCES), "/hooks/v1/%s",
    "/api/v1/sli", "/api/v1/write", "/api/v1/incidents", "/api/v1/incidents/%s",
    "/api/v1/incidents/%s/timeline",
    "/api/v1/incidents/%s/escalation", "/api/v1/incidents/%s/times",
    "/api/v1/incidents/%s/costs", "/api/v1/budget-reports/%s",
    *(f"/api/v1/incidents/INC-1/{wish.name}" for wish in WISHES),
    "/api/v1/slos/%s/%s", "/api/v1/slos/%s/%s/forecast",
    "/api/v1/gate/%s", "/api/v1/capacity/%s", "/api/v1/openapi.json", "/", "/slos", "/actions",
    "/api/v1/windows", "/api/v1/windows/%s", "/api/v1/exclusions", "/api/v1/exclusions/%s",
    "/status", "/help", "/help/%s", "/incidents/%s", "/incidents/%s/live", "/incidents/%s/files/%s",
    "/incidents/%s/postmortem", "/incidents/%s/postmortem.md", "/static/%s", "/healthz", "/readyz",
    "/metrics", "/version", "/%s",
)  # fmt: skip
_NAMES = (
    "INC-1", "inc-99999999999999999999", "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00", "%ff%fe",
    "checkout", "availability", "%ed%a0%80", "console.css", "INC-%D9%A1", "x" * 3000, "",
)  # fmt: skip


def _http(methods: tuple[str, ...], *, trusted: bool) -> Callable[[], Try]:
    """Whole requests, through every layer that there is."""

    def opened() -> Try:
        stage = Stage(warroom_github_secret="hush")

        def run(data: bytes) -> int:
            stage.world()
            choices = Choices(data)
            method, target = choices.pick(methods), _target(choices)
            headers = [(b"host", b"warroom.test"), (b"content-type", choices.pick(_KINDS).encode()),
                       (b"accept", choices.pick((b"text/html", b"*/*"))),
                       (b"x-github-event", b"deployment_status")]  # fmt: skip
            if trusted:
                headers.append((b"authorization", stage.bearer.encode()))
            else:
                headers.append((choices.pick(_HEADERS), choices.piece()))
            body = _json_or_raw(choices, [*SENT.values(), BATCH, WISH, *WISHED])
            half = len(body) // 2
            status, _, _ = ask(
                stage.asgi, scope_of(method, target, headers), [body[:half], body[half:]]
            )
            if not trusted and target.startswith((b"/slack", b"/hooks", b"/api")) and status < 300:
                is_public = target.startswith(b"/api/v1/openapi.json")
                assert is_public, f"A stranger was answered with {status}."
            return 200 if target.startswith(b"/readyz") and status == 503 else status

        return run

    return opened


_HEADERS = (
    b"authorization", b"x-slack-signature", b"x-slack-request-timestamp", b"content-length",
    b"x-hub-signature-256", b"range", b"if-modified-since", b"x-request-id", b"cookie",
    b"idempotency-key", b"accept",
)  # fmt: skip


def _target(choices: Choices) -> bytes:
    path = choices.pick(_PATHS)
    while "%s" in path:
        written = quote(choices.piece(), safe="") if choices.number(2) else choices.pick(_NAMES)
        path = path.replace("%s", written, 1)
    query = quote(choices.piece(), safe="=&%+") if choices.number(2) else ""
    return f"{path}?{query}".encode("latin-1") if query else path.encode("latin-1")


def _slack() -> Try:
    """What is correctly signed and wrong goes through the guard, Bolt and our listeners."""
    stage = Stage()

    def run(data: bytes) -> int:
        world = stage.world()
        body, kind = slack_body(Choices(data), stage.payloads)
        secret = world.slack.identity.signing_secret
        stamp = str(int(world.clock().timestamp()))
        return world.app.answer_slack(_signature(body, kind, secret, stamp), body).status_code

    return run


def show_what_broke() -> None:
    """From now on an error that the application catches and logs as broken is in `BROKEN`."""
    structlog.configure(processors=[_note_broken], cache_logger_on_first_use=False)


def _note_broken(_: Any, __: str, event: structlog.typing.EventDict) -> str:
    if str(event.get("event")).endswith("_broke"):
        BROKEN.append(f"{event.get('event')} {event.get('error', '')} {_place(event)}")
    raise structlog.DropEvent


BROKEN: list[str] = []


def _place(event: structlog.typing.EventDict) -> str:
    given = event.get("exc_info")
    error = given if isinstance(given, BaseException) else sys.exc_info()[1]
    if error is None:
        return ""
    return place_of(error)


def place_of(error: BaseException) -> str:
    """The innermost line of ours that an error came through."""
    found = traceback.extract_tb(error.__traceback__)
    ours = [one for one in found if "/site-packages/" not in one.filename] or found
    where = f"{'/'.join(ours[-1].filename.split('/')[-3:])}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__} at {where}"


def _remote_write() -> Try:
    """What is in the box, and the box."""

    def run(data: bytes) -> int:
        for body in (data, bytes(cramjam.snappy.compress_raw(data))):
            try:
                for one in remote_write.opened(body):
                    labels = dict(one.labels)
                    if "slo" in labels:
                        list(remote_write.reports(one, labels))
            except (Malformed, remote_write.Unfit):
                pass
        return 200

    return run


_WRITTEN = (
    bytes.fromhex(
        "0a2b0a080a03736c6f12017812110a076f7574636f6d651206676f6f640a"
        "120c09000000000000f03f1080f7c0d1a933"
    ),
)
_JSONS = (b'{"a": [1, "b", {"c": null}]}', b"[[[[", b'{"\\ud800": 1}', b'{"a": 1e999}')
_DOCUMENT = (
    b"# a\n\n|a|b|\n|-|-|\n|1|2|\n\n```mermaid\nflowchart TD\na-->b\n```\n<!-- x --><details>"
)
_EVERY_METHOD = ("GET", "POST", "HEAD", "PUT", "OPTIONS")

ENTRIES: tuple[Entry, ...] = (
    Entry("guard, no signature", 250_000, 10, _unsigned),
    Entry("guard, signed rubbish", 80_000, 2000, _signed),
    Entry("any JSON", 150_000, 10, _object, _JSONS),
    Entry("API batch", 90_000, 40, _body(MixedIn, BATCH)),
    Entry("remote write", 60_000, 20, _remote_write, _WRITTEN),
    Entry("API declaring", 90_000, 40, _body(DeclareIn, WISH)),
    *(Entry(f"hook {source}", 60_000, 60, _reader(source)) for source in _SOURCES),
    Entry("words and dates", 60_000, 200, _words),
    Entry("Markdown page", 10_000, 100, _pages, (_DOCUMENT,)),
    Entry("HTTP, stranger", 15_000, 3000, _http(_EVERY_METHOD, trusted=False)),
    Entry("HTTP, with token", 7_500, 5000, _http(("POST", "GET"), trusted=True)),
    Entry("Slack, signed rubbish", 7_500, 6000, _slack),
)
