"""A server that speaks Prometheus' HTTP API and says what it is told to."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

MINUTE = timedelta(minutes=1)


class Api:
    """Counts of each minute, by SLO and by when the minute ended.

    ``status`` and ``more`` go into every answer, ``whole`` replaces it, ``asked`` keeps what came.
    """

    def __init__(self) -> None:
        self.total: dict[str, dict[float, str]] = {}
        self.bad: dict[str, dict[float, str]] = {}
        self.status = 200
        self.more: dict[str, Any] = {}
        self.whole: bytes | None = None
        self.looks_ahead = timedelta()  # its clock is ahead of ours
        self.asked: list[dict[str, str]] = []
        self.headers: Mapping[str, str] = {}
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                asked = {
                    name: each[0]
                    for name, each in parse_qs(self.rfile.read(length).decode()).items()
                }
                api.asked.append(asked)
                api.headers = dict(self.headers)
                body = (
                    api.whole if api.whole is not None else json.dumps(api.answer(asked)).encode()
                )
                self.send_response(api.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def counts(self, slo: str, at: datetime, total: object, bad: object) -> None:
        """What happened in the minute that ended at ``at``; None is not there."""
        for side, number in ((self.total, total), (self.bad, bad)):
            if number is not None:
                side.setdefault(slo, {})[at.timestamp()] = str(number)

    def answer(self, asked: Mapping[str, str]) -> Any:
        query, at = asked["query"], float(asked["time"]) + self.looks_ahead.total_seconds()
        side = self.bad if "events_bad" in query else self.total
        if query.endswith("]"):
            seconds = _seconds(query)
            result = [
                {
                    "metric": {"slo": slo},
                    "values": [
                        [when, value]
                        for when, value in sorted(series.items())
                        if at - seconds <= when <= at
                    ],
                }
                for slo, series in side.items()
            ]
            return self._said("matrix", [one for one in result if one["values"]])
        numbers: dict[str, float] = {}
        for slo, series in side.items():
            held = {when: value for when, value in series.items() if at - 3600 < when <= at}
            if "count_over_time" in query:
                numbers[slo] = len(held)
            elif "timestamp" in query:
                numbers[slo] = max(series)
            else:
                numbers[slo] = sum(float(value) for value in held.values())
        result = [
            {"metric": {"slo": slo}, "value": [at, str(number)]} for slo, number in numbers.items()
        ]
        return self._said("vector", result)

    def _said(self, kind: str, result: Any) -> Any:
        return {"status": "success", "data": {"resultType": kind, "result": result}, **self.more}


@contextmanager
def answering() -> Iterator[Api]:
    made = Api()
    threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def _seconds(query: str) -> float:
    """Of ``…[1h30m]``."""
    units = {"d": 86_400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
    length = query[query.rindex("[") + 1 : -1]
    return sum(int(many) * units[unit] for many, unit in re.findall(r"(\d+)(ms|[dhms])", length))
