"""A process that takes in samples and judges budgets, and dies where it is told to, by SIGKILL.

What it is sent in each minute, and when it is, follows from a seed: so a successor goes on with
what was never acknowledged, and in the end all that ever happened can be added up by hand.
"""

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from multiprocessing.context import ForkServerContext
from pathlib import Path
from zoneinfo import ZoneInfo

from actions.traffic import CATALOG, MINUTE, START, TICK

from incidents.actions.desk import Desk
from incidents.actions.samples import Reading, ingest_together, sort_in
from incidents.actions.slo import evaluate, tidy
from incidents.actions.snapshots import snap
from incidents.actions.watching import watch
from incidents.failpoints import armed
from incidents.model.calendar_window import Calendar, Unit
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.model.slicing import Slicing
from incidents.store.engine import Store

POINTS = (
    "work.committing",
    "work.committed",
    "slo.taking",
    "slo.taken",
    "slo.sorting",
    "slo.sorted",
    "slo.counted",
    "slo.judged",
    "slo.snapping",
    "slo.snapped",
)
MONTH = Calendar(Unit.MONTH, datetime(2026, 1, 1), ZoneInfo("UTC"))  # noqa: DTZ001 (on the wall)
_ROUND, _OUTAGE = 24, 3  # minutes: every promise is broken for so long in each round
_MANY = 320  # more than are put into their buckets at once
_FOREVER = 10**6


def _promise(name: str, **more: object) -> Objective:
    return Objective(
        slo=SLOName(f"checkout/{name}"),
        service=ServiceName("checkout"),
        target=Fraction(99, 100),
        window=timedelta(days=28),
        **more,  # type: ignore[arg-type]  # what each of them has of its own
    )


OBJECTIVES = (
    *(_promise(f"events-{number}") for number in range(5)),
    _promise("minutes", slicing=Slicing(MINUTE, Fraction(9, 10))),
    _promise("month", calendar=MONTH),
)


@dataclass(frozen=True, slots=True)
class Fate:
    """Of one life: it dies at one of the ``points``, or lives until a minute, or until killed."""

    seed: int
    life: int
    points: tuple[str, ...] = ()
    until: int = _FOREVER


@dataclass(frozen=True, slots=True)
class Diary:
    """What outlives a process: which minutes were acknowledged to senders, and where it died."""

    file: Path

    def note(self, what: str) -> None:
        """In one piece, whatever happens next."""
        held = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(held, f"{what}\n".encode())
        os.close(held)

    @property
    def lines(self) -> list[str]:
        """All of it, in order."""
        return self.file.read_text().splitlines() if self.file.exists() else []

    @property
    def acknowledged(self) -> int:
        """How many minutes."""
        return self.lines.count("acknowledged")

    @property
    def judged(self) -> int:
        """Of how many minutes a tick came to its end."""
        return self.lines.count("judged")

    @property
    def deaths(self) -> Counter[str]:
        """How often it died at each point."""
        return Counter(line.split()[1] for line in self.lines if line.startswith("died"))


def desk_on(store: Store) -> Desk:
    """Everything a process has beside the record."""
    return Desk(store, CATALOG, objectives=OBJECTIVES)


def moment(minute: int) -> datetime:
    """When that minute's batches come."""
    return START + minute * MINUTE


def batches(seed: int, minute: int) -> list[list[Reading]]:
    """What is sent in a minute: on time, early, late, in bulk, and some of it once again."""
    chance = random.Random(f"{seed}/{minute}/again")
    sent = [_fresh(seed, minute)]
    if minute and chance.random() < 0.5:
        earlier = _fresh(seed, max(minute - chance.randrange(1, 6), 0))
        sent += [earlier[: chance.randrange(1, len(earlier) + 1)]]
        chance.shuffle(sent)
    return sent


def _fresh(seed: int, minute: int) -> list[Reading]:
    chance, now = random.Random(f"{seed}/{minute}"), moment(minute)
    found = []
    for place, one in enumerate(OBJECTIVES):
        is_broken = (minute + 5 * place) % _ROUND < _OUTAGE
        at = now - timedelta(seconds=chance.choice([-15, 0, 15, 20, 45, 3_000]))
        bad = chance.randrange(3_000, 6_000) if is_broken else chance.randrange(3)
        found.append(_reading(one, at, 6_000 - bad, bad, minute, place))
    if chance.random() < 0.4:
        one = chance.choice(OBJECTIVES[:5])
        for place in range(_MANY):
            at = now - 5 * MINUTE - place * TICK
            found.append(_reading(one, at, chance.randrange(90), 0, minute, 10 + place))
    return found


