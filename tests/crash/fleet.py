"""Replicas that are killed and started again, and how long it takes until nobody notices."""

import json
import multiprocessing
import os
import random
import socket
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx
from crash import replica
from sqlalchemy import select

from bot.clock import utc_now
from incidents.store.engine import Store
from incidents.store.tables import effect

HERE = Path(__file__).parent
_START_WITHIN = 60.0  # seconds


def forks(*preload: str) -> multiprocessing.context.ForkServerContext:
    """Processes that begin with everything imported: a start takes 0.3 s instead of two."""
    context = multiprocessing.get_context("forkserver")
    known = os.environ.get("PYTHONPATH", "")
    mine = os.pathsep.join([str(HERE), str(HERE.parent), str(HERE.parents[1])])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [mine, known]))
    sys.path[:0] = [one for one in mine.split(os.pathsep) if one not in sys.path]
    context.set_forkserver_preload(list(preload or ("replica", "outside")))
    return context


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(slots=True)
class Slot:
    """One replica's place; ``killed_at`` is set until somebody answers there again."""

    place: replica.Place
    process: ForkServerProcess | None = None
    killed_at: float | None = None
    is_serving: bool = False


@dataclass(slots=True)
class Recovery:
    """``served``: seconds from a kill until the replica answers again. ``held``: by the key of an
    effect that a dead process had begun, when that process was killed last. ``blackouts``: when
    the last one that was alive died."""

    served: list[float] = field(default_factory=list)
    held: dict[str, datetime] = field(default_factory=dict)
    blackouts: list[datetime] = field(default_factory=list)


class Fleet:
    """Starts, kills and watches replicas."""

    def __init__(self, places: list[replica.Place], store: Store, *, seed: int) -> None:
        self.recovery = Recovery()
        self.kills = 0
        self._served_at = 0.0
        self.kills_with_work = 0
        self._slots = [Slot(place) for place in places]
        self._store = store
        self._forks = forks()
        self._random = random.Random(seed)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """All of them; ready when they answer."""
        for slot in self._slots:
            self._start(slot)
        self._watcher.start()
        self.wait()

    def wait(self) -> None:
        """Until every replica answers."""
        deadline = time.monotonic() + _START_WITHIN
        while not all(slot.is_serving for slot in self._slots):
            if time.monotonic() > deadline:
                raise RuntimeError("A replica does not start; see its log.")
            time.sleep(0.02)

    def strike(self) -> None:
        """Kill one replica, or at times all of them at once, and start them again."""
        struck = [self._random.choice(self._slots)]
        if self._random.random() < 0.1:
            struck = list(self._slots)
        for slot in struck:
            self._kill(slot)
        for slot in struck:
            self._start(slot)

    def wait_for_work(self, *, seconds: float) -> None:
        """Until a replica has begun to carry something, or for so long since one answers."""
        begun = time.monotonic()
        deadline = begun + _START_WITHIN
        while time.monotonic() < deadline:
            alive = [slot.process.pid for slot in self._slots if slot.is_serving and slot.process]
            if alive:
                deadline = min(deadline, max(begun, self._served_at) + seconds)
            if any(self._held_by(pid or 0) for pid in alive):
                return
            time.sleep(0.03)

    def stop(self) -> None:
        """The end of the proof."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for slot in self._slots:
            if slot.process is not None:
                slot.process.kill()
                slot.process.join()

    def _start(self, slot: Slot) -> None:
        with self._lock:
            slot.process = self._forks.Process(
                target=replica.serve, args=(slot.place,), daemon=True
            )
            slot.process.start()

    def _kill(self, slot: Slot) -> None:
        assert slot.process is not None
        with self._lock:
            slot.process.kill()
            slot.process.join()
            slot.is_serving, slot.killed_at = False, time.monotonic()
        self.kills += 1
        held = self._held_by(slot.process.pid or 0)
        self.kills_with_work += bool(held)
        self.recovery.held |= dict.fromkeys(held, utc_now())
        if not any(one.is_serving for one in self._slots):
            self.recovery.blackouts.append(utc_now())

    def _held_by(self, pid: int) -> list[str]:
        query = select(effect.c.key).where(
            effect.c.state == "inflight", effect.c.owner.contains(f"/{pid}/", autoescape=True)
        )
        with self._store.read() as connection:
            return list(connection.execute(query).scalars())

    def _watch(self) -> None:
        with httpx.Client(timeout=1.0, trust_env=False) as http:
            while not self._stopping.wait(0.03):
                for slot in self._slots:
                    if not slot.is_serving and self._answers(http, slot):
                        self._back(slot)

    def _answers(self, http: httpx.Client, slot: Slot) -> bool:
        try:
            http.get(f"http://127.0.0.1:{slot.place.port}/readyz")
        except httpx.TransportError:
            return False
        return True

    def _back(self, slot: Slot) -> None:
        with self._lock:
            if slot.process is None or not slot.process.is_alive():
                return
            slot.is_serving, self._served_at = True, time.monotonic()
            if slot.killed_at is not None:
                self.recovery.served.append(time.monotonic() - slot.killed_at)
                slot.killed_at = None


def taken_up_after(logs: Iterable[Path], recovery: Recovery) -> dict[str, float]:
    """Seconds from the death of whoever had begun an effect until somebody else has tried it.

    While nobody is alive nothing can recover: then it counts from the last death of all. Read from
    the replicas' logs: that Slack refuses the attempt is no matter of recovery.
    """
    tried: dict[str, list[datetime]] = {}
    for log in logs:
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if '"event": "effect_' in line and line.endswith("}"):
                told = json.loads(line)
                at = datetime.fromisoformat(told["timestamp"])
                tried.setdefault(told.get("effect", ""), []).append(at)
    found = {}
    for key, died_at in recovery.held.items():
        after = [at for at in tried.get(key, ()) if at > died_at]
        if after:
            dark = [at for at in recovery.blackouts if died_at < at < min(after)]
            found[key] = (min(after) - max([died_at, *dark])).total_seconds()
    return found
