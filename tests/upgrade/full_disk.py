"""Fills a small disk with notes, to see what is left of them; what it saw goes out as JSON.

    python full_disk.py DATABASE SPOOL [BYTES]

With BYTES no file may grow beyond them, for where no small disk can be mounted. A line on standard
input says that there is room again.
"""

import json
import resource
import sys
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import select
from web.conftest import fetch
from world import World

from incidents.actions.desk import Origin
from incidents.actions.notes import note
from incidents.errors import WarroomError
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.text import UserText
from incidents.store.tables import inbox


def main() -> None:
    """One incident, notes until it breaks, a look around, more room, and one more note."""
    path, spool, *limit = sys.argv[1:]
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    world = World(f"sqlite:///{path}", spool=Path(spool))
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.app.seat.enter(world.clock())
    world.app.worker._pulse.beat("due", timedelta(hours=1))
    before = fetch(world, "/readyz").json()["checks"]
    if limit:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit[0]), hard))
    acknowledged, refused = fill(world)
    exhaust(world)
    full = fetch(world, "/readyz")
    said = world.ana.types("/incident the printer burns sev3") if not limit else None
    kept = keys(world)
    page = fetch(world, "/incidents/INC-1").status_code
    print(json.dumps({"state": "full"}), flush=True)

    sys.stdin.readline()
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
    is_beating = world.app.seat.beat(world.clock(), timedelta())
    write(world, "after")
    with world.app.desk.store.read() as connection:
        sound = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    print(json.dumps({
        "acknowledged": acknowledged, "refused": refused, "kept": kept, "sound": sound,
        "before": before, "full": [full.status_code, full.json()["checks"]], "page": page,
        "said": said and str(said.body), "beating": is_beating, "after": "after" in keys(world),
        "ready": fetch(world, "/readyz").json()["checks"],
    }), flush=True)  # fmt: skip
    world.close()


def fill(world: World) -> tuple[list[str], str]:
    """The keys of notes that were taken, and what was said to the first that was not."""
    taken: list[str] = []
    while len(taken) < 5000:
        try:
            write(world, f"key {len(taken)}")
        except WarroomError as error:
            return taken, f"{type(error).__name__}: {error}"
        taken.append(f"key {len(taken)}")
    raise AssertionError("the disk is not small")


def exhaust(world: World) -> None:
    """Heartbeats need less room than notes: until there is none for them either."""
    for _ in range(500):
        world.clock.pass_(timedelta(seconds=1))  # SQLite does not write what stays the same
        if not world.app.seat.beat(world.clock(), timedelta()):
            return
    raise AssertionError("there is always room for one more heartbeat")


def write(world: World, key: str) -> None:
    by = Origin(PersonId("U1"), "slack", key)
    note(world.app.desk, IncidentNumber(1), UserText("x" * 900), by=by, now=world.clock())


def keys(world: World) -> list[str]:
    with world.app.desk.look() as connection:
        return sorted(connection.execute(select(inbox.c.key)).scalars())


if __name__ == "__main__":
    main()