def _reading(one: Objective, at: datetime, good: int, bad: int, minute: int, place: int) -> Reading:
    return Reading(one.slo, at, good, bad, f"edge-{place % 2}", minute * 1_000 + place)


def live(url: str, file: Path, fate: Fate) -> None:
    """A whole life. It begins where the one before it ended, which may be anywhere."""
    diary, chance = Diary(file), random.Random(f"{fate.seed}/life/{fate.life}")

    def reached(point: str) -> None:
        if point in fate.points and chance.random() < 0.3:
            diary.note(f"died {point}")
            os.kill(os.getpid(), signal.SIGKILL)

    desk, begun = desk_on(Store(url)), diary.acknowledged
    with armed(reached):
        diary.note("began")
        watching = watch(desk, moment(max(begun - 1, 0)))
        if diary.judged < begun:
            evaluate(desk, watching, moment(begun - 1))
            diary.note("judged")
        for minute in range(begun, fate.until):
            ingest_together(desk, batches(fate.seed, minute), moment(minute))
            diary.note("acknowledged")
            evaluate(desk, watching, moment(minute))
            diary.note("judged")
            if chance.random() < 0.3:
                sort_in(desk)
            if chance.random() < 0.3:
                snap(desk, watching, moment(minute))
            if chance.random() < 0.1:
                tidy(desk, moment(minute))


@dataclass(slots=True)
class Lives:
    """One after the other, on one database."""

    forks: ForkServerContext
    url: str
    diary: Diary
    seed: int
    count: int = 0

    def dies_at(self, points: Sequence[str]) -> None:
        """The next one is killed at the first of them that fate picks."""
        assert self._lived(Fate(self.seed, self.count, tuple(points))) == -signal.SIGKILL

    def dies_after(self, seconds: float) -> None:
        """The next one is killed wherever it is by then."""
        assert self._lived(Fate(self.seed, self.count), seconds) == -signal.SIGKILL

    def goes_on(self, until: int) -> None:
        """The next one is left alone, until that minute."""
        assert self._lived(Fate(self.seed, self.count, until=until)) == 0

    def _lived(self, fate: Fate, seconds: float | None = None) -> int | None:
        self.count += 1
        process = self.forks.Process(target=live, args=(self.url, self.diary.file, fate))
        process.start()
        if seconds is not None:
            process.join(seconds)
            process.kill()
        process.join(60)
        return process.exitcode


def happened(seed: int, minutes: int) -> Mapping[SLOName, Mapping[datetime, tuple[int, int]]]:
    """Each reading once, in buckets of 10 seconds: good and bad ones, added up by hand.

    Slices are there under the name of their series, in the last bucket of each.
    """
    once: dict[tuple[str, int], Reading] = {}
    for minute in range(minutes):
        for batch in batches(seed, minute):
            once |= {(one.source, one.seq): one for one in batch}
    events: dict[SLOName, Counter[tuple[datetime, bool]]] = {}
    for one in once.values():
        at = one.at - (one.at - START) % TICK
        held = events.setdefault(one.slo, Counter())
        held[at, True] += one.good
        held[at, False] += one.bad
    found = {name: {at: (held[at, True], held[at, False]) for at, _ in held}
             for name, held in events.items()}  # fmt: skip
    for objective in OBJECTIVES:
        if objective.slicing is not None:
            found[objective.series] = dict(_minutes(found[objective.slo]))
    return found


def _minutes(
    events: Mapping[datetime, tuple[int, int]],
) -> Iterator[tuple[datetime, tuple[int, int]]]:
    whole: dict[datetime, list[tuple[int, int]]] = {}
    for at, counts in events.items():
        whole.setdefault(at - (at - START) % MINUTE, []).append(counts)
    for begin, parts in whole.items():
        good, bad = (sum(side) for side in zip(*parts, strict=True))
        if good + bad:
            is_good = good >= Fraction(9, 10) * (good + bad)
            yield begin + MINUTE - TICK, (int(is_good), int(not is_good))
