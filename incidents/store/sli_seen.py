"""Which numbers of each source were counted, in SQL: a row for each run of them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, bindparam, delete

from incidents.model.ring import Int64s
from incidents.model.rolling import LATE
from incidents.model.seen import Run, grown, runs_of, unseen
from incidents.store.slo_tables import sli_batch_seen
from incidents.store.sql import insert_or_replace_all

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR, _MICRO = timedelta(hours=1), timedelta(microseconds=1)
_MARGIN = timedelta(hours=1)  # a batch under way may be a little older than what is refused now
_MOST = 2**63 - 1

# Runs of a source lie apart. So one that holds ``low`` is the last that begins before it.
_TOUCHING = """
SELECT DISTINCT held.source, held.seq, coalesce(held.last, held.seq), held.at
FROM {asked} JOIN sli_batch_seen AS held ON held.source = {source} AND held.seq <= {high}
AND held.seq >= coalesce((SELECT max(seen.seq) FROM sli_batch_seen AS seen
    WHERE seen.source = {source} AND seen.seq <= {low}), {low})
"""
_SQLITE_TOUCHING = _TOUCHING.format(
    asked="json_each(?) AS asked",
    source="json_extract(asked.value, '$[0]')",
    low="json_extract(asked.value, '$[1]')",
    high="json_extract(asked.value, '$[2]')",
)
_POSTGRESQL_TOUCHING = _TOUCHING.format(
    asked="unnest(%s::text[], %s::bigint[], %s::bigint[]) AS asked (source, low, high)",
    source="asked.source",
    low="asked.low",
    high="asked.high",
)


def first_time(
    connection: Connection, sources: Sequence[str], source: Int64s, seqs: Int64s, hours: Int64s
) -> npt.NDArray[np.bool_]:
    """Which of the numbers were never seen, which they are from now on.

    Number n is of ``sources[source[n]]``, and of a sample of that hour, from 1970. Those of one
    source come together, ascending and each once. `hold` the journal first, or two who ask at once
    are told the same.
    """
    places = _by_source(sources, source)
    asked = {name: runs_of(seqs[held], hours[held]) for name, held in places.items()}
    known = _touching(connection, asked)
    new = np.zeros(seqs.size, dtype=np.bool_)
    for name, held in places.items():
        new[held] = unseen(seqs[held], known[name])
    added: list[dict[str, object]] = []
    gone: list[dict[str, object]] = []
    for name, held in places.items():
        fresh = runs_of(seqs[held][new[held]], hours[held][new[held]])
        runs = grown(known[name], fresh)
        added += [_row(name, run) for run in set(runs) - set(known[name])]
        left = {run.first for run in known[name]} - {run.first for run in runs}
        gone += [{"of": name, "first": first} for first in left]
    if gone:
        where = (sli_batch_seen.c.source == bindparam("of")) & (
            sli_batch_seen.c.seq == bindparam("first")
        )
        connection.execute(delete(sli_batch_seen).where(where), gone)
    if added:
        insert_or_replace_all(connection, sli_batch_seen, added, keys=("source", "seq"))
    return new


def forget(connection: Connection, now: datetime) -> int:
    """Drop what is refused for its age anyway. How many rows there were."""
    old = delete(sli_batch_seen).where(sli_batch_seen.c.at < now - LATE - _MARGIN)
    return connection.execute(old).rowcount


def _by_source(sources: Sequence[str], source: Int64s) -> dict[str, slice]:
    begins = np.flatnonzero(np.diff(source, prepend=-1)).tolist()
    ends = [*begins[1:], source.size]
    return {
        sources[int(source[begin])]: slice(begin, end)
        for begin, end in zip(begins, ends, strict=True)
    }


def _touching(
    connection: Connection, asked: Mapping[str, Iterable[Run]]
) -> Mapping[str, list[Run]]:
    """The runs that are known and hold, or are next to, numbers of those that are asked for."""
    wide = [
        (source, max(run.first - 1, 0), min(run.last + 1, _MOST))
        for source, runs in asked.items()
        for run in runs
    ]
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(_SQLITE_TOUCHING, (json.dumps(wide),))
    else:
        rows = connection.exec_driver_sql(
            _POSTGRESQL_TOUCHING, tuple(list(column) for column in zip(*wide, strict=True))
        )
    found: dict[str, list[Run]] = defaultdict(list)
    hour = _HOUR // _MICRO
    for source, first, last, at in rows:
        found[source].append(Run(int(first), int(last), int(at) // hour))
    for runs in found.values():
        runs.sort()
    return found


def _row(source: str, run: Run) -> dict[str, object]:
    at = _EPOCH + (run.hour + 1) * _HOUR - _MICRO
    return {"source": source, "seq": run.first, "last": run.last, "at": at}
