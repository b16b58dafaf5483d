"""A script of what goes wrong: errors before and after the fact, lost answers, delays, outages."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["error_before", "error_after", "lost_answer", "delay", "rate_limited", "down"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(slots=True)
class Fault:
    """What goes wrong with the app's calls of ``method`` ("*" is all, "response_url" the hooks).

    The first ``skip`` calls go well, then ``times`` calls go wrong (None: until lifted), each with
    ``probability``. ``seconds`` is the length of a delay, or what ``retry-after`` says.
    """

    method: str = "*"
    kind: Kind = "error_before"
    error: str = "internal_error"
    status: int = 200
    seconds: float = 1.0
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    seed: int = 0
    _random: random.Random = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind!r}; there are {', '.join(KINDS)}")
        if self.kind == "down":
            self.times = None
        self._random = random.Random(self.seed)  # noqa: S311  # repeatable, nothing secret

    def strikes(self, method: str) -> bool:
        """Whether this very call goes wrong; counts it."""
        if self.method not in ("*", method) or self.times == 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self._random.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The script in force. Not thread-safe: the workspace's lock guards it."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, *faults: Fault) -> None:
        self._faults.extend(faults)

    def append(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        """Everything works again."""
        self._faults.clear()

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults))

    def __len__(self) -> int:
        return len(self._faults)

    def strike(self, method: str) -> list[Fault]:
        """The faults of this call, longest-standing first."""
        struck = [fault for fault in self._faults if fault.strikes(method)]
        self._faults = [fault for fault in self._faults if fault.times != 0]
        return struck


def parse_fault(given: Mapping[str, Any]) -> Fault:
    """A fault from JSON. Raises ``ValueError`` or ``TypeError`` with what is wrong."""
    return Fault(**{str(name): value for name, value in given.items()})
