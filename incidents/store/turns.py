"""A lock that goes to whoever has waited the longest.

Python's own goes to whoever is quickest: a thread that lets go and takes it again at once keeps all
others waiting for as long as it likes.
"""

import threading
from collections import deque


class Turns:
    """One at a time, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    def take(self, patience: float) -> bool:
        """Wait for our turn, at most ``patience`` seconds. False if it did not come."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(patience):
            return True
        with self._lock:
            if mine.is_set():  # it came at the very last moment
                return True
            self._waiting.remove(mine)
            return False

    def end(self) -> None:
        """It is the next one's turn."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False
