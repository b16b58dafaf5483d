"""Take in what services report: each reading is counted once, however often and late it comes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from incidents.actions.desk import Desk
from incidents.failpoints import reach
from incidents.model.cells import joined
from incidents.model.objective import Objective, SLOName
from incidents.model.readings import (
    Batch,
    Reading,
    all_of,
    batch_of,
    first_of_each,
    places_of,
    refused_of,
)
from incidents.model.ring import Int64s
from incidents.store import sli_journal, sli_seen, slo
from incidents.store.slo_slices import Sliced

__all__ = [
    "Ingested",
    "Reading",
    "in_columns",
    "ingest",
    "ingest_together",
    "sliced_of",
    "sort_in",
    "take_in",
]


@dataclass(frozen=True, slots=True)
class Ingested:
    """How many readings were new and how many known; the others by their place, with the reason."""

    accepted: int
    repeated: int
    refused: tuple[tuple[int, str], ...]


def ingest(desk: Desk, readings: Sequence[Reading], now: datetime) -> Ingested:
    """Count each reading once, all in one transaction. A refused one does not stop the others.

    What is too old is refused before it is known whether it was counted: either way it changes
    nothing, and that is why its name need not be kept any longer.
    """
    (taken,) = ingest_together(desk, [readings], now)
    return taken


def ingest_together(
    desk: Desk, batches: Sequence[Sequence[Reading]], now: datetime
) -> tuple[Ingested, ...]:
    """Like `ingest`, several batches in one transaction. Of copies, the first batch's counts."""
    return take_in(desk, [in_columns(desk, batch, now) for batch in batches], now)


def in_columns(desk: Desk, readings: Sequence[Reading], now: datetime) -> Batch:
    """Readings as `take_in` wants them; those that cannot be told in columns are ``unfit``."""
    return batch_of(readings, _known(desk), now)


def take_in(desk: Desk, batches: Sequence[Batch], now: datetime) -> tuple[Ingested, ...]:
    """`ingest_together` for readings in columns."""
    known = _known(desk)
    batch = all_of(batches)
    which = places_of(batch.slos, known)
    refused = refused_of(batch, which, known, now)
    is_sound = np.ones(len(batch), dtype=np.bool_)
    is_sound[list(refused)] = False
    sound = first_of_each(batch, np.flatnonzero(is_sound))
    new = _count_new(desk, batch, sound, which[sound], now) if sound.size else sound
    ends = np.cumsum([len(one) for one in batches])
    new_until = np.searchsorted(np.sort(new), ends).tolist()
    taken, begin, new_before = [], 0, 0
    for end, new_by_then in zip(ends.tolist(), new_until, strict=True):
        wrong = tuple(
            (place - begin, why) for place, why in refused.items() if begin <= place < end
        )
        accepted = new_by_then - new_before
        taken.append(Ingested(accepted, end - begin - len(wrong) - accepted, wrong))
        begin, new_before = end, new_by_then
    return tuple(taken)


def _count_new(desk: Desk, batch: Batch, sound: Int64s, which: Int64s, now: datetime) -> Int64s:
    """Count those of the ``sound`` ones that never came before; which they were.

    ``which`` are the numbers of their SLOs among the desk's objectives.
    """
    names = [objective.slo for objective in desk.objectives]
    with desk.store.write() as connection:
        sli_journal.hold(connection)
        is_new = sli_seen.first_time(
            connection, batch.sources, batch.source[sound], batch.seqs[sound], batch.hours[sound]
        )
        new = sound[is_new]
        cells = joined(names, which[is_new], batch.numbers[new], batch.amounts[:, new])
        slo.take_cells(connection, cells, now, sliced_of(desk.objectives))
        reach("slo.taking")
    reach("slo.taken")
    return new


def sort_in(desk: Desk) -> int:
    """Put what large batches left waiting into its buckets. How many cells it was."""
    with desk.look() as connection:
        if not sli_journal.how_many_wait(connection):
            return 0
    with desk.store.write() as connection:
        sli_journal.hold(connection)
        sorted_in = sli_journal.sort_in(connection)
        reach("slo.sorting")
    reach("slo.sorted")
    return sorted_in


def sliced_of(objectives: Iterable[Objective]) -> Sliced:
    """Whose slices of time are counted, and under what."""
    return {one.slo: (one.series, one.slicing) for one in objectives if one.slicing is not None}


def _known(desk: Desk) -> dict[SLOName, int]:
    return {objective.slo: place for place, objective in enumerate(desk.objectives)}
