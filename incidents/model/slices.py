"""What slices come to, from the events in them; always anew, never by adjusting what was said."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from incidents.model.objective import NOTHING, Counts
from incidents.model.slicing import PARTS, Slicing


def judged(slicing: Slicing, events: Counts) -> Counts:
    """One slice in the units of its slicing; nothing if nothing happened in it.

    A slice that just reaches the target is good. A share is rounded to the nearest part, so it does
    not depend on the order in which its events came.
    """
    if not events.total:
        return NOTHING
    if slicing.target is None:
        bad = round(Fraction(events.bad * PARTS, events.total))
        return Counts(PARTS - bad, bad)
    limit = slicing.target
    is_good = events.good * limit.denominator >= limit.numerator * events.total
    return Counts(1, 0) if is_good else Counts(0, 1)


def changes(
    slicing: Slicing, events: Mapping[int, Counts], said: Mapping[int, Counts]
) -> Iterable[tuple[int, Counts]]:
    """By which each slice differs from what was ``said`` of it; those that do not are left out."""
    for number, happened in sorted(events.items()):
        new, old = judged(slicing, happened), said.get(number, NOTHING)
        if new != old:
            yield number, Counts(new.good - old.good, new.bad - old.bad)


def completed(slicing: Slicing | None, counts: Counts, expected: int) -> Counts:
    """``counts`` of what should be ``expected`` slices, with those of silence, if they are good."""
    if slicing is None or not slicing.is_silence_good:
        return counts
    silent = max(expected * slicing.unit.per - counts.total, 0)
    return Counts(counts.good + silent, counts.bad)
