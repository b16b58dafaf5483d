"""On time, late, twice or excluded, in any order: incremental sums are what adding up gives."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from actions.traffic import BY_ANA, CATALOG, HOUR, MINUTE, OBJECTIVES, START, TICK
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.actions import slo as ticking
from incidents.actions.adjusting import adjusted, set_apart
from incidents.actions.desk import Desk
from incidents.actions.exclusions import Exempt, exclude, restore
from incidents.actions.samples import Reading, ingest_together, sort_in
from incidents.actions.snapshots import snap
from incidents.actions.watching import Watch, catch_up, renew, watch
from incidents.model.exclusions import Category
from incidents.model.objective import Counts, Objective, SLOName
from incidents.model.rolling import AHEAD, LATE
from incidents.model.slicing import PARTS, Slicing
from incidents.model.spans import Span
from incidents.model.text import clean_line
from incidents.queries.counting import budgets_at, counts_over
from incidents.store.engine import Store

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
MINUTES = Slicing(MINUTE, Fraction(9, 10))
SHARES = Slicing(5 * MINUTE, None)
PROMISES = (
    *OBJECTIVES,
    replace(OBJECTIVES[0], slo=SLOName("checkout/minutes"), slicing=MINUTES),
    replace(OBJECTIVES[1], slo=SLOName("search/shares"), slicing=SHARES),
)
ABOUT = (*(one.slo for one in PROMISES), "checkout", "search", "everything")
_MANY = 310  # more than are put into their buckets at once

ONE = st.tuples(
    st.integers(0, len(PROMISES) - 1),
    st.integers(-120, 10) | st.integers(-4_000, 200) | st.integers(-23_000, 0),
    st.integers(0, 50),
    st.integers(0, 9),
    st.sampled_from(["edge-1", "edge-2"]),
    st.integers(0, 25),
)
STEP = st.one_of(
    st.tuples(st.just("send"), st.lists(st.lists(ONE, max_size=6), min_size=1, max_size=3)),
    st.tuples(st.just("send"), st.lists(st.lists(ONE, max_size=6), min_size=1, max_size=3)),
    st.tuples(st.just("bulk"), st.integers(0, 400)),
    st.tuples(
        st.just("exclude"),
        st.tuples(st.sampled_from(ABOUT), st.integers(1, 4_000), st.integers(1, 4_000)),
    ),
    st.tuples(st.just("restore"), st.integers(0, 3)),
    st.tuples(st.just("pass"), st.sampled_from([1, 10, 10, 47, 300, 3_600, 9_000])),
    st.tuples(st.sampled_from(["restart", "snap", "sort", "tidy", "look"]), st.none()),
)


@dataclass(slots=True)
class Ledger:
    """Everything that happened, as a plain list; it is added up anew whenever it is asked."""

    desk: Desk
    now: datetime = START
    once: dict[tuple[str, int], Reading] = field(default_factory=dict)
    away: dict[str, tuple[str, Span]] = field(default_factory=dict)

    def counts(self, one: Objective, begin: datetime, until: datetime, *, raw: bool) -> Counts:
        """Good and bad of what counts in ``[begin, until)``; of everything, if ``raw``."""
        spans = [] if raw else list(self.spans(one))
        size = one.slicing.length if one.slicing else TICK
        units: dict[datetime, list[Reading]] = {}
        for reading in self.once.values():
            if reading.slo == one.slo:
                start = reading.at - (reading.at - datetime.min.replace(tzinfo=START.tzinfo)) % size
                units.setdefault(start, []).append(reading)
        good = bad = 0
        for start, some in units.items():
            is_in = begin <= start + size - TICK < until
            if is_in and not any(out.start < start + size and start < out.end for out in spans):
                more = _worth(one, sum(r.good for r in some), sum(r.bad for r in some))
                good, bad = good + more[0], bad + more[1]
        return Counts(good, bad)

    def spans(self, one: Objective) -> Iterator[Span]:
        """What does not count of it, in whole buckets."""
        names = {one.slo, str(one.service), "everything"}
        for about, span in self.away.values():
            if about in names:
                yield span

    def leaves_out(self, one: Objective, begin: datetime, until: datetime) -> bool:
        """Whether anything of that time does not count, in whole buckets or slices."""
        size = one.slicing.length if one.slicing else TICK
        zero = datetime.min.replace(tzinfo=START.tzinfo)
        return any(
            out.start - (out.start - zero) % size < until
            and begin < out.end + (zero - out.end) % size
            for out in self.spans(one)
        )

    def sends(self, batches: list[list[Reading]]) -> None:
        """Each reading counts once, the first time it is neither too late nor too early."""
        expected = []
        for batch in batches:
            new = 0
            for one in batch:
                fits = self.now - LATE <= one.at <= self.now + AHEAD
                if fits and (one.source, one.seq) not in self.once:
                    self.once[one.source, one.seq] = one
                    new += 1
            expected.append(new)
        taken = ingest_together(self.desk, batches, self.now)
        assert [one.accepted for one in taken] == expected

    def excludes(self, about: str, since: int, length: int) -> None:
        """Outward to whole buckets, and no further than now."""
        span = Span(self.now - SECOND * since, self.now - SECOND * (since - length))
        wish = Exempt(about, span, Category.NETWORK, clean_line("the network"))
        made = exclude(self.desk, wish, by=BY_ANA, now=self.now)
        zero = datetime.min.replace(tzinfo=START.tzinfo)
        end = min(span.end, self.now)
        self.away[made.id] = (
            about, Span(span.start - (span.start - zero) % TICK, end + (zero - end) % TICK)
        )  # fmt: skip

    def passes(self, seconds: int) -> None:
        """Time."""
        self.now += SECOND * seconds

    def restores(self, place: int) -> None:
        """One of those that stand."""
        if self.away:
            name = sorted(self.away)[place % len(self.away)]
            restore(self.desk, name, clean_line("ours"), by=BY_ANA, now=self.now)
            del self.away[name]


def _worth(one: Objective, good: int, bad: int) -> tuple[int, int]:
    """What these events of a bucket or a slice are in the units of the promise."""
    if one.slicing is None or not good + bad:
        return good, bad
    if one.slicing.target is None:
        lost = round(Fraction(bad * PARTS, good + bad))
        return PARTS - lost, lost
    is_good = Fraction(good, good + bad) >= one.slicing.target
    return int(is_good), int(not is_good)


def lives(desk: Desk, story: list[tuple[str, Any]]) -> None:
    ledger, watching = Ledger(desk), watch(desk, START)
    for what, how in story:
        watching = happens(ledger, watching, what, how)
    agrees(ledger, watching)
    agrees(ledger, watch(desk, ledger.now))
    ledger.now += AHEAD
    agrees(ledger, watching)


def happens(ledger: Ledger, watching: Watch, what: str, how: Any) -> Watch:
    """One step of a story. Whoever watches from then on."""
    if what == "restart":
        return watch(ledger.desk, ledger.now)
    steps: dict[str, Callable[[], object]] = {
        "send": lambda: ledger.sends([[_reading(ledger.now, one) for one in all_] for all_ in how]),
        "bulk": lambda: ledger.sends([_many(ledger.now, how)]),
        "exclude": lambda: ledger.excludes(*how),
        "restore": lambda: ledger.restores(how),
        "pass": lambda: ledger.passes(how),
        "snap": lambda: snap(ledger.desk, watching, ledger.now),
        "sort": lambda: sort_in(ledger.desk),
        "tidy": lambda: ticking.tidy(ledger.desk, ledger.now),
        "look": lambda: agrees(ledger, watching),
    }
    steps[what]()
    return watching


def agrees(ledger: Ledger, watching: Watch) -> None:
    """What a tick sees, what the record says, and the plain list."""
    desk = ledger.desk
    with desk.look() as connection:
        is_whole = catch_up(connection, watching, ledger.now)
    if not is_whole:
        renew(desk, watching, ledger.now)
    until = watching.rings.watermark
    with desk.look() as connection:
        away = set_apart(connection, watching)
        looks = [ticking._look(desk, watching, one.slo) for one in PROMISES]
        looks = adjusted(connection, looks, away)
        budgets = budgets_at(connection, PROMISES, until)
        windows = {window for look in looks for window in look.figures.counts}
        record = {window: counts_over(connection, PROMISES, window, until) for window in windows}
    for look in looks:
        one = look.objective
        for window, counts in look.figures.counts.items():
            begin = begin_of(window, until)
            told = (window, one.slo)
            assert counts == ledger.counts(one, begin, until, raw=False), told
            assert record[window][one.slo] == counts, told
        begin = begin_of(one.window, until)
        budget, raw = budgets[one.slo], ledger.counts(one, begin, until, raw=True)
        assert look.budget == budget
        assert budget.counts == ledger.counts(one, begin, until, raw=False)
        assert (budget.raw is not None) == ledger.leaves_out(one, begin, until)
        assert (budget.raw or budget).counts == raw


def begin_of(window: timedelta, until: datetime) -> datetime:
    """A window begins with a whole bucket of the finest kind that is kept for as long."""
    sizes = {6 * HOUR: TICK, 3 * DAY: 5 * MINUTE}
    size = next((one for span, one in sizes.items() if window <= span), HOUR)
    return until + (START - until) % size - window


def _reading(now: datetime, one: tuple[int, int, int, int, str, int]) -> Reading:
    place, seconds, good, bad, source, seq = one
    return Reading(PROMISES[place].slo, now + SECOND * seconds, good, bad, source, seq)


def _many(now: datetime, first: int) -> list[Reading]:
    name = PROMISES[0].slo
    return [
        Reading(name, now - TICK * (seq % 2_000), seq % 5, seq % 3, "bulk", seq)
        for seq in range(first, first + _MANY)
    ]


def any_story(folder: Path, template: Path, examples: int, steps: int) -> None:
    @settings(max_examples=examples)
    @given(story=st.lists(STEP, min_size=3, max_size=steps))
    def each(story: list[tuple[str, Any]]) -> None:
        shutil.copy(template, folder / "story.db")
        store = Store(f"sqlite:///{folder / 'story.db'}")
        try:
            lives(Desk(store, CATALOG, objectives=PROMISES), story)
        finally:
            store.close()

    each()


def test_incremental_sums_are_those_of_the_plain_list(
    tmp_path: Path, sqlite_template: Path
) -> None:
    any_story(tmp_path, sqlite_template, 10, 14)


@pytest.mark.slow
def test_they_are_in_a_thousand_longer_stories(tmp_path: Path, sqlite_template: Path) -> None:
    any_story(tmp_path, sqlite_template, 1_000, 40)
