"""Kept files in SQL, by the hash of what is in them."""

import hashlib
from base64 import b64decode, b64encode
from datetime import datetime

from sqlalchemy import Connection, insert, select

from incidents.model.evidence import Kept
from incidents.store.file_tables import kept_file, kept_part
from incidents.store.sql import insert_if_new

_PART = 48 * 1024  # bytes, 64 KiB as they are written


def keep(connection: Connection, content: bytes, media: str, now: datetime) -> Kept:
    """Keep a file, unless one with this very content is kept already."""
    kept = Kept(hashlib.sha256(content).hexdigest(), media, len(content))
    row = {"hash": kept.hash, "media": media, "size": kept.size, "kept_at": now}
    if insert_if_new(connection, kept_file, row):
        pieces = [content[at : at + _PART] for at in range(0, len(content), _PART)]
        rows = [
            {"hash": kept.hash, "part": number, "content": b64encode(piece).decode("ascii")}
            for number, piece in enumerate(pieces)
        ]
        connection.execute(insert(kept_part), rows)
    return kept


def content(connection: Connection, file_hash: str) -> bytes | None:
    """What is in a file; None if it is not kept, or is not what it was."""
    query = (
        select(kept_part.c.content).where(kept_part.c.hash == file_hash).order_by(kept_part.c.part)
    )
    whole = b"".join(b64decode(part) for part in connection.execute(query).scalars())
    return whole if hashlib.sha256(whole).hexdigest() == file_hash else None
