"""The newest total of each series of counters, in SQL."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from incidents.model.counters import Total
from incidents.model.rolling import LATE
from incidents.store.slo_tables import sli_counter
from incidents.store.sql import insert_or_replace_all
from incidents.store.types import from_micros

Series = tuple[str, str]  # its source, and its name there
_MARGIN = timedelta(hours=1)

_SQLITE_KNOWN = """
SELECT held.source, held.series, held.at, held.good, held.bad
FROM json_each(?) AS asked JOIN sli_counter AS held
ON held.source = json_extract(asked.value, '$[0]')
AND held.series = json_extract(asked.value, '$[1]')
"""
_POSTGRESQL_KNOWN = """
SELECT held.source, held.series, held.at, held.good, held.bad
FROM unnest(%s::text[], %s::text[]) AS asked (source, series) JOIN sli_counter AS held
ON held.source = asked.source AND held.series = asked.series
"""


def known(connection: Connection, series: Sequence[Series]) -> dict[Series, Total]:
    """The newest totals of those that were ever seen."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(_SQLITE_KNOWN, (json.dumps(series),))
    else:
        columns = tuple(list(column) for column in zip(*series, strict=True))
        rows = connection.exec_driver_sql(_POSTGRESQL_KNOWN, columns)
    return {
        (source, name): Total(int(at), int(good), int(bad)) for source, name, at, good, bad in rows
    }


def remember(connection: Connection, totals: Mapping[Series, Total]) -> None:
    """From now on these are the newest."""
    rows = [
        {
            "source": source,
            "series": name,
            "at": from_micros(total.at),
            "good": total.good,
            "bad": total.bad,
        }
        for (source, name), total in totals.items()
    ]
    if rows:
        insert_or_replace_all(connection, sli_counter, rows, keys=("source", "series"))


def forget(connection: Connection, now: datetime) -> int:
    """Drop series that counting would begin anew with anyway. How many there were."""
    old = delete(sli_counter).where(sli_counter.c.at < now - LATE - _MARGIN)
    return connection.execute(old).rowcount
