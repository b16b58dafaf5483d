"""Promises that disagree, in SQL: since when, until they agree again."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from incidents.model.contrast import Contrast
from incidents.store.probe_tables import contrast
from incidents.store.sql import insert_if_new


def standing(connection: Connection) -> dict[tuple[str, str], datetime]:
    """Which pairs disagree, each with the time from which on."""
    rows = connection.execute(select(contrast.c.synthetic, contrast.c.real, contrast.c.since))
    return {(row.synthetic, row.real): row.since for row in rows}


def begin(connection: Connection, found: Contrast, now: datetime) -> bool:
    """Keep that they disagree; False if it is known."""
    row = {
        "synthetic": found.synthetic,
        "real": found.real,
        "since": now,
        "because": found.words,
    }
    return insert_if_new(connection, contrast, row)


def end(connection: Connection, synthetic: str, real: str) -> None:
    """They agree again, or are not compared any more."""
    is_it = (contrast.c.synthetic == synthetic) & (contrast.c.real == real)
    connection.execute(delete(contrast).where(is_it))
