"""Spans of time that do not count for a budget: planned ones, and exceptions after the fact.

Nothing is taken out of what was counted. What lies in such a span is subtracted when a budget is
read, so that it comes back as it was when the exclusion is lifted. Events count in buckets of ten
seconds: a bucket that a span touches is excluded as a whole. Where slices of time are counted, a
slice that a span touches is no slice of the window at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from incidents.model.objective import Counts, Objective
from incidents.model.rolling import Tier
from incidents.model.slicing import Slicing
from incidents.model.spans import Span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Category(StrEnum):
    """Why something does not count (SRE Workbook, example error budget policy)."""

    PLANNED = "planned"
    NETWORK = "network"
    DEPENDENCY = "dependency"
    OUT_OF_SCOPE = "out-of-scope"
    MISCATEGORISED = "miscategorised"

    @property
    def words(self) -> str:
        """What people read."""
        return _WORDS[self]


_WORDS = {
    Category.PLANNED: "planned maintenance",
    Category.NETWORK: "the network of the whole company",
    Category.DEPENDENCY: "something that we depend on",
    Category.OUT_OF_SCOPE: "users that are out of scope",
    Category.MISCATEGORISED: "failures that are none",
}


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Since when until when what of ``about`` does not count, and why; ``id`` is what it is called.

    ``about`` are SLOs (``slo:checkout/availability``), services (``service:checkout``), or ``*``.
    """

    id: str
    about: tuple[str, ...]
    span: Span
    category: Category
    because: str
    made_by: str
    made_at: datetime
    window: str | None = None
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lifted_because: str | None = field(default=None)

    @property
    def words(self) -> str:
        """What it is about: ``checkout/availability``, ``checkout, search``, ``everything``."""
        return ", ".join(one.partition(":")[2] or "everything" for one in self.about)

    def is_about(self, objective: Objective) -> bool:
        """Whether the budget of ``objective`` is meant."""
        names = {"*", f"slo:{objective.slo}", f"service:{objective.service}"}
        return not names.isdisjoint(self.about)


def outward(span: Span, size: timedelta) -> Span:
    """The whole buckets (or slices) of ``size`` that ``span`` touches."""
    first, last = (span.start - _EPOCH) // size, -(-(span.end - _EPOCH) // size)
    return Span(_EPOCH + first * size, _EPOCH + last * size)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time without overlaps, in order."""
    found: list[Span] = []
    for one in sorted(spans, key=lambda each: (each.start, each.end)):
        if one.end <= one.start:
            continue
        if found and one.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(one)
    return tuple(found)


def left_out(spans: Iterable[Span], slicing: Slicing | None, size: timedelta) -> tuple[Span, ...]:
    """What does not count, in whole buckets of ``size``, or in whole slices."""
    length = slicing.length if slicing else size
    return joined(outward(one, length) for one in spans)


def within(spans: Sequence[Span], since: datetime, until: datetime) -> tuple[Span, ...]:
    """The parts of ``spans`` that lie in ``[since, until)``."""
    cut = (Span(max(one.start, since), min(one.end, until)) for one in spans)
    return tuple(one for one in cut if one.start < one.end)


def pieces(span: Span, tiers: Sequence[Tier]) -> Iterator[tuple[Tier, Span]]:
    """``span`` in the fewest whole buckets: of the coarsest tier that fits, finer at the edges.

    ``tiers`` go from fine to coarse; both ends are whole buckets of the finest.
    """
    *finer, tier = tiers
    if not finer:
        yield tier, span
        return
    first = tier.start(-(-(span.start - _EPOCH) // tier.size))
    last = tier.start(tier.number(span.end))
    if first >= last:
        yield from pieces(span, finer)
        return
    if span.start < first:
        yield from pieces(Span(span.start, first), finer)
    yield tier, Span(first, last)
    if last < span.end:
        yield from pieces(Span(last, span.end), finer)


def without(raw: Counts, excluded: Iterable[Counts]) -> Counts:
    """``raw`` without what does not count of it."""
    good, bad = raw.good, raw.bad
    for one in excluded:
        good, bad = good - one.good, bad - one.bad
    return Counts(good, bad)


def slices_in(spans: Sequence[Span], slicing: Slicing | None) -> int:
    """How many slices end within ``spans``, whose ends are no part of them."""
    if slicing is None:
        return 0
    return sum(slicing.ending(one.start, one.end) for one in spans)


def length_of(spans: Iterable[Span]) -> timedelta:
    """How long they are together."""
    return sum((one.end - one.start for one in spans), timedelta())
