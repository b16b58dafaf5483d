"""What the audit log learns without anybody doing anything: keys, configurations, anchors."""

from datetime import datetime
from pathlib import Path

import structlog

from incidents.actions.desk import Desk
from incidents.model.people import BOT
from incidents.store import anchors, audit

log = structlog.get_logger(__name__)


def note_start(desk: Desk, now: datetime) -> None:
    """Seal the log with the present key, and write down a configuration that is not the last one.

    From then on the end of the log is always sealed: one written anew without the key shows.
    """
    seal, version = desk.store.seal, desk.catalog.version
    with desk.store.write() as connection:
        if seal.name and audit.last_key(connection) != seal.name:
            audit.append(connection, at=now, actor=BOT, action="audit.key", thing=seal.name)
        if audit.last_about(connection, "config.load") != version:
            audit.append(connection, at=now, actor=BOT, action="config.load", thing=version)


def anchor(desk: Desk, path: Path, now: datetime) -> bool:
    """Write down where the log ends, if that is news. True if it was."""
    with desk.look() as connection:
        seq, hash_ = audit.head(connection)
    last = anchors.last(path, desk.store.seal)
    if seq == 0 or (last is not None and (last.seq, last.hash) == (seq, hash_)):
        return False
    anchors.write(path, anchors.now_is(now, seq, hash_), desk.store.seal)
    log.info("audit_anchored", entries=seq)
    return True
