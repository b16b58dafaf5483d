"""What the app asked of the Web API, in order, and how many waves it took."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, overload

MOST_KEPT = 20_000


@dataclass(slots=True)
class Call:
    """One call.

    ``at`` is the workspace's clock; ``started`` and ``finished`` are real seconds that only
    compare with one another. ``wave`` is one more than that of the last call that had
    finished when this one started, so calls that overlap can share a wave.
    """

    at: datetime
    method: str
    args: dict[str, Any]
    token_kind: str
    wave: int
    started: float
    finished: float = 0.0
    ok: bool = False
    error: str = ""


class CallLog:
    """The app's calls (not those of people's screens), the oldest dropped when it grows long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._finished_wave = 0

    def begin(self, at: datetime, method: str, args: Mapping[str, Any], token_kind: str) -> Call:
        kept = {name: value for name, value in args.items() if name != "token"}
        with self._lock:
            wave = self._finished_wave + 1
            call = Call(at, method, kept, token_kind, wave, time.perf_counter())
            self._calls.append(call)
            if len(self._calls) > MOST_KEPT:
                del self._calls[: MOST_KEPT // 10]
        return call

    def end(self, call: Call, error: str) -> None:
        with self._lock:
            call.finished = time.perf_counter()
            call.ok, call.error = not error, error
            self._finished_wave = max(self._finished_wave, call.wave)

    def of(self, method: str) -> list[Call]:
        with self._lock:
            return [call for call in self._calls if call.method == method]

    def waves(self) -> list[list[Call]]:
        """The calls by wave: the length is the number of round trips one after another."""
        by_wave: dict[int, list[Call]] = {}
        for call in self:
            by_wave.setdefault(call.wave, []).append(call)
        return [by_wave[wave] for wave in sorted(by_wave)]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()

    def __iter__(self) -> Iterator[Call]:
        with self._lock:
            return iter(list(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        return self._calls[index]
