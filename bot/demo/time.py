"""A clock for scripts: it runs, can be moved ahead, and goes on where it was after a kill."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import FastClock

START = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # a Wednesday morning, so that tomorrow is worked
_SAVE_EVERY = 0.2  # seconds
_AHEAD = timedelta(seconds=1)  # more than what may have passed since it was last saved


class KeptClock(FastClock):
    """Like `FastClock` at normal speed, with its time kept in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        super().__init__(_read(file), rate=1.0)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="clock", daemon=True)
        self._thread.start()

    def pass_(self, span: timedelta) -> datetime:
        """Move ahead, and remember it at once."""
        now = super().pass_(span)
        self._save()
        return now

    def close(self) -> None:
        """Remember the time for good."""
        self._stopping.set()
        self._thread.join()
        self._save()

    def _keep(self) -> None:
        while not self._stopping.wait(_SAVE_EVERY):
            self._save()

    def _save(self) -> None:
        draft = self._file.with_suffix(f".{threading.get_ident()}")
        draft.write_text(json.dumps({"now": self().isoformat()}), encoding="utf-8")
        draft.replace(self._file)


def _read(file: Path) -> datetime:
    if not file.exists():
        return START
    return datetime.fromisoformat(json.loads(file.read_text(encoding="utf-8"))["now"]) + _AHEAD
